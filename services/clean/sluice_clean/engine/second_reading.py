# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Reads the texts that are in none of a column's usual forms.

The expression that reads every form there is costs a hundred times more than those of the usual forms, to plan and to
run. So it is only asked about the texts that those leave, and about each different text once in a run.
"""

from collections.abc import Sequence

import duckdb

from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.hygiene import cleaned
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.work import Workspace


class SecondReading:
    """What the run knows of such texts: a table ``known{n}`` (text, value, nothing) for each typed column."""

    def __init__(self, work: Workspace, plan: Plan) -> None:
        self._plan = plan
        self._columns = [] if plan.as_text else [column for column in plan.present if not column.is_text]
        for column in self._columns:
            work.connection.execute(
                f"CREATE OR REPLACE TABLE known{column.index} (text VARCHAR, value {column.sql_type}, nothing BOOLEAN)"
            )

    def read(self, cursor: duckdb.DuckDBPyConnection, marks: Marks) -> None:
        """Fills in the values of a chunk's table ``t`` that the first reading left out.

        Texts that can't be read, null texts aside, are noted in the chunk's table ``unfit``, as they stood; but not
        of columns that the contract amends.
        """
        cursor.execute('CREATE OR REPLACE TEMP TABLE unfit (idx BIGINT, "column" INTEGER, text VARCHAR)')
        read = [self._read(cursor, column, marks) for column in self._left(cursor)]
        if any(read):
            cursor.execute(f"UPDATE t SET _id = {self._plan.identity} WHERE rowid IN (SELECT idx FROM touched)")

    def _left(self, cursor: duckdb.DuckDBPyConnection) -> Sequence[ColumnPlan]:
        """The columns with texts, null texts perhaps, but no values."""
        if not self._columns:
            return ()
        cursor.execute("CREATE OR REPLACE TEMP TABLE touched (idx BIGINT)")
        asked = ", ".join(f"count(CASE WHEN {column.unread} THEN 1 END)" for column in self._columns)
        counts = cursor.execute(f"SELECT {asked} FROM t").fetchall()[0]
        return [column for column, count in zip(self._columns, counts, strict=True) if count]

    def _read(self, cursor: duckdb.DuckDBPyConnection, column: ColumnPlan, marks: Marks) -> bool:
        """Whether there was anything to read."""
        known, value, original = f"known{column.index}", f"v{column.index}", f"o{column.index}"
        cursor.execute(f"""CREATE OR REPLACE TEMP TABLE rest AS SELECT rowid AS idx, {original} AS original,
            {cleaned(original, marks)} AS text FROM t WHERE {column.unread}""")
        fresh = f"(SELECT DISTINCT text FROM rest WHERE text NOT IN (SELECT text FROM {known}))"
        if cursor.execute(f"SELECT 1 FROM {fresh} LIMIT 1").fetchall():
            read = f"{column.typing.value('text')}, {column.says_nothing('text')}"
            cursor.execute(f"INSERT INTO {known} SELECT text, {read} FROM {fresh}")
        # Grouped, since chunks side by side may have come to know the same text.
        cursor.execute(f"""CREATE OR REPLACE TEMP TABLE told AS
            SELECT idx, any_value(original) AS original, any_value(value) AS value
            FROM rest JOIN {known} USING (text) WHERE NOT nothing GROUP BY idx""")
        if column.misfits_are_noted:
            cursor.execute(f"INSERT INTO unfit SELECT idx, {column.index}, original FROM told WHERE value IS NULL")
        (read,) = cursor.execute("INSERT INTO touched SELECT idx FROM told WHERE value IS NOT NULL").fetchall()[0]
        if read:
            cursor.execute(f"""UPDATE t SET {value} = told.value FROM told
                WHERE t.rowid = told.idx AND told.value IS NOT NULL""")
        return bool(read)
