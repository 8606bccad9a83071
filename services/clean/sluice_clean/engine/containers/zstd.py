"""Zstandard."""

import sys
from collections.abc import Iterable, Iterator
from typing import ClassVar

from sluice_clean.engine.containers.base import Note
from sluice_clean.engine.containers.streams import StreamForm, expand

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_FRAME = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = tuple(bytes([number]) + b"\x2a\x4d\x18" for number in range(0x50, 0x60))
_WINDOW = 27  # 2 ** 27 bytes, what the zstd command itself allows


def _begin() -> zstd.ZstdDecompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW})


_FORM = StreamForm("zstd", (_FRAME, *_SKIPPABLE), _begin, (zstd.ZstdError, EOFError))


class Zstd:
    """RFC 8878: frames and skippable frames."""

    label: ClassVar[str] = "zstd"
    suffixes: ClassVar[tuple[str, ...]] = (".zst", ".zstd", ".tzst")

    def recognises(self, head: bytes) -> bool:
        """See `Compression`."""
        return head.startswith(_FORM.magics)

    def expand(self, chunks: Iterable[bytes], limit: int, note: Note) -> Iterator[bytes]:
        """See `Compression`."""
        return expand(_FORM, chunks, limit, note)
