"""XLSX and XLSM, streamed: neither a sheet nor the shared strings are held in memory.

Libraries that hold a sheet as a rectangle of cells can be made to ask for half a terabyte by a file with two cells.
Standard: ECMA-376, part 1, chapter 18 (SpreadsheetML).
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sluice_clean.engine.errors import CorruptFileError, TooLargeError
from sluice_clean.engine.model import Source
from sluice_clean.engine.readers.sheets.base import MAX_COLUMNS, Book, Merge, Row, Survey, number_text, whole
from sluice_clean.engine.readers.sheets.formats import date_text
from sluice_clean.engine.readers.sheets.xlsx_parts import Index, Parts, RichText, Shared, unescaped
from sluice_clean.engine.work import Workspace

_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[ >]")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})[\"']")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_LONGEST_MERGE = 200  # bytes of such an element, to find those that lie across two pieces
_MAX_MERGES = 10_000
_DIGITS = "0123456789"


def xlsx_book(source: Source, work: Workspace) -> Book:
    """Opens a workbook.

    Raises:
        CorruptFileError: It is damaged.
    """
    parts = Parts(source, work)
    root = posixpath.dirname(parts.main)
    targets = {key: posixpath.normpath(posixpath.join("/", root, target)) for key, target in parts.targets.items()}
    index = Index()
    parts.read(parts.main, index.start)
    warnings: list[str] = []
    shared = Shared(parts, targets, index.from_1904, warnings)
    sheets = tuple(
        XlsxSheet(name, hidden, targets[key].lstrip("/"), shared)
        for name, hidden, key in index.sheets
        if key in targets and key in parts.worksheets
    )
    return Book("xlsx", sheets, warnings)


@dataclass
class XlsxSheet:
    """See `Sheet`."""

    name: str
    hidden: bool
    part: str
    shared: Shared

    def survey(self) -> Survey:
        """See `Sheet`."""
        cells, tail = 0, b""
        merges: list[Merge] = []
        for piece in self.shared.parts.chunks(self.part):
            cells += len(_VALUE.findall(piece))
            data = tail + piece
            if len(merges) < _MAX_MERGES and b"mergeCell" in data:
                merges += [_merge(match[1].decode(), match[2].decode()) for match in _MERGE.finditer(data)]
            tail = piece[-_LONGEST_MERGE:]
        return Survey(cells, tuple(dict.fromkeys(merges)))

    def rows(self) -> Iterator[Row]:
        """See `Sheet`."""
        cells = _Cells(self.shared)
        for _ in self.shared.parts.parse(self.part, cells.start, cells.end, cells.text):
            yield from cells.take()
        if cells.uncomputed:
            warning = f"{cells.uncomputed:,} formulas of sheet {self.name!r} have no stored value"
            if warning not in self.shared.warnings:  # the first rows are read twice
                self.shared.warnings.append(warning)


def _merge(first: str, last: str) -> Merge:
    top, left = _place(first)
    bottom, right = _place(last)
    return Merge(top, left, bottom, right)


def _place(reference: str) -> tuple[int, int]:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise CorruptFileError(f"a cell of the workbook is called {reference[:20]!r}")
    return int(match[2]), column_number(match[1])


def column_number(letters: str) -> int:
    """0 for A, 25 for Z, 26 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _Cells:
    """Makes rows of a sheet's elements."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._strings, self._kinds = shared.strings, shared.kinds
        self._limit = shared.parts.work.settings.max_record_bytes
        self._rich = RichText(self._limit)
        self._columns: dict[str, int] = {}
        self._rows: list[Row] = []
        self._row: list[str | None] = []
        self._number = 0
        self._column = -1
        self._kind, self._style = "n", 0
        self._value: list[str] | None = None
        self._size = 0
        self._stored: str | None = None
        self._formula = False
        self.uncomputed = 0

    def take(self) -> list[Row]:
        """The rows that are complete."""
        rows, self._rows = self._rows, []
        return rows

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._column = self._column_of(attributes.get("r"))
            self._kind = attributes.get("t", "n")
            self._style = whole(attributes.get("s"))
            self._stored, self._formula = None, False
        elif name == "v":
            self._value, self._size = [], 0
        elif name == "row":
            self._number = whole(attributes.get("r")) or self._number + 1
            self._row, self._column = [], -1
        elif name == "f":
            self._formula = True
        else:
            self._rich.start(name)

    def text(self, data: str) -> None:
        if self._value is None:
            self._rich.text(data)
        else:
            self._size += len(data)
            if self._size > self._limit:
                raise TooLargeError(f"a cell of the workbook has more than {self._limit:,} characters")
            self._value.append(data)

    def end(self, name: str) -> None:
        if name == "v":
            self._stored, self._value = "".join(self._value or ()), None
        elif name == "c":
            text = self._cell()
            if text is not None:
                self._row += [None] * (self._column - len(self._row))
                self._row[self._column :] = [text]
        elif name == "row":
            if self._row:
                self._rows.append(Row(self._number, self._row))
        elif name == "is":
            self._stored = self._rich.take()
        else:
            self._rich.end(name)

    def _column_of(self, reference: str | None) -> int:
        if reference is None:
            return self._column + 1
        letters = reference.rstrip(_DIGITS)
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = _place(reference)[1]
            if column >= MAX_COLUMNS:
                raise CorruptFileError(f"a cell of the workbook is called {reference[:20]!r}")
        return column

    def _cell(self) -> str | None:
        stored = self._stored
        if not stored and self._kind != "str":
            self.uncomputed += self._formula
        if stored is None:
            return None
        try:
            return self._text(stored)
        except (ValueError, IndexError, OverflowError) as error:
            raise CorruptFileError(
                f"the workbook's cell in row {self._number:,}, column {self._column + 1:,} is damaged: {stored[:50]!r}"
            ) from error

    def _text(self, stored: str) -> str | None:
        if self._kind == "s":
            return self._strings[int(stored)]
        if self._kind == "n":
            stored = stored.strip()
            kind = self._kinds[self._style] if self._style < len(self._kinds) else None
            as_date = date_text(stored, kind, from_1904=self._shared.from_1904) if kind and stored else None
            return as_date or (number_text(stored) if stored else None)
        if self._kind == "b":
            return "true" if stored.strip() in {"1", "true"} else "false"
        return unescaped(stored) if self._kind == "str" else stored
