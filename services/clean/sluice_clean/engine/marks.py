"""Which unwanted characters a chunk holds at all: rules for those that it doesn't hold are left out of its SQL.

Looking at bytes costs a hundredth of asking every cell, and the answer is exact.
"""

from dataclasses import dataclass

_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r") + b"\x7f"
USUAL = bytes(range(0x20, 0x7F)) + b"\n"
_BLANKS = {"\t": b"\t", "\r": b"\r"}
# Unicode's white space beyond ASCII, zero-width blanks, marks of direction, byte order marks.
INVISIBLE = (
    *("\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007"),
    *("\u2008", "\u2009", "\u200a", "\u200b", "\u200e", "\u200f", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060"),
    *("\u3000", "\ufeff"),
)
_STARTS = {mark: mark.encode()[:2] for mark in INVISIBLE}
# First bytes of the characters that composition (NFC) may change: combining marks, and what it replaces singly.
_COMPOSED = b"\xcc\xcd\xce\xd6\xd7\xd8\xd9\xda\xdb\xdc\xdd\xdf\xe0\xe1\xe2\xe3\xea\xef\xf0"


def unusual(data: bytes) -> bytes:
    """Those of some bytes that are neither printable ASCII nor line feeds: few, and most questions are about them.

    The bytes of one character stay together; those of characters that stood apart may meet.
    """
    return data.translate(None, USUAL)


@dataclass(frozen=True)
class Marks:
    """What occurs in some bytes of UTF-8.

    Attributes:
        edges: Characters, beyond the space and the line feed, that a cell may begin or end with and that are trimmed.
        controls: Whether there are control characters other than tabs and line ends.
        composable: Whether there may be text that is not in NFC.
    """

    edges: tuple[str, ...] = ("\t", "\r", "\x7f", *INVISIBLE)
    controls: bool = True
    composable: bool = True

    @classmethod
    def of(cls, data: bytes) -> "Marks":
        """Looks at some bytes of UTF-8, or at those of them that are `unusual`."""
        data = unusual(data)
        edges = [mark for mark, byte in _BLANKS.items() if byte in data]
        controls = len(data.translate(None, _CONTROLS)) < len(data)
        if data.isascii():
            return cls(tuple(edges), controls, composable=False)
        begun = {start for start in set(_STARTS.values()) if start in data}
        edges += [mark for mark in INVISIBLE if _STARTS[mark] in begun and mark.encode() in data]
        return cls(tuple(edges), controls, composable=any(byte in data for byte in _COMPOSED))
