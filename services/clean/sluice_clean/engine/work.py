"""A run's workplace: its connection, its folder, its clock, its warnings."""

import copy
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from sluice_clean.engine.model import CleanSettings
from sluice_clean.engine.sql import literal

# Not temporary: every worker's cursor adds to them.
_TABLES = """
    CREATE OR REPLACE TABLE rejects
        ("row" BIGINT, line BIGINT, code VARCHAR, reason VARCHAR, "column" VARCHAR, raw VARCHAR);
    CREATE OR REPLACE TABLE issues ("row" BIGINT, "column" INTEGER, text VARCHAR, violation INTEGER)"""


def configure(connection: duckdb.DuckDBPyConnection, settings: CleanSettings) -> None:
    """Puts a run's limits on a connection, and makes it read times as UTC and results in order."""
    connection.execute(f"SET memory_limit = {literal(settings.memory_limit)}")
    # One thread a query: chunks run side by side, each over a cursor of its own, and keep their order by that.
    connection.execute("SET threads = 1")
    # An instance that has spilled once does not let its folder be set again, not even to the same.
    (folder,) = connection.execute("SELECT current_setting('temp_directory')").fetchall()[0]
    if folder != str(settings.temp_dir):
        connection.execute(f"SET temp_directory = {literal(str(settings.temp_dir))}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET enable_progress_bar = false")


def local_connection(settings: CleanSettings) -> duckdb.DuckDBPyConnection:
    """A connection for local paths; it never goes to the network for an extension."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        # It knows a local file by path, size and time to the second: one written again at once would be read as it was.
        "enable_external_file_cache": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    configure(connection, settings)
    return connection


class Workspace:
    """Holds what one run needs and leaves nothing behind."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: CleanSettings) -> None:
        self.connection = connection
        self.settings = settings
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-", dir=settings.temp_dir))
        self.files = ExitStack()
        self.timings_ms: dict[str, float] = {}
        self.warnings: list[str] = []
        self._part = ""

    def named(self, name: str) -> str:
        """SQL's name of a table or view of this part of the run; the whole run is one part unless `part` was asked."""
        return f"{name}{self._part}"

    def part(self, number: int) -> "Workspace":
        """A workplace within this one, with a folder and names of its own: for one of several members."""
        own = copy.copy(self)
        own.folder = self.folder / f"part-{number:04}"
        own.folder.mkdir(exist_ok=True)  # of an earlier reading of the same file
        own._part = f"{self._part}_{number}"
        return own

    def __enter__(self) -> Self:
        configure(self.connection, self.settings)
        self.reset()
        return self

    def reset(self) -> None:
        """Forgets what was refused so far: the file is about to be read again, under other rules."""
        self.connection.execute(_TABLES)
        self.warnings.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.files.close()
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query whose result is known to be small."""
        return self.connection.execute(query).fetchall()

    def row(self, query: str) -> tuple[Any, ...]:
        """The only row of a query that has exactly one."""
        (found,) = self.rows(query)
        return found

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Adds the wall time of its body to the report under ``stage``, in milliseconds."""
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - started) * 1000
            self.timings_ms[stage] = round(self.timings_ms.get(stage, 0.0) + spent, 1)
