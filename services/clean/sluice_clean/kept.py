"""A DuckDB that a process keeps: checking and loading its S3 extension takes most of a small read's time."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


class KeptDuckDB:
    """Gives cursors of one instance, for readers that make no tables.

    Args:
        connect: makes the instance, when it is first needed.
        refresh: renews what goes stale in it (credentials), before each cursor.
    """

    def __init__(
        self,
        connect: "Callable[[], duckdb.DuckDBPyConnection]",
        refresh: "Callable[[duckdb.DuckDBPyConnection], None]",
    ) -> None:
        self._connect = connect
        self._refresh = refresh
        self._instance: duckdb.DuckDBPyConnection | None = None

    def cursor(self) -> "duckdb.DuckDBPyConnection":
        """A cursor of the instance, to be closed; an instance that failed for good is made anew."""
        import duckdb

        if self._instance is not None:
            try:
                self._refresh(self._instance)
            except duckdb.FatalException:
                self._instance = None
        if self._instance is None:
            self._instance = self._connect()
            # A part is read once: keeping its bytes would only take memory.
            self._instance.execute("SET enable_external_file_cache = false")
        return self._instance.cursor()
