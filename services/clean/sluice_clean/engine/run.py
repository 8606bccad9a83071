"""One cleaning, from a source to a target, in stages: probe, read, infer, stage, dedupe, write, explain."""

import time
from collections.abc import Callable

import duckdb

from sluice.models.table_schema import TableSchema
from sluice_clean.engine.dedupe import find_duplicates
from sluice_clean.engine.errors import CountMismatchError, EngineFaultError
from sluice_clean.engine.explain import explain
from sluice_clean.engine.model import CleanSettings, Source, Target
from sluice_clean.engine.parts import write_parts, write_rejects
from sluice_clean.engine.plan import Plan, plan_as_text, plan_columns
from sluice_clean.engine.probe import Sample, probe
from sluice_clean.engine.readers import RawTable, read
from sluice_clean.engine.report import Report
from sluice_clean.engine.stage import stage
from sluice_clean.engine.work import Workspace

_DEFAULTS = CleanSettings()


def clean(
    source: Source,
    target: Target,
    *,
    schema: TableSchema | None = None,
    settings: CleanSettings = _DEFAULTS,
    connect: Callable[[], duckdb.DuckDBPyConnection],
) -> Report:
    """Cleans one object.

    Args:
        source: What to read.
        target: Where parts and rejects go.
        schema: The contract; without one, types are inferred from all values.
        settings: Limits and choices.
        connect: Gives a connection that can read the source's URL and write the target's; it is closed afterwards.

    Returns:
        The account of the run.

    Raises:
        EngineError: The object can't be cleaned; says why. Parts written by then are to be ignored.
        duckdb.IOException: Storage could not be read or written; it may go well another time.
    """
    started = time.perf_counter()
    try:
        with Workspace(connect(), settings) as work:
            report = _clean(work, source, target, schema)
    except duckdb.IOException:
        raise
    except duckdb.Error as error:
        raise EngineFaultError(f"the engine failed: {_first_line(error)}") from error
    report.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 1)
    return report


def _clean(work: Workspace, source: Source, target: Target, schema: TableSchema | None) -> Report:
    with work.timed("probe"):
        sample = probe(source, work.settings)
    raw = read(sample, work)
    with work.timed("infer"):
        plan = plan_as_text(raw) if work.settings.as_text else plan_columns(work, raw, schema)
    with work.timed("stage"):
        stage(work, plan)
    with work.timed("dedupe"):
        duplicates = find_duplicates(work, plan)
    return _write(work, target, sample, raw, plan, duplicates)


def _write(work: Workspace, target: Target, sample: Sample, raw: RawTable, plan: Plan, duplicates: int) -> Report:
    with work.timed("write"):
        parts = write_parts(work, plan, target)
        by_code = write_rejects(work, target)
    with work.timed("explain"):
        columns = explain(work, plan)
    report = Report(
        rows_in=raw.rows_in,
        rows_out=sum(part.rows for part in parts),
        rows_rejected=sum(by_code.values()),
        rows_duplicate=duplicates,
        parts=parts,
        table_schema=plan.schema,
        format=raw.format,
        compression=sample.compression,
        encoding=raw.encoding,
        dialect=raw.dialect,
        columns=columns,
        rejects_by_code=by_code,
        timings_ms=work.timings_ms,
        warnings=[*work.warnings, *raw.warnings, *plan.warnings],
    )
    check_counts(report)
    return report


def check_counts(report: Report) -> None:
    """Every record that came in is delivered, refused or a duplicate.

    Raises:
        CountMismatchError: It isn't so.
    """
    accounted = report.rows_out + report.rows_rejected + report.rows_duplicate
    if report.rows_in != accounted:
        raise CountMismatchError(
            f"{report.rows_in:,} rows in, but {report.rows_out:,} out + {report.rows_rejected:,} rejected"
            f" + {report.rows_duplicate:,} duplicate"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
