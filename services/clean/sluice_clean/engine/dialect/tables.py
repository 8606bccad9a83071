"""Where a second table begins below the first: other fields, under labels of its own."""

from collections import Counter
from collections.abc import Sequence

from sluice_clean.engine.dialect.naming import columns_of, header_votes
from sluice_clean.engine.dialect.reading import Row

_LEAST_RECORDS = 3
_CLEARLY = 1.0  # votes of the columns for a header
_MOSTLY = 0.8
_LARGER = 0.5  # cells of the first table for one of the second: below that, it is the preamble of the second
_MOST_TABLES = 8


def first_table(rows: list[Row]) -> list[Row]:
    """The rows of the first table, where whole tables of other widths follow it; else all.

    Args:
        rows: All records of a file.
    """
    for _ in range(_MOST_TABLES):
        start = _last_table(rows)
        if start is None:
            break
        rows = rows[:start]
    return rows


def _last_table(rows: Sequence[Row]) -> int | None:
    """Where the last rows of one width begin, if they are a table by themselves and so are the rows above."""
    if not rows:
        return None
    width = len(rows[-1].fields)
    start = len(rows)
    while start > 0 and len(rows[start - 1].fields) == width:
        start -= 1
    above, below = rows[:start], rows[start:]
    if width < 2 or len(below) <= _LEAST_RECORDS or not _is_table(above, exactly=False):  # noqa: PLR2004 - one column
        return None
    if _cells(above) < _cells(below) * _LARGER or not _is_table(below, exactly=True):
        return None
    return start


def _is_table(rows: Sequence[Row], *, exactly: bool) -> bool:
    """Whether rows, most or all of one width, stand under labels."""
    widths = Counter(len(row.fields) for row in rows)
    (width, count), *_ = widths.most_common(1) or [(0, 0)]
    if width < 2 or count <= _LEAST_RECORDS or count < len(rows) * (1 if exactly else _MOSTLY):  # noqa: PLR2004
        return False
    fitting = [row.fields for row in rows if len(row.fields) == width]
    return header_votes(fitting[0], columns_of(fitting[1:], width)) >= _CLEARLY


def _cells(rows: Sequence[Row]) -> int:
    return sum(len(row.fields) for row in rows)
