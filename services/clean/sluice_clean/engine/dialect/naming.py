"""Whether a row's cells name the columns of the records below it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sluice_clean.engine.dialect.cells import TYPED, Look, group, look, mask

_JUDGED_ROWS = 60
_JUDGED_COLUMNS = 120
_MOSTLY = 0.8
_FEW, _SEVERAL = 3, 10
_UNIQUE = 0.7
_DIGITS = 4  # of a column's number
_OTHER_KIND = 0.4  # a vote for a header that needs a second one
WEAK = 0.5  # a vote that any better one outdoes
YEAR = re.compile(r"\s*(?:19|20)\d\d\s*")
_NAMELIKE = re.compile(r"\s*+[^\W\d_]\w*(?:[ ./-]\w+)*\s*+(?:[(\[].*[)\]])?\s*+[:*?#%]?\s*+")


@dataclass(frozen=True)
class Column:
    """What the records of a column look like."""

    kind: str
    typed: bool
    values: list[str]


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
        return 0.5 if look_like_names(row, looks) else -0.5
    if _is_numbering(row, columns) or is_numbering_beside_keys(row, columns):
        return 1.0
    votes = sum(_vote(cell, seen, column) for cell, seen, column in zip(row, looks, columns, strict=False))
    if abs(votes) < WEAK:
        votes += WEAK if look_like_names(row, looks) else -WEAK
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
    if len(lengths) > 1 or len(column.values) <= _FEW:
        return 0.0
    return _vote_of_equally_long(cell, column.values)


def _vote_of_equally_long(cell: str, values: Sequence[str]) -> float:
    """The vote of a column of codes, all of one length."""
    if len(cell) != len(values[0]):
        return 0.5
    return -1.0 if _begins_alike(cell, values) or _comes_first(cell, values) else -0.3


def _begins_alike(cell: str, values: Sequence[str]) -> bool:
    """Whether all begin with the same few characters: codes of one sort."""
    return len(cell) > _FEW and all(value[: _FEW + 1] == cell[: _FEW + 1] for value in values)


def _comes_first(cell: str, values: Sequence[str]) -> bool:
    """Whether the values are in order, each another, and would be so with this one before them."""
    return len(values) >= _SEVERAL and all(one < other for one, other in pairwise([cell, *values]))


def _is_alike(cell: str, values: Sequence[str]) -> bool:
    pattern = mask(cell)
    return all(len(value.strip()) == len(pattern) and mask(value) == pattern for value in values)


def look_like_names(row: Sequence[str], looks: Sequence[Look]) -> bool:
    """Whether the cells that are filled differ, and most are written like labels and none like a value."""
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
    numbers = [int(cell) for cell in cells if cell.isdecimal() and len(cell) <= _DIGITS]
    if len(numbers) < len(cells) - 1 or numbers != list(range(numbers[0], numbers[0] + len(numbers))) or numbers[0] > 1:
        return False
    first = [column.values[0].strip() for column in columns if column.values]
    above = sum(map(bool, cells[: len(first)]))
    return first != [str(number + 1) for number in numbers[:above]]


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
    return bool(YEAR.fullmatch(cell)) and sum(bool(YEAR.fullmatch(value)) for value in values) * 2 < len(values)
