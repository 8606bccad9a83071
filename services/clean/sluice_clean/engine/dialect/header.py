"""Where the table begins, how many of its first rows are the header, and the labels that these give."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sluice_clean.engine.dialect.cells import TYPED, count_filled, look
from sluice_clean.engine.dialect.formats import is_format_row, tells_formats
from sluice_clean.engine.dialect.naming import WEAK, YEAR, Column, are_names, columns_of, header_votes, look_like_names
from sluice_clean.engine.dialect.reading import Row

_MOST_HEADER_ROWS = 4
_MOSTLY = 0.8
_FEW = 3
_MOST_PREAMBLE = 60
_MOST_APART = 12
_UNIT = re.compile(r"\s*(?:[(\[<{].{1,12}[)\]>}]|[a-zA-Zµ°%$€£Ω/²³^*0-9-]{1,7})\s*")


@dataclass(frozen=True)
class Header:
    """The first rows of a table.

    Attributes:
        start: Index of the table's first row, header or record.
        rows: How many of its rows are the header.
        certain: How sure: votes of the columns for a header; negative where the first row is a record.
    """

    start: int
    rows: int
    certain: float


def find_header(rows: Sequence[Row], width: int) -> Header:
    """Where the table begins among the rows of a reading, and how many header rows it has."""
    start = _start(rows, width)
    count, votes = 0, 0.0
    while count < _MOST_HEADER_ROWS and start + count < len(rows):
        row = rows[start + count].fields
        columns = columns_of(
            [item.fields for item in rows[start + count + 1 :] if len(item.fields) == width and item.fields != row],
            width,
        )
        if count == 0:
            votes = header_votes(row, columns)
            is_header = votes > 0
        else:
            is_header = tells_formats(rows, start + count, width) or _continues(
                rows[start : start + count + 1], columns, width
            )
        if not is_header:
            break
        count += 1
    return Header(start, count, votes)


def _start(rows: Sequence[Row], width: int) -> int:
    """The first row that is no preamble."""
    apart = _after_gap(rows, width)
    if apart is None:
        apart = _after_titles(rows, width)
    if apart is not None:
        return apart
    for index, row in enumerate(rows[:_MOST_PREAMBLE]):
        following = rows[index + 1] if index + 1 < len(rows) else None
        if not _is_preamble(row, following, rows[index + 1 : index + 1 + _FEW * 4], width):
            return index
    return 0


def _after_gap(rows: Sequence[Row], width: int) -> int | None:
    """The row below the first blank line, where a few lines stand above it and it clearly is a header."""
    for index in range(1, min(_MOST_APART, len(rows) // 2) + 1):
        before = rows[index - 1]
        if rows[index].line > before.line + before.lines or not count_filled(before.fields):
            body = [row.fields for row in rows[index + 1 :] if len(row.fields) == width]
            fields = rows[index].fields
            return index if len(fields) == width and header_votes(fields, columns_of(body, width)) >= 1 else None
    return None


def _after_titles(rows: Sequence[Row], width: int) -> int | None:
    """The first row that fills most fields, where all above it fill one at most and it clearly is a header."""
    if width < _FEW or not rows or count_filled(rows[0].fields) > 1:
        return None
    # A sheet has columns that this table leaves empty.
    most = max(count_filled(row.fields) for row in rows[:_MOST_APART])
    for index, row in enumerate(rows[:_MOST_APART]):
        if len(row.fields) == width and count_filled(row.fields) >= max(2, min(most, width * 0.6)):
            body = [item.fields for item in rows[index + 1 :] if len(item.fields) == width]
            return index if header_votes(row.fields, columns_of(body, width)) > 0 else None
        if count_filled(row.fields) > 1:
            return None
    return None


def _is_preamble(row: Row, following: Row | None, after: Sequence[Row], width: int) -> bool:
    if following is None or width < 1:
        return False
    filled, length = count_filled(row.fields), len(row.fields)
    if length == width:
        # A title written with all the delimiters: one cell filled where the rows below have many.
        usual = sorted(count_filled(item.fields) for item in after if len(item.fields) == width)
        middle = usual[len(usual) // 2] if usual else 0
        lone = filled <= 1 < width and (middle > max(2, width // 3) or middle == width)
        return lone and not _is_label_beside_none(row, following, after, width)
    if any(cell.strip() for cell in row.fields[width:]) or length < width:
        return not _is_odd_header(row, following, after, width)
    return False


def _is_label_beside_none(row: Row, following: Row, after: Sequence[Row], width: int) -> bool:
    """Whether of two labels one is empty, as R writes row names: a name right above values that are not named else."""
    if width - count_filled(row.fields) != 1 or following.line > row.line + row.lines:
        return False
    body = [item.fields for item in after if len(item.fields) == width]
    named = header_votes(following.fields, columns_of(body[1:], width)) > 0
    return not named and header_votes(row.fields, columns_of(body, width)) >= 1


def _is_odd_header(row: Row, following: Row, after: Sequence[Row], width: int) -> bool:
    """Whether a first row of another width is a header all the same: names above records."""
    length = len(row.fields)
    if length <= 1 or length * 2 < width or len(following.fields) != width or following.line > row.line + row.lines:
        return False
    if any(look(cell).kind in TYPED for cell in row.fields):
        return False
    close = abs(length - width) == 1 and look_like_names(row.fields, [look(cell) for cell in row.fields])
    body = [item.fields for item in after if len(item.fields) == width]
    return header_votes(following.fields, columns_of(body[1:], width)) <= (WEAK if close else 0)


def _continues(rows: Sequence[Row], columns: Sequence[Column], width: int) -> bool:
    """Whether the last of these rows belongs to the header that the others began."""
    above, row = rows[-2].fields, rows[-1].fields
    if len(row) != width or not any(column.values for column in columns):
        return False
    if row == above and count_filled(rows[-1].fields) > 1:
        return True  # written twice; one cell alone may be a value that is its column's name
    pairs = [(cell, column) for cell, column in zip(row, columns, strict=False) if column.typed]
    filled = [cell for cell, _ in pairs if look(cell).says_something]
    text = [cell for cell in filled if _names_a_typed(cell)]
    if (
        filled
        and len(text) >= max(1, len(filled) * _MOSTLY)
        and (len(text) * 2 >= len(pairs) or all(map(_UNIT.fullmatch, text)))
    ):
        gaps = any(not cell.strip() for cell in above)
        return len(text) > 1 or gaps or all(_UNIT.fullmatch(cell) for cell in row if cell.strip())
    return (
        not pairs
        and _is_group_row(above)
        and are_names(row)
        and (len(set(row)) < len(row) or header_votes(row, columns) > 0)
    )


def _names_a_typed(cell: str) -> bool:
    return look(cell).kind not in TYPED or bool(YEAR.fullmatch(cell))


def _is_group_row(row: Sequence[str]) -> bool:
    filled = [bool(cell.strip()) for cell in row]
    adjacent = any(one and other for one, other in pairwise(filled))
    return any(filled) and not adjacent and len(row) >= _FEW


def labels_of(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """One label per field; the parts of a header of several rows are joined by a space.

    R writes row names without a label: then the first field is the unnamed one.
    """
    rows = [row for index, row in enumerate(rows) if index == 0 or not (row == rows[index - 1] or is_format_row(row))]
    parts = [_spread(row, width) if index + 1 < len(rows) else list(row) for index, row in enumerate(rows)]
    labels = []
    for index in range(max(map(len, parts))):
        cells = [part[index].strip() if len(parts) > 1 else part[index] for part in parts if index < len(part)]
        labels.append(" ".join(dict.fromkeys(cell for cell in cells if cell)))
    return labels


def _spread(row: Sequence[str], width: int) -> list[str]:
    """A group's label over all the columns that it spans."""
    cells, last = list(row) + [""] * (width - len(row)), ""
    if not any(not cell.strip() for cell in cells):
        return cells
    for index, cell in enumerate(cells):
        last = cell if cell.strip() else last
        cells[index] = last
    return cells
