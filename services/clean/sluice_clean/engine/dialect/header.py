"""Where the table begins, and whether its first rows name the columns."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sluice_clean.engine.dialect.cells import TYPED, Look, count_filled, group, look, mask
from sluice_clean.engine.dialect.formats import is_format_row, tells_formats
from sluice_clean.engine.dialect.reading import Row

_MOST_HEADER_ROWS = 4
_JUDGED_ROWS = 60
_JUDGED_COLUMNS = 120
_MOSTLY = 0.8
_FEW = 3
_UNIQUE = 0.7
_OTHER_KIND = 0.4  # a vote for a header that needs a second one
WEAK = 0.5  # a vote that any better one outdoes
_MOST_PREAMBLE = 60
_MOST_APART = 12
_YEAR = re.compile(r"\s*(?:19|20)\d\d\s*")
_UNIT = re.compile(r"\s*(?:[(\[<{].{1,12}[)\]>}]|[a-zA-Zµ°%$€£Ω/²³^*0-9-]{1,7})\s*")
_NAMELIKE = re.compile(r"\s*+[^\W\d_]\w*(?:[ ./-]\w+)*\s*+(?:[(\[].*[)\]])?\s*+[:*?#%]?\s*+")


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


@dataclass(frozen=True)
class Column:
    """What the records of a column look like."""

    kind: str
    typed: bool
    values: list[str]


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
    close = abs(length - width) == 1 and _all_names(row.fields, [look(cell) for cell in row.fields])
    body = [item.fields for item in after if len(item.fields) == width]
    return header_votes(following.fields, columns_of(body[1:], width)) <= (WEAK if close else 0)


def columns_of(body: Sequence[Sequence[str]], width: int) -> list[Column]:
    """What some records' columns look like: of a wide table, some of its columns."""
    chosen = body[min(_FEW, len(body) // _FEW) :][:_JUDGED_ROWS]  # the first may still be of the header
    found = []
    for index in range(min(width, _JUDGED_COLUMNS)):
        values = [row[index] for row in chosen]
        kinds = Counter(group(kind) for kind in (look(value).kind for value in values) if kind not in ("", "null"))
        kind, count = kinds.most_common(1)[0] if kinds else ("", 0)
        seen = sum(kinds.values())
        found.append(
            Column(kind, kind in TYPED and count > seen * _MOSTLY, [value for value in values if value.strip()])
        )
    return found


def header_votes(row: Sequence[str], columns: Sequence[Column]) -> float:
    """How many columns speak for the row being their labels, less those that speak against it."""
    looks = [look(cell) for cell in row[: len(columns)]]
    if not any(column.values for column in columns):
        return 0.5 if _all_names(row, looks) else -0.5
    if _is_numbering(row, columns) or is_numbering_beside_keys(row, columns):
        return 1.0
    votes = sum(_vote(cell, seen, column) for cell, seen, column in zip(row, looks, columns, strict=False))
    if abs(votes) < WEAK:
        votes += WEAK if _all_names(row, looks) else -WEAK
    return votes


def _vote(cell: str, seen: Look, column: Column) -> float:
    if not column.values or not cell.strip():
        return 0.0
    return _vote_of_typed(cell, seen, column) if column.typed else _vote_of_texts(cell, seen, column)


def _vote_of_typed(cell: str, seen: Look, column: Column) -> float:
    if _is_year_label(cell, column.values):
        return 1.0
    if seen.kind == column.kind:
        return -1.0
    if seen.kind == "bool":
        return WEAK  # a word here: No
    return (_OTHER_KIND if seen.kind in TYPED else 1.0) if seen.says_something else 0.0


def _vote_of_texts(cell: str, seen: Look, column: Column) -> float:
    if len(column.values) > _FEW and column.values.count(cell) * 5 > len(column.values):
        return -1.0  # the label would be one of the column's usual values
    if len(column.values) > _FEW and cell in column.values:
        return -0.6
    if seen.kind in TYPED:
        return _OTHER_KIND if _is_year_label(cell, column.values) else -0.5
    if len(column.values) > 1 and any(map(str.isdigit, cell)) and _is_alike(cell, column.values):
        return -1.0  # written after the same pattern as all the values
    lengths = {len(value) for value in column.values}
    if len(lengths) == 1 and len(column.values) > _FEW:
        return 0.5 if len(cell) not in lengths else -1.0 if _begins_alike(cell, column.values) else -0.3
    return 0.0


def _begins_alike(cell: str, values: Sequence[str]) -> bool:
    """Whether all begin with the same few characters: codes of one sort."""
    return len(cell) > _FEW and all(value[: _FEW + 1] == cell[: _FEW + 1] for value in values)


def _is_alike(cell: str, values: Sequence[str]) -> bool:
    pattern = mask(cell)
    return all(len(value.strip()) == len(pattern) and mask(value) == pattern for value in values)


def _all_names(row: Sequence[str], looks: Sequence[Look]) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    if not filled or any(seen.kind in TYPED or seen.kind in ("json", "junk") for seen in looks):
        return False
    return len(set(filled)) >= len(filled) * _UNIQUE and sum(
        1 for cell in filled if _NAMELIKE.fullmatch(cell)
    ) * 2 >= len(filled)


def are_names(row: Sequence[str]) -> bool:
    """Whether all cells could be labels by themselves."""
    return all(_NAMELIKE.fullmatch(cell) and look(cell).kind not in TYPED for cell in row)


def _is_numbering(row: Sequence[str], columns: Sequence[Column]) -> bool:
    """Columns named 0, 1, 2, … or 1, 2, 3, …."""
    cells = [cell.strip() for cell in row]
    if len(cells) <= _FEW or not all(cell.isascii() and cell.isdigit() for cell in cells[:50] if cell):
        return False
    numbers = [int(cell) for cell in cells if cell.isdigit()]
    if len(numbers) < len(cells) - 1 or numbers != list(range(numbers[0], numbers[0] + len(numbers))) or numbers[0] > 1:
        return False
    first = [column.values[0].strip() for column in columns if column.values]
    return first != [str(int(cell) + 1) for cell in cells[: len(first)] if cell.isdigit()]


def is_numbering_beside_keys(row: Sequence[str], columns: Sequence[Column]) -> bool:
    """Columns named 0, 1, … beside an index, as pandas writes them: its label is blank, or it can be no value of it."""
    cells = [cell.strip() for cell in row]
    if len(cells) < 2 or cells[1:] != [str(number) for number in range(len(cells) - 1)]:  # noqa: PLR2004 - and a column
        return False
    keys, *others = columns
    if not keys.values or len(keys.values) < max((len(column.values) for column in others), default=0):
        return False  # keys are missing elsewhere too
    first = [column.values[0].strip() for column in others if column.values]
    if first == [str(number + 1) for number in range(len(first))]:
        return False  # the numbers go on below
    return not cells[0] or (keys.typed and look(cells[0]).kind not in TYPED)


def _is_year_label(cell: str, values: list[str]) -> bool:
    """A year above values that are none is a label: population by year."""
    return bool(_YEAR.fullmatch(cell)) and sum(bool(_YEAR.fullmatch(value)) for value in values) * 2 < len(values)


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
    return look(cell).kind not in TYPED or bool(_YEAR.fullmatch(cell))


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
