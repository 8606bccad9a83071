"""Numbers that lie apart from the bulk of their column, and what explains them: another unit, a slipped point."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import islice
from typing import Any

from sluice_clean.engine.insight.finders.bulk import Bulk, bulk_of, leans
from sluice_clean.engine.insight.finders.companions import Testimony, beside, find_companions, testimony
from sluice_clean.engine.insight.finders.suspicion import MAX_CELLS, Suspicion, shown
from sluice_clean.engine.insight.finders.units import Unit, is_measured, units_of
from sluice_clean.engine.insight.model import ColumnProfile, RuleName
from sluice_clean.engine.insight.profile import quantile
from sluice_clean.engine.insight.table import Cells, Sample, Table

_LEAST_VALUES = 30
_MOSTLY = 0.9  # share of positive values for their logarithms to be looked at
_NARROW = 8.0  # times that the bulk's upper end may be its lower one, for logarithms of what does not lean
_LEAST_DISTINCT = 10
_TELLING = 20  # values whose spread tells something
_MANY, _MANY_TELLING = 0.05, 100  # a share that is no slip, unless so many values show it
_UNHEARD = 0.7  # how certain a factor is that no other column speaks for
_UNLIKE = 0.7  # how certain a unit is whose values spread otherwise
_LEAST_OF_A_UNIT = 3  # values that one unit must explain
_LOOKED_AT = 500  # values whose decimals are counted
_MOST_OUTLIERS = 0.01  # share of the values: more are a group of their own and no outliers
_NEAR_MEDIAN = 0.35  # of the bulk's inner width: how near the median a unit must bring its values
_NO_MEASURE = frozenset({"id", "year", "postal_code", "phone", "latitude", "longitude", "isbn", "gtin", "credit_card"})


def find_odd_numbers(table: Table, sample: Sample, profiles: list[ColumnProfile]) -> list[Suspicion]:
    """Outliers, values of another unit and slipped points, in columns of measures."""
    found: list[Suspicion] = []
    for figures in profiles:
        cells = sample[figures.name]
        if cells.column.is_number and figures.semantic_type not in _NO_MEASURE and _is_measure(cells):
            found += _in_column(table, sample, cells, figures)
    return found


def _is_measure(cells: Cells) -> bool:
    return cells.filled >= _LEAST_VALUES and len(cells.counts) >= _LEAST_DISTINCT


def _in_column(table: Table, sample: Sample, cells: Cells, figures: ColumnProfile) -> list[Suspicion]:
    """What lies apart on the column's own scale; in narrow columns of positive numbers, what explains small ones too.

    A thousandth of a narrow column's value is near all others on a plain scale, and far from them in logarithms.
    """
    values = [float(value) for value in cells.ordered]
    positive = values[bisect_right(values, 0.0) :]
    leaning = leans(positive) and len(positive) == len(values)
    found = _apart(table, sample, cells, figures, _Scale(values, logarithmic=leaning))
    if leaning or len(positive) < _MOSTLY * len(values):
        return found
    by_row = {one.row: one for one in found}
    for one in _apart(table, sample, cells, figures, _Scale(positive, logarithmic=True, widest=_NARROW)):
        if one.suggested is not None and (one.row not in by_row or by_row[one.row].suggested is None):
            by_row[one.row] = one
    return list(by_row.values())


@dataclass(frozen=True)
class _Explanation:
    """What brings a value to the others.

    Attributes:
        unit: That.
        certainty: 0..1.
        is_plain: So many values are explained by it, which spread as the others do, that nothing else need be asked.
    """

    unit: Unit
    certainty: float
    is_plain: bool


@dataclass(frozen=True)
class _Scale:
    """The values of the sample that are looked at; the bulk may be ``widest`` times its low end."""

    values: list[float]
    logarithmic: bool
    widest: float = math.inf

    def bulk(self, others: Iterable[float] = ()) -> Bulk | None:
        """The bulk of these values and others, if it has one."""
        found = bulk_of(sorted([*self.values, *others]), logarithmic=self.logarithmic)
        wide = found is not None and self.logarithmic and found.inner[1] > self.widest * found.inner[0]
        return None if wide else found


def _apart(table: Table, sample: Sample, cells: Cells, figures: ColumnProfile, scale: _Scale) -> list[Suspicion]:
    """The suspicions about values that lie apart on one scale."""
    bulk = scale.bulk()
    if bulk is None or not _reaches_out(bulk, figures):
        return []
    apart = _beyond(table, cells, bulk)
    if not sample.complete:
        bulk = scale.bulk(float(value) for _, value in apart) or bulk
    apart = [(row, value) for row, value in apart if bulk.certainty(float(value)) > 0]
    explained = _explain(cells, bulk, [float(value) for _, value in apart])
    few = len(apart) <= max(1.0, _MOST_OUTLIERS * figures.count)
    found = (_suspicion(cells, row, value, bulk, explained.get(float(value)), few=few) for row, value in apart)
    told = [one for one in found if one is not None]
    doubtful = [one for one in told if one.suggested is not None and not explained[float(one.value)].is_plain]
    said = _asked(table, sample, cells, bulk, doubtful)
    return [one for one in (_weighed(one, said.get(one.row)) for one in told) if one is not None]


def _asked(table: Table, sample: Sample, cells: Cells, bulk: Bulk, found: list[Suspicion]) -> dict[int, Testimony]:
    """By record, what the column's companions say of the suspicions about single numbers."""
    companions = find_companions(sample, cells, bulk) if found else []
    values = beside(table, companions, [one.row for one in found]) if companions else {}
    return {one.row: testimony(companions, values.get(one.row, ()), one.value, one.suggested) for one in found}


def _weighed(one: Suspicion, said: Testimony | None) -> Suspicion | None:
    """The suspicion after a companion was asked, if one was; None if it speaks for the number as it is.

    That a factor brings a number to the others is hardly more than a guess, since numbers have long tails; it is
    certain if a companion goes with the result and not with the number.
    """
    if said is None:
        return one
    if said.by is None:
        return replace(one, confidence=one.confidence * _UNHEARD)
    return replace(one, reason=f"{said.by} goes with {shown(one.suggested)}; {one.reason}") if said.is_for else None


def _reaches_out(bulk: Bulk, figures: ColumnProfile) -> bool:
    """Least or greatest value lie apart, or may: what spares asking all records."""
    ends = (figures.minimum, figures.maximum)
    if not all(isinstance(end, int | float) for end in ends):
        return True
    return any(bulk.certainty(float(end)) > 0 for end in ends if end is not None)


def _beyond(table: Table, cells: Cells, bulk: Bulk) -> list[tuple[int, Any]]:
    """The records whose values may lie apart from the bulk, up to a limit."""
    low, high = bulk.plain(bulk.low - bulk.gap / 2), bulk.plain(bulk.high + bulk.gap / 2)
    cell = cells.column.sql
    below = f"{cell} < '{low!r}'::DOUBLE" + (f" AND {cell} > 0" if bulk.logarithmic else "")
    condition = f"(({below}) OR {cell} > '{high!r}'::DOUBLE)"
    return [(row, value) for row, value in table.where([cell], condition, MAX_CELLS) if math.isfinite(value)]


def _explain(cells: Cells, bulk: Bulk, values: list[float]) -> dict[float, _Explanation]:
    """Per value the unit that explains it best: the unit that explains most values first."""
    whole = not cells.column.sql_type.startswith(("DOUBLE", "FLOAT", "REAL", "DECIMAL"))
    units, left = units_of(cells.column.name), sorted(values)
    named = is_measured(cells.column.name)
    explained: dict[float, _Explanation] = {}
    while left:
        candidates = [(unit, held) for unit in units if (held := _held(unit, bulk, left, whole=whole, named=named))]
        if not candidates:
            break
        unit, held = max(candidates, key=lambda one: (len(one[1]), one[0].is_slip, -_shift(one[0], bulk, one[1])))
        rivals = [other for other, theirs in candidates if other is not unit and len(theirs) >= 0.8 * len(held)]
        certainty = 1.0 if not rivals else 0.95 if unit.is_slip and not any(r.is_slip for r in rivals) else 0.6
        alike = _is_alike(unit, bulk, held, share=len(held) / cells.filled)
        certainty *= 1.0 if alike else _UNLIKE
        plain = alike and len(held) >= _TELLING and (unit.is_slip or named)
        explained |= dict.fromkeys(held, _Explanation(unit, certainty, plain))
        left = [value for value in left if value not in explained]
    if len({one.unit for one in explained.values() if not one.unit.is_slip}) > 1:
        # Who mixes units mixes two: where it takes more, the values are another kind of thing (25 as 00:25 o'clock).
        return {value: found for value, found in explained.items() if found.unit.is_slip}
    return explained


def _held(unit: Unit, bulk: Bulk, values: list[float], *, whole: bool, named: bool) -> list[float]:
    """The values that the unit brings into the bulk; none when they are too few to tell.

    If the column's name does not say what it measures, one of many ratios brings a few values there by chance.
    """
    held = [value for value in values if bulk.holds(unit.turn(value))]
    if whole and unit.is_slip:
        held = [value for value in held if unit.turn(value).is_integer()]
    if unit.is_slip:
        return held
    enough = len(held) >= (_LEAST_OF_A_UNIT if named else _TELLING)
    return held if enough and _shift(unit, bulk, held) <= _NEAR_MEDIAN else []


def _is_alike(unit: Unit, bulk: Bulk, held: list[float], share: float) -> bool:
    """Many values of another unit spread as the others do; where they don't, they are another kind of thing."""
    if len(held) < _TELLING:
        return True
    if share > _MANY and len(held) < _MANY_TELLING:
        return False
    turned = sorted(unit.turn(value) for value in held)
    theirs, ours = quantile(turned, 0.75) - quantile(turned, 0.25), bulk.quartiles[2] - bulk.quartiles[0]
    if theirs <= 0 or ours <= 0:
        return bool(theirs == ours)
    return abs(math.log(theirs / ours)) <= max(0.3, 3.5 / math.sqrt(len(held)))


def _shift(unit: Unit, bulk: Bulk, held: list[float]) -> float:
    """How far from the bulk's median the unit brings the values' median, in widths of the bulk."""
    width = bulk.inner[1] - bulk.inner[0]
    return abs(unit.turn(held[len(held) // 2]) - bulk.median) / width if width else math.inf


def _suspicion(
    cells: Cells,
    row: int,
    value: Any,  # noqa: ANN401 - a number of the column's type
    bulk: Bulk,
    found: _Explanation | None,
    *,
    few: bool,
) -> Suspicion | None:
    certainty = bulk.certainty(float(value))
    low, high = (f"{end:g}" for end in bulk.inner)
    where = f"98 % of the values are between {low} and {high}"
    if found is not None:
        unit, known = found.unit, found.certainty
        rule: RuleName = "decimal-slip" if unit.is_slip else "unit-mix"
        reason = f"{unit.name} brings it to the other values; {where}"
        return Suspicion(cells.column.name, row, value, _turned(unit, cells, value), certainty * known, rule, reason)
    if not few:
        return None
    if set(str(value).lstrip("-")) == {"9"}:
        where += "; nines often stand for no value"
    return Suspicion(cells.column.name, row, value, None, certainty, "outlier", where)


def _turned(unit: Unit, cells: Cells, value: Any) -> Any:  # noqa: ANN401 - a number of the column's type
    """What was meant, with the decimals that the column's values have."""
    meant = Decimal(str(value)) * unit.factor + unit.offset
    if isinstance(value, int):
        return int(meant.to_integral_value(ROUND_HALF_EVEN))
    if not unit.is_slip:
        meant = round(meant, _decimals(cells))
    return float(meant) if isinstance(value, float) else meant


def _decimals(cells: Cells) -> int:
    """Digits after the point that all but a tenth of the values do with."""
    filled = (value for value in cells.values if value is not None)
    texts = (format(Decimal(str(value)).normalize(), "f") for value in islice(filled, _LOOKED_AT))
    digits = sorted(len(text.partition(".")[2]) for text in texts)
    return int(quantile(digits, 0.9))
