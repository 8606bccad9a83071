# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Accounts for every change: per column and rule, how many cells, with the first three as examples."""

from collections.abc import Iterator

from sluice_clean.engine.plan import ColumnPlan, Plan
from sluice_clean.engine.report import Change, ColumnReport, Example
from sluice_clean.engine.work import Workspace

_BATCH = 40
_EXAMPLES = 3
_SHOWN = 200  # characters of an example


def explain(work: Workspace, plan: Plan) -> list[ColumnReport]:
    """The report's columns."""
    reports = [ColumnReport(name=c.name, original=c.original, type=c.type, sql_type=c.sql_type) for c in plan.columns]
    for report, nulls in zip(reports, _nulls(work, plan), strict=True):
        report.nulls = nulls
    asked = [(index, rule) for index, column in enumerate(plan.columns) for rule in column.changes]
    for start in range(0, len(asked), _BATCH):
        _explain_batch(work, plan, asked[start : start + _BATCH], reports)
    return reports


def _nulls(work: Workspace, plan: Plan) -> Iterator[int]:
    """Per column, delivered records without a value."""
    counts = ", ".join(f"count(*) - count(v{index})" for index in range(len(plan.columns)))
    yield from work.row(f"SELECT {counts} FROM staged AS s ANTI JOIN dropped AS d USING (_row) WHERE _bad IS NULL")


def _explain_batch(work: Workspace, plan: Plan, asked: list[tuple[int, str]], reports: list[ColumnReport]) -> None:
    aggregates = []
    for index, rule in asked:
        condition = plan.columns[index].changes[rule]
        aggregates.append(f"count(*) FILTER ({condition}), min(_row, {_EXAMPLES}) FILTER ({condition})")
    counted = work.row(f"SELECT {', '.join(aggregates)} FROM raw")
    for place, (index, rule) in enumerate(asked):
        count, rows = counted[place * 2], counted[place * 2 + 1]
        if count:
            reports[index].changes[rule] = Change(count=count, examples=_examples(work, plan.columns[index], rows))
            if rule == "invalid":
                reports[index].invalid = count


def _examples(work: Workspace, column: ColumnPlan, rows: list[int]) -> list[Example]:
    wanted = " OR ".join(f"_row = {int(row)}" for row in rows)
    found = work.rows(f"""SELECT _row, left({column.cell}, {_SHOWN}), left(({column.value})::VARCHAR, {_SHOWN})
        FROM raw WHERE {wanted} ORDER BY _row""")
    return [Example(row=row, before=before, after=after) for row, before, after in found]
