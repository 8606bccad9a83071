"""The report's columns, put together from what the chunks counted."""

from sluice_clean.engine.chunk_job import Shared
from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.report import ColumnReport
from sluice_clean.engine.tally import Tally


def explain(shared: Shared) -> list[ColumnReport]:
    """Accounts for every change: per column and rule, how many cells, with the first three as examples."""
    reports = []
    for column in shared.plan.columns:
        if column.withheld:
            continue
        changes = shared.tally.changes.get(column.index, {})
        report = ColumnReport(
            name=column.name, original=column.original, type=column.output_type, sql_type=column.output_sql_type
        )
        report.nulls = sum(part.nulls.get(column.name, 0) for part in shared.parts)
        report.changes = dict(changes)
        report.invalid = changes["invalid"].count if "invalid" in changes else 0
        report.confidence = _confidence(column, shared.tally)
        reports.append(report)
    return reports


def _confidence(column: ColumnPlan, tally: Tally) -> float | None:
    """The sample's confidence, or what all values say if that is less; None where nothing was decided by values."""
    if column.cell is None or (column.declared is not None and not column.typing.unsettled):
        return None
    typing = column.typing
    late = typing.unsettled and not tally.is_open(column)
    values = tally.valued.get(column.index, 0)
    fit = 1 - tally.misfits.get(column.index, 0) / values if values else 1.0
    return round(min(typing.settled_confidence if late else typing.confidence, fit), 4)


def taken_by_default(shared: Shared) -> list[str]:
    """Warnings of columns of which no value decided the order of days, or the decimal mark."""
    return [
        f"{column.name}: {column.typing.note} (confidence {_confidence(column, shared.tally)})"
        for column in shared.plan.columns
        if column.typing.note and shared.tally.is_open(column)
    ]
