"""The catalog: one DynamoDB table that knows every dataset, object and run.

Items and their keys (all strings):

| pk | sk | what | gsi1pk | gsi1sk |
| --- | --- | --- | --- | --- |
| `DATASET#{d}` | `META` | settings, contract, counters, generation | `DATASET` | name |
| `DATASET#{d}` | `OBJECT#{name}` | fencing number, version, served run | | |
| `DATASET#{d}` | `RUN#{run}` | status, counts, schema, generations | `DATASET#{d}#RUN` | time + run |
| `DATASET#{d}` | `PENDING#{name}` | a prepared commit that waits to be taken along | | |
| `DATASET#{d}` | `REPLAY#{id}` | what is cleaned again, and how far that is | | |
| `DATASET#{d}` | `REPLAY#{id}#{name}` | an object of a replay that is done | | |
| `DATASET#{d}` | `PACK#{id}` | a file that holds the rows of many small runs | | |
| `SYSTEM` | `SIGNING_KEY` | key that signs page tokens | | |

`CatalogReader` holds the access patterns that read; `CatalogWriter` adds those that write; `commit` is the
one transaction that changes what is served.
"""

from sluice.catalog.changes import Commit
from sluice.catalog.commit import Limits, OvertakenError
from sluice.catalog.reader import CatalogReader, Page
from sluice.catalog.writer import CatalogWriter

__all__ = ["CatalogReader", "CatalogWriter", "Commit", "Limits", "OvertakenError", "Page"]
