"""Reads the Parquet parts of runs through DuckDB, straight from the clean bucket."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sluice.object_keys import LoadTask, part_key
from sluice_clean import record_items
from sluice_clean.buckets import CleanBucket

if TYPE_CHECKING:
    import duckdb


class ParquetParts:
    """Parts of runs as DynamoDB items."""

    def __init__(self, bucket: CleanBucket, connect: "Callable[[], duckdb.DuckDBPyConnection]") -> None:
        self._bucket = bucket
        self._connect = connect

    def items(self, task: LoadTask) -> Iterator[list[dict[str, Any]]]:
        """The part's items, in batches."""
        with self._connect() as connection:
            yield from record_items.read_items(connection, self._url(task), task.dataset)

    def keys(self, task: LoadTask) -> Iterator[list[dict[str, Any]]]:
        """The primary keys of the part's items, in batches."""
        with self._connect() as connection:
            yield from record_items.read_keys(connection, self._url(task), task.dataset)

    def _url(self, task: LoadTask) -> str:
        return self._bucket.url(part_key(task.dataset, task.run, task.part))
