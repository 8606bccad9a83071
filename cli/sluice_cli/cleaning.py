"""Runs the engine on one source, in a folder that goes away."""

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import duckdb

from sluice.models.table_schema import TableSchema
from sluice_clean.engine import CleanSettings, EngineError, Lineage, Report, Source, Target, clean, local_connection
from sluice_clean.engine.errors import NoRecordsError
from sluice_clean.engine.foreign import References
from sluice_cli.errors import CliError, first_line
from sluice_cli.origins import Origin
from sluice_cli.screen import Screen
from sluice_cli.spool import Limits


@dataclass(frozen=True)
class Fetched:
    """A source as a file of this machine."""

    origin: Origin
    path: Path


@dataclass(frozen=True)
class Cleaned:
    """What a run left in the folder.

    Attributes:
        source: What was cleaned.
        report: The engine's account; its parts lie in the folder.
        rejects: Parquet of the refused rows; None when there are none.
        issues: Parquet of the cells that became null; None when there are none.
    """

    source: Fetched
    report: Report
    rejects: Path | None
    issues: Path | None


class Workshop:
    """Where sources are fetched and cleaned."""

    def __init__(
        self, folder: Path, settings: CleanSettings, limits: Limits, screen: Screen, references: References
    ) -> None:
        self.folder = folder
        self.settings = dataclasses.replace(settings, temp_dir=folder)
        self.screen = screen
        self._limits = limits
        self._references = references
        self._numbers = count()
        # One for all sources: `_run` tells invocations of the command apart.
        self._run = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def new_folder(self) -> Path:
        """An empty folder."""
        folder = self.folder / f"work{next(self._numbers)}"
        folder.mkdir()
        return folder

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection under the same limits as the engine's.

        Raises:
            CliError: What its body does with it fails.
        """
        try:
            with local_connection(self.settings) as connection:
                yield connection
        except duckdb.Error as error:
            raise CliError(f"the records can't be written: {first_line(error)}") from error

    def fetch(self, origin: Origin) -> Fetched:
        """Makes a source a file of this machine.

        Raises:
            CliError: It can't be had.
        """
        with self.screen.working(origin.label) as tell:
            return Fetched(origin, origin.local(self.new_folder(), self._limits, tell))

    def clean(self, source: Fetched, schema: TableSchema | None) -> Cleaned:
        """Cleans a source.

        Raises:
            CliError: It can't be cleaned; says why.
        """
        folder, label = self.new_folder(), source.origin.label
        rejects, issues = folder / "rejects.parquet", folder / "issues.parquet"
        given = Source.local(source.path)
        order = datetime.fromtimestamp(source.path.stat().st_mtime, UTC).isoformat(timespec="seconds")
        lineage = Lineage(label, self._run, f"{order}#{self._run}")
        target = Target(f"{folder}/data/", str(rejects), lineage, str(issues))
        try:
            with self.screen.working(label) as tell:
                tell(None, "cleaning")
                report = clean(
                    dataclasses.replace(given, name=label),
                    target,
                    schema=schema,
                    references=self._references,
                    settings=self.settings,
                    connect=lambda: local_connection(self.settings),
                    progress=lambda chunks: tell(None, f"cleaning, chunks done: {chunks:,}"),
                )
        except NoRecordsError as error:
            if error.format is None or schema is not None:
                raise CliError(f"{label}: {first_line(error)}") from error
            report = Report.without_records(error.format, error.labels, str(error))
        except (EngineError, duckdb.Error) as error:
            raise CliError(f"{label}: {first_line(error)}") from error
        files = (path if path.exists() else None for path in (rejects, issues))
        return Cleaned(source, report, *files)


@contextmanager
def workshop(
    settings: CleanSettings, limits: Limits, screen: Screen, references: References | None = None
) -> Iterator[Workshop]:
    """A workshop in a temporary folder, which is removed whatever happens; for ``references`` see the engine's."""
    with tempfile.TemporaryDirectory(prefix="sluice-", ignore_cleanup_errors=True) as folder:
        yield Workshop(Path(folder), settings, limits, screen, references or {})
