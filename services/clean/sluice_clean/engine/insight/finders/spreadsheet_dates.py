"""Ranges that a spreadsheet took for dates: ``9-Jan`` for 1-9, ``Oct-49`` for 10-49, among ranges that it left alone.

A spreadsheet reads what could be a day and a month, or a month and a year, as a date, and shows it so. (Genes are
damaged in the same way: Ziemann, Eren & El-Osta, "Gene name errors are widespread in the scientific literature",
2016.) Which number came first is lost; in a column whose ranges ascend, it was the smaller one.
"""

import calendar
import re
from collections.abc import Iterator

from sluice_clean.engine.insight.finders.suspicion import MAX_CELLS, Suspicion, shown
from sluice_clean.engine.insight.table import Column, Sample, Table
from sluice_clean.engine.insight.tally import Tally
from sluice_clean.engine.sql import text_list

_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_LEAP_YEAR = 2000
_NAMES = "|".join(_MONTHS)
_DATE = re.compile(rf"(?P<day>\d\d?)-(?P<month>{_NAMES})|(?P<first>{_NAMES})-(?P<year>\d\d)")
_RANGE = re.compile(r"(\d+) ?- ?(\d+)")
_CODE = 3  # digits; where both ends always have as many as that, and the same number, they are parts of a code
_LEAST = 3  # ranges that were left alone
_NEARLY_ALL = 0.9
_MOST = 0.6  # of the values are ranges, or were
_CONFIDENCE = 0.9


def find_spreadsheet_dates(table: Table, sample: Sample, tallies: dict[str, Tally]) -> Iterator[Suspicion]:
    """Suspected ranges in columns of text."""
    for name, tally in tallies.items():
        column = sample[name].column
        if column.is_text and tally.complete:
            yield from _in_column(table, column, tally)


def _in_column(table: Table, column: Column, tally: Tally) -> Iterator[Suspicion]:
    counts = dict(tally.counts)
    damaged = {value: meant for value in counts if (meant := _range_of(value))}
    ranges = [(found, counts[value]) for value in counts if (found := _RANGE.fullmatch(value))] if damaged else []
    left = sum(count for _, count in ranges)
    ascending = sum(count for found, count in ranges if _ascends(*found.groups()))
    cells = sum(counts[value] for value in damaged)
    if left < _LEAST or ascending < _NEARLY_ALL * left or left + cells < _MOST * tally.filled or _are_codes(ranges):
        return
    reason = f"a spreadsheet shows a range so that it took for a date; {left:,} values of the column are ranges"
    for row, value in table.where([column.sql], f"list_contains({text_list(list(damaged))}, {column.sql})", MAX_CELLS):
        yield Suspicion(
            column.name,
            row,
            value,
            damaged[value],
            _CONFIDENCE,
            "spreadsheet-date",
            f"{reason}, as {shown(ranges[0][0][0])}",
            everywhere=True,
            cells=counts[value],
        )


def _range_of(text: str) -> str | None:
    """The range that was taken for this date; None if it is no such date. Only what is no day is taken for a year."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    if found["day"]:
        low, high = sorted((int(found["day"]), _MONTHS[found["month"]]))
        return f"{low}-{high}"
    month, year = _MONTHS[found["first"]], int(found["year"])
    return f"{month}-{year}" if year > calendar.monthrange(_LEAP_YEAR, month)[1] else None


def _ascends(low: str, high: str) -> bool:
    """The second number is no smaller, or is short for one that isn't: 283-4 are the pages 283 to 284."""
    return int(low) <= int(high) or len(high) < len(low)


def _are_codes(ranges: list[tuple[re.Match[str], int]]) -> bool:
    widths = {(len(found[1]), len(found[2])) for found, _ in ranges}
    return len(widths) == 1 and min(widths.pop()) >= _CODE
