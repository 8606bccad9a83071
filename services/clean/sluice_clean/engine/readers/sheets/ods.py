"""ODS, streamed. Standard: OpenDocument 1.3, part 3, chapters 9 and 19."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from zipfile import ZipFile

from sluice_clean.engine.containers.base import pieces
from sluice_clean.engine.containers.zip import BROKEN, opened
from sluice_clean.engine.errors import CorruptFileError, EncryptedFileError, MalformedXmlError, TooLargeError
from sluice_clean.engine.model import Source
from sluice_clean.engine.readers.sheets.base import (
    HEADER_ROWS,
    MAX_COLUMNS,
    MAX_ROWS,
    Book,
    Merge,
    Row,
    Survey,
    number_text,
    whole,
)
from sluice_clean.engine.work import Workspace
from sluice_clean.engine.xml_parser import new_parser, parse

_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_LARGEST_MANIFEST = 4 << 20
_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_PREFIXES = {"table": "table:1.0", "office": "office:1.0", "text": "text:1.0", "style": "style:1.0"}
_SHORT = {f"{_NAMESPACE}{uri}": prefix for prefix, uri in _PREFIXES.items()}
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?")
_NUMBERS = {"float", "percentage", "currency"}


def ods_book(source: Source, work: Workspace) -> Book:
    """Opens a workbook.

    Raises:
        CorruptFileError: It is damaged.
        EncryptedFileError: It is protected by a password.
    """
    content = _Content(work.files.enter_context(opened(source)), work)
    sheets = tuple(OdsSheet(found.name, found.hidden, number, content) for number, found in enumerate(content.tables))
    return Book("ods", sheets, [])


@dataclass
class _Table:
    """What the first reading tells of a sheet."""

    name: str
    hidden: bool
    cells: int = 0
    merges: list[Merge] = field(default_factory=list)


class _Content:
    """content.xml, which holds all sheets."""

    def __init__(self, archive: ZipFile, work: Workspace) -> None:
        self._archive = archive
        self._left = work.settings.max_expanded_bytes
        self.limit = work.settings.max_record_bytes
        if b":encryption-data" in self._manifest():
            raise EncryptedFileError("the workbook is protected by a password")

    def _manifest(self) -> bytes:
        if _MANIFEST not in self._archive.namelist():
            return b""
        try:
            with self._archive.open(_MANIFEST) as file:
                return file.read(_LARGEST_MANIFEST)
        except BROKEN as error:
            raise CorruptFileError(f"the workbook's part {_MANIFEST!r} is damaged: {error}") from error

    @cached_property
    def tables(self) -> list[_Table]:
        """The sheets."""
        survey = _Survey()
        for _ in self.parse(survey.start, survey.end):
            pass
        return survey.tables

    def _chunks(self) -> Iterator[bytes]:
        try:
            with self._archive.open(_CONTENT) as file:
                for piece in pieces(file):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise TooLargeError("the workbook expands to more bytes than the settings allow")
                    yield piece
        except KeyError as error:
            raise CorruptFileError(f"the workbook has no part {_CONTENT!r}") from error
        except BROKEN as error:
            raise CorruptFileError(f"the workbook's part {_CONTENT!r} is damaged: {error}") from error

    def parse(
        self,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None],
        text: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Parses it, giving way after each piece; names come as ``table:table-row``."""
        short: dict[str, str] = {}

        def shortened(name: str) -> str:
            uri, _, local = name.rpartition(" ")
            return short.setdefault(name, f"{_SHORT.get(uri, '?')}:{local}")

        def start_short(name: str, attributes: dict[str, str]) -> None:
            named = {short.get(key) or shortened(key): value for key, value in attributes.items()}
            start(short.get(name) or shortened(name), named)

        parser = new_parser(" ")
        parser.StartElementHandler = start_short
        parser.EndElementHandler = lambda name: end(short.get(name) or shortened(name))
        if text is not None:
            parser.CharacterDataHandler = text
        try:
            yield from parse(parser, self._chunks())
        except MalformedXmlError as error:
            raise CorruptFileError(f"the workbook's part {_CONTENT!r} is damaged: {error}") from error


def _count(attributes: dict[str, str], name: str, limit: int) -> int:
    return max(1, min(whole(attributes.get(name)), limit))


class _Survey:
    """Counts cells, sheet by sheet."""

    def __init__(self) -> None:
        self.tables: list[_Table] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._depth = 0
        self._row = self._column = 0
        self._repeat = 1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "table:table":
            self._depth += 1
            if self._depth == 1:
                hidden = attributes.get("table:style-name", "") in self._hidden_styles
                self.tables.append(_Table(attributes.get("table:name", ""), hidden))
                self._row = 0
        elif self._depth == 1:
            self._in_table(name, attributes)

    def _in_table(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table-row":
            self._repeat = _count(attributes, "table:number-rows-repeated", MAX_ROWS)
            self._row += 1
            self._column = 0
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            if "office:value-type" in attributes:
                self.tables[-1].cells += 1
            across = _count(attributes, "table:number-columns-spanned", MAX_COLUMNS)
            down = _count(attributes, "table:number-rows-spanned", MAX_ROWS)
            if across * down > 1 and self._row <= HEADER_ROWS:
                last_row, last_column = self._row + down - 1, self._column + across - 1
                self.tables[-1].merges.append(Merge(self._row, self._column, last_row, last_column))
            self._column += _count(attributes, "table:number-columns-repeated", MAX_COLUMNS)

    def end(self, name: str) -> None:
        if name == "table:table":
            self._depth -= 1
        elif name == "table:table-row" and self._depth == 1:
            self._row += self._repeat - 1


@dataclass
class OdsSheet:
    """See `Sheet`."""

    name: str
    hidden: bool
    number: int
    content: _Content

    def survey(self) -> Survey:
        """See `Sheet`."""
        table = self.content.tables[self.number]
        return Survey(table.cells, tuple(table.merges))

    def rows(self) -> Iterator[Row]:
        """See `Sheet`."""
        cells = _Cells(self.number, self.content.limit)
        for _ in self.content.parse(cells.start, cells.end, cells.text):
            yield from cells.take()
            if cells.through:
                return


class _Cells:
    """Makes rows of one table's elements."""

    def __init__(self, number: int, limit: int) -> None:
        self._number = number
        self._limit = limit
        self._table = -1
        self._depth = 0
        self._at = 1  # row
        self._row: list[str | None] = []
        self._column = 0
        self._repeat = self._across = 1
        self._attributes: dict[str, str] = {}
        self._paragraphs: list[str] | None = None
        self._inside = 0  # elements whose text is not the cell's: notes, drawings
        self._size = 0
        self._rows: list[tuple[Row, int]] = []
        self.through = False

    def take(self) -> Iterator[Row]:
        """The rows that are complete; a repeated one comes as often as it stands there."""
        rows, self._rows = self._rows, []
        for row, repeat in rows:
            for offset in range(repeat):
                yield Row(row.number + offset, row.cells)

    @property
    def _mine(self) -> bool:
        return self._depth == 1 and self._table == self._number

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._depth += 1
            self._table += self._depth == 1
        elif not self._mine:
            return
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._across = _count(attributes, "table:number-columns-repeated", MAX_COLUMNS)
            self._attributes, self._paragraphs, self._size = attributes, [], 0
        elif name == "table:table-row":
            self._repeat = _count(attributes, "table:number-rows-repeated", MAX_ROWS)
            self._row, self._column = [], 0
        elif self._paragraphs is not None:
            self._in_cell(name, attributes)

    def _in_cell(self, name: str, attributes: dict[str, str]) -> None:
        if self._inside or not name.startswith("text:"):
            self._inside += not name.startswith("text:") or self._inside > 0
        elif name == "text:p":
            self._paragraphs = [*(self._paragraphs or []), ""]
        elif name == "text:s":
            self.text(" " * _count(attributes, "text:c", self._limit))
        elif name in {"text:tab", "text:line-break"}:
            self.text("\t" if name == "text:tab" else "\n")

    def text(self, data: str) -> None:
        if not self._paragraphs or self._inside or not self._mine:
            return
        self._size += len(data)
        if self._size > self._limit:
            raise TooLargeError(f"a cell of the workbook has more than {self._limit:,} characters")
        self._paragraphs[-1] += data

    def end(self, name: str) -> None:
        if name == "table:table":
            self.through = self.through or self._mine
            self._depth -= 1
        elif not self._mine:
            return
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._end_cell()
        elif name == "table:table-row":
            if self._row:
                self._rows.append((Row(self._at, self._row), self._repeat))
            self._at += self._repeat
        elif self._inside:
            self._inside -= 1

    def _end_cell(self) -> None:
        text = self._cell()
        self._paragraphs = None
        if text is not None:
            self._row += [None] * (self._column - len(self._row))
            self._row += [text] * min(self._across, MAX_COLUMNS - len(self._row))
        self._column = min(self._column + self._across, MAX_COLUMNS)

    def _cell(self) -> str | None:
        kind = self._attributes.get("office:value-type")
        shown = "\n".join(self._paragraphs or ())
        try:
            if kind in _NUMBERS:
                return number_text(self._attributes["office:value"])
            if kind == "date":
                return self._attributes["office:date-value"]
            if kind == "time":
                return duration_text(self._attributes["office:time-value"])
            if kind == "boolean":
                return self._attributes["office:boolean-value"]
        except (KeyError, ValueError):
            return shown or None
        return self._attributes.get("office:string-value", shown) if kind or shown else None


def duration_text(stored: str) -> str:
    """``12:30:00`` of ``PT12H30M00S``.

    Raises:
        ValueError: It is no duration.
    """
    match = _DURATION.fullmatch(stored)
    if match is None:
        raise ValueError(stored)
    sign, days, hours, minutes, seconds, fraction = (part or "" for part in match.groups())
    total = int(days or 0) * 24 + int(hours or 0)
    rest = fraction.rstrip("0")
    return f"{sign}{total:02}:{int(minutes or 0):02}:{int(seconds or 0):02}{'.' + rest if rest else ''}"
