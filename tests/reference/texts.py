"""Cleaning of texts, and null texts."""

import unicodedata

_INVISIBLE = (
    "\u0085\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200C))) + "\u200e\u200f\u2028\u2029\u202f\u205f\u2060"
)
_INVISIBLE += "\u3000\ufeff"
_EDGES = "".join(map(chr, range(33))) + "\x7f" + _INVISIBLE
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


def clean_text(cell: str) -> str:
    """A cell in NFC, without control characters other than tabs and line ends, and without white space around it."""
    return unicodedata.normalize("NFC", cell).translate(_CONTROLS).strip(_EDGES)


def is_null(text: str, strong: tuple[str, ...], weak: tuple[str, ...], *, typed: bool, exact: bool = False) -> bool:
    """Whether a clean text says that there is no value."""
    folded = text if exact else text.lower()
    return folded in strong or (typed and folded in weak)
