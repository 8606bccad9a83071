"""XLS and XLSB, by calamine, which holds a sheet as a rectangle of cells: its size is looked at before."""

import struct
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from sluice_clean.engine.containers.base import pieces
from sluice_clean.engine.containers.zip import BROKEN, opened
from sluice_clean.engine.errors import BinaryFileError, CorruptFileError, EncryptedFileError, TooLargeError
from sluice_clean.engine.model import Source
from sluice_clean.engine.readers.sheets.base import Book, Merge, Row, Survey, number_text
from sluice_clean.engine.stream import raw_chunks
from sluice_clean.engine.work import Workspace

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_CELLS = 30_000_000  # of a sheet's rectangle, 24 bytes each
_MAX_BYTES = 512 << 20
_HEADER = 512
# Names in a compound file's directory, in UTF-16.
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_BOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))

Value = int | float | str | bool | date | datetime | time | timedelta


def legacy_book(source: Source, work: Workspace, kind: str) -> Book:
    """Opens a workbook.

    Args:
        source: The file.
        work: The run.
        kind: ``xls`` or ``xlsb``.

    Raises:
        BinaryFileError: It is another kind of document.
        CorruptFileError: It is damaged.
        EncryptedFileError: It is protected by a password.
        TooLargeError: It would not fit in memory.
    """
    if source.size > _MAX_BYTES:
        raise TooLargeError(f"{kind} files are read up to {_MAX_BYTES:,} bytes")
    path = _local(source, work)
    if kind == "xls":
        _look_inside(path)
    else:
        _check_sizes(source)
    try:
        book = CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise EncryptedFileError("the workbook is protected by a password") from error
    except BaseException as error:
        raise _fault(error) from error
    work.files.callback(book.close)
    sheets = [LegacySheet(meta, book) for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    return Book(kind, tuple(sheets), [])


def _fault(error: BaseException) -> BaseException:
    """What to raise for an error of calamine's: a panic in Rust is no Exception."""
    if isinstance(error, CalamineError | OSError | ValueError) or type(error).__name__ == "PanicException":
        return CorruptFileError(f"the workbook is damaged: {str(error).splitlines()[0] if str(error) else 'no reason'}")
    return error


def _local(source: Source, work: Workspace) -> Path:
    """The source as a file of this machine."""
    path = work.folder / "workbook"
    with path.open("wb") as file:
        for chunk in raw_chunks(source):
            file.write(chunk)
    return path


def _look_inside(path: Path) -> None:
    data = path.read_bytes()
    if _ENCRYPTED_PACKAGE in data:
        raise EncryptedFileError("the workbook is protected by a password")
    if data.startswith(COMPOUND_FILE) and _directory(data) > len(data):
        raise CorruptFileError("the workbook is damaged: it is cut off")
    if data.startswith(COMPOUND_FILE) and not any(name in data for name in _BOOKS):
        raise BinaryFileError("the file is an old office document, but no workbook")


def _directory(data: bytes) -> int:
    """Where the first sector of a compound file's directory ends: [MS-CFB] 2.2."""
    if len(data) < _HEADER:
        return _HEADER
    (shift,) = struct.unpack_from("<H", data, 30)
    (sector,) = struct.unpack_from("<I", data, 48)
    return (int(sector) + 2) << min(int(shift), 16)


def _check_sizes(source: Source) -> None:
    """Refuses sheets whose rectangle would not fit in memory."""
    try:
        with opened(source) as archive:
            for info in archive.infolist():
                if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".bin"):
                    with archive.open(info) as file:
                        rows, columns = _extent(b"".join(pieces(file)) if info.file_size < _MAX_BYTES else b"")
                    if rows * columns > _MAX_CELLS or info.file_size >= _MAX_BYTES:
                        raise TooLargeError(f"a sheet spans {rows:,} rows and {columns:,} columns, too many")
    except BROKEN as error:
        raise CorruptFileError(f"the workbook is damaged: {error}") from error


_ROW, _LAST_CELL = 0, 11  # record types of [MS-XLSB]: a row's header, and the kinds of cells after it


def _extent(data: bytes) -> tuple[int, int]:
    """Rows and columns between the first and the last cell of an XLSB sheet."""
    at, row, end = 0, 0, len(data)
    rows, columns = [1 << 31, -1], [1 << 31, -1]
    while at < end:
        kind, at = _variable(data, at, 2)
        size, at = _variable(data, at, 4)
        if kind <= _LAST_CELL and at + 4 <= end:
            (number,) = struct.unpack_from("<I", data, at)
            if kind == _ROW:
                row = number
            else:
                rows = [min(rows[0], row), max(rows[1], row)]
                columns = [min(columns[0], number), max(columns[1], number)]
        at += size
    return max(0, rows[1] - rows[0] + 1), max(0, columns[1] - columns[0] + 1)


def _variable(data: bytes, at: int, longest: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = 0
    for place in range(longest):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:  # noqa: PLR2004 - the eighth bit says that there is more
            break
    return value, at


class LegacySheet:
    """See `Sheet`."""

    def __init__(self, meta: SheetMetadata, book: CalamineWorkbook) -> None:
        self.name = meta.name
        self.hidden = meta.visible != SheetVisibleEnum.Visible
        self._book = book

    def _sheet(self) -> CalamineSheet:
        try:
            return self._book.get_sheet_by_name(self.name)
        except BaseException as error:
            raise _fault(error) from error

    def survey(self) -> Survey:
        """See `Sheet`."""
        sheet = self._sheet()
        merges = (Merge(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in _merges(sheet))
        return Survey(sheet.height * sheet.width, tuple(merges))

    def rows(self) -> Iterator[Row]:
        """See `Sheet`."""
        sheet = self._sheet()
        first_row, first_column = sheet.start or (0, 0)
        for number, values in enumerate(sheet.iter_rows(), first_row + 1):
            cells = [None] * first_column + [_text(value) for value in values]
            while cells and cells[-1] is None:
                cells.pop()
            if cells:
                yield Row(number, cells)


def _merges(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return sheet.merged_cell_ranges or []


def _text(value: Value) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(repr(value))
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{'-' if seconds < 0 else ''}{abs(seconds) // 3600}:{abs(seconds) // 60 % 60:02}:{abs(seconds) % 60:02}"
    return value.isoformat()
