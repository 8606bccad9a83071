"""A row below the labels that tells each column's width and type, as RDB files have it: `5s`, `16n`, `10d`."""

import re
from collections.abc import Sequence

from sluice_clean.engine.dialect.reading import Row

_FORMAT = re.compile(r"\s*\d{1,4}[<>]?[sndm]\s*", re.IGNORECASE)


def is_format_row(row: Sequence[str]) -> bool:
    """Whether each of several cells is a width with the letter of a type: string, number, date, month."""
    return len(row) > 1 and all(map(_FORMAT.fullmatch, row))


def tells_formats(rows: Sequence[Row], index: int, width: int) -> bool:
    """Whether a row is one of formats and no record: records that are all spans of time look like it."""
    return (
        len(rows[index].fields) == width
        and is_format_row(rows[index].fields)
        and not (index + 1 < len(rows) and is_format_row(rows[index + 1].fields))
    )
