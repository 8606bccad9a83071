"""The function's shell around the engine: from a version in the raw bucket to Parquet in the clean bucket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from sluice import object_keys
from sluice.models.dataset import Dataset
from sluice.models.run import Run, order_token
from sluice_clean.agreed import Agreed
from sluice_clean.buckets import CleanBucket, RawBucket, Version
from sluice_clean.settings import CleanServiceSettings

if TYPE_CHECKING:
    import duckdb


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


class Cleaner:
    """Cleans one version of one object with the engine, S3 to S3."""

    def __init__(
        self,
        raw: RawBucket,
        clean: CleanBucket,
        settings: CleanServiceSettings,
        connect: "Callable[[], duckdb.DuckDBPyConnection]",
        agreed: Agreed,
    ) -> None:
        self._agreed = agreed
        self._raw = raw
        self._clean = clean
        self._settings = settings
        self._connect = connect

    def __call__(self, dataset: Dataset, run: Run, version: Version) -> Cleaned:
        """Clean the version under the dataset's contract; writes data, rejects and report.

        Raises:
            UncleanableError: the file or its fit to the contract is at fault.
            SourceUnreadableError: storage failed; trying again may help.
        """
        # The engine brings DuckDB, which only a file to clean is worth loading.
        from sluice_clean import engine

        url = self._raw.url(version)
        source = engine.Source(url=url, name=run.object, size=version.size, read=partial(self._raw.read, version))
        try:
            report = engine.clean(
                source,
                self._target(run),
                schema=dataset.table_schema,
                previous=self._agreed.previous(dataset, run),
                references=self._agreed.references(dataset.table_schema),
                settings=self._engine_settings(dataset),
                connect=self._connect,
            )
        except engine.EngineError as error:
            # DuckDB's messages name the file by its URL, which is signed and must stay unseen.
            raise UncleanableError(error.code, str(error).replace(url, run.object)) from None
        except Exception as error:
            if url not in str(error):
                raise
            raise SourceUnreadableError(str(error).replace(url, run.object)) from None
        self._clean.put_json(object_keys.report_key(run.dataset, run.run), report.model_dump_json(by_alias=True))
        if report.rows_in and not report.rows_out:
            raise UncleanableError(
                "no-valid-rows",
                f"None of the {report.rows_in:,} rows is valid; the rejects tell why. What was served before stays.",
                {"rows_in": report.rows_in, "rows_rejected": report.rows_rejected},
            )
        return Cleaned(_result(report))

    def _target(self, run: Run) -> Any:  # noqa: ANN401 - the engine's type, loaded late
        from sluice_clean import engine

        return engine.Target(
            data_prefix=self._clean.url(object_keys.data_prefix(run.dataset, run.run)),
            rejects_url=self._clean.url(object_keys.rejects_key(run.dataset, run.run)),
            lineage=engine.Lineage(object=run.object, run=run.run, order=order_token(run.last_modified or "", run.run)),
            issues_url=self._clean.url(object_keys.issues_key(run.dataset, run.run)),
        )

    def _engine_settings(self, dataset: Dataset) -> Any:  # noqa: ANN401 - the engine's type, loaded late
        from sluice_clean import engine

        return engine.CleanSettings(
            memory_limit=self._settings.memory_limit,
            threads=self._settings.threads,
            temp_dir=self._settings.temp_dir,
            pii_salt=dataset.name,
            as_text=dataset.settings.as_text,
            type_tolerance=dataset.settings.type_tolerance,
            day_first=dataset.settings.day_first,
            repair=dataset.settings.repair,
        )


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
