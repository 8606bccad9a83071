"""SpreadsheetML 2003, the XML that Excel saves as "XML Spreadsheet", streamed. Often its name ends in .xls."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sluice_clean.engine.errors import TooLargeError, TooManyColumnsError
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.sheets.base import (
    HEADER_ROWS,
    MAX_COLUMNS,
    MAX_ROWS,
    Book,
    Merge,
    Row,
    Survey,
    number_text,
)
from sluice_clean.engine.readers.spool import reported_encoding
from sluice_clean.engine.readers.xml_text import XmlText
from sluice_clean.engine.work import Workspace
from sluice_clean.engine.xml_parser import new_parser, parse

_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_OPENS = re.compile(r"(?:<\?.*?\?>|<!--.*?-->|\s)*+<(?:\w+:)?Workbook\s[^>]*" + re.escape(_NAMESPACE), re.DOTALL)
_LOOK = 1 << 14
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d*?)0*)?")
_DAY_OF_TIMES = {"1899-12-30", "1899-12-31", "1900-01-00"}  # what Excel gives a time of day for a date
_MIDNIGHT = "00:00:00"


def is_spreadsheetml(sample: Sample) -> bool:
    """Whether a text is a workbook in this form."""
    return sample.kind is None and _OPENS.match(sample.head[:_LOOK].lstrip("\ufeff \t\r\n")) is not None


def spreadsheetml_book(sample: Sample, work: Workspace) -> Book:
    """Opens a workbook.

    Raises:
        MalformedXmlError: It is damaged.
        TooManyColumnsError: A cell lies where no sheet has one.
    """
    text = XmlText(sample)
    reading = _Reading(work.settings.max_record_bytes)
    for _ in reading.parse(text):
        reading.take()
    reported_encoding(text.encoding, text.repairs, work)
    sheets = tuple(_XmlSheet(found, number, text, reading.limit) for number, found in enumerate(reading.tables))
    return Book("spreadsheetml", sheets, text.warnings)


@dataclass
class _Table:
    """What the first reading tells of a sheet."""

    name: str
    hidden: bool = False
    cells: int = 0
    merges: list[Merge] = field(default_factory=list)


@dataclass
class _XmlSheet:
    """See `Sheet`."""

    table: _Table
    number: int
    text: XmlText
    limit: int

    @property
    def name(self) -> str:
        """See `Sheet`."""
        return self.table.name

    @property
    def hidden(self) -> bool:
        """See `Sheet`."""
        return self.table.hidden

    def survey(self) -> Survey:
        """See `Sheet`."""
        return Survey(self.table.cells, tuple(self.table.merges))

    def rows(self) -> Iterator[Row]:
        """See `Sheet`."""
        reading = _Reading(self.limit, self.number)
        for _ in reading.parse(self.text):
            yield from reading.take()
            if len(reading.tables) > self.number + 1:
                return


class _Reading:
    """Makes tables and rows of elements.

    Args:
        limit: Characters of a cell, at most.
        wanted: The number of the sheet whose rows are kept; None: of none.
    """

    def __init__(self, limit: int, wanted: int | None = None) -> None:
        self.tables: list[_Table] = []
        self.limit = limit
        self._wanted = wanted
        self._rows: list[Row] = []
        self._cells: list[str | None] = []
        self._at = self._column = self._across = 0
        self._kind: str | None = None  # of the data that is open
        self._parts: list[str] = []
        self._size = 0
        self._comment = self._is_visible = False

    def parse(self, text: XmlText) -> Iterator[None]:
        """Parses the workbook, giving way after each piece."""
        parser = new_parser(" ", "utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        return parse(parser, text.pieces())

    def take(self) -> list[Row]:
        """The rows that are complete."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, named: dict[str, str]) -> None:
        element = name.rpartition(" ")[2]
        if self._kind is not None:
            return  # a part of the text that is shown in another way
        attributes = {key.rpartition(" ")[2]: value for key, value in named.items()}
        if element == "Worksheet":
            self.tables.append(_Table(attributes.get("Name", "")))
            self._at = 0
        elif not self.tables:
            return
        elif element == "Row":
            self._at = min(_number(attributes, "Index", self._at + 1), MAX_ROWS)
            self._cells, self._column = [], 0
        elif element == "Cell":
            self._cell(attributes)
        elif element == "Comment":
            self._comment = True
        elif element == "Data" and not self._comment:
            self._kind, self._parts, self._size = attributes.get("Type", "String"), [], 0
        self._is_visible = element == "Visible"

    def _cell(self, attributes: dict[str, str]) -> None:
        self._column = max(1, _number(attributes, "Index", self._column + 1)) - 1
        self._across = _number(attributes, "MergeAcross", 0)
        down = _number(attributes, "MergeDown", 0)
        if (self._across or down) and self._at <= HEADER_ROWS:
            last = min(self._column + self._across, MAX_COLUMNS - 1)
            self.tables[-1].merges.append(Merge(self._at, self._column, self._at + down, last))

    def _characters(self, data: str) -> None:
        if self._kind is not None:
            self._size += len(data)
            if self._size > self.limit:
                raise TooLargeError(f"a cell of the workbook has more than {self.limit:,} characters")
            self._parts.append(data)
        elif self._is_visible and self.tables and data.startswith("Sheet"):
            self.tables[-1].hidden = data != "SheetVisible"

    def _end(self, name: str) -> None:
        element = name.rpartition(" ")[2]
        self._is_visible = False
        if self._kind is not None:
            if element == "Data":
                self._end_data()
        elif element == "Comment":
            self._comment = False
        elif element == "Cell":
            self._column += 1 + self._across
        elif element == "Row":
            if self._cells and len(self.tables) - 1 == self._wanted:
                self._rows.append(Row(self._at, self._cells))
            self._cells = []

    def _end_data(self) -> None:
        text = _shown("".join(self._parts), self._kind)
        self._kind = None
        if self._column >= MAX_COLUMNS:
            raise TooManyColumnsError(f"a cell in column {self._column + 1:,}; a sheet has {MAX_COLUMNS:,} at most")
        if text:
            self.tables[-1].cells += 1
            self._cells += [None] * (self._column + 1 - len(self._cells))
            self._cells[self._column] = text


def _number(attributes: dict[str, str], name: str, otherwise: int) -> int:
    text = attributes.get(name, "")
    return int(text) if text.isdecimal() and len(text) < len(str(MAX_ROWS)) + 1 else otherwise


def _shown(text: str, kind: str | None) -> str:
    """A cell's text: numbers as they are stored, dates in ISO 8601."""
    if kind == "Boolean":
        return {"1": "true", "0": "false"}.get(text.strip(), text)
    if kind == "Number":
        try:
            return number_text(text.strip())
        except ValueError:
            return text
    moment = _MOMENT.fullmatch(text.strip()) if kind == "DateTime" else None
    if moment is None:
        return text
    day, time, fraction = moment[1], moment[2], f".{moment[3]}" if moment[3] else ""
    if day in _DAY_OF_TIMES:
        return time + fraction
    return day if time + fraction == _MIDNIGHT else f"{day}T{time}{fraction}"
