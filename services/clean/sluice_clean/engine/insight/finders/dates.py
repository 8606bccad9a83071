"""Dates whose day and month changed places, and dates far from all others of their column.

Two things tell a swapped date: it lies apart from the other dates and would not if it were turned round, or it lies
oddly to another date of its record (shipped before ordered, or months later) and would lie as in the other records.
"""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any

from sluice_clean.engine.insight.finders.bulk import Bulk, bulk_of
from sluice_clean.engine.insight.finders.suspicion import MAX_CELLS, Suspicion, shown
from sluice_clean.engine.insight.table import Cells, Sample, Table

_LEAST = 20  # dates
_LEAST_GAP = 10.0  # days
_MONTHS = 12
_MOST_COLUMNS = 8
_MOST_OUTLIERS = 0.01
_NARROW = 60.0  # days: the inner width of two columns' distances that says something
_SWAPPED = 0.96  # how certain a swap is at best that one thing tells


def find_swapped(table: Table, sample: Sample) -> list[Suspicion]:
    """Suspected dates of all columns of dates."""
    days = [cells for cells in sample.cells.values() if cells.column.is_day and cells.filled >= _LEAST]
    days = [cells for cells in days if not cells.column.sql_type.endswith("ZONE")][:_MOST_COLUMNS]
    found = [one for cells in days for one in _apart(table, cells)]
    for a, b in combinations(days, 2):
        found += _between(table, sample, a, b)
    return found


def swapped(value: date) -> Any:  # noqa: ANN401 - a date gives a date, a datetime a datetime
    """The date with day and month exchanged; None where that is none, or the same."""
    if value.day > _MONTHS or value.day == value.month:
        return None
    return value.replace(month=value.day, day=value.month)


def _days(value: date) -> float:
    return float(value.toordinal())


def _apart(table: Table, cells: Cells) -> Iterator[Suspicion]:
    """Dates that lie apart from the bulk of their column."""
    bulk = bulk_of([_days(value) for value in cells.ordered], _LEAST_GAP)
    if bulk is None:
        return
    low, high = int(bulk.low - bulk.gap), int(bulk.high + bulk.gap) + 1
    outside = [str(date.fromordinal(day)) for day in (low, high) if 0 < day <= date.max.toordinal()]
    signs = ["<" if low > 0 else None, ">" if high <= date.max.toordinal() else None]
    asked = [f"{cells.column.sql} {sign} DATE '{end}'" for sign, end in zip(filter(None, signs), outside, strict=True)]
    if not asked:
        return
    found = table.where([cells.column.sql], " OR ".join(asked), MAX_CELLS)
    few = len(found) <= max(1.0, _MOST_OUTLIERS * table.rows)
    for row, value in found:
        one = _alone(cells, row, value, bulk, few=few) if isinstance(value, date) else None
        if one is not None:
            yield one


def _alone(cells: Cells, row: int, value: date, bulk: Bulk, *, few: bool) -> Suspicion | None:
    name, certainty = cells.column.name, bulk.certainty(_days(value))
    turned = swapped(value)
    first, last = (date.fromordinal(int(end)) for end in bulk.inner)
    where = f"98 % of the dates are from {first} to {last}"
    if turned is not None and bulk.holds(_days(turned)):
        reason = f"with day and month exchanged it is among the others; {where}"
        return Suspicion(name, row, value, turned, min(_SWAPPED, certainty), "swapped-date", reason)
    return Suspicion(name, row, value, None, certainty, "outlier", where) if few and certainty else None


def _between(table: Table, sample: Sample, a: Cells, b: Cells) -> list[Suspicion]:
    """Swapped dates of two columns whose distance is nearly always within some days."""
    both = [pair for pair in zip(sample.rows, a.values, b.values, strict=True) if _are_days(*pair)]
    distances = sorted(float(x.toordinal() - y.toordinal()) for _, x, y in both)
    bulk = bulk_of(distances, _LEAST_GAP) if len(distances) >= _LEAST else None
    if bulk is None or bulk.inner[1] - bulk.inner[0] > _NARROW:
        return []
    if bulk.low <= distances[0] and distances[-1] <= bulk.high:
        return []
    pairs = [(row, x, y) for row, x, y in both if not bulk.low <= _days(x) - _days(y) <= bulk.high]
    if pairs and not sample.complete:
        distance = f"date_diff('day', {b.column.sql}::DATE, {a.column.sql}::DATE)"
        condition = f"({distance} < {bulk.low!r} OR {distance} > {bulk.high!r})"
        pairs = [(r, x, y) for r, x, y in table.where([a.column.sql, b.column.sql], condition, MAX_CELLS)]
        pairs = [pair for pair in pairs if _are_days(*pair)]
    return [one for row, x, y in pairs if (one := _turned(row, (a, x), (b, y), bulk)) is not None]


def _are_days(row: int, x: Any, y: Any) -> bool:  # noqa: ANN401, ARG001 - of a year beyond Python's, a text comes
    return isinstance(x, date) and isinstance(y, date)


def _turned(row: int, a: tuple[Cells, Any], b: tuple[Cells, Any], bulk: Bulk) -> Suspicion | None:
    """The one of two dates that lies as it should to the other when turned round; None where both do or neither."""
    (one, x), (other, y) = a, b
    first, second = swapped(x), swapped(y)
    fits = [
        first is not None and bulk.holds(_days(first) - _days(y)),
        second is not None and bulk.holds(_days(x) - _days(second)),
    ]
    if fits[0] == fits[1]:
        return None
    cells, value, turned, beside = (one, x, first, (other, y)) if fits[0] else (other, y, second, (one, x))
    width = bulk.inner[1] - bulk.inner[0]
    confidence = _SWAPPED - 0.1 * width / _NARROW
    reason = f"with day and month exchanged it lies to {beside[0].column.name} {shown(beside[1])} as in other records"
    return Suspicion(cells.column.name, row, value, turned, confidence, "swapped-date", reason)
