# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Rows that are no records: totals and subtotals of the rows above them, and headers that come again.

A total is set aside only if all of this holds: one cell says so ("Total", "Summe Nord", "小計"); every other cell that
is not a number is empty; and every number of the row is the sum of that column over the rows since an earlier total,
or since the beginning. So a product by the name of Total stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.contract import Violation
from sluice_clean.engine.hygiene import says
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.sql import integer_list, literal
from sluice_clean.engine.work import Workspace

_WORDS = (
    "(grand[ -]?|sub[ -]?|overall )?totals?|sums?|(gesamt|zwischen)?summen?|gesamt|insgesamt|(sub)?totale|(sub)?totaal"
    "|sous[ -]total|total général|suma|subtotales|totais|totalt|delsumma|summa|razem|celkem|toplam|yhteensä"
    "|итого|всего|合計|小計|総計|總計|合计|小计|总计|합계|소계|총계"
)
_LABEL = rf"(?i)(.{{0,40}}[\s:(\x{{2013}}-])?({_WORDS})([\s:)\x{{2013}}-].{{0,60}})?"
# The same where chr(31) stands between cells.
_AMONG_CELLS = "(?i)\x1f\\s*" + _LABEL.removeprefix("(?i)").replace(".{", "[^\x1f]{") + "\\s*\x1f"
_MOST_COLUMNS = 200  # of a table that is looked at
_MOST_CANDIDATES = 200  # in one chunk: more are no totals, but what the table is about
_MOST_LEVELS = 100  # totals that a later one may begin at
_CLOSE = 1e-9  # relative difference that adding floating-point numbers may make
_DRIFTED = 1e-12  # likewise, of the running sum


def is_total_label(text: str) -> str:
    """SQL: a text names a total."""
    return f"(strlen({text}) <= 150 AND regexp_full_match(trim({text}), {literal(_LABEL)}))"


def records_of(work: Workspace, raw: RawTable) -> str:
    """SQL of the sample without what looks like a total or a header: types are guessed from the others."""
    cells = ", ".join(f"coalesce({cell}, '')" for cell in raw.columns)
    joined = f"chr(31) || concat_ws(chr(31), {cells}) || chr(31)"
    conditions = [f"regexp_matches({joined}, {literal(_AMONG_CELLS)})"]
    if sum(bool(label and label.strip()) for label in raw.labels) > 1:
        named = zip(raw.columns, raw.labels, strict=True)
        conditions.append(" AND ".join(says(cell, label or "") for cell, label in named))
    odd = " OR ".join(conditions)
    (found, all_of_them) = work.row(f"SELECT count(CASE WHEN {odd} THEN 1 END), count(*) FROM {raw.sample}")
    return f"(FROM {raw.sample} WHERE NOT ({odd}))" if 0 < found < all_of_them else raw.sample


@dataclass(frozen=True)
class Mark:
    """The running sums at some place: of each number column, and the rows."""

    sums: tuple[float, ...]
    rows: int

    def plus(self, values: Sequence[float | None], rows: int) -> "Mark":
        """After so many rows more, with these sums."""
        return Mark(tuple(a + (b or 0.0) for a, b in zip(self.sums, values, strict=True)), self.rows + rows)


@dataclass
class Found:
    """What a chunk holds: its number columns' sums, cut where a row may be a total, and these rows.

    Attributes:
        segments: Rows and sums before the first candidate, between it and the next, ….
        candidates: Each one's row of ``t``, and its numbers.
    """

    segments: list[tuple[int, list[float | None]]] = field(default_factory=list)
    candidates: list[tuple[int, list[float | None]]] = field(default_factory=list)


@dataclass(frozen=True)
class Standing:
    """The running sums, and the places that a total may begin at, somewhere in a file."""

    now: Mark
    begins: tuple[Mark, ...]


class Totals:
    """Finds a file's totals, from chunk to chunk, with no more than running sums.

    Args:
        plan: The columns.
        violations: What rows are refused for.
        standing: Of the records before the first chunk; None where there are none.

    Attributes:
        history: What the chunks held so far, and their rows that were refused.
    """

    def __init__(self, plan: Plan, violations: Sequence[Violation], standing: Standing | None = None) -> None:
        self._numbers = [c for c in plan.present if c.type in ("integer", "number") and not c.private]
        numbers = {column.index for column in self._numbers}
        self._others = [column for column in plan.present if column.index not in numbers]
        self._place = next((place for place, one in enumerate(violations) if one.code == "total-row"), None)
        self._active = self._place is not None and bool(self._numbers) and 1 < len(plan.present) <= _MOST_COLUMNS
        nothing = Mark((0.0,) * len(self._numbers), 0)
        self._now = standing.now if standing else nothing
        self._begins = list(standing.begins) if standing else [nothing]
        self.history: list[tuple[Found, list[int]]] = []

    @property
    def standing(self) -> Standing:
        """After the chunks so far."""
        return Standing(self._now, tuple(self._begins))

    def look(self, cursor: duckdb.DuckDBPyConnection) -> Found:
        """Adds up a chunk's table ``t``."""
        if not self._active:
            return Found()
        sums = ", ".join(f"sum(v{column.index}::DOUBLE)" for column in self._numbers)
        count, rows, *added = cursor.execute(
            f"SELECT count(CASE WHEN {self._is_bare()} THEN 1 END), count(*), {sums} FROM t"
        ).fetchall()[0]
        suspect = self._suspect()
        if count:  # asked by itself, for the labels take ten times as long to plan as all else
            ((count,),) = cursor.execute(f"SELECT count(CASE WHEN {suspect} THEN 1 END) FROM t").fetchall()
        if not 0 < count <= _MOST_CANDIDATES:
            return Found([(rows, added)])
        values = ", ".join(f"v{column.index}::DOUBLE" for column in self._numbers)
        found: list[tuple[Any, ...]] = cursor.execute(
            f"SELECT rowid, {values} FROM t WHERE {suspect} ORDER BY rowid"
        ).fetchall()
        cut = f"SELECT *, rowid AS idx, count(*) FILTER ({suspect}) OVER (ORDER BY rowid) AS segment FROM t"
        places = integer_list(row[0] for row in found)
        segments = cursor.execute(f"""SELECT segment, count(*), {sums} FROM ({cut})
            WHERE NOT list_contains({places}, idx) GROUP BY segment""").fetchall()
        by_place = {segment: (rows, sums) for segment, rows, *sums in segments}
        nothing: tuple[int, list[float | None]] = (0, [0.0] * len(self._numbers))
        return Found(
            [by_place.get(place, nothing) for place in range(len(found) + 1)], [(idx, cells) for idx, *cells in found]
        )

    def _is_bare(self) -> str:
        """SQL: the row has numbers and, beside them, one text at most."""
        numbers = " OR ".join(f"v{column.index} IS NOT NULL" for column in self._numbers)
        texts = " + ".join(f"(v{column.index} IS NOT NULL)::INTEGER" for column in self._others) or "0"
        # Two columns that mostly have values spare most rows the count of all.
        first = [f"v{column.index} IS NOT NULL" for column in self._others[:2]]
        bare = f"(({texts}) <= 1 AND ({numbers}))"
        return f"(CASE WHEN {' AND '.join(first)} THEN false ELSE {bare} END)" if len(first) > 1 else bare

    def _suspect(self) -> str:
        """SQL: the row is bare, and its text names a total."""
        label = ", ".join(_label(column) for column in [*self._others, *self._numbers])
        named = is_total_label(f"concat_ws(chr(31), {label})")
        return f"(CASE WHEN {self._is_bare()} THEN {named} ELSE false END)"

    def take_turn(self, cursor: duckdb.DuckDBPyConnection, found: Found) -> bool:
        """Refuses the chunk's totals, in ``bad``; called chunk after chunk.

        Returns:
            Whether there are any: duplicates are then to be told anew.
        """
        totals = self.decide(found)
        self.history.append((found, totals))
        if totals:
            cursor.execute(f"DELETE FROM bad WHERE list_contains({integer_list(totals)}, idx)")
            cursor.execute(f"INSERT INTO bad SELECT unnest({integer_list(totals)}), {self._place}")
            cursor.execute(f"DELETE FROM nulled WHERE list_contains({integer_list(totals)}, idx)")
        return bool(totals)

    def decide(self, found: Found) -> list[int]:
        """Which of a chunk's candidates are totals; called chunk after chunk."""
        if not self._active or not found.segments:
            return []
        rows, sums = found.segments[0]
        self._now = self._now.plus(sums, rows)
        totals = []
        for (idx, numbers), (rows, sums) in zip(found.candidates, found.segments[1:], strict=True):
            if self._is_sum(numbers):
                totals.append(idx)
                self._begins = [*self._begins[: _MOST_LEVELS - 1], self._now]
            else:
                self._now = self._now.plus(numbers, 1)
            self._now = self._now.plus(sums, rows)
        return totals

    def _is_sum(self, numbers: Sequence[float | None]) -> bool:
        if not any(numbers):
            return False
        # A single row is no sum, unless the table is known to have such.
        least = 2 if len(self._begins) == 1 else 1
        return any(
            self._now.rows - begin.rows >= least and self._adds_up(numbers, begin) for begin in reversed(self._begins)
        )

    def _adds_up(self, numbers: Sequence[float | None], begin: Mark) -> bool:
        for number, now, before in zip(numbers, self._now.sums, begin.sums, strict=True):
            if number is None:
                continue
            allowed = _CLOSE * abs(number) + _DRIFTED * max(abs(now), abs(before))
            if abs(now - before - number) > allowed:
                return False
        return True


def _label(column: ColumnPlan) -> str:
    """SQL: the cell's text where it may be a label."""
    if column.is_text:
        return f"v{column.index}"
    return f"(CASE WHEN v{column.index} IS NULL THEN nullif(trim(o{column.index}), '') END)"
