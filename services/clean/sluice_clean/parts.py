"""Reads the Parquet parts of runs through DuckDB, straight from the clean bucket."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sluice.object_keys import LoadTask, part_key
from sluice_clean import record_items
from sluice_clean.buckets import CleanBucket

if TYPE_CHECKING:
    import duckdb


class ParquetParts:
    """Parts of runs as write requests of the records table."""

    def __init__(self, bucket: CleanBucket, connect: "Callable[[], duckdb.DuckDBPyConnection]") -> None:
        self._bucket = bucket
        self._connect = connect

    def puts(self, task: LoadTask) -> Iterator[str]:
        """The requests that put the part's records."""
        with self._connect() as connection:
            yield from record_items.put_requests(connection, self._url(task), task.dataset)

    def deletes(self, task: LoadTask) -> Iterator[str]:
        """The requests that delete the part's records."""
        with self._connect() as connection:
            yield from record_items.delete_requests(connection, self._url(task), task.dataset)

    def _url(self, task: LoadTask) -> str:
        return self._bucket.url(part_key(task.dataset, task.run, task.part))
