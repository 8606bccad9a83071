"""XLS and XLSB, by calamine in a process of its own: see `calamine_worker`."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sluice_clean.engine.errors import (
    BinaryFileError,
    CorruptFileError,
    EncryptedFileError,
    EngineError,
    TooLargeError,
)
from sluice_clean.engine.model import Source
from sluice_clean.engine.readers.sheets.base import Book, Merge, Row, Survey, number_text
from sluice_clean.engine.stream import raw_chunks
from sluice_clean.engine.work import Workspace

_WORKER = Path(__file__).with_name("calamine_worker.py")
_PROTECTED = 2
_MEMORY = 1 << 30
_SECONDS = 300  # of CPU
_MAX_BYTES = 256 << 20
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_LONGEST_REASON = 300
# Names in a compound file's directory, in UTF-16.
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_BOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))


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
        raise TooLargeError(f"{kind} files are read up to {_MAX_BYTES:,} bytes; this one has {source.size:,}")
    path = work.folder / f"workbook.{kind}"  # by another name calamine takes a protected workbook for none at all
    with path.open("wb") as file:
        for chunk in raw_chunks(source):
            file.write(chunk)
    if kind == "xls":
        _look_inside(path)
    sheets = tuple(_LegacySheet(path, *found) for found in _lines(path))
    return Book(kind, sheets, [])


def _look_inside(path: Path) -> None:
    data = path.read_bytes()
    if _ENCRYPTED_PACKAGE in data:
        raise EncryptedFileError("the workbook is protected by a password")
    if not data.startswith(_COMPOUND_FILE):
        return
    if _directory(data) > len(data):
        raise CorruptFileError("the workbook is damaged: it is cut off")
    if not any(name in data for name in _BOOKS):
        raise BinaryFileError("the file is an old office document, but no workbook")


def _directory(data: bytes) -> int:
    """Where the first sector of a compound file's directory ends: [MS-CFB] 2.2."""
    if len(data) < _HEADER:
        return _HEADER
    (shift,) = struct.unpack_from("<H", data, 30)
    (sector,) = struct.unpack_from("<I", data, 48)
    return (int(sector) + 2) << min(int(shift), 16)


def _lines(path: Path, *sheet: str) -> Iterator[list[Any]]:
    """What the worker says, line by line: numbers are texts already.

    Raises:
        EngineError: It could not read the workbook.
    """
    command = [sys.executable, "-P", str(_WORKER), str(path), str(_MEMORY), str(_SECONDS), *sheet]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "RUST_BACKTRACE": "0"}
    with subprocess.Popen(  # noqa: S603 - this program
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        try:
            for line in process.stdout or ():
                yield json.loads(line, parse_int=str, parse_float=number_text, parse_constant=str)
            reason = process.stderr.read().decode("utf-8", "replace") if process.stderr else ""
            if process.wait():
                raise _fault(process.returncode, reason)
        finally:
            process.kill()


def _fault(status: int, reason: str) -> EngineError:
    """Why the worker gave up."""
    if status == _PROTECTED:
        return EncryptedFileError("the workbook is protected by a password")
    if "memory allocation" in reason or "MemoryError" in reason:
        return TooLargeError(f"the workbook needs more than {_MEMORY:,} bytes of memory, or is damaged")
    if status < 0:
        return TooLargeError(f"the workbook could not be read within {_SECONDS} seconds, or is damaged")
    said = reason.strip().splitlines()
    return CorruptFileError(f"the workbook is damaged: {said[-1][:_LONGEST_REASON] if said else 'no reason is given'}")


class _LegacySheet:
    """See `Sheet`."""

    def __init__(self, path: Path, name: str, hidden: bool, cells: str, merges: list[Any]) -> None:
        self.name = name
        self.hidden = hidden
        self._path = path
        self._survey = Survey(int(cells), tuple(_merge(merge) for merge in merges))

    def survey(self) -> Survey:
        """See `Sheet`."""
        return self._survey

    def rows(self) -> Iterator[Row]:
        """See `Sheet`."""
        for number, *values in _lines(self._path, self.name):
            yield Row(int(number), [_text(value) for value in values])


def _merge(found: list[list[str]]) -> Merge:
    (top, left), (bottom, right) = ((int(row), int(column)) for row, column in found)
    return Merge(top + 1, left, bottom + 1, right)


def _text(value: str | bool | None) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
