# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Counts what was done to the cells of a chunk, from the records that were delivered of it."""

from collections.abc import Sequence
from typing import Any

import duckdb

from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.hygiene import cleaned, has_edges
from sluice_clean.engine.issues import note_issues, note_unfit
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.report import Example, Part
from sluice_clean.engine.tally import EXAMPLES, Tally

_AT_ONCE = 32  # columns that are counted together: the time to plan a statement goes up by the square of its length
_SHOWN = 200  # characters of an example
_NEAR = 2_000  # records that are looked through first for examples


class Counter:
    """Counts one chunk; misfits go to the table ``issues``, one row a cell.

    Args:
        cursor: The connection of its tables ``t``, ``numbers`` and ``unfit``, of what is delivered.
        plan: The columns.
        tally: Where to count.
        marks: What occurs in the chunk's cells.
        first_row: Records of the file before the chunk.
    """

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, plan: Plan, tally: Tally, marks: Marks, first_row: int
    ) -> None:
        self._cursor = cursor
        self._plan = plan
        self._tally = tally
        self._marks = marks
        self._first_row = first_row

    def count(self, parts: Sequence[Part]) -> None:
        """Counts everything; ``parts`` are those that the chunk was written to."""
        columns = [] if self._plan.as_text else self._plan.present
        if not columns:
            return
        misfits = self._misfits(columns)
        for start in range(0, len(columns), _AT_ONCE):
            self._count_changes(columns[start : start + _AT_ONCE], misfits)
        for column in columns:
            self._tally.add_values(column.index, self._values(column, parts), misfits.get(column.index, 0))
        self._count_rivals()
        for column in columns:
            if self._tally.is_open(column) and self._is_settled(column):
                self._tally.add_settled(column.index)

    def _misfits(self, columns: list[ColumnPlan]) -> dict[int, int]:
        """Cells, by column, that are null because of their text; they are added to the issues."""
        found = self._rows('SELECT "column", count(*) FROM unfit SEMI JOIN numbers USING (idx) GROUP BY "column"')
        misfits = dict(found)
        if misfits:
            note_unfit(self._cursor, self._first_row)
        for column in columns:
            if not column.misfits_are_counted:
                continue
            misfit = f"{column.unread} AND {column.misfit(self._marks)}"
            misfits[column.index] = self._number(f"SELECT count(*) FROM t WHERE {misfit}")
            if misfits[column.index]:
                note_issues(self._cursor, column, self._marks, self._first_row)
        return misfits

    def _values(self, column: ColumnPlan, parts: Sequence[Part]) -> int:
        if column.withheld:
            return self._number(f"SELECT count(v{column.index}) FROM t")
        return sum(part.rows - part.nulls.get(column.name, 0) for part in parts)

    def _count_changes(self, columns: list[ColumnPlan], misfits: dict[int, int]) -> None:
        """Counts the rules of some columns, of those cells whose originals were kept."""
        (kept,) = self._rows(f"SELECT {', '.join(f'count(o{column.index})' for column in columns)} FROM t")
        for column, count in zip(columns, kept, strict=True):
            if count or column.is_amended:
                self._count_rules(column, misfits.get(column.index, 0))

    def _count_rules(self, column: ColumnPlan, misfits: int) -> None:
        rules = column.changes(self._marks)
        if not rules:
            return
        counts = self._rows(f"""SELECT {", ".join(f"count(CASE WHEN {met} THEN 1 END)" for met in rules.values())}
            FROM {self._cells(column)}""")[0]
        for (rule, met), count in zip(rules.items(), counts, strict=True):
            self._add(column, rule, count, met)
        if column.misfits_are_noted:
            noted = f'SELECT idx FROM unfit WHERE "column" = {column.index}'
            self._add(column, "invalid", misfits, f"idx IN ({noted})")

    def _cells(self, column: ColumnPlan, *, numbered: bool = False) -> str:
        """SQL: the cells that rules may have changed, with what `ColumnPlan.changes` asks about."""
        # Named step by step: an expression that stands in several places is computed, and planned, in each.
        value, original, edges = f"v{column.index}", f"o{column.index}", f"e{column.index}"
        text = cleaned(original, self._marks, edges)
        places, relation = (", n, idx", "t POSITIONAL JOIN numbers") if numbered else ("", "t")
        return f"""(SELECT *, {text} AS k{column.index}
            FROM (SELECT {value}, {original}{places}, {has_edges(original, self._marks)} AS {edges}
                FROM {relation} WHERE {column.may_be_changed}))"""

    def _add(self, column: ColumnPlan, rule: str, count: int, met: str) -> None:
        if not count:
            return
        wanted = not column.private and self._tally.wants_examples(column.index, rule, self._first_row)
        self._tally.add_change(column.index, rule, count, self._examples(column, met) if wanted else [])

    def _examples(self, column: ColumnPlan, met: str) -> list[Example]:
        found: list[tuple[int, str, str]] = []
        for near in (f"n <= {_NEAR} AND", ""):
            found = self._rows(f"""SELECT n, left(o{column.index}, {_SHOWN}), left(v{column.index}::VARCHAR, {_SHOWN})
                FROM {self._cells(column, numbered=True)} WHERE {near} ({met}) ORDER BY n LIMIT {EXAMPLES}""")
            if len(found) == EXAMPLES:
                break
        return [Example(row=n + self._first_row, before=before, after=after) for n, before, after in found]

    def _count_rivals(self) -> None:
        if not self._plan.watches_rivals:
            return
        for column in self._plan.present:
            for place, rival in enumerate(column.typing.wider if column.is_text else ()):
                fits = self._number(f"SELECT count({rival.value(f'v{column.index}')}) FROM t")
                self._tally.add_rival(column.index, place, fits)

    def _is_settled(self, column: ColumnPlan) -> bool:
        """Whether a value can be read in no other way; each different text that may tell is asked about once."""
        clean = cleaned(f"o{column.index}", self._marks)
        hidden = column.private and not column.withheld  # what was read is a hash or a mask by now
        read = column.typing.value(clean) if hidden else f"v{column.index}"
        telling = column.typing.may_settle(f"o{column.index}", read)
        texts = f"SELECT {clean} AS text, any_value({read}) AS value FROM t WHERE {telling} GROUP BY text"
        settles = column.typing.settles("text", "value")
        return bool(self._rows(f"SELECT 1 FROM ({texts}) WHERE {settles} LIMIT 1"))

    def _number(self, query: str) -> int:
        ((found,),) = self._rows(query)
        return int(found)

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._cursor.execute(query).fetchall()
