"""XLSX and XLSM, streamed: neither a sheet nor the shared strings are held in memory.

Libraries that hold a sheet as a rectangle of cells can be made to ask for half a terabyte by a file with two cells.
Standard: ECMA-376, part 1, chapter 18 (SpreadsheetML).
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4
from zipfile import ZipFile

from sluice_clean.engine.containers.base import pieces
from sluice_clean.engine.containers.zip import BROKEN, opened
from sluice_clean.engine.errors import CorruptFileError, EncryptedFileError, MalformedXmlError, TooLargeError
from sluice_clean.engine.model import Source
from sluice_clean.engine.readers.sheets.base import MAX_COLUMNS, Book, Merge, Row, Survey, number_text
from sluice_clean.engine.readers.sheets.formats import date_text, kind_of_format
from sluice_clean.engine.readers.sheets.texts import TextTable
from sluice_clean.engine.work import Workspace
from sluice_clean.engine.xml_parser import new_parser, parse

_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[ >]")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})[\"']")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LONGEST_MERGE = 200  # bytes of such an element, to find those that lie across two pieces
_MAX_MERGES = 10_000
_ENCRYPTED = 0x1
_DIGITS = "0123456789"

Start = Callable[[str, dict[str, str]], None]


def xlsx_book(source: Source, work: Workspace) -> Book:
    """Opens a workbook.

    Raises:
        CorruptFileError: It is damaged.
    """
    parts = _Parts(source, work)
    root = posixpath.dirname(parts.main)
    targets = {key: posixpath.normpath(posixpath.join("/", root, target)) for key, target in parts.targets.items()}
    index = _Index()
    parts.read(parts.main, index.start)
    warnings: list[str] = []
    shared = _Shared(parts, targets, index.from_1904, warnings)
    sheets = tuple(
        XlsxSheet(name, hidden, targets[key].lstrip("/"), shared)
        for name, hidden, key in index.sheets
        if key in targets and key in parts.worksheets
    )
    return Book("xlsx", sheets, warnings)


class _Parts:
    """The files in a workbook's zip archive."""

    def __init__(self, source: Source, work: Workspace) -> None:
        self.archive: ZipFile = work.files.enter_context(opened(source))
        self.work = work
        self._left = work.settings.max_expanded_bytes
        self._names = {name.lower(): name for name in self.archive.namelist()}
        self.main = self._main()
        self.worksheets: set[str] = set()
        self.targets = self._targets()

    def _main(self) -> str:
        found: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
                found.append(attributes.get("Target", "").lstrip("/"))

        if self.has("_rels/.rels"):
            self.read("_rels/.rels", start)
        return found[0] if found and self.has(found[0]) else "xl/workbook.xml"

    def _targets(self) -> dict[str, str]:
        """By relationship id what the workbook refers to, and by kind (``/styles``) too."""
        targets: dict[str, str] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name != "Relationship":
                return
            key, kind = attributes.get("Id", ""), "/" + attributes.get("Type", "").rpartition("/")[2]
            targets[key] = targets[kind] = attributes.get("Target", "")
            if kind == "/worksheet":
                self.worksheets.add(key)

        folder, file = posixpath.split(self.main)
        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        if self.has(relations):
            self.read(relations, start)
        return targets

    def has(self, part: str) -> bool:
        return part.lower() in self._names

    def chunks(self, part: str) -> Iterator[bytes]:
        """A part's bytes.

        Raises:
            CorruptFileError: It is missing or damaged.
            TooLargeError: More bytes are read than the settings allow.
        """
        try:
            info = self.archive.getinfo(self._names[part.lower()])
            if info.flag_bits & _ENCRYPTED:
                raise EncryptedFileError("the workbook is protected by a password")
            with self.archive.open(info) as file:
                for piece in pieces(file):
                    self._left -= len(piece)
                    if self._left < 0:
                        limit = self.work.settings.max_expanded_bytes
                        raise TooLargeError(f"the workbook expands to more than {limit:,} bytes")
                    yield piece
        except KeyError as error:
            raise CorruptFileError(f"the workbook has no part {part!r}") from error
        except BROKEN as error:
            raise CorruptFileError(f"the workbook's part {part!r} is damaged: {error}") from error

    def read(
        self,
        part: str,
        start: Start,
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Parses a part to its end; names come without prefix."""
        for _ in self.parse(part, start, end, text):
            pass

    def parse(
        self,
        part: str,
        start: Start,
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Parses a part, giving way after each piece."""
        parser = new_parser()

        def first(name: str, attributes: dict[str, str]) -> None:
            if ":" in name:
                parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
                parser.EndElementHandler = (lambda name: end(name.rpartition(":")[2])) if end else None
            else:
                parser.StartElementHandler, parser.EndElementHandler = start, end
            start(name.rpartition(":")[2], attributes)

        parser.StartElementHandler = first
        parser.CharacterDataHandler = text
        try:
            yield from parse(parser, self.chunks(part))
        except MalformedXmlError as error:
            raise CorruptFileError(f"the workbook's part {part!r} is damaged: {error}") from error


class _Index:
    """workbook.xml."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            key = next((value for key, value in attributes.items() if key.endswith(":id") or key == "id"), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), hidden, key))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "") in {"1", "true", "on"}


@dataclass
class _Shared:
    """What the sheets of a workbook have in common, read when the first row is asked for."""

    parts: _Parts
    targets: dict[str, str]
    from_1904: bool
    warnings: list[str]

    def _part(self, kind: str) -> str | None:
        part = self.targets.get(kind, "").lstrip("/")
        return part if part and self.parts.has(part) else None

    @cached_property
    def kinds(self) -> list[str | None]:
        """What each cell style shows: see `kind_of_format`."""
        codes: dict[int, str] = {}
        numbers: list[int] = []
        inside = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if name == "numFmt":
                codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
            elif name == "cellXfs":
                inside = True
            elif name == "xf" and inside:
                numbers.append(_number(attributes.get("numFmtId")))

        def end(name: str) -> None:
            nonlocal inside
            inside = inside and name != "cellXfs"

        if part := self._part("/styles"):
            self.parts.read(part, start, end)
        return [kind_of_format(number, codes.get(number)) for number in numbers]

    @cached_property
    def strings(self) -> TextTable:
        """The shared strings."""
        table = TextTable(self.parts.work.folder / f"strings-{uuid4().hex}")
        limit = self.parts.work.settings.max_record_bytes
        rich = _RichText(limit)

        def end(name: str) -> None:
            rich.end(name)
            if name == "si":
                table.add(rich.take())

        if part := self._part("/sharedStrings"):
            self.parts.read(part, lambda name, _: rich.start(name), end, rich.text)
        table.finish()
        return table


class _RichText:
    """The text of an ``si`` or ``is`` element: its ``t`` elements, without those of phonetic hints."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: list[str] = []
        self._size = 0
        self._open = self._phonetic = False

    def start(self, name: str) -> None:
        if name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._open = not self._phonetic

    def text(self, data: str) -> None:
        if self._open:
            self._size += len(data)
            if self._size > self._limit:
                raise TooLargeError(f"a cell of the workbook has more than {self._limit:,} characters")
            self._found.append(data)

    def end(self, name: str) -> None:
        if name == "t":
            self._open = False
        elif name == "rPh":
            self._phonetic = False

    def take(self) -> str:
        """The text; then begins anew."""
        text = "".join(self._found)
        self._found, self._size = [], 0
        return unescaped(text)


def unescaped(text: str) -> str:
    """``_x000D_`` and the like as the characters they stand for."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


@dataclass
class XlsxSheet:
    """See `Sheet`."""

    name: str
    hidden: bool
    part: str
    shared: _Shared

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

    def __init__(self, shared: _Shared) -> None:
        self._shared = shared
        self._strings, self._kinds = shared.strings, shared.kinds
        self._limit = shared.parts.work.settings.max_record_bytes
        self._rich = _RichText(self._limit)
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
            self._style = _number(attributes.get("s"))
            self._stored, self._formula = None, False
        elif name == "v":
            self._value, self._size = [], 0
        elif name == "row":
            self._number = _number(attributes.get("r")) or self._number + 1
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
