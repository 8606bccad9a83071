"""What a container is: bytes that expand to other bytes, or an archive that holds files."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, ClassVar, Protocol

from sluice_clean.engine.errors import TooLargeError
from sluice_clean.engine.model import Source
from sluice_clean.engine.stream import CHUNK

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD = 1024  # bytes by which a container is recognised; tar's mark lies at 257
_BUFFER = 1 << 18
_LARGEST_READ = 4 << 20  # the directory of an archive with many thousands of members
_LONGEST_NAME = 200

DIRECTORY = "a directory"
"""The reason to leave an entry aside that nobody needs to be told."""

Note = Callable[[str], None]
"""Takes one thing that people should know about what was not read."""


@dataclass(frozen=True)
class Entry:
    """A file in an archive; its bytes are to be read before the next entry is asked for.

    Attributes:
        name: As the archive has it; never used as a path.
        read: Gives its bytes.
        aside: Why it is left aside, or None.
    """

    name: str
    read: Callable[[], Iterator[bytes]]
    aside: str | None = None


class Compression(Protocol):
    """One way to compress a file."""

    label: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins so is compressed in this way."""
        ...

    def expand(self, chunks: Iterable[bytes], limit: int, note: Note) -> Iterator[bytes]:
        """The expanded bytes.

        Raises:
            EngineError: The stream is cut off or damaged, or expands to more than ``limit`` bytes.
        """
        ...


class Archive(Protocol):
    """One way to put several files into one."""

    label: ClassVar[str]
    seeks: ClassVar[bool]
    """Whether it is read from an object at will (``source``) or from beginning to end (``chunks``)."""

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins so is such an archive."""
        ...

    def entries(self, chunks: Iterator[bytes], source: Source | None, note: Note) -> Iterator[Entry]:
        """What it holds, in its order.

        Raises:
            EngineError: It is cut off or damaged.
        """
        ...


class PlaceError(OSError):
    """A place before a file's start was asked for, as damaged directories make it."""


class _Raw(io.RawIOBase):
    """A source as an unbuffered file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        if base + offset < 0:
            raise PlaceError(f"a place before the file's start: {base + offset}")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        length = min(len(view), max(0, self._source.size - self._at))
        data = self._source.read(self._at, length) if length else b""
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


class SourceFile(io.BufferedReader):
    """A source as a file that gives only so much at once: what a library reads whole must be small.

    Args:
        source: The object.
        largest_read: Bytes of one read, at most.
    """

    def __init__(self, source: Source, largest_read: int = _LARGEST_READ) -> None:
        super().__init__(_Raw(source), _BUFFER)
        self._end = source.size
        self._largest = largest_read

    def read(self, size: int | None = -1) -> bytes:
        """As any file.

        Raises:
            TooLargeError: So much is not read at once.
        """
        wanted = self._end - self.tell() if size is None or size < 0 else size
        if wanted > self._largest:
            raise TooLargeError(f"the archive's directory is larger than {self._largest:,} bytes")
        return super().read(size)


class ChunkFile(io.RawIOBase):
    """Chunks as a file that is read from beginning to end."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """As any file."""
        view = memoryview(buffer).cast("B")
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        length = min(len(view), len(self._rest))
        view[:length] = self._rest[:length]
        self._rest = self._rest[length:]
        return length


def pieces(file: IO[bytes], size: int = CHUNK // 4) -> Iterator[bytes]:
    """What is left of a file."""
    while piece := file.read(size):
        yield piece


def printable(name: str) -> str:
    """A member's name, fit for a warning."""
    shown = "".join(character if character.isprintable() else "\ufffd" for character in name)
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"


def aside_by_name(name: str) -> str | None:
    """Why a member with this name holds no data, or None."""
    parts = name.replace("\\", "/").split("/")
    if "__MACOSX" in parts[:-1]:
        return "a Mac's notes about files"
    if parts[-1].startswith("."):
        return "hidden"
    return None
