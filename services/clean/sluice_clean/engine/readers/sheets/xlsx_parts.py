"""The parts of an XLSX file's archive: where they are, their styles and shared strings.

Standard: ECMA-376, part 1, chapter 18 (SpreadsheetML), and part 2 (packages).
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
from sluice_clean.engine.readers.sheets.base import whole
from sluice_clean.engine.readers.sheets.formats import kind_of_format
from sluice_clean.engine.readers.sheets.texts import TextTable
from sluice_clean.engine.work import Workspace
from sluice_clean.engine.xml_parser import new_parser, parse

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ENCRYPTED = 0x1

Start = Callable[[str, dict[str, str]], None]


class Parts:
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
        """Whether there is such a part."""
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


class Index:
    """workbook.xml."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "sheet":
            key = next((value for key, value in attributes.items() if key.endswith(":id") or key == "id"), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), hidden, key))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "") in {"1", "true", "on"}


@dataclass
class Shared:
    """What the sheets of a workbook have in common, read when the first row is asked for."""

    parts: Parts
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
                codes[whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
            elif name == "cellXfs":
                inside = True
            elif name == "xf" and inside:
                numbers.append(whole(attributes.get("numFmtId")))

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
        rich = RichText(limit)

        def end(name: str) -> None:
            rich.end(name)
            if name == "si":
                table.add(rich.take())

        if part := self._part("/sharedStrings"):
            self.parts.read(part, lambda name, _: rich.start(name), end, rich.text)
        table.finish()
        return table


class RichText:
    """The text of an ``si`` or ``is`` element: its ``t`` elements, without those of phonetic hints."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: list[str] = []
        self._size = 0
        self._open = self._phonetic = False

    def start(self, name: str) -> None:
        """An element begins."""
        if name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._open = not self._phonetic

    def text(self, data: str) -> None:
        """Text, within whatever element."""
        if self._open:
            self._size += len(data)
            if self._size > self._limit:
                raise TooLargeError(f"a cell of the workbook has more than {self._limit:,} characters")
            self._found.append(data)

    def end(self, name: str) -> None:
        """An element ends."""
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
