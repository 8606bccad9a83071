# ruff: noqa: S608 - SQL is built of column names quoted by sql.py
"""How often each value of a column occurs: in all records where that is cheap, else in the sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sluice_clean.engine.insight.table import Cells, Sample, Table

_CATEGORIES = 1_000  # values of a column in the sample, at most, for all records to be asked
_LISTED = 5_000  # values that are listed, the most frequent first
_TOP = 100  # of a column that is not of categories


@dataclass(frozen=True)
class Tally:
    """The values of one column.

    Attributes:
        counts: Values and how often they occur, the most frequent first; at most some thousands.
        distinct: How many values there are.
        filled: Records with a value, among those that were counted.
        complete: All records were counted; else those of the sample.
    """

    counts: list[tuple[Any, int]]
    distinct: int
    filled: int
    complete: bool


def tally(table: Table, sample: Sample) -> dict[str, Tally]:
    """A tally of every column, by name."""
    return {name: _tally(table, sample, cells) for name, cells in sample.cells.items()}


def estimate(seen: int, distinct: int, once: int, total: int) -> int:
    """Distinct values among ``total`` records, by Duj1: n d / (n - f1 + f1 n / N).

    Haas & Stokes, "Estimating the Number of Classes in a Finite Population", 1998; PostgreSQL's choice too.

    Args:
        seen: Records in the sample, n.
        distinct: Different values in it, d.
        once: Those of them that occur once, f1.
        total: Records that there are, N.
    """
    if not seen:
        return 0
    found = seen * distinct / (seen - once + once * seen / max(total, seen))
    return max(distinct, min(total, round(found)))


def once(counts: Mapping[Any, int]) -> int:
    """How many values occur once."""
    return sum(1 for count in counts.values() if count == 1)


def _tally(table: Table, sample: Sample, cells: Cells) -> Tally:
    if not sample.complete and _is_categorical(table, cells):
        return _ask(table, cells)
    listed = _LISTED if sample.complete and cells.column.is_text else _TOP
    return Tally(cells.counts.most_common(listed), len(cells.counts), cells.filled, sample.complete)


def _is_categorical(table: Table, cells: Cells) -> bool:
    """A text column of few values, which its files keep as a dictionary: counting them all costs little."""
    name = cells.column.name
    packed = all(name in s.columns and s.columns[name].dictionary for s in table.stretches)
    return cells.column.is_text and 0 < len(cells.counts) <= min(_CATEGORIES, cells.filled // 4) and packed


def _ask(table: Table, cells: Cells) -> Tally:
    cell = cells.column.sql
    found = table.ask(f"""
        SELECT v, n, count(*) OVER (), sum(n) OVER () FROM (
            SELECT {cell} AS v, count(*) AS n FROM {table.source} GROUP BY {cell})
        WHERE v IS NOT NULL ORDER BY n DESC, v LIMIT {_LISTED}""")
    distinct, filled = (found[0][2], int(found[0][3])) if found else (0, 0)
    return Tally([(value, count) for value, count, _, _ in found], distinct, filled, complete=True)
