# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""The contract's `unique`: of several records with the same value the first stays, the others are refused.

Nulls don't count, nor do records that are refused or duplicates for another reason. Where records have a primary key,
only the end tells which of them stay, so only then are they judged; what a refusal needs to tell of a record is noted
when it is read.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb

from sluice_clean.engine.contract import Violation
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.parts import rewrite_part
from sluice_clean.engine.plan import ColumnPlan, Plan
from sluice_clean.engine.report import Part
from sluice_clean.engine.sql import literal
from sluice_clean.engine.work import Workspace

_Holder = tuple[int, int, int, bool]  # a row, one of its unique columns, the value's hash, held by a row before


class Unique:
    """Keeps the values of all unique columns, as hashes, in the table ``holders``."""

    def __init__(self, work: Workspace, plan: Plan, violations: list[Violation]) -> None:
        places = {one.column: place for place, one in enumerate(violations) if one.code == "unique"}
        self._places = {column.index: places[column.name] for column in plan.present if column.name in places}
        self._columns = [column for column in plan.present if column.name in places]
        self._violations = violations
        self._at_end = bool(plan.key)
        if self._columns:
            work.connection.execute("""
                CREATE OR REPLACE TABLE holders ("column" INTEGER, value UHUGEINT, _id UHUGEINT, "row" BIGINT);
                CREATE OR REPLACE TABLE suspects
                    ("row" BIGINT, line BIGINT, code VARCHAR, reason VARCHAR, "column" VARCHAR, raw VARCHAR)""")

    def take_turn(self, cursor: duckdb.DuckDBPyConnection, marks: Marks, first_row: int) -> list[int]:
        """Refuses rows of ``t`` that repeat a value, in ``bad``; chunk after chunk, once duplicates are known.

        Returns:
            Rows that may be refused in the end, and are to be noted with `Unique.suspects`.
        """
        if not self._columns:
            return []
        values = " UNION ALL ".join(
            f'SELECT rowid AS idx, {column.index} AS "column", md5_number({_value(column, marks)}) AS value, _id'
            f" FROM t WHERE v{column.index} IS NOT NULL"
            for column in self._columns
        )
        cursor.execute(f"""CREATE OR REPLACE TEMP TABLE mine AS SELECT v.*, n FROM ({values}) v
            JOIN numbers USING (idx) ANTI JOIN bad USING (idx) ANTI JOIN dropped USING (idx)""")
        found = _disputed(cursor, "_id" if self._at_end else "idx")
        suspects: list[int] = []
        if self._at_end:
            suspects = sorted({idx for idx, *_ in found})
        else:
            guilty = [(idx, self._places[column]) for idx, column in _losers(found)]
            cursor.execute("CREATE OR REPLACE TEMP TABLE losers (idx BIGINT, violation INTEGER)")
            cursor.execute(
                "INSERT INTO losers SELECT unnest($1), unnest($2)", [[g[0] for g in guilty], [g[1] for g in guilty]]
            )
            cursor.execute("INSERT INTO bad FROM losers")
            cursor.execute("DELETE FROM mine WHERE idx IN (SELECT idx FROM losers)")
        cursor.execute(f'INSERT INTO holders SELECT "column", value, _id, n + {first_row} FROM mine')
        return suspects

    def finish(self, work: Workspace, parts: list[Part]) -> None:
        """Where records have a key: refuses those that repeat a value, of the ones that the table ``gone`` left."""
        if not self._columns or not self._at_end or not work.rows("SELECT 1 FROM suspects LIMIT 1"):
            return
        alive = "(FROM holders ANTI JOIN gone ON holders.row = gone._row)"
        found = work.connection.execute(f"""SELECT "row", "column", value, false FROM {alive} JOIN
            (SELECT "column", value FROM {alive} GROUP BY ALL HAVING count(*) > 1) USING ("column", value)
            ORDER BY "row", "column" """)
        guilty = list(_losers(found.fetchall()))
        if not guilty:
            return
        reasons = ", ".join(
            f"({column}, {literal(one.reason)}, {literal(str(one.column))})"
            for column, one in ((index, self._violations[place]) for index, place in self._places.items())
        )
        rows, columns = [row for row, _ in guilty], [column for _, column in guilty]
        work.connection.execute(
            f"""INSERT INTO rejects SELECT s."row", s.line, 'unique', r.reason, r.name, s.raw
            FROM (SELECT unnest($1) AS "row", unnest($2) AS place) g JOIN suspects s USING ("row")
            JOIN (VALUES {reasons}) r(place, reason, name) USING (place)""",
            [rows, columns],
        )
        work.connection.execute("CREATE OR REPLACE TABLE gone AS SELECT unnest($1::BIGINT[]) AS _row", [rows])
        work.connection.execute('DELETE FROM issues WHERE "row" IN (SELECT _row FROM gone)')
        parts[:] = [rewrite_part(work, part) for part in parts]


def _value(column: ColumnPlan, marks: Marks) -> str:
    """SQL: what is compared: a mask hides what tells values apart."""
    masked = column.text(f"o{column.index}", marks)
    return masked if column.private == "mask" else f"v{column.index}::VARCHAR"


def _disputed(cursor: duckdb.DuckDBPyConnection, owner: str) -> list[Any]:
    """Of ``mine`` the values that another owner has too, in the order of their rows."""
    held = "holders._id <> mine._id" if owner == "_id" else "true"
    return cursor.execute(f"""SELECT idx, "column", value, held FROM (
        SELECT idx, n, "column", value,
            count(DISTINCT {owner}) OVER (PARTITION BY "column", value) AS owners,
            EXISTS (FROM holders WHERE holders."column" = mine."column" AND holders.value = mine.value AND {held}) AS held
        FROM mine) WHERE owners > 1 OR held ORDER BY n, "column" """).fetchall()


def _losers(found: Iterable[_Holder]) -> Iterator[tuple[int, int]]:
    """Rows that repeat a value of a row before that is none of them itself; with the first such column."""
    taken: set[tuple[int, int]] = set()
    for row, holders in groupby(found, key=itemgetter(0)):
        values = [(column, value, held) for _, column, value, held in holders]
        repeated = [column for column, value, held in values if held or (column, value) in taken]
        if repeated:
            yield row, repeated[0]
        else:
            taken |= {(column, value) for column, value, _ in values}
