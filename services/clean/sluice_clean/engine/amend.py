# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""What a contract makes of values once they are judged: broken ones null, absent ones given, personal ones hidden.

Personal data: `hash` is the SHA-256 of the value's text, in hex, after the salt and a colon if there is a salt;
`mask` leaves of eight characters and more the first and the last two, of four and more the first, of fewer none,
and puts an asterisk for each of the others; `drop` delivers nothing. A null stays null.
"""

import duckdb

from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.plan import Plan, as_text
from sluice_clean.engine.sql import literal

WITHHELD = "(withheld: the contract declares personal data)"
_MASK_SHORT, _MASK_LONG = 4, 8  # characters from which on one, and two at each end, stay


class Amender:
    """Amends the rows of a chunk's table ``t``; a plan that asks for nothing costs nothing.

    Args:
        plan: The columns.
        salt: What is hashed before a personal value, so that other datasets' hashes differ.
    """

    def __init__(self, plan: Plan, salt: str) -> None:
        self._plan = plan
        self._salt = salt
        self._nulls = any(column.nulls_violations for column in plan.columns)
        self._amended = [column for column in plan.columns if column.is_amended and not column.withheld]

    def amend(self, cursor: duckdb.DuckDBPyConnection, marks: Marks) -> None:
        """Takes the values named by ``nulled`` from ``t``, and puts in what the contract gives; originals stay."""
        if self._nulls:
            self._set_null(cursor)
        if self._amended:
            replaced = ", ".join(part for column in self._amended for part in self._replaced(column, marks))
            cursor.execute(f"""CREATE OR REPLACE TEMP TABLE t AS SELECT * REPLACE ({self._plan.identity} AS _id)
                FROM (SELECT * REPLACE ({replaced}) FROM t)""")

    def _set_null(self, cursor: duckdb.DuckDBPyConnection) -> None:
        touched = [row[0] for row in cursor.execute('SELECT DISTINCT "column" FROM nulled').fetchall()]
        for column in (self._plan.columns[index] for index in touched):
            value, original = f"v{column.index}", f"o{column.index}"
            kept = f", {original} = coalesce({original}, {value})" if column.is_text else ""
            guilty = f'SELECT idx FROM nulled WHERE "column" = {column.index}'
            cursor.execute(f"UPDATE t SET {value} = NULL{kept} WHERE rowid IN ({guilty})")
        if touched:
            cursor.execute(f"UPDATE t SET _id = {self._plan.identity} WHERE rowid IN (SELECT idx FROM nulled)")

    def _replaced(self, column: ColumnPlan, marks: Marks) -> list[str]:
        value, original = f"v{column.index}", f"o{column.index}"
        expression = value
        if column.default is not None:
            given = f"{literal(column.default)}::{column.sql_type}"
            if column.cell is not None:
                absent = f"{value} IS NULL AND {column.text(original, marks)} IS NULL"
                given = f"CASE WHEN {absent} THEN {given} ELSE {value} END"
            expression = f"({given})"
        if column.private:
            text = as_text(expression, column.sql_type)
            expression = self._hashed(text) if column.private == "hash" else _masked(text)
        replaced = [f"{expression} AS {value}"]
        if column.is_text and column.cell is not None:
            replaced.append(f"coalesce({original}, {value}) AS {original}")
        return replaced

    def _hashed(self, text: str) -> str:
        return f"sha256({literal(f'{self._salt}:')} || {text})" if self._salt else f"sha256({text})"


def _masked(text: str) -> str:
    size = f"length({text})"
    return f"""(CASE WHEN {size} < {_MASK_SHORT} THEN repeat('*', {size})
        WHEN {size} < {_MASK_LONG} THEN left({text}, 1) || repeat('*', {size} - 1)
        ELSE left({text}, 2) || repeat('*', {size} - 4) || right({text}, 2) END)"""
