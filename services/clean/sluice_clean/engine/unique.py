# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""The contract's `unique`: of several records with the same value the first stays, the others are refused.

Nulls don't count, nor do records that are refused or duplicates for another reason. Where records have a primary key,
only the end tells which of them stay, so only then are they judged; what a refusal needs to tell of a record is noted
when it is read.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import duckdb

from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.contract import Violation
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.parts import rewrite_part
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.report import Part
from sluice_clean.engine.sql import integer_list, literal
from sluice_clean.engine.work import Workspace

# A row, one of its unique columns, a number for column and value (128 bits cost Python 0.25 ms), held before.
_Holder = tuple[int, int, int, bool]


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
            Rows that may be refused in the end, and are to be noted in the table ``suspects``.
        """
        if not self._columns:
            return []
        values = " UNION ALL ".join(_hashed(column, marks) for column in self._columns)
        cursor.execute(f"""CREATE OR REPLACE TEMP TABLE mine AS SELECT v.*, n FROM ({values}) v
            JOIN numbers USING (idx) ANTI JOIN bad USING (idx) ANTI JOIN dropped USING (idx)""")
        found = _disputed(cursor, apart_by_key=self._at_end)
        suspects: list[int] = []
        if self._at_end:
            suspects = sorted({idx for idx, *_ in found})
        else:
            guilty = [(idx, self._places[column]) for idx, column in _losers(found)]
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE losers AS {_pairs(guilty)}")
            cursor.execute("INSERT INTO bad FROM losers")
            cursor.execute("DELETE FROM mine WHERE idx IN (SELECT idx FROM losers)")
        cursor.execute(f'INSERT INTO holders SELECT "column", value, _id, n + {first_row} FROM mine')
        return suspects

    def finish(self, work: Workspace, parts: list[Part]) -> None:
        """Where records have a key: refuses those that repeat a value, of the ones that the table ``gone`` left."""
        if not self._columns or not self._at_end or not work.rows("SELECT 1 FROM suspects LIMIT 1"):
            return
        work.connection.execute("""CREATE OR REPLACE TABLE disputed AS SELECT value, row_number() OVER () AS number
            FROM (SELECT DISTINCT value FROM holders SEMI JOIN suspects USING ("row"))""")
        found = work.connection.execute("""SELECT "row", "column", number, false FROM holders
            JOIN disputed USING (value) ANTI JOIN gone ON holders."row" = gone._row
            ORDER BY "row", "column" """)
        guilty = list(_losers(found.fetchall()))
        if not guilty:
            return
        reasons = ", ".join(
            f"({column}, {literal(one.reason)}, {literal(str(one.column))})"
            for column, one in ((index, self._violations[place]) for index, place in self._places.items())
        )
        work.connection.execute(f"""INSERT INTO rejects SELECT s."row", s.line, 'unique', r.reason, r.name, s.raw
            FROM ({_pairs(guilty)}) g JOIN suspects s ON g.idx = s."row"
            JOIN (VALUES {reasons}) r(place, reason, name) ON g.violation = r.place""")
        work.connection.execute(f"CREATE OR REPLACE TABLE gone AS SELECT idx AS _row FROM ({_pairs(guilty)})")
        work.connection.execute('DELETE FROM issues WHERE "row" IN (SELECT _row FROM gone)')
        parts[:] = [rewrite_part(work, part) for part in parts]


def _pairs(guilty: Sequence[tuple[int, int]]) -> str:
    """SQL of a relation (idx, violation)."""
    if not guilty:
        return "SELECT 0::BIGINT AS idx, 0 AS violation LIMIT 0"
    rows, places = zip(*guilty, strict=True)
    return f"SELECT unnest({integer_list(rows)}) AS idx, unnest({integer_list(places)})::INTEGER AS violation"


def _hashed(column: ColumnPlan, marks: Marks) -> str:
    """SQL: the values of a column, with its number in them: those of two columns are never the same."""
    value = f"md5_number('{column.index}:' || {_value(column, marks)})"
    return f"""SELECT rowid AS idx, {column.index} AS "column", {value} AS value, _id
        FROM t WHERE v{column.index} IS NOT NULL"""


def _value(column: ColumnPlan, marks: Marks) -> str:
    """SQL: what is compared: a mask hides what tells values apart."""
    masked = column.text(f"o{column.index}", marks)
    return masked if column.private == "mask" else f"v{column.index}::VARCHAR"


def _disputed(cursor: duckdb.DuckDBPyConnection, *, apart_by_key: bool) -> list[_Holder]:
    """Of ``mine`` the values that another row, or another key, has too, in the order of their rows."""
    several, other = ("min(_id) <> max(_id)", "h._id <> m._id") if apart_by_key else ("count(*) > 1", "true")
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE disputed AS
        SELECT value, bool_or(held) AS held, row_number() OVER () AS number FROM (
            SELECT value, false AS held FROM mine GROUP BY value HAVING {several}
            UNION ALL SELECT DISTINCT value, true FROM holders h JOIN mine m USING (value) WHERE {other})
        GROUP BY value""")
    return cursor.execute("""SELECT idx, "column", number, held FROM mine JOIN disputed USING (value)
        ORDER BY n, "column" """).fetchall()


def _losers(found: Iterable[_Holder]) -> Iterator[tuple[int, int]]:
    """Rows that repeat a value of a row before that is none of them itself; with the first such column."""
    taken: set[int] = set()
    for row, holders in groupby(found, key=itemgetter(0)):
        values = [(column, value, held) for _, column, value, held in holders]
        repeated = [column for column, value, held in values if held or value in taken]
        if repeated:
            yield row, repeated[0]
        else:
            taken |= {value for _, value, _ in values}
