"""xz."""

import lzma
from collections.abc import Iterable, Iterator
from typing import ClassVar

from sluice_clean.engine.containers.base import Note
from sluice_clean.engine.containers.streams import StreamForm, expand

_MAGIC = b"\xfd7zXZ\x00"
_MEMORY = 128 << 20  # xz -9 needs 65 MB


def _begin() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)


_FORM = StreamForm("xz", (_MAGIC,), _begin, (lzma.LZMAError, EOFError))


class Xz:
    """The .xz format; a stream that needs a dictionary of more than 128 MB is refused as damaged."""

    label: ClassVar[str] = "xz"
    suffixes: ClassVar[tuple[str, ...]] = (".xz", ".txz")

    def recognises(self, head: bytes) -> bool:
        """See `Compression`."""
        return head.startswith(_MAGIC)

    def expand(self, chunks: Iterable[bytes], limit: int, note: Note) -> Iterator[bytes]:
        """See `Compression`."""
        return expand(_FORM, chunks, limit, note)
