# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Which records repeat another: the temporary table ``dropped`` of their numbers.

Keys that occur twice are found by hash first, so that the costly ordering looks only at them. What decides which
record stays is its number, a column; never the order in which rows happen to arrive.
"""

from sluice_clean.engine.plan import ColumnPlan, Plan
from sluice_clean.engine.sql import literal
from sluice_clean.engine.work import Workspace


def find_duplicates(work: Workspace, plan: Plan) -> int:
    """Fills ``dropped``; the number of duplicates. By primary key the last stays, by content the first."""
    work.connection.execute("CREATE OR REPLACE TEMP TABLE dropped (_row BIGINT)")
    if work.settings.as_text:
        return 0
    latest = "DESC" if plan.key else "ASC"
    _drop_repeats(work, "_key", latest)
    (duplicates,) = work.row("SELECT count(*) FROM dropped")
    for index, column in enumerate(plan.columns):
        if column.declared and column.declared.constraints and column.declared.constraints.unique:
            _refuse_repeats(work, f"v{index}", column)
    return int(duplicates)


def _drop_repeats(work: Workspace, value: str, direction: str) -> None:
    """Adds to ``dropped`` all but one of the delivered rows that share a value."""
    work.connection.execute(f"""
        INSERT INTO dropped SELECT _row FROM (
            SELECT _row, row_number() OVER (PARTITION BY {value} ORDER BY _row {direction}) AS place
            FROM staged AS s ANTI JOIN dropped AS d USING (_row)
            WHERE _bad IS NULL AND {value} IS NOT NULL AND hash({value}) IN (
                SELECT hash({value}) FROM staged AS s ANTI JOIN dropped AS d USING (_row)
                WHERE _bad IS NULL AND {value} IS NOT NULL GROUP BY 1 HAVING count(*) > 1))
        WHERE place > 1""")


def _refuse_repeats(work: Workspace, value: str, column: ColumnPlan) -> None:
    """Rows that repeat a value which the contract wants unique: the first stays, the others are refused."""
    work.connection.execute("CREATE OR REPLACE TEMP TABLE seen AS FROM dropped")
    _drop_repeats(work, value, "ASC")
    reason = literal(f"{column.name} must be unique and an earlier row has the same value")
    work.connection.execute(f"""INSERT INTO rejects
        SELECT s._row, s._line, 'unique', {reason}, {literal(column.name)}, r._text
        FROM (FROM dropped AS a ANTI JOIN seen AS b USING (_row)) AS d
        JOIN staged AS s ON s._row = d._row JOIN raw AS r ON r._row = d._row""")
