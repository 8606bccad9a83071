# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Reads the texts that are in none of a column's usual forms.

The expression that reads every form there is costs a hundred times more than those of the usual forms, to plan and to
run. So it is only asked about the texts that those leave, and about each different text once in a run.
"""

from collections.abc import Sequence

import duckdb

from sluice_clean.engine.hygiene import cleaned
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.plan import ColumnPlan, Plan
from sluice_clean.engine.work import Workspace


class SecondReading:
    """What the run knows of such texts: a table ``known{n}`` (text, value) for each typed column."""

    def __init__(self, work: Workspace, plan: Plan) -> None:
        self._plan = plan
        self._columns = [] if plan.as_text else [column for column in plan.present if not column.is_text]
        for column in self._columns:
            work.connection.execute(
                f"CREATE OR REPLACE TABLE known{column.index} (text VARCHAR, value {column.sql_type})"
            )

    def read(self, cursor: duckdb.DuckDBPyConnection, marks: Marks) -> None:
        """Fills in the values of a chunk's table ``t`` that the first reading left out."""
        left = self._left(cursor)
        if not left:
            return
        cursor.execute("CREATE OR REPLACE TEMP TABLE touched (idx BIGINT)")
        for column in left:
            self._read(cursor, column, marks)
        cursor.execute(f"UPDATE t SET _id = {self._plan.identity} WHERE rowid IN (SELECT idx FROM touched)")

    def _left(self, cursor: duckdb.DuckDBPyConnection) -> Sequence[ColumnPlan]:
        """The columns with texts, null texts perhaps, but no values."""
        if not self._columns:
            return ()
        asked = ", ".join(f"count(CASE WHEN {column.unread} THEN 1 END)" for column in self._columns)
        counts = cursor.execute(f"SELECT {asked} FROM t").fetchall()[0]
        return [column for column, count in zip(self._columns, counts, strict=True) if count]

    def _read(self, cursor: duckdb.DuckDBPyConnection, column: ColumnPlan, marks: Marks) -> None:
        known, value = f"known{column.index}", f"v{column.index}"
        cursor.execute(f"""CREATE OR REPLACE TEMP TABLE rest AS
            SELECT rowid AS idx, {cleaned(f"o{column.index}", marks)} AS text FROM t WHERE {column.misfit(marks)}""")
        fresh = f"(SELECT DISTINCT text FROM rest WHERE text NOT IN (SELECT text FROM {known}))"
        if cursor.execute(f"SELECT 1 FROM {fresh} LIMIT 1").fetchall():
            cursor.execute(f"INSERT INTO {known} SELECT text, {column.typing.value('text')} FROM {fresh}")
        cursor.execute(f"""CREATE OR REPLACE TEMP TABLE readable AS
            SELECT idx, any_value(value) AS value FROM rest JOIN {known} USING (text)
            WHERE value IS NOT NULL GROUP BY idx""")
        cursor.execute(f"UPDATE t SET {value} = r.value FROM readable r WHERE t.rowid = r.idx")
        cursor.execute("INSERT INTO touched SELECT idx FROM readable")
