# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Cell issues: every delivered cell that is null because its text doesn't fit its type, or breaks the contract."""

from collections.abc import Iterator, Sequence

import duckdb

from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.contract import Violation
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.model import Target
from sluice_clean.engine.parts import make_folder
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.sql import literal
from sluice_clean.engine.work import Workspace


def note_unfit(cursor: duckdb.DuckDBPyConnection, first_row: int) -> None:
    """Adds what `SecondReading` could not read, among a chunk's delivered rows, to the run's table ``issues``."""
    cursor.execute(f"""INSERT INTO issues SELECT n + {first_row}, "column", text, NULL
        FROM unfit JOIN numbers USING (idx)""")


def note_issues(cursor: duckdb.DuckDBPyConnection, column: ColumnPlan, marks: Marks, first_row: int) -> None:
    """Adds cells of a column that the contract amends, and that became null, likewise."""
    if column.withheld:
        return
    text = "NULL" if column.private else f"o{column.index}"
    told = f'LEFT JOIN (SELECT idx, violation FROM nulled WHERE "column" = {column.index}) b ON b.idx = numbers.idx'
    join, violation = (told, "violation") if column.nulls_violations else ("", "NULL")
    cursor.execute(
        f"""INSERT INTO issues SELECT n + $1, $2, {text}, {violation}
        FROM t POSITIONAL JOIN numbers {join} WHERE {column.unread} AND {column.misfit(marks)}""",
        [first_row, column.index],
    )


def write_issues(work: Workspace, target: Target, plan: Plan, violations: Sequence[Violation]) -> int:
    """Writes the issues of the run's table ``issues``, by record and column, where the target wants them.

    Personal data are told of without their text.

    Returns:
        How many there are.
    """
    (count,) = work.row("SELECT count(*) FROM issues")
    if count and target.issues_url:
        make_folder(target.issues_url)
        reasons = ", ".join(_reasons(plan, violations))
        lineage = target.lineage
        work.connection.execute(f"""COPY (
            SELECT i."row", r.name AS "column", r.code, r.reason, i.text,
                {literal(lineage.object)} AS _object, {literal(lineage.run)} AS _run
            FROM issues i JOIN (VALUES {reasons}) r("column", violation, name, code, reason)
                ON i."column" = r."column" AND coalesce(i.violation, -1) = r.violation
            ORDER BY i."row", i."column") TO {literal(target.issues_url)} (FORMAT parquet, COMPRESSION zstd)""")
    return int(count)


def _reasons(plan: Plan, violations: Sequence[Violation]) -> Iterator[str]:
    """SQL rows: what an issue says, by its column and violation; -1 is a text that doesn't fit the type."""
    for column in plan.present:
        hidden = "; the text is withheld" if column.private else ""
        reason = f"{column.name} is not of type {column.type}{hidden}"
        yield f"({column.index}, -1, {literal(column.name)}, 'type', {literal(reason)})"
    for place, one in enumerate(violations):
        if one.nulls is not None:
            column = plan.columns[one.nulls]
            reason = literal(one.reason + ("; the text is withheld" if column.private else ""))
            yield f"({column.index}, {place}, {literal(column.name)}, {literal(one.code)}, {reason})"
