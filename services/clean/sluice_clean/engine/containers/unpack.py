"""From an object to the files that it holds."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import PurePosixPath

from sluice_clean.engine.containers.base import DIRECTORY, HEAD, Archive, Compression, Entry, printable
from sluice_clean.engine.containers.bzip2 import Bzip2
from sluice_clean.engine.containers.gzip import Gzip
from sluice_clean.engine.containers.tar import Tar
from sluice_clean.engine.containers.xz import Xz
from sluice_clean.engine.containers.zip import Zip, document_kind
from sluice_clean.engine.containers.zstd import Zstd
from sluice_clean.engine.errors import CorruptArchiveError, EmptyFileError, EncryptedFileError, TooLargeError
from sluice_clean.engine.model import Source
from sluice_clean.engine.stream import raw_chunks
from sluice_clean.engine.work import Workspace

COMPRESSIONS: tuple[Compression, ...] = (Gzip(), Zstd(), Bzip2(), Xz())
ARCHIVES: tuple[Archive, ...] = (Zip(), Tar())
_MAX_ARCHIVES = 2  # an archive in an archive
_MAX_COMPRESSIONS = 2  # in a row, and not more in all than this between two archives
_NAMED = 10  # names told in one warning


@dataclass(frozen=True)
class Member:
    """One file to read.

    Attributes:
        name: Its path in the archive it lay in; None for an object that is no archive.
        source: Its bytes, with nothing around them.
        container: What lay around it, from the outside to the inside: ``gzip``, ``gzip+tar``, ``zip+gzip``; or None.
    """

    name: str | None
    source: Source
    container: str | None


def unpack(source: Source, work: Workspace) -> list[Member]:
    """The files that an object holds: itself, what it expands to, or the members of an archive.

    What is expanded lies in the run's folder. What is left aside is told in the run's warnings.

    Raises:
        EmptyFileError: The object, or the archive, holds nothing.
        EncryptedFileError: All members are encrypted.
        CorruptGzipError, CorruptArchiveError: It is cut off or damaged.
        TooLargeError: It holds more bytes or members than the settings allow.
    """
    if source.size == 0:
        raise EmptyFileError("the file is empty: 0 bytes")
    unpacker = _Unpacker(work)
    members = list(unpacker.files(_Contents.of_source(source)))
    unpacker.tell()
    if not members:
        raise unpacker.nothing()
    return members


def container_of(source: Source) -> str | None:
    """What lies around an object's bytes, at the outside; None for nothing. A workbook's zip is none."""
    head = source.read(0, HEAD)
    for compression in COMPRESSIONS:
        if compression.recognises(head):
            return compression.label
    for archive in ARCHIVES:
        if archive.recognises(head):
            return None if archive.seeks and document_kind(source) else archive.label
    return None


@dataclass(frozen=True)
class _Contents:
    """A file on its way through its containers; ``chunks`` are read once."""

    name: str
    head: bytes
    chunks: Iterator[bytes]
    source: Source | None = None
    member: str | None = None
    around: tuple[str, ...] = ()
    archives: int = 0
    compressions: int = 0

    @classmethod
    def of_source(cls, source: Source) -> "_Contents":
        return cls(source.name, source.read(0, HEAD), raw_chunks(source), source)

    def filled(self, chunks: Iterator[bytes]) -> "_Contents":
        """The same with other bytes."""
        head = b""
        for chunk in chunks:
            head += chunk
            if len(head) >= HEAD:
                break
        return replace(self, head=head[:HEAD], chunks=chain([head], chunks), source=None)


class _Unpacker:
    def __init__(self, work: Workspace) -> None:
        self._work = work
        self._left = work.settings.max_expanded_bytes
        self._members = 0
        self._files = 0
        self._asides: dict[str, list[str]] = {}

    def files(self, contents: _Contents) -> Iterator[Member]:
        for compression in COMPRESSIONS:
            if compression.recognises(contents.head):
                return self._expanded(compression, contents)
        for archive in ARCHIVES:
            if archive.recognises(contents.head):
                return self._archived(archive, contents)
        return iter([self._member(contents)])

    def _expanded(self, compression: Compression, contents: _Contents) -> Iterator[Member]:
        if contents.compressions == _MAX_COMPRESSIONS:
            raise CorruptArchiveError(
                f"{contents.name!r} is compressed more than {_MAX_COMPRESSIONS} times over: {contents.around[-1]}"
                f" and {compression.label} again"
            )
        chunks = compression.expand(contents.chunks, self._work.settings.max_expanded_bytes, self._note)
        named = replace(
            contents,
            name=_without_suffix(contents.name, compression),
            around=(*contents.around, compression.label),
            compressions=contents.compressions + 1,
        )
        filled = named.filled(chunks)
        if not filled.head:
            if contents.member is None:
                raise EmptyFileError("the file is empty once it is decompressed")
            self._aside("empty", contents.member)
            return
        yield from self.files(filled)

    def _archived(self, archive: Archive, contents: _Contents) -> Iterator[Member]:
        if contents.archives == _MAX_ARCHIVES:
            self._aside("an archive within archives within an archive", contents.member or contents.name)
            return
        if archive.seeks:
            contents = replace(contents, source=self._source(contents))
            if contents.source is not None and document_kind(contents.source):
                yield self._member(contents)
                return
        for entry in archive.entries(contents.chunks, contents.source, self._note):
            yield from self._entry(archive, contents, entry)

    def _entry(self, archive: Archive, contents: _Contents, entry: Entry) -> Iterator[Member]:
        self._members += 1
        if self._members > self._work.settings.max_members:
            raise TooLargeError(f"the archive has more than {self._work.settings.max_members:,} members")
        inside = contents.member is not None
        name = printable(f"{contents.member}/{entry.name}" if inside else entry.name)
        if entry.aside:
            if entry.aside != DIRECTORY:
                self._aside(entry.aside, name)
            return
        inner = _Contents(
            name=PurePosixPath(name).name,
            head=b"",
            chunks=iter(()),
            member=name,
            around=(*contents.around, archive.label),
            archives=contents.archives + 1,
        )
        yield from self.files(inner.filled(entry.read()))

    def _member(self, contents: _Contents) -> Member:
        return Member(contents.member, self._source(contents), "+".join(contents.around) or None)

    def _source(self, contents: _Contents) -> Source:
        """The bytes as an object of their own, in the run's folder unless they are one already."""
        if contents.source is not None:
            return contents.source
        self._files += 1
        path = self._work.folder / f"member-{self._files:04}"
        try:
            with path.open("wb") as file:
                for chunk in contents.chunks:
                    self._spend(len(chunk))
                    file.write(chunk)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise TooLargeError("the file expands to more than the disk has room for") from error
        return replace(Source.local(path), name=contents.name)

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            limit = self._work.settings.max_expanded_bytes
            raise TooLargeError(f"the file expands to more than {limit:,} bytes")

    def _aside(self, reason: str, name: str) -> None:
        self._asides.setdefault(reason, []).append(name)

    def _note(self, text: str) -> None:
        self._work.warnings.append(text)

    def tell(self) -> None:
        """Puts what was left aside into the run's warnings."""
        for reason, names in self._asides.items():
            more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
            self._note(f"members left aside ({reason}): {', '.join(names[:_NAMED])}{more}")

    def nothing(self) -> Exception:
        """Why there is no member."""
        if not self._asides:
            return EmptyFileError("the archive is empty: it holds no file")
        if set(self._asides) == {"encrypted"}:
            return EncryptedFileError("every member of the archive is encrypted")
        return EmptyFileError(f"the archive holds no file to read; left aside: {'; '.join(self._asides)}")


def _without_suffix(name: str, compression: Compression) -> str:
    stem, dot, suffix = name.rpartition(".")
    return stem if stem and dot + suffix.lower() in compression.suffixes else name
