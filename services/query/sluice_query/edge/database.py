"""The process's one DuckDB connection: time-limited queries, kept tables, footers."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from sluice.errors import QueryTooHeavyError
from sluice_query.errors import FileGoneError
from sluice_query.sql import Statement

_FETCH = 500
_INTERRUPT_EVERY_SECONDS = 0.02
_TOO_HEAVY = "The query would take more {what} than a request may: filter more, or sort by fewer columns."


class Database:
    """Runs statements, one at a time.

    Args:
        connect: makes the connection, when it is first needed.
        refresh: called before each statement, to renew what goes stale (credentials).
        seconds: how long the statements of one request may run together; see `begin`.
    """

    def __init__(
        self,
        connect: Callable[[], duckdb.DuckDBPyConnection],
        *,
        refresh: Callable[[duckdb.DuckDBPyConnection], None] = lambda _: None,
        seconds: float,
    ) -> None:
        self._connect = connect
        self._refresh = refresh
        self._seconds = seconds
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._deadline = 0.0
        self.begin()

    def begin(self) -> None:
        """Start the clock of a request."""
        self._deadline = time.monotonic() + self._seconds

    def rows(self, statement: Statement) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement, fetched as they are asked for.

        Raises:
            QueryTooHeavyError: it took too long or too much memory.
            FileGoneError: a file that it reads is not there any more.
        """
        with self._limited() as connection:
            cursor = connection.execute(statement.text, statement.values)
            while batch := cursor.fetchmany(_FETCH):
                yield from batch

    def run(self, statement: Statement) -> None:
        """Run a statement for what it does; raises as `rows`."""
        with self._limited() as connection:
            connection.execute(statement.text, statement.values)

    def footers(self, urls: Sequence[str]) -> dict[str, dict[str, str]]:
        """The columns of Parquet files with their types, by file; raises as `rows`."""
        statement = Statement()
        statement.text = f"SELECT file_name, name, duckdb_type FROM parquet_schema({statement.bind(list(urls))})"  # noqa: S608 - bound
        found: dict[str, dict[str, str]] = {url: {} for url in urls}
        for url, name, sql_type in self.rows(statement):
            # The root of a footer's tree has no type.
            if sql_type is not None:
                found[url][name] = sql_type
        return found

    @contextmanager
    def _limited(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        self._refresh(connection)
        done = threading.Event()
        threading.Thread(target=self._watch, args=(connection, done), daemon=True).start()
        try:
            yield connection
        except duckdb.InterruptException as error:
            raise QueryTooHeavyError(_TOO_HEAVY.format(what="time")) from error
        except duckdb.OutOfMemoryException as error:
            raise QueryTooHeavyError(_TOO_HEAVY.format(what="memory")) from error
        except (duckdb.HTTPException, duckdb.IOException) as error:
            if _tells_of_missing_file(error):
                raise FileGoneError from error
            raise
        finally:
            done.set()

    def _watch(self, connection: duckdb.DuckDBPyConnection, done: threading.Event) -> None:
        """Interrupt from the deadline on, again and again: an interrupt between two queries is lost."""
        wait = max(self._deadline - time.monotonic(), 0)
        while not done.wait(wait):
            connection.interrupt()
            wait = _INTERRUPT_EVERY_SECONDS


def _tells_of_missing_file(error: duckdb.Error) -> bool:
    if isinstance(error, duckdb.HTTPException):
        return "(HTTP 404" in str(error)
    return "No files found" in str(error)
