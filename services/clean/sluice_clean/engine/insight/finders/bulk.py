"""Where the bulk of a column's numbers lies, and what lies apart from it.

From the quartiles outwards, the bulk goes on until there is a gap: wider than 2.5 times the distance of the quartiles,
and than 1.5 times that of the bulk's own 90 % and 99 % quantiles. So a long tail, which thins out, belongs to it, and a
few values apart do not. The quartiles bear up to a quarter of foreign values on a side. Positive numbers that lean
to the right are looked at on a logarithmic scale.
"""

import math
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sluice_clean.engine.insight.profile import quantile

_GAP = 2.5  # distances of the quartiles
_TAIL = 1.5  # distances of the 90 % and 99 % quantiles
_LEANING = 0.15  # Bowley's coefficient of skewness from which on numbers lean
_DOUBT_AT_GAP = 0.1  # of a value just beyond the narrowest gap


@dataclass(frozen=True)
class Bulk:
    """The bulk of some numbers.

    Attributes:
        logarithmic: Distances are those of logarithms.
        low: Its least value, on the scale.
        high: Its greatest value, on the scale.
        gap: How far from it a value must be to lie apart, on the scale.
        inner: Its 1 % and 99 % quantiles, as plain values.
        quartiles: Its 25 %, 50 % and 75 % quantiles, as plain values.
    """

    logarithmic: bool
    low: float
    high: float
    gap: float
    inner: tuple[float, float]
    quartiles: tuple[float, float, float]

    @property
    def median(self) -> float:
        """As a plain value."""
        return self.quartiles[1]

    def scaled(self, value: float) -> float:
        """A value on the scale; far below everything where it has no logarithm."""
        if not self.logarithmic:
            return value
        return math.log10(value) if value > 0 else -math.inf

    def plain(self, scaled: float) -> float:
        """A value of the scale as a plain value."""
        if not self.logarithmic:
            return scaled
        return float(10**scaled) if scaled < sys.float_info.max_10_exp else math.inf

    def holds(self, value: float) -> bool:
        """The value is one of nearly all that the bulk has."""
        return self.inner[0] <= value <= self.inner[1]

    def certainty(self, value: float) -> float:
        """0..1: how sure it is that the value does not belong to the bulk."""
        scaled = self.scaled(value)
        distance = max(self.low - scaled, scaled - self.high)
        if distance < self.gap:
            return 0.0
        return 1 - _DOUBT_AT_GAP * self.gap / distance


def bulk_of(values: Sequence[float], least_gap: float = 0.0, *, logarithmic: bool = False) -> Bulk | None:
    """The bulk of sorted values; None when the quartiles are the same and no least gap is given.

    Args:
        values: Sorted numbers; positive ones for a logarithmic scale.
        least_gap: What a gap is at least, on the scale.
        logarithmic: Look at their logarithms.
    """
    if not values:
        return None
    scale = [math.log10(value) for value in values] if logarithmic else values
    low, high = quantile(scale, 0.25), quantile(scale, 0.75)
    gap = max(_GAP * (high - low), least_gap)
    if gap <= 0:
        return None
    first = _walk(scale, bisect_left(scale, low), -1, gap)
    last = _walk(scale, bisect_right(scale, high) - 1, 1, gap)
    inside, plain = scale[first : last + 1], values[first : last + 1]
    tail = max(quantile(inside, 0.99) - quantile(inside, 0.9), quantile(inside, 0.1) - quantile(inside, 0.01))
    return Bulk(
        logarithmic=logarithmic,
        low=inside[0],
        high=inside[-1],
        gap=max(gap, _TAIL * tail),
        inner=(quantile(plain, 0.01), quantile(plain, 0.99)),
        quartiles=(quantile(plain, 0.25), quantile(plain, 0.5), quantile(plain, 0.75)),
    )


def leans(values: Sequence[float]) -> bool:
    """The middle half of sorted positive values leans to the right."""
    if not values or values[0] <= 0:
        return False
    low, middle, high = (quantile(values, share) for share in (0.25, 0.5, 0.75))
    return bool(high > low and (high + low - 2 * middle) / (high - low) > _LEANING)


def _walk(scale: Sequence[float], place: int, step: int, gap: float) -> int:
    """The last place before a gap, from ``place`` on in one direction."""
    while 0 <= place + step < len(scale) and abs(scale[place + step] - scale[place]) <= gap:
        place += step
    return place
