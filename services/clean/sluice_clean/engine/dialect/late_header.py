"""A header that comes late: what lies above it is delimited like the table, and looks like labels and records too.

Solar and weather services write the station's data so: keys in one line and their values in the next, or a key and its
value in each line, filled up with delimiters.
"""

from collections.abc import Sequence
from dataclasses import replace

from sluice_clean.engine.dialect.cells import TYPED, count_filled, look
from sluice_clean.engine.dialect.header import Header, find_header
from sluice_clean.engine.dialect.naming import Column, are_names, columns_of
from sluice_clean.engine.dialect.reading import Row

_LATEST = 60  # rows above the header, at most
_FEWEST = 3  # records below the header
_RECORDS = 3  # and for each row above it that is filled like a record, or else it may be a table of its own
_NAMES = 0.8  # share of a header's cells that are written like names
_UNIQUE = 0.7


def find_beginning(rows: Sequence[Row], width: int) -> Header:
    """Where the table begins, and how many header rows it has; a header among the first records is where it begins."""
    header = find_header(rows, width)
    place = _late(rows, width, header.start + header.rows)
    if place is None:
        return header
    later = find_header(rows[place:], width)
    return replace(later, start=later.start + place)


def _late(rows: Sequence[Row], width: int, first: int) -> int | None:
    """The row that names the columns of all that follows, where no row from the first record on fits these."""
    header = [row.fields for row in rows[:first]]
    named = [
        place
        for place in range(first + 1, min(_LATEST, len(rows) - _FEWEST))
        if _may_name(rows[place], width) and rows[place].fields not in header
    ]
    if not named:
        return None
    columns = columns_of([row.fields for row in rows[named[-1] + 1 :] if len(row.fields) == width], width)
    typed = [index for index, column in enumerate(columns) if column.typed]
    if len(typed) < 2 or len(typed) * 2 < sum(bool(column.values) for column in columns):  # noqa: PLR2004 - columns
        return None
    for place in named:
        labels = rows[place].fields
        if all(labels[index].strip() for index in typed):
            dense = [row.fields for row in rows[first:place] if _is_dense(row.fields, labels)]
            few = len(rows) - place > len(dense) * _RECORDS
            return place if few and all(_is_other_record(fields, columns) for fields in dense) else None
    return None


def _may_name(row: Row, width: int) -> bool:
    """Whether the cells, some of which may be blank, could all be labels."""
    if len(row.fields) != width or look(row.fields[0]).kind in TYPED:
        return False
    cells = [cell for cell in row.fields if cell.strip()]
    if len(cells) < 2 or len(set(cells)) < len(cells) * _UNIQUE:  # noqa: PLR2004 - columns
        return False
    return not any(look(cell).kind in TYPED for cell in cells) and (
        sum(are_names([cell]) for cell in cells) >= len(cells) * _NAMES
    )


def _is_dense(row: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether a row is filled like a record of the columns that have these labels."""
    return len(row) == len(labels) and count_filled(row) * 2 > count_filled(labels)


def _is_other_record(row: Sequence[str], columns: Sequence[Column]) -> bool:
    """Whether a row holds values, but not those of the columns. One of words may be a part of the header above it."""
    looks = [look(cell) for cell in row]
    told = [
        (seen, column) for seen, column in zip(looks, columns, strict=False) if column.typed and seen.says_something
    ]
    fits = all(seen.kind == column.kind for seen, column in told)
    return not fits and any(seen.kind in TYPED for seen in looks)
