"""gzip."""

import zlib
from collections.abc import Iterable, Iterator
from typing import ClassVar

from sluice_clean.engine.containers.base import Note
from sluice_clean.engine.containers.streams import StreamForm, expand
from sluice_clean.engine.errors import CorruptGzipError
from sluice_clean.engine.stream import GZIP_MAGIC

_WINDOW = 31  # zlib: 15 bits of window, with gzip's header and checksum


class _Member:
    """zlib's decompressor with the face that bz2's and lzma's have."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_WINDOW)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not self._stream.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._stream.decompress(self._stream.unconsumed_tail + data, max_length)


_FORM = StreamForm("gzip", (GZIP_MAGIC,), _Member, (zlib.error,), CorruptGzipError)


class Gzip:
    """RFC 1952."""

    label: ClassVar[str] = "gzip"
    suffixes: ClassVar[tuple[str, ...]] = (".gz", ".gzip", ".tgz")

    def recognises(self, head: bytes) -> bool:
        """See `Compression`."""
        return head.startswith(GZIP_MAGIC)

    def expand(self, chunks: Iterable[bytes], limit: int, note: Note) -> Iterator[bytes]:
        """See `Compression`."""
        return expand(_FORM, chunks, limit, note)
