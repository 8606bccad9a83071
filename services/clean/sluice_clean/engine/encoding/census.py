"""Evidence of a file's encoding, collected while its bytes stream by."""

import re
from collections.abc import Iterable

_HIGH = re.compile(rb"[\x80-\xff]")
_ASCII, _BEYOND_ASCII = bytes(range(0x80)), bytes(range(0x80, 0x100))
_STRAY = re.compile("[\udc80-\udcff]")
_ESCAPE = b"\x1b"  # ISO-2022-JP is ASCII but for its escape sequences
_SLICES = 64
_PER_SLICE = 8
LONGEST_CONTEXT = 400
_MOST_EVIDENCE = 256 << 10
_HEAD = 64 << 10
_SURE_OF_UTF8 = 64
_FEW_STRAYS = 0.05
_COUNTED = 200_000
_WINDOW = 32 << 10
_FEW_BYTES = 16 << 10


# Bytes of a UTF-8 character by the upper half of its first byte; 0 for one that continues a character.
_UTF8_SIZES = (1,) * 8 + (0,) * 4 + (2, 2, 3, 4)


class Census:
    """Lines with bytes beyond ASCII, from all over a file, in bounded memory.

    ``add`` costs next to nothing for ASCII; once the file is certainly UTF-8 (`settled`) there is no need to go on.
    """

    def __init__(self) -> None:
        self.head = b""
        self.contexts: list[bytes] = []
        self.firsts: list[bytes] = []
        self.size = 0
        self.escapes = False
        self.carriage_returns = False
        self.utf8_characters = 0
        self.strays = 0
        self._met: set[int] = set()
        self._kept = 0
        self._stride = 1
        self._seen = 0
        self._rest = b""

    @property
    def settled(self) -> bool:
        """Whether further bytes would change nothing: the file is UTF-8, with a few strays at most."""
        return self.utf8_characters >= _SURE_OF_UTF8 and self.strays <= self.utf8_characters * _FEW_STRAYS

    def add(self, chunk: bytes, *, follows: bool = True) -> None:
        """Takes some bytes of the file; ``follows`` tells whether they come right after those before."""
        self.size += len(chunk)
        if not follows:
            self._rest = b""
        if self.settled:
            return
        if len(self.head) < _HEAD:
            self.head += chunk[: _HEAD - len(self.head)]
        if chunk.isascii() and not self._rest:
            self.escapes = self.escapes or _ESCAPE in chunk
            return
        if self.utf8_characters + self.strays < _COUNTED:
            self._count(chunk)
        if self.strays:
            self._collect(chunk)

    def absorb(self, contexts: Iterable[bytes], utf8_characters: int, strays: int) -> None:
        """Takes what another census found, of other bytes of the same file."""
        self.utf8_characters += utf8_characters
        self.strays += strays
        for context in contexts:
            fresh = set(context) - self._met - set(_ASCII)
            if fresh:
                self._met |= fresh
                self.firsts.append(context)
            self._keep(context)

    def finish(self) -> None:
        """Takes what was held back as the beginning of a character: the file ends with it."""
        if self._rest and not self.utf8_characters:
            self.strays += len(self._rest)
            self._keep(self._rest)
        self._rest = b""

    def _count(self, chunk: bytes) -> None:
        """Tells whole UTF-8 characters from bytes that are none; a character cut in two waits for the next chunk."""
        data = self._rest + chunk
        cut = len(data) - _unfinished(data)
        self._rest = data[cut:]
        data = data[:cut]
        try:
            self._tell(data, data.decode("utf-8"), 0)
        except UnicodeDecodeError as error:
            # Replacing many bytes is slow: what is around the first of them speaks for the chunk.
            data = data[max(0, error.start - _WINDOW) : error.start + _WINDOW]
            text = data.decode("utf-8", "surrogateescape")
            self._tell(data, text, len(_STRAY.findall(text)))

    def _tell(self, data: bytes, text: str, strays: int) -> None:
        self.strays += strays
        self.utf8_characters += len(text) - len(data.translate(None, _BEYOND_ASCII)) - strays

    def _collect(self, chunk: bytes) -> None:
        """Keeps some of the lines that hold bytes beyond ASCII, evenly over the chunk, and the first with each byte."""
        while unmet := chunk.translate(None, _ASCII + bytes(self._met)):
            for byte in set(unmet[:_FEW_BYTES]):
                self._met.add(byte)
                self.firsts.append(chunk[slice(*_context(chunk, chunk.find(byte)))])
        step = max(1 << 10, len(chunk) // _SLICES)
        for start in range(0, len(chunk), step):
            at, taken = start, 0
            while taken < _PER_SLICE and (match := _HIGH.search(chunk, at, start + step)):
                first, last = _context(chunk, match.start())
                self._keep(chunk[max(first, at) : last])
                at, taken = last + 1, taken + 1

    def _keep(self, context: bytes) -> None:
        self._seen += 1
        if self._seen % self._stride:
            return
        self.contexts.append(context)
        self._kept += len(context)
        if self._kept > _MOST_EVIDENCE:
            self.contexts = self.contexts[::2]
            self._kept = sum(map(len, self.contexts))
            self._stride *= 2


def _context(chunk: bytes, at: int) -> tuple[int, int]:
    """Where the line that holds a byte begins and ends, or a stretch of it."""
    first = max(chunk.rfind(b"\n", 0, at) + 1, at - LONGEST_CONTEXT)
    last = chunk.find(b"\n", at, at + LONGEST_CONTEXT)
    return first, last if last >= 0 else min(len(chunk), at + LONGEST_CONTEXT)


def _unfinished(data: bytes) -> int:
    """How many bytes at the end are the beginning of a UTF-8 character."""
    for back in range(1, min(3, len(data)) + 1):
        size = _UTF8_SIZES[data[-back] >> 4]
        if size:
            return back if back < size else 0
    return 0
