"""Columns that rise and fall with another one: witnesses for whether an odd number of it is wrong.

A fare of 250 among fares of 10 is a slip of the point if the distance is that of a fare of 25, and none if it is far.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sluice_clean.engine.insight.finders.bulk import Bulk, bulk_of
from sluice_clean.engine.insight.table import Cells, Sample, Table

_LEAST = 30  # pairs of values
_CORRELATED = 0.8
_MOST = 3
_LOOKED_AT = 3_000  # pairs
_TRIED = 40  # columns


class Testimony(NamedTuple):
    """What another column says of a value's correction.

    Attributes:
        by: The column's name; None if none says anything.
        is_for: It goes with the correction, and not with the value.
    """

    by: str | None = None
    is_for: bool = False


@dataclass(frozen=True)
class Companion:
    """A column whose logarithm tells that of another one within a margin.

    Attributes:
        cells: The column.
        slope: Of the line from its logarithm to the other's.
        intercept: Of that line.
        margin: How far from the line the others' logarithms lie.
        strength: 0..1, the correlation of the logarithms, without sign.
    """

    cells: Cells
    slope: float
    intercept: float
    margin: Bulk
    strength: float

    def distance(self, value: float, beside: float) -> float:
        """How far a positive value is from those that go with the companion's; 0 if it is one of them."""
        off = math.log(value) - self.intercept - self.slope * math.log(beside)
        return max(0.0, self.margin.low - off, off - self.margin.high)


def find_companions(sample: Sample, cells: Cells, bulk: Bulk) -> list[Companion]:
    """The columns that tell most of the values of one that belong to its bulk, the strongest first."""
    numbers = [other for other in sample.cells.values() if other.column.is_number and other is not cells]
    found = [companion for other in numbers[:_TRIED] if (companion := _companion(cells, other, bulk)) is not None]
    return sorted(found, key=lambda one: -one.strength)[:_MOST]


def beside(table: Table, companions: Sequence[Companion], rows: Sequence[int]) -> dict[int, tuple[float | None, ...]]:
    """The companions' values in some records."""
    columns = [f"({one.cells.column.sql})::DOUBLE" for one in companions]
    listed = ", ".join(map(str, rows))
    found = table.where(columns, f"list_contains([{listed}]::BIGINT[], _row)", len(rows))
    return {row: tuple(values) for row, *values in found}


def testimony(
    companions: Sequence[Companion], values: Sequence[float | None], value: float, meant: float | None
) -> Testimony:
    """What the strongest companion that says something says of a value, and of what was meant instead.

    Args:
        companions: The strongest first.
        values: Theirs in the same record.
        value: What stands there.
        meant: What may have been meant.
    """
    for companion, known in zip(companions, values, strict=False):
        if known is None or meant is None or min(known, value, meant) <= 0:
            continue
        before, after = companion.distance(float(value), known), companion.distance(float(meant), known)
        if before < after or before > after == 0:
            return Testimony(companion.cells.column.name, after < before)
    return Testimony()


def _companion(cells: Cells, other: Cells, bulk: Bulk) -> Companion | None:
    pairs = [
        (math.log(x), math.log(y))
        for y, x in zip(cells.values[:_LOOKED_AT], other.values[:_LOOKED_AT], strict=True)
        if x is not None and y is not None and x > 0 and y > 0 and not bulk.certainty(float(y))
    ]
    if len(pairs) < _LEAST:
        return None
    mean_x, mean_y = (math.fsum(pair[place] for pair in pairs) / len(pairs) for place in (0, 1))
    spread_x = math.fsum((x - mean_x) ** 2 for x, _ in pairs)
    spread_y = math.fsum((y - mean_y) ** 2 for _, y in pairs)
    both = math.fsum((x - mean_x) * (y - mean_y) for x, y in pairs)
    strength = abs(both) / math.sqrt(spread_x * spread_y) if spread_x > 0 and spread_y > 0 else 0.0
    if strength < _CORRELATED:
        return None
    slope = both / spread_x
    margin = bulk_of(sorted(y - mean_y - slope * (x - mean_x) for x, y in pairs))
    return Companion(other, slope, mean_y - slope * mean_x, margin, strength) if margin is not None else None
