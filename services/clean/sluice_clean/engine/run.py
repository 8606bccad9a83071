"""One cleaning, from a source to a target: probe, read, guess types, clean chunk by chunk, review, account for all."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb

from sluice.models.table_schema import TableSchema
from sluice_clean.engine import drift
from sluice_clean.engine.amend import Amender
from sluice_clean.engine.chunk_job import Shared
from sluice_clean.engine.contract import check_usable, violations
from sluice_clean.engine.dedupe import Deduplicator, FirstByContent, KeepAll, LastByKey
from sluice_clean.engine.encoding import label_of
from sluice_clean.engine.errors import BadSchemaError, CountMismatchError, EngineFaultError
from sluice_clean.engine.explain import explain, taken_by_default
from sluice_clean.engine.foreign import ForeignKeys, References
from sluice_clean.engine.insight import Counts, Insight, examine
from sluice_clean.engine.issues import write_issues
from sluice_clean.engine.judge import Judge
from sluice_clean.engine.ledger import Ledger
from sluice_clean.engine.model import CleanSettings, Source, Target
from sluice_clean.engine.own_references import OwnReferences
from sluice_clean.engine.parts import write_rejects
from sluice_clean.engine.pipeline import run_chunks
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.planning import plan_as_text, plan_columns
from sluice_clean.engine.readers import RawTable, open_table
from sluice_clean.engine.repairs import apply_repairs
from sluice_clean.engine.report import Drift, Report
from sluice_clean.engine.review import Verdicts, review
from sluice_clean.engine.second_reading import SecondReading
from sluice_clean.engine.tally import Tally
from sluice_clean.engine.totals import Standing, Totals
from sluice_clean.engine.unique import Unique
from sluice_clean.engine.work import Workspace

_DEFAULTS = CleanSettings()
TRIES = 4  # readings of a file whose later records are not what its first ones promise; the last one as text


def clean(  # noqa: PLR0913 - what a run is given, by name
    source: Source,
    target: Target,
    *,
    schema: TableSchema | None = None,
    previous: TableSchema | None = None,
    references: References | None = None,
    settings: CleanSettings = _DEFAULTS,
    connect: Callable[[], duckdb.DuckDBPyConnection],
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Cleans one object.

    Args:
        source: What to read.
        target: Where parts and rejects go.
        schema: The contract; without one, types are inferred from all values.
        previous: What was inferred of an earlier version, where there is no contract: drift is told against it.
        references: The records of each dataset that a foreign key of the contract refers to.
        settings: Limits and choices.
        connect: Gives a connection that can write the target's URLs; it is closed afterwards.
        progress: Called with the number of chunks that are done, as they get done, from any thread.

    Returns:
        The account of the run.

    Raises:
        EngineError: The object can't be cleaned; says why. Parts written by then are to be ignored.
        duckdb.IOException: Storage could not be read or written; it may go well another time.
    """
    started = time.perf_counter()
    with faults_told(), Workspace(connect(), settings) as work:
        report = _clean(work, source, target, Agreed(schema, previous, references), progress)
    report.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 1)
    return report


@contextmanager
def faults_told() -> Iterator[None]:
    """Tells what fails in DuckDB, but for storage, as a fault of the engine.

    Raises:
        EngineFaultError: Something failed.
    """
    try:
        yield
    except duckdb.IOException:
        raise
    except duckdb.Error as error:
        raise EngineFaultError(f"the engine failed: {_first_line(error)}") from error


@dataclass(frozen=True)
class Agreed:
    """What a file is held against."""

    schema: TableSchema | None
    previous: TableSchema | None
    references: References | None

    def plan(self, work: Workspace, raw: RawTable, verdicts: Verdicts) -> Plan:
        """The plan of a reading."""
        if not work.settings.as_text:
            plan = plan_columns(work, raw, self.schema, verdicts)
            if plan.schema_is_declared:
                check_usable(work, violations(plan), plan, raw.sample)
            return plan
        if self.schema and any(field.pii for field in self.schema.fields):
            raise BadSchemaError("values can't be left as they stand (as_text): the contract declares personal data")
        return plan_as_text(raw)

    def drift(self, plan: Plan, tally: Tally) -> list[Drift]:
        """What changed."""
        if self.schema is None:
            return drift.since(self.previous, plan.schema) if self.previous else []
        found = [*plan.drift, *drift.of_types(plan, tally)]
        drift.check(found)
        return found


def _clean(
    work: Workspace,
    source: Source,
    target: Target,
    agreed: Agreed,
    progress: Callable[[int], None] | None,
) -> Report:
    """Reads the file, and again as long as records refer to others of it that do not stay."""
    verdicts, own = Verdicts(), OwnReferences((agreed.references or {}).get(""))
    while True:
        raw, compression, shared = _read(work, source, target, agreed, verdicts, own, progress)
        duplicates = finish(work, shared)
        if not own.learn(work, shared.plan, shared.parts):
            break
    report = account(work, target, raw, shared, compression, duplicates)
    report.drift = agreed.drift(shared.plan, shared.tally)
    return report


def _read(
    work: Workspace,
    source: Source,
    target: Target,
    agreed: Agreed,
    verdicts: Verdicts,
    own: OwnReferences,
    progress: Callable[[int], None] | None,
) -> tuple[RawTable, str | None, Shared]:
    """Reads the file under a plan made from a sample, and again under a better one if all its rows ask for it."""
    for attempt in range(1, TRIES + 1):
        work.reset()
        raw, compression = open_table(source, work)
        with work.timed("infer"):
            plan = agreed.plan(work, raw, verdicts)
        shared = share(work, plan, target, agreed.references, own=own)
        with work.timed("clean"):
            run_chunks(shared, raw, progress)
        raw.settle()
        with work.timed("review"):
            review(work, plan, shared.tally, verdicts, last=attempt + 1 >= TRIES)
        if not verdicts.changed:
            break
    return raw, compression, shared


def share(
    work: Workspace,
    plan: Plan,
    target: Target,
    references: References | None,
    standing: Standing | None = None,
    own: OwnReferences | None = None,
) -> Shared:
    """What the chunks of a reading have in common, before the first of them.

    ``standing``: see `Totals`; ``own``: what earlier readings told of references within the table.
    """
    tally = Tally()
    found = [] if plan.as_text else violations(plan)
    return Shared(
        work,
        plan,
        target,
        Ledger(),
        _deduplicator(work, plan),
        Judge(plan, found, ForeignKeys(work, plan, references, own or OwnReferences(None)), tally),
        Amender(plan, work.settings.pii_salt),
        Unique(work, plan, found),
        Totals(plan, found, standing),
        SecondReading(work, plan),
        tally,
    )


def _deduplicator(work: Workspace, plan: Plan) -> Deduplicator:
    if plan.as_text:
        return KeepAll()
    return LastByKey(work) if plan.key else FirstByContent(work)


def finish(work: Workspace, shared: Shared) -> int:
    """Judges what only the end tells: which records of a key, or of a unique value, stay; how many were duplicates."""
    with work.timed("finish"):
        duplicates = shared.tally.duplicates + shared.deduplicator.finish(work, shared.parts)
        shared.unique.finish(work, shared.parts)
    return duplicates


def account(
    work: Workspace, target: Target, raw: RawTable, shared: Shared, compression: str | None, duplicates: int
) -> Report:
    """The report of a run whose chunks are through and finished.

    Raises:
        CountMismatchError: The counts don't add up.
    """
    with work.timed("finish"):
        by_code = write_rejects(work, target)
        issues = write_issues(work, target, shared.plan, shared.violations)
    counts = Counts(shared.tally.records, sum(by_code.values()), duplicates)
    insight, repaired = _examine(work, shared, counts)
    duplicates += repaired
    columns = explain(shared)
    report = Report(
        rows_in=shared.tally.records,
        rows_out=sum(part.rows for part in shared.parts),
        rows_rejected=sum(by_code.values()),
        rows_duplicate=duplicates,
        parts=shared.parts,
        table_schema=shared.plan.schema,
        format=raw.format,
        compression=compression,
        encoding=label_of(raw.encoding),
        dialect=raw.dialect,
        columns=columns,
        rejects_by_code=by_code,
        issues=issues,
        insight=insight,
        timings_ms=work.timings_ms,
        warnings=[*work.warnings, *raw.warnings, *shared.plan.warnings, *taken_by_default(shared)],
    )
    check_counts(report)
    return report


def _examine(work: Workspace, shared: Shared, counts: Counts) -> tuple[Insight | None, int]:
    """Looks at the clean records, and repairs them if the settings say so; records that became duplicates by it."""
    settings, plan = work.settings, shared.plan
    if not settings.examine or settings.as_text or not any(part.rows for part in shared.parts):
        return None, 0
    columns = [
        (column.name, column.output_type, column.output_sql_type)
        for column in plan.columns
        if not column.private and not column.withheld
    ]
    invalid = {column.name: shared.tally.misfits.get(column.index, 0) for column in plan.columns}
    urls = [part.url for part in shared.parts if part.rows]
    with work.timed("examine"):
        insight = examine(work.connection, urls, columns, replace(counts, invalid=invalid))
    if settings.repair is None:
        return insight, 0
    with work.timed("repair"):
        changes, repeats = apply_repairs(work, plan, shared.parts, insight, settings.repair)
    if not changes:
        return insight, 0
    for column in plan.columns:
        if column.name in changes:
            shared.tally.changes.setdefault(column.index, {})["repair"] = changes[column.name]
    counts = replace(counts, invalid=invalid, rows_duplicate=counts.rows_duplicate + repeats)
    with work.timed("examine"):
        return examine(work.connection, urls, columns, counts), repeats


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
