"""The loop that all compressed streams share: members in a row, checked to their end, within a limit."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from sluice_clean.engine.containers.base import Note
from sluice_clean.engine.errors import CorruptArchiveError, EngineError, TooLargeError
from sluice_clean.engine.stream import CHUNK


class Decompressor(Protocol):
    """As in the modules bz2 and lzma."""

    @property
    def eof(self) -> bool: ...  # noqa: D102 - see bz2

    @property
    def needs_input(self) -> bool: ...  # noqa: D102 - see bz2

    @property
    def unused_data(self) -> bytes: ...  # noqa: D102 - see bz2

    def decompress(self, data: bytes, max_length: int) -> bytes: ...  # noqa: D102 - see bz2


@dataclass(frozen=True)
class StreamForm:
    """What differs between the ways to compress.

    Attributes:
        label: Its name.
        magics: What a member begins with.
        begin: Makes a decompressor for one member.
        errors: What that raises on damaged bytes.
        corrupt: What is raised here then.
    """

    label: str
    magics: tuple[bytes, ...]
    begin: Callable[[], Decompressor]
    errors: tuple[type[Exception], ...]
    corrupt: type[EngineError] = CorruptArchiveError

    def opens(self, data: bytes) -> bool:
        """Whether a member begins with these bytes, as far as they go."""
        return any(magic.startswith(data[: len(magic)]) for magic in self.magics)


def expand(form: StreamForm, chunks: Iterable[bytes], limit: int, note: Note) -> Iterator[bytes]:
    """The bytes of one or more members in a row, in pieces of at most `CHUNK`.

    Raises:
        EngineError: The stream ends early or is damaged (``form.corrupt``).
        TooLargeError: It expands to more than ``limit`` bytes.
    """
    stream, total = form.begin(), 0
    for chunk in chunks:
        data = chunk
        while data or not (stream.eof or stream.needs_input):
            if stream.eof:
                data = data.lstrip(b"\0")  # padding, as tapes and xz have it
                if data and not form.opens(data):
                    note(f"bytes after the end of the {form.label} stream were not read")
                    return
                stream = form.begin() if data else stream
                continue
            piece = _decompress(form, stream, data, total)
            data = stream.unused_data if stream.eof else b""
            total += len(piece)
            if total > limit:
                raise TooLargeError(f"the file expands to more than {limit:,} bytes")
            yield piece
    if not stream.eof:
        raise form.corrupt(f"the {form.label} stream is truncated: it ends after {total:,} expanded bytes")


def _decompress(form: StreamForm, stream: Decompressor, data: bytes, total: int) -> bytes:
    try:
        return stream.decompress(data, CHUNK)
    except form.errors as error:
        raise form.corrupt(f"the {form.label} stream is corrupt after {total:,} bytes: {error}") from error
