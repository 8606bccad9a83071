# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Judges the rows of a chunk: which are refused, and which values become null."""

import duckdb

from sluice_clean.engine.contract import Violation
from sluice_clean.engine.foreign import ForeignKeys
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.tally import Tally


class Judge:
    """Fills ``bad`` (idx, violation) and ``nulled`` (idx, column, violation) from a chunk's typed rows ``t``.

    A violation is told by its place in ``violations``; of several that a row, or a value, is guilty of the first.
    """

    def __init__(self, plan: Plan, violations: list[Violation], foreign: ForeignKeys, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._foreign = foreign
        self.violations = [*violations, *foreign.violations]
        self._asked = len(violations)
        columns = {column.name: column.index for column in plan.present}
        self._types = {columns[v.column]: v for v in violations if v.code == "type" and v.column is not None}

    def judge(self, cursor: duckdb.DuckDBPyConnection, marks: Marks) -> None:
        """Judges all rows of ``t``."""
        cursor.execute("CREATE OR REPLACE TEMP TABLE bad (idx BIGINT, violation INTEGER)")
        cursor.execute('CREATE OR REPLACE TEMP TABLE nulled (idx BIGINT, "column" INTEGER, violation INTEGER)')
        possible = self._possible(cursor)
        asked = [(place, self.violations[place]) for place in possible]
        self._refuse(cursor, [(place, one) for place, one in asked if one.nulls is None], marks)
        self._set_null(cursor, [(place, one) for place, one in asked if one.nulls is not None], marks)
        self._count_types(cursor, [one for _, one in asked], marks)
        self._foreign.judge(cursor, self._asked)

    def _possible(self, cursor: duckdb.DuckDBPyConnection) -> list[int]:
        """The violations that a row of this chunk may be guilty of, by their place."""
        guards = sorted({violation.guard for violation in self.violations if violation.guard})
        seen: dict[str | None, int] = {None: 1}
        if guards:
            asked = ", ".join(f"count(CASE WHEN {guard} THEN 1 END)" for guard in guards)
            rows, *counts = cursor.execute(f"SELECT count(*), {asked} FROM t").fetchall()[0]
            seen |= dict(zip(guards, counts, strict=True))
            for index, violation in self._types.items():
                self._tally.add_fits(index, rows - seen[violation.guard])
        found = enumerate(self.violations[: self._asked])
        return [place for place, one in found if one.condition is not None and seen[one.guard]]

    def _refuse(self, cursor: duckdb.DuckDBPyConnection, asked: list[tuple[int, Violation]], marks: Marks) -> None:
        cases = _cases(asked, marks)
        if cases:
            cursor.execute(f"""INSERT INTO bad SELECT idx, violation
                FROM (SELECT rowid AS idx, CASE {cases} END AS violation FROM t) WHERE violation IS NOT NULL""")

    def _set_null(self, cursor: duckdb.DuckDBPyConnection, asked: list[tuple[int, Violation]], marks: Marks) -> None:
        for column in sorted({one.nulls for _, one in asked if one.nulls is not None}):
            # A value that doesn't fit the type is null already.
            broken = [(place, one) for place, one in asked if one.nulls == column and one.code != "type"]
            cases = _cases(broken, marks)
            if cases:
                cursor.execute(f"""INSERT INTO nulled SELECT idx, {column}, violation
                    FROM (SELECT rowid AS idx, CASE {cases} END AS violation FROM t) WHERE violation IS NOT NULL""")

    def _count_types(self, cursor: duckdb.DuckDBPyConnection, asked: list[Violation], marks: Marks) -> None:
        """Counts the values that don't fit their declared type, whatever becomes of their rows."""
        columns = [index for index, violation in self._types.items() if violation in asked]
        if not columns:
            return
        counts = ", ".join(
            f"count(CASE WHEN {self._plan.columns[index].misfit(marks)} THEN 1 END)" for index in columns
        )
        found = cursor.execute(f"SELECT {counts} FROM t").fetchall()[0]
        for index, count in zip(columns, found, strict=True):
            self._tally.add_unfit(index, count)


def _cases(asked: list[tuple[int, Violation]], marks: Marks) -> str:
    return " ".join(f"WHEN {one.condition(marks)} THEN {place}" for place, one in asked if one.condition is not None)
