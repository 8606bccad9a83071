"""Where a table begins on a sheet, and what its columns are called."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sluice_clean.engine.dialect.naming import columns_of, is_numbering_beside_keys
from sluice_clean.engine.readers.sheets.base import Merge, Row

_TYPED = re.compile(
    r"[-+(]?[$€£¥]?\s?\d[\d.,\s]*\s?%?\)?|\d{4}-\d{2}-\d{2}(?:T.*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}|true|false",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_FULL = 0.6  # share of the usual number of cells that a header has at least
_USUAL = 0.8  # quantile
_LOOK = 50  # rows below a header
_DEEPEST = 5  # rows of a header
_COLUMN_TYPED = 0.8


@dataclass(frozen=True)
class Heading:
    """The start of a table.

    Attributes:
        labels: By column, from ``left`` on; None where a column has none, and all None when there is no header.
        left: Empty columns before the table.
        first: Index of the first record among the rows that were looked at.
        above: Texts above the table.
        usual: Cells that a record has, usually.
        rows: The header as it stands, to be recognised when it comes again.
    """

    labels: list[str | None]
    left: int
    first: int
    above: list[str]
    usual: int
    rows: tuple[tuple[str | None, ...], ...]

    @property
    def has_labels(self) -> bool:
        """Whether there is a header."""
        return any(label is not None for label in self.labels)


def find_heading(rows: Sequence[Row], merges: Sequence[Merge]) -> Heading:
    """Finds the header among a sheet's first rows; ``rows`` are not empty.

    A value that is shown over merged cells counts for each of them in a header; among records it does not: only
    its first cell has it.
    """
    filled = [_fill(row, merges) for row in rows]
    counts = [sum(cell is not None for cell in cells) for cells in filled]
    usual = sorted(counts)[int((len(counts) - 1) * _USUAL)]
    start = _start(rows, filled, counts, usual)
    left = min((_first_cell(cells) for cells in filled[start:]), default=0)
    depth = _depth(rows, filled, start, merges, usual) if _is_header(filled, start) else 0
    width = max(len(cells) for cells in filled[start:])
    header = [[*cells, *[None] * (width - len(cells))] for cells in filled[start : start + depth]]
    return Heading(
        labels=[_label([cells[place] for cells in header]) for place in range(left, width)],
        left=left,
        first=start + depth,
        above=[" ".join(dict.fromkeys(cell for cell in cells if cell)) for cells in filled[:start]],
        usual=usual,
        rows=tuple(tuple(row.cells) for row in rows[start : start + depth]),
    )


def _fill(row: Row, merges: Sequence[Merge]) -> list[str | None]:
    """The row's cells; merged ones all have what is shown over them, if it begins in this row."""
    cells = list(row.cells)
    for merge in merges:
        if merge.top == row.number and merge.left < len(cells):
            cells += [None] * (merge.right + 1 - len(cells))
            cells[merge.left : merge.right + 1] = [cells[merge.left]] * (merge.right + 1 - merge.left)
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _start(rows: Sequence[Row], filled: Sequence[Sequence[str | None]], counts: Sequence[int], usual: int) -> int:
    """The first row that has about as many different cells as the records have."""
    for index, cells in enumerate(filled):
        few = counts[index] < max(min(2, usual), usual * _FULL)
        one = usual > 1 and len({cell for cell in cells if cell is not None}) < 2  # noqa: PLR2004 - a title
        if few or one or (counts[index] < usual and _stands_apart(rows, counts, index, usual)):
            continue
        return index
    return 0


def _stands_apart(rows: Sequence[Row], counts: Sequence[int], index: int, usual: int) -> bool:
    """Whether there is a blank row between this row and the first full one: it is a note then."""
    for at in range(index, len(rows) - 1):
        if counts[at] >= usual:
            return False
        if rows[at + 1].number > rows[at].number + 1:
            return True
    return False


def _first_cell(cells: Sequence[str | None]) -> int:
    return next((place for place, cell in enumerate(cells) if cell is not None), 0)


def _typed(cell: str | None) -> bool:
    return cell is not None and _TYPED.fullmatch(cell.strip()) is not None


def _is_header(filled: Sequence[Sequence[str | None]], start: int) -> bool:
    header = filled[start]
    below = [cells for cells in filled[start + 1 : start + 1 + _LOOK] if cells != header]
    named = [cell.strip() for cell in header if cell is not None]
    if not below:  # nothing follows, or the same line again and again
        return len(filled) == start + 1 and not any(_typed(cell) for cell in named)
    if _numbers_columns(header, below):
        return True
    years = [cell for cell in named if _YEAR.fullmatch(cell)]
    for_it = against = recurring = 0
    for place, cell in enumerate(header):
        values = [cells[place] for cells in below if place < len(cells) and cells[place] is not None]
        if cell is None or not values:
            continue
        recurring += cell in values
        if sum(map(_typed, values)) >= _COLUMN_TYPED * len(values):
            against += _typed(cell) and not (cell in years and len(set(years)) == len(years) > 1)
            for_it += not _typed(cell)
    if for_it or against:
        return for_it > against
    return not recurring and not all(_typed(cell) for cell in named)


def _numbers_columns(header: Sequence[str | None], below: Sequence[Sequence[str | None]]) -> bool:
    """Whether the columns are named 0, 1, … beside an index, as pandas names them."""
    width = len(header)
    body = [[cell or "" for cell in cells] + [""] * (width - len(cells)) for cells in below if len(cells) <= width]
    return bool(body) and is_numbering_beside_keys([cell or "" for cell in header], columns_of(body, width))


def _depth(
    rows: Sequence[Row],
    filled: Sequence[Sequence[str | None]],
    start: int,
    merges: Sequence[Merge],
    usual: int,
) -> int:
    """How many rows the header has: merged cells tell."""
    last = start
    while last < len(rows) - 1 and last - start < _DEEPEST - 1:
        number, following = rows[last].number, rows[last + 1]
        inside = [merge for merge in merges if rows[start].number <= merge.top <= number]
        goes_on = any(merge.bottom > number for merge in inside)
        groups = any(merge.right > merge.left and merge.bottom == number for merge in inside)
        below = filled[last + 1]
        names = sum(cell is not None for cell in below) >= usual * _FULL / 2 and not any(map(_typed, below))
        if following.number != number + 1 or not (goes_on or (groups and names)):
            break
        last += 1
    return last - start + 1


def _label(cells: Sequence[str | None]) -> str | None:
    """The parts of a header of several rows, from above."""
    parts = dict.fromkeys(" ".join(cell.split()) for cell in cells if cell is not None)
    return " ".join(part for part in parts if part) or None
