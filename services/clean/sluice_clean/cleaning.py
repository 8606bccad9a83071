"""The function's shell around the engine: from a version in the raw bucket to Parquet in the clean bucket."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from sluice import object_keys
from sluice.models.dataset import Dataset
from sluice.models.run import Run, order_token
from sluice.object_keys import parse_raw_key
from sluice_clean.agreed import Agreed
from sluice_clean.buckets import CleanBucket, RawBucket, Version
from sluice_clean.settings import CleanServiceSettings

if TYPE_CHECKING:
    import duckdb

    from sluice_clean import engine


@dataclass(frozen=True)
class Cleaned:
    """What a cleaning found: values for the run's record."""

    result: dict[str, Any]


@dataclass
class UncleanableError(Exception):
    """The file cannot be cleaned, and trying again would not help."""

    code: str
    detail: str
    counts: dict[str, int] = field(default_factory=dict)


class SourceUnreadableError(Exception):
    """Storage failed under the engine; the same cleaning may work later. The message holds no signed URL."""


class Shell:
    """What every use of the engine needs: sources and targets in the buckets, settings, errors without secrets."""

    def __init__(
        self,
        raw: RawBucket,
        clean: CleanBucket,
        settings: CleanServiceSettings,
        connect: "Callable[[], duckdb.DuckDBPyConnection]",
    ) -> None:
        self._raw = raw
        self._clean = clean
        self._settings = settings
        self.connect = connect

    def source(self, version: Version) -> "engine.Source":
        """A version of an object."""
        from sluice_clean import engine

        name = parse_raw_key(version.key).name
        return engine.Source(
            url=self._raw.url(version), name=name, size=version.size, read=partial(self._raw.read, version)
        )

    @contextmanager
    def failures_told(self, source: "engine.Source", but: type[Exception] | None = None) -> Iterator[None]:
        """Tells the engine's failures as the service's, `but` those that the caller deals with.

        Raises:
            UncleanableError: the file or its fit to the contract is at fault.
            SourceUnreadableError: storage failed; trying again may help.
        """
        # The engine brings DuckDB, which only a file to clean is worth loading.
        from sluice_clean import engine

        try:
            yield
        except engine.EngineError as error:
            # DuckDB's messages name the file by its URL, which is signed and must stay unseen.
            raise UncleanableError(error.code, str(error).replace(source.url, source.name)) from None
        except Exception as error:
            if source.url not in str(error) or (but is not None and isinstance(error, but)):
                raise
            raise SourceUnreadableError(str(error).replace(source.url, source.name)) from None

    def target(self, run: Run) -> "engine.Target":
        """Where a run's files lie."""
        return self._target(
            run,
            object_keys.data_prefix(run.dataset, run.run),
            object_keys.rejects_key(run.dataset, run.run),
            object_keys.issues_key(run.dataset, run.run),
        )

    def target_of_range(self, run: Run, name: str) -> "engine.Target":
        """Where the files of a part of a run's object lie, until all are joined."""
        prefix = f"{object_keys.pieces_prefix(run.dataset, run.run)}{name}/"
        return self._target(run, prefix, f"{prefix}rejects.parquet", f"{prefix}issues.parquet")

    def _target(self, run: Run, data_prefix: str, rejects: str, issues: str) -> "engine.Target":
        from sluice_clean import engine

        return engine.Target(
            data_prefix=self._clean.url(data_prefix),
            rejects_url=self._clean.url(rejects),
            lineage=engine.Lineage(object=run.object, run=run.run, order=order_token(run.last_modified or "", run.run)),
            issues_url=self._clean.url(issues),
        )

    def settings(self, dataset: Dataset) -> "engine.CleanSettings":
        """The engine's settings for a dataset."""
        from sluice_clean import engine

        return engine.CleanSettings(
            memory_limit=self._settings.memory_limit,
            threads=self._settings.threads,
            temp_dir=self._settings.temp_dir,
            max_expanded_bytes=self._settings.expanded_bytes,
            pii_salt=dataset.name,
            as_text=dataset.settings.as_text,
            type_tolerance=dataset.settings.type_tolerance,
            day_first=dataset.settings.day_first,
            repair=dataset.settings.repair,
        )

    def conclude(self, run: Run, report: "engine.Report") -> Cleaned:
        """Store a run's report.

        Raises:
            UncleanableError: no row is valid.
        """
        self._clean.put_json(object_keys.report_key(run.dataset, run.run), report.model_dump_json(by_alias=True))
        if report.rows_in and not report.rows_out:
            raise UncleanableError(
                "no-valid-rows",
                f"None of the {report.rows_in:,} rows is valid; the rejects tell why. What was served before stays.",
                {"rows_in": report.rows_in, "rows_rejected": report.rows_rejected},
            )
        return Cleaned(_result(report))


class Cleaner:
    """Cleans one version of one object with the engine, S3 to S3, in one go."""

    def __init__(self, shell: Shell, agreed: Agreed) -> None:
        self._shell = shell
        self._agreed = agreed

    def __call__(self, dataset: Dataset, run: Run, version: Version) -> Cleaned:
        """Clean the version under the dataset's contract; writes data, rejects and report.

        Raises:
            UncleanableError: the file or its fit to the contract is at fault.
            SourceUnreadableError: storage failed; trying again may help.
        """
        from sluice_clean import engine

        source = self._shell.source(version)
        with self._shell.failures_told(source):
            report = engine.clean(
                source,
                self._shell.target(run),
                schema=dataset.table_schema,
                previous=self._agreed.previous(dataset, run),
                references=self._agreed.references(dataset, run),
                settings=self._shell.settings(dataset),
                connect=self._shell.connect,
            )
        return self._shell.conclude(run, report)


def _stored_schema(report: Any) -> dict[str, Any]:  # noqa: ANN401 - the engine's type, loaded late
    """The run's Table Schema, with how each column is stored: readers then need no look into the files."""
    schema: dict[str, Any] = report.table_schema.to_json()
    stored = {column.name: column.sql_type for column in report.columns}
    for described in schema["fields"]:
        if described["name"] in stored:
            described["sluice:sql_type"] = stored[described["name"]]
    return schema


def _result(report: Any) -> dict[str, Any]:  # noqa: ANN401 - the engine's type, loaded late
    return {
        "rows_in": report.rows_in,
        "rows_out": report.rows_out,
        "rows_rejected": report.rows_rejected,
        "rows_duplicate": report.rows_duplicate,
        "issues": report.issues,
        "parts": len(report.parts),
        "bytes_out": sum(part.bytes or 0 for part in report.parts),
        "format": report.format,
        "compression": report.compression,
        "encoding": report.encoding,
        "dialect": report.dialect.model_dump(mode="json") if report.dialect else None,
        "table_schema": _stored_schema(report),
        "timings_ms": report.timings_ms,
    }
