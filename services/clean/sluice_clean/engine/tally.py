# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Counts what was done to the cells, chunk by chunk: per column and rule, with the first three as examples."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

import duckdb

from sluice_clean.engine.hygiene import cleaned, has_edges
from sluice_clean.engine.issues import note_issues
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.plan import ColumnPlan, Plan
from sluice_clean.engine.report import Change, Example

T = TypeVar("T")

EXAMPLES = 3
_AT_ONCE = 32  # columns that are counted together: the time to plan a statement goes up by the square of its length
_SHOWN = 200  # characters of an example


@dataclass
class Tally:
    """Sums over the chunks.

    Attributes:
        records: Records that the file holds.
        duplicates: Those that repeat another.
        valued: Per column, delivered cells with a value, or with a text that doesn't fit.
        misfits: Per column, delivered cells that became null because their text doesn't fit.
        fits: Per declared column, values that fit its type, of all rows.
        unfit: Per declared column, texts that don't, of all rows.
        rivals: Of text columns, by the place of a type that may yet prove theirs, the texts that fit it.
        settled: Columns of which a value decided what the sample had left open.
        changes: Per column and rule.
    """

    records: int = 0
    duplicates: int = 0
    valued: dict[int, int] = field(default_factory=dict)
    misfits: dict[int, int] = field(default_factory=dict)
    fits: dict[int, int] = field(default_factory=dict)
    unfit: dict[int, int] = field(default_factory=dict)
    rivals: dict[tuple[int, int], int] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)
    changes: dict[int, dict[str, Change]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add_rows(self, records: int, duplicates: int) -> None:
        """Counts a chunk's records."""
        with self._lock:
            self.records += records
            self.duplicates += duplicates

    def add_values(self, column: int, values: int, misfits: int) -> None:
        """Counts a chunk's cells of one column."""
        with self._lock:
            self.valued[column] = self.valued.get(column, 0) + values + misfits
            self.misfits[column] = self.misfits.get(column, 0) + misfits

    def add_fits(self, column: int, count: int) -> None:
        """Counts a chunk's values of a declared column, whatever becomes of their rows."""
        with self._lock:
            self.fits[column] = self.fits.get(column, 0) + count

    def add_unfit(self, column: int, count: int) -> None:
        """Counts a chunk's texts that don't fit a declared type, whatever becomes of their rows."""
        with self._lock:
            self.unfit[column] = self.unfit.get(column, 0) + count

    def add_rival(self, column: int, place: int, fits: int) -> None:
        """Counts a chunk's texts that fit a rival of the decision that the column is text."""
        with self._lock:
            self.rivals[column, place] = self.rivals.get((column, place), 0) + fits

    def add_settled(self, column: int) -> None:
        """Notes that a value decided how the column is read."""
        with self._lock:
            self.settled.add(column)

    def is_open(self, column: ColumnPlan) -> bool:
        """Whether no value, of the sample or later, decided in which order or with which mark the column is read."""
        return column.cell is not None and bool(column.typing.unsettled) and column.index not in self.settled

    def add_change(self, column: int, rule: str, count: int, examples: list[Example]) -> None:
        """Counts what a rule did in a chunk; the examples with the lowest row numbers stay."""
        with self._lock:
            change = self.changes.setdefault(column, {}).setdefault(rule, Change(count=0))
            change.count += count
            change.examples = sorted([*change.examples, *examples], key=lambda example: example.row)[:EXAMPLES]

    def wants_examples(self, column: int, rule: str, first_row: int) -> bool:
        """Whether rows after ``first_row`` can still give examples that stay."""
        change = self.changes.get(column, {}).get(rule)
        return change is None or len(change.examples) < EXAMPLES or change.examples[-1].row > first_row


def count_chunk(cursor: duckdb.DuckDBPyConnection, plan: Plan, tally: Tally, marks: Marks, first_row: int) -> None:
    """Counts the delivered rows of a chunk's table ``t``; misfits go to the table ``issues``, one row a cell."""
    if plan.as_text or not plan.present:
        return
    asked: list[tuple[ColumnPlan, dict[str, str]]] = []
    for column, seen in (found for some in _batches(plan.present) for found in _look(cursor, some, marks)):
        tally.add_values(column.index, seen.values, seen.misfits)
        if seen.changed or column.is_amended:
            asked.append((column, column.changes(marks, edges=seen.edges > 0, misfits=seen.unread > 0)))
        if seen.misfits:
            note_issues(cursor, column, marks, first_row)
    for batch in _batches(asked):
        _count_rules(cursor, tally, batch, first_row)
    _count_rivals(cursor, plan, tally)
    for column in plan.present:
        if tally.is_open(column) and _is_settled(cursor, column, marks):
            tally.add_settled(column.index)


def _batches(every: list[T]) -> Iterator[list[T]]:
    """As many columns, or what is asked of them, as one statement counts."""
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))


def _is_settled(cursor: duckdb.DuckDBPyConnection, column: ColumnPlan, marks: Marks) -> bool:
    """Whether a value can be read in no other way; each different text that may tell is asked about once."""
    clean = cleaned(f"o{column.index}", marks)
    hidden = column.private and not column.withheld  # what was read is a hash or a mask by now
    read = column.typing.value(clean) if hidden else f"v{column.index}"
    telling = column.typing.may_settle(f"o{column.index}", read)
    texts = f"SELECT {clean} AS text, any_value({read}) AS value FROM t WHERE {telling} GROUP BY text"
    return bool(
        cursor.execute(f"SELECT 1 FROM ({texts}) WHERE {column.typing.settles('text', 'value')} LIMIT 1").fetchall()
    )


def _count_rivals(cursor: duckdb.DuckDBPyConnection, plan: Plan, tally: Tally) -> None:
    rivals = [(c, place, rival) for c in plan.present if c.is_text for place, rival in enumerate(c.typing.wider)]
    for column, place, rival in rivals if plan.watches_rivals else ():
        value = rival.value(f"v{column.index}")
        (fits,) = cursor.execute(f"SELECT count({value}) FROM t").fetchall()[0]
        tally.add_rival(column.index, place, fits)


@dataclass(frozen=True)
class _Seen:
    """What there is in a column of a chunk, counted cheaply: it tells which rules are worth asking about."""

    values: int
    unread: int
    misfits: int
    edges: int
    changed: bool


def _look(
    cursor: duckdb.DuckDBPyConnection, columns: list[ColumnPlan], marks: Marks
) -> Iterator[tuple[ColumnPlan, _Seen]]:
    asked = []
    for column in columns:
        asked += [f"count(v{column.index})", f"count(o{column.index})"]
        if not column.is_text:
            asked += [
                f"count(CASE WHEN {column.unread} THEN 1 END)",
                f"count(CASE WHEN {has_edges(f'o{column.index}', marks)} THEN 1 END)",
            ]
    found = cursor.execute(f"SELECT {', '.join(asked)} FROM t").fetchall()
    counts = iter(found[0])
    for column in columns:
        values, originals = next(counts), next(counts)
        unread, edges = (originals, originals) if column.is_text else (next(counts), next(counts))
        misfits = _misfits(cursor, column, marks) if unread and column.can_misfit else 0
        yield column, _Seen(values, unread, misfits, edges, originals > 0)


def _misfits(cursor: duckdb.DuckDBPyConnection, column: ColumnPlan, marks: Marks) -> int:
    misfit = f"SELECT count(*) FROM t WHERE {column.unread} AND {column.misfit(marks)}"
    return int(cursor.execute(misfit).fetchall()[0][0])


def _count_rules(
    cursor: duckdb.DuckDBPyConnection, tally: Tally, asked: list[tuple[ColumnPlan, dict[str, str]]], first_row: int
) -> None:
    """Counts the rules of some columns."""
    rules = [(column, rule, condition) for column, found in asked for rule, condition in found.items()]
    if not rules:
        return
    aggregates = []
    for column, rule, condition in rules:
        # Most cells are as they should be: a cheap look at each spares them the questions of all rules.
        met = f"(CASE WHEN m{column.index} THEN {condition} ELSE false END)"
        wanted = not column.private and tally.wants_examples(column.index, rule, first_row)
        aggregates.append(
            f"count(CASE WHEN {met} THEN 1 END), {f'min(CASE WHEN {met} THEN n END, {EXAMPLES})' if wanted else 'NULL'}"
        )
    looks = "".join(f", o{c.index}, v{c.index}, {c.may_be_changed} AS m{c.index}" for c, _ in asked)
    counts = cursor.execute(
        f"SELECT {', '.join(aggregates)} FROM (SELECT n{looks} FROM t POSITIONAL JOIN numbers)"
    ).fetchall()[0]
    for place, (column, rule, _) in enumerate(rules):
        count, rows = counts[place * 2], counts[place * 2 + 1]
        if count:
            examples = _examples(cursor, column, rows, first_row) if rows else []
            tally.add_change(column.index, rule, count, examples)


def _examples(cursor: duckdb.DuckDBPyConnection, column: ColumnPlan, rows: list[int], first_row: int) -> list[Example]:
    found = cursor.execute(
        f"""SELECT n, left(o{column.index}, {_SHOWN}), left(v{column.index}::VARCHAR, {_SHOWN})
        FROM t POSITIONAL JOIN numbers WHERE list_contains($1, n) ORDER BY n""",
        [rows],
    ).fetchall()
    return [Example(row=n + first_row, before=before, after=after) for n, before, after in found]
