"""Values that stand at the end of the column before their own: ``Austin TX`` as the city, and no state.

What tells is that the records without a value in the second column are nearly all like that, that what stands at
their end is a value of the second column, and what is left one of the first.
"""

from collections.abc import Iterator
from itertools import pairwise

from sluice_clean.engine.insight.finders.suspicion import MAX_CELLS, Suspicion, shown
from sluice_clean.engine.insight.table import Column, Sample, Table
from sluice_clean.engine.insight.tally import Tally

_LEAST = 3  # records
_NEARLY_ALL = 0.9  # of those without a value
_KNOWN = 0.5  # share of the rests that are values of the first column elsewhere
_FREQUENT = 3  # times that a value stands where it belongs
_MOST_EMPTY = 0.5  # of the records
_CONFIDENCE = 0.95


def find_spilled(table: Table, sample: Sample, tallies: dict[str, Tally]) -> Iterator[Suspicion]:
    """Suspected values in the column before their own."""
    for left, right in pairwise(sample[column.name].column for column in table.columns):
        tally = tallies[right.name]
        if left.is_text and right.is_text and tally.complete and _MOST_EMPTY * table.rows < tally.filled < table.rows:
            yield from _between(table, left, right, sample, tally)


def _between(table: Table, left: Column, right: Column, sample: Sample, tally: Tally) -> Iterator[Suspicion]:
    values = {value for value, count in tally.counts if count >= _FREQUENT}
    empty = table.where([left.sql], f"{right.sql} IS NULL AND {left.sql} IS NOT NULL", MAX_CELLS)
    spilled = [
        (row, text, rest.rstrip(" ,;"), value)
        for row, text in empty
        for rest, _, value in [text.rpartition(" ")]
        if value in values and rest.rstrip(" ,;")
    ]
    known = sum(1 for _, _, rest, _ in spilled if rest in sample[left.name].counts)
    if len(spilled) < max(_LEAST, _NEARLY_ALL * len(empty)) or known < _KNOWN * len(spilled):
        return
    reason = f"{len(spilled):,} of {len(empty):,} records without {right.name} have it at the end of {left.name}"
    for row, text, rest, value in spilled:
        yield Suspicion(left.name, row, text, rest, _CONFIDENCE, "spilled", reason)
        yield Suspicion(right.name, row, None, value, _CONFIDENCE, "spilled", f"{reason}: {shown(text)}")
