"""bzip2."""

import bz2
import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from sluice_clean.engine.containers.base import Note
from sluice_clean.engine.containers.streams import StreamForm, expand

# A block's mark follows the header: text may begin with BZh too. An empty stream has the end's mark at once.
_HEADER = re.compile(rb"BZh[1-9](?:\x31\x41\x59\x26\x53\x59|\x17\x72\x45\x38\x50\x90)")
_FORM = StreamForm("bzip2", (b"BZh",), bz2.BZ2Decompressor, (OSError, ValueError))


class Bzip2:
    """The format of bzip2 and pbzip2."""

    label: ClassVar[str] = "bzip2"
    suffixes: ClassVar[tuple[str, ...]] = (".bz2", ".tbz", ".tbz2")

    def recognises(self, head: bytes) -> bool:
        """See `Compression`."""
        return _HEADER.match(head) is not None

    def expand(self, chunks: Iterable[bytes], limit: int, note: Note) -> Iterator[bytes]:
        """See `Compression`."""
        return expand(_FORM, chunks, limit, note)
