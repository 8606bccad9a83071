"""The report's columns, put together from what the chunks counted."""

from sluice_clean.engine.chunk_job import Shared
from sluice_clean.engine.report import ColumnReport


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
        reports.append(report)
    return reports
