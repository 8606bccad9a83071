"""Numbers with a unit or a sign behind them, in a column where most stand without.

``12.0 oz`` among many ``12.0`` is the same number: what tells is that the numbers are those that stand alone, too.
The unit of the others is not known, so that nothing is converted; where numbers of another size bear the unit, they
are left alone.
"""

import re
from collections.abc import Iterator

from sluice_clean.engine.insight.finders.suspicion import MAX_CELLS, Suspicion, shown
from sluice_clean.engine.insight.model import ColumnProfile
from sluice_clean.engine.insight.table import Column, Sample, Table
from sluice_clean.engine.insight.tally import Tally
from sluice_clean.engine.sql import text_list

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_WITH_SUFFIX = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([^\W\d_]{1,12}\.?(?: [^\W\d_]{1,12})?|%|[°'\"])")
_CODE = re.compile(r"\d+[A-Z]")  # 136A is another house than 136
_PLAIN = 0.6  # share of the values that stand alone
_KNOWN = 0.9  # share of the numbers with a suffix that stand alone elsewhere
_FREQUENT = 3  # times
_LEAST = 3  # values with a suffix
_SUFFIXES = 6  # different ones; where there are more, they are part of names
_CONFIDENCE = 0.95
_NOISE = 15  # digits: nobody measures so exactly


def find_suffixed(
    table: Table, sample: Sample, profiles: list[ColumnProfile], tallies: dict[str, Tally]
) -> Iterator[Suspicion]:
    """Suspected suffixes in the columns of text that are numbers for the most part."""
    for figures in profiles:
        tally = tallies[figures.name]
        column = sample[figures.name].column
        if column.is_text and tally.complete and figures.semantic_type is None:
            yield from _in_column(table, column, tally)


def _written(number: str) -> str:
    """The number that was meant where a computer has written 0.052000000000000005 for 0.052."""
    if sum(map(str.isdigit, number.lstrip("+-0."))) < _NOISE:
        return number
    return format(float(number), ".12g")


def _in_column(table: Table, column: Column, tally: Tally) -> Iterator[Suspicion]:
    alone = {value: count for value, count in tally.counts if _NUMBER.fullmatch(value)}
    plain = sum(alone.values())
    if plain < _PLAIN * tally.filled or plain == tally.filled:
        return
    others = (value for value, _ in tally.counts if not _CODE.fullmatch(value))
    parted = {value: found for value in others if (found := _WITH_SUFFIX.fullmatch(value))}
    counts = dict(tally.counts)
    numbers = {value: _written(found[1]) for value, found in parted.items()}
    known = {value: number for value, number in numbers.items() if alone.get(number, 0) >= _FREQUENT}
    cells = sum(counts[value] for value in parted)
    certain = sum(counts[value] for value in known)
    if (
        cells < _LEAST
        or certain < _KNOWN * cells
        or len({found[2].casefold() for found in parted.values()}) > _SUFFIXES
    ):
        return
    listed = f"list_contains({text_list(list(known))}, {column.sql})"
    for row, value in table.where([column.sql], listed, MAX_CELLS):
        number = known[value]
        reason = f"{plain:,} of {tally.filled:,} values are numbers alone, {shown(number)} {alone[number]:,} times"
        confidence = _CONFIDENCE * certain / cells
        yield Suspicion(
            column.name, row, value, number, confidence, "variant", reason, everywhere=True, cells=counts[value]
        )
