"""What every kind of workbook gives: sheets, whose rows are texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

MAX_ROWS = 1 << 20  # of Excel and LibreOffice
MAX_COLUMNS = 1 << 14
_LARGE = 10  # figures; no number of rows, of columns or of a style has so many
HEADER_ROWS = 200  # a table's header lies within so many rows; merged cells matter there only
_PLAIN_EXPONENT = 30
_WHOLE = re.compile("-?[0-9]+")


class Row(NamedTuple):
    """A row that has a value: its 1-based number, and its cells from the first column on."""

    number: int
    cells: list[str | None]


class Merge(NamedTuple):
    """Cells shown as one; 1-based rows and 0-based columns, the last included. Only the first holds the value."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Survey:
    """What a first quick look at a sheet tells.

    Attributes:
        cells: About how many cells it has: sheets are compared by it.
        merges: Merged cells, at least those of its first rows.
    """

    cells: int
    merges: tuple[Merge, ...] = ()


class Sheet(Protocol):
    """One sheet of a workbook."""

    @property
    def name(self) -> str: ...  # noqa: D102 - see the class

    @property
    def hidden(self) -> bool: ...  # noqa: D102 - see the class

    def survey(self) -> Survey:
        """Looks at it without making texts of its cells."""
        ...

    def rows(self) -> Iterator[Row]:
        """Its rows that have a value, in order; can be asked for again."""
        ...


@dataclass(frozen=True)
class Book:
    """A workbook; ``warnings`` may grow while rows are read."""

    format: str
    sheets: tuple[Sheet, ...]
    warnings: list[str]


def whole(text: str | None) -> int:
    """A whole number; 0 for what is none. Of one that is too large for any workbook, its first figures."""
    return int(text.lstrip("0")[:_LARGE] or 0) if text and text.isdecimal() else 0


def number_text(stored: str) -> str:
    """A stored number as text, exactly: without ``.0``, without an exponent unless it is extreme.

    Raises:
        ValueError: It is no number.
    """
    if _WHOLE.fullmatch(stored):
        return stored
    text = repr(float(stored))
    if text.endswith(".0"):
        return text[:-2]
    if "e" in text:
        exact = Decimal(text)
        if abs(exact.adjusted()) < _PLAIN_EXPONENT:
            return f"{exact:f}"
    return text
