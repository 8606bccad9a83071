"""zip: archives; and the documents of office programs, which are zip files too and are left whole."""

import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from sluice_clean.engine.containers.base import (
    DIRECTORY,
    Entry,
    Note,
    PlaceError,
    SourceFile,
    aside_by_name,
    pieces,
    printable,
)
from sluice_clean.engine.errors import CorruptArchiveError
from sluice_clean.engine.model import Source

MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError, PlaceError)
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_LONGEST_MIMETYPE = 200
_OPEN_DOCUMENTS = "application/vnd.oasis.opendocument."
# The folder of its main part tells an Office Open XML document's kind.
_OFFICE_PARTS = {"xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb", "word/": "docx", "ppt/": "pptx"}


class Zip:
    """PKWARE's format, with the methods store, deflate, bzip2 and lzma."""

    label: ClassVar[str] = "zip"
    seeks: ClassVar[bool] = True

    def recognises(self, head: bytes) -> bool:
        """See `Archive`."""
        return head.startswith(MAGICS)

    def entries(self, chunks: Iterator[bytes], source: Source | None, note: Note) -> Iterator[Entry]:  # noqa: ARG002
        """See `Archive`."""
        if source is None:
            raise ValueError("a zip archive is read from a source")
        with opened(source) as archive:
            for info in archive.infolist():
                yield Entry(info.filename, partial(_read, archive, info), _aside(info))


def opened(source: Source) -> zipfile.ZipFile:
    """The zip file that a source is.

    Raises:
        CorruptArchiveError: Its directory can't be read.
        TooLargeError: Its directory is too large.
    """
    try:
        return zipfile.ZipFile(SourceFile(source))
    except BROKEN as error:
        raise CorruptArchiveError(f"the zip archive is corrupt or cut off: {error}") from error


def document_kind(source: Source) -> str | None:
    """``xlsx``, ``xlsb``, ``ods``, ``docx``, … for an office program's document; None for any other zip file.

    Raises:
        EngineError: As `opened`.
    """
    with opened(source) as archive:
        names = archive.namelist()
        if "[Content_Types].xml" in names:
            return next((kind for part, kind in _OFFICE_PARTS.items() if any(n.startswith(part) for n in names)), None)
        if "mimetype" not in names or archive.getinfo("mimetype").file_size > _LONGEST_MIMETYPE:
            return None
        try:
            mimetype = archive.read("mimetype").decode("ascii", "replace").strip()
        except (*BROKEN, RuntimeError):
            return None
    kind = mimetype.removeprefix(_OPEN_DOCUMENTS)
    if kind == mimetype:
        return None
    return "ods" if kind.startswith("spreadsheet") else f"OpenDocument {kind}"


def _aside(info: zipfile.ZipInfo) -> str | None:
    if info.is_dir():
        return DIRECTORY
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link"
    if info.file_size == 0:
        return "empty"
    if info.compress_type not in _METHODS:
        return f"compressed by a method that is not read here ({info.compress_type})"
    return aside_by_name(info.filename)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as file:
            yield from pieces(file)
    except BROKEN as error:
        raise CorruptArchiveError(_damaged(info, error)) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise CorruptArchiveError(_damaged(info, error)) from error  # bz2 has no error of its own


def _damaged(info: zipfile.ZipInfo, error: Exception) -> str:
    return f"the zip archive is corrupt at its member {printable(info.filename)!r}: {error}"
