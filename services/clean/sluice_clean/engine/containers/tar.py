"""tar."""

import tarfile
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from sluice_clean.engine.containers.base import DIRECTORY, ChunkFile, Entry, Note, aside_by_name, pieces, printable
from sluice_clean.engine.errors import CorruptArchiveError, TooLargeError
from sluice_clean.engine.model import Source

_BLOCK = 512
_LARGEST_HEADER = 64 << 10  # names and attributes in extended headers, which are held in memory
_EXTENDED = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME)
_BROKEN = (tarfile.TarError, ValueError, OverflowError, EOFError)


class Tar:
    """V7, ustar, GNU and pax archives, recognised by the first header's checksum."""

    label: ClassVar[str] = "tar"
    seeks: ClassVar[bool] = False

    def recognises(self, head: bytes) -> bool:
        """See `Archive`."""
        if len(head) < _BLOCK or not head[0]:
            return False
        try:
            tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "surrogateescape")
        except (tarfile.HeaderError, *_BROKEN):
            return False
        return True

    def entries(self, chunks: Iterator[bytes], source: Source | None, note: Note) -> Iterator[Entry]:  # noqa: ARG002
        """See `Archive`."""
        end = _End()
        try:
            with tarfile.open(fileobj=ChunkFile(chunks), mode="r|", tarinfo=_strict(end)) as archive:
                for info in archive:
                    yield Entry(info.name, partial(_read, archive, info), _aside(info))
        except _BROKEN as error:
            raise CorruptArchiveError(f"the tar archive is corrupt or cut off: {error}") from error
        _read_on(chunks, note)
        if not end.reached:
            note("the tar archive has no end mark: it may be cut off")


class _End:
    """Whether the archive's end mark was seen."""

    reached = False


def _strict(end: _End) -> type[tarfile.TarInfo]:
    """Headers that are checked: tarfile itself takes a broken one, beyond the first, for the archive's end."""

    class Header(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "Header":
            try:
                header = super().frombuf(buf, encoding, errors)
            except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
                end.reached = True
                raise
            except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
                raise CorruptArchiveError(f"the tar archive is corrupt or cut off: {error}") from error
            if header.type in _EXTENDED and header.size > _LARGEST_HEADER:
                raise TooLargeError(f"a name in the tar archive is longer than {_LARGEST_HEADER:,} bytes")
            return header

    return Header


def _aside(info: tarfile.TarInfo) -> str | None:
    if info.isdir():
        return DIRECTORY
    if info.issym() or info.islnk():
        return "a link"
    if not info.isreg():
        return "no regular file"
    if info.size == 0:
        return "empty"
    return aside_by_name(info.name)


def _read(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    try:
        file = archive.extractfile(info)
        if file is None:
            raise CorruptArchiveError(f"the tar archive's member {printable(info.name)!r} can't be read")
        with file:
            yield from pieces(file)
    except _BROKEN as error:
        where = printable(info.name)
        raise CorruptArchiveError(f"the tar archive is corrupt or cut off at its member {where!r}: {error}") from error


def _read_on(chunks: Iterator[bytes], note: Note) -> None:
    """Reads to the very end, so that a compressed stream's checksum is looked at."""
    follows = False
    for chunk in chunks:
        follows = follows or bool(chunk.strip(b"\0"))
    if follows:
        note("bytes after the end of the tar archive were not read")
