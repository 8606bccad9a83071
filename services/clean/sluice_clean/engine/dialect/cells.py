"""What a cell looks like: its kind, and how sure it is that it is a whole cell and no piece of one."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_LONG_CELL = 400
_NULLS = frozenset(
    (
        "na",
        "n/a",
        "nan",
        "null",
        "none",
        "nil",
        "-",
        "--",
        "---",
        ".",
        "..",
        "...",
        "?",
        "\\n",
        "#n/a",
        "\u2026",
        "\u2013",
        "\u2014",
    )
)
# No run of marks may be parted in two ways by one alternative: all ways are tried before it fails (decision 44).
_KINDS = re.compile(
    r"""(?:
      (?P<date>   \d{4}[-/.]\d{1,2}[-/.]\d{1,2} | \d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}) | \d{4}-\d{2}
                | (?:[A-Za-z]{3,9},?\ )?\d{1,2}(?:st|nd|rd|th)?[\ .-]{1,2}[A-Za-zé]{3,9}\.?[\ ,.-]{1,2}\d{2,4}
                | [A-Za-z]{3,9}\.?\ \d{1,2}(?:st|nd|rd|th)?,?\ \d{4} | \d{1,2}[-\ ][A-Za-z]{3}(?:[-\ ]\d{2,4})?
                | [A-Za-z]{3}[-\ ]\d{2,4} )
    | (?P<time>   (?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:T|,?\ +|-))?
                  \d{1,2}:\d{2}(?::\d{2}(?:\.\d+|,\d{3,9})?)?(?:\s?[AaPp]\.?[Mm]\.?)?
                  (?:\s?(?:Z|UTC|GMT|[A-Z]{3,4}|[+-]\d{2}:?\d{2}))?
                | \d{4}-\d\d-\d\dT\d{4,6}Z? | [A-Z][a-z]{2}\ [A-Z][a-z]{2}\ +\d{1,2}\ \d\d:\d\d:\d\d\ .{0,6}\d{4} )
    | (?P<number> [(+-]?\s?(?:[$€£¥₽₹]|[A-Z]{3}\s|R\$)?\s?[+-]?
                  (?:\d+|\d{1,3}(?:[,.\ '\u00a0\u202f]\d{3})+|\d{1,3}(?:,\d{2})+,\d{3})?
                  (?:(?<=\d)[.,]\d*|\.\d+)?(?<=[\d.,])
                  (?:[eEdD][+-]?\d+)?\)?-?(?:\s?(?:%|‰|[€$£¥₽₹]|°?[CF]?|[kKMGT]?B|[A-Z]{3}|(?!(?:st|nd|rd|th)$)[a-zµ]{1,2}))?
                | [+-]?(?:inf|Infinity) | 0x[0-9a-fA-F]+ )
    | (?P<bool>   true|false|yes|no|TRUE|FALSE|True|False|Yes|No )
    | (?P<mail>   [\w.+-]+@[\w-]+\.[\w.-]+ )
    | (?P<url>    (?:https?|ftp|s3|file)://[^\s",;|]+ | www\.[^\s",;|]+ )
    | (?P<address> \d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)? | [0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}
                | (?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2} | (?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}
                | (?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6} )
    | (?P<json>   \{.*\} | \[.*\] | \((?:-?\d+(?:\.\d+)?,?\s?)+\) )
    | (?P<path>   (?:[A-Za-z]:)?[\\/][\w.\ \\/-]+ )
    | (?P<phone>  \+\d[\d\ ().-]{6,18}\d | \(\d{2,4}\)[\d\ .-]{5,12}\d | \d{2,4}-\d{3,4}-\d{4}
                | 0\d{1,4}[\ /-]\d[\d\ -]{4,10} )
    | (?P<code>   [#$@]?[A-Za-z_]*\d[\w.+/#-]*(?:[:][\w.-]+)? | [A-Za-z]+[_.-]\w+(?:[.-]\w+)* )
    | (?P<word>   [#@]?[^\W\d_][\w'\u2019.-]*[*!?]? )
    | (?P<words>  [#]?["'\u201c(\[]?\w[\w\ .'\u2019&()\[\]/+\-#!?%*°$€£@\u2013\u2014\u201c\u201d]* )
    | (?P<text>   ["'\u201c\u2018¿¡(*]?\w(?:[^;|\t\x00-\x08]|;\ )* )
    )""",
    re.VERBOSE | re.DOTALL,
)
_SOUND = {"words": 1.0, "text": 0.7, "code": 0.95, "phone": 0.95, "path": 0.95}
_TEXTUAL = frozenset(("word", "words", "text", "code", "path"))
_TIGHT_MARK = re.compile(r"\w[,;|\u00a7\u00a6\u00ac^~\u00b7\u00b6\u2020\u2021]\w|:\w+=")
_OUTER_SPACE = 0.9
_UNBALANCED = 0.3
TYPED = frozenset(("date", "time", "number", "bool", "mail", "url", "address", "phone"))


class Look(NamedTuple):
    """A cell's kind ("" where it is blank, "null" where it says so) and its soundness, 0..1."""

    kind: str
    sound: float

    @property
    def says_something(self) -> bool:
        """Whether it is neither blank nor a null text."""
        return self.kind not in ("", "null")


BLANK = Look("", 1.0)
NULL = Look("null", 1.0)


def look(cell: str) -> Look:
    """Classifies one cell."""
    return _remembered(cell) if len(cell) <= _LONG_CELL else _classify(cell)


def _classify(cell: str) -> Look:
    text = cell.strip()
    if not text:
        return BLANK
    if text.lower() in _NULLS:
        return NULL
    if len(text) > _LONG_CELL:
        return Look("text", 0.5)
    match = _KINDS.fullmatch(text)
    if match is None or match.lastgroup is None:
        return Look("junk", _UNBALANCED if len(text) > 1 and text.isprintable() and _is_unbalanced(text) else 0.0)
    kind = match.lastgroup
    sound = _SOUND.get(kind, 1.0)
    if kind == "text":
        sound = _text_soundness(text)
    return Look(kind, sound if len(text) == len(cell) else sound * _OUTER_SPACE)


# Every candidate cuts the same lines: most cells were seen before.
_remembered = lru_cache(maxsize=1 << 14)(_classify)


def forget() -> None:
    """Lets go of the cells that were looked at: they are somebody's data."""
    _remembered.cache_clear()


def _text_soundness(text: str) -> float:
    """Prose has commas followed by spaces, and quotes in pairs; a piece of a line has not."""
    if text.count('"') % 2 or '\\"' in text or (text[0] == text[-1] and text[0] in "\"'"):
        return 0.1
    if text[-1] in ",;|\\":
        return 0.3
    return 0.4 if _TIGHT_MARK.search(text) or _is_unbalanced(text) else 0.8


def _is_unbalanced(text: str) -> bool:
    return any(text.count(opening) != text.count(closing) for opening, closing in ("[]", "{}"))


def mask(cell: str) -> str:
    """A cell's pattern: letters as a, digits as 9, all else as it stands."""
    return "".join("9" if mark.isdigit() else "a" if mark.isalpha() else mark for mark in cell.strip())


def is_wrapped(cell: str) -> bool:
    """Whether a cell still stands in quotes: it was read without them."""
    return len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "\"'`þ"


def group(kind: str) -> str:
    """Kinds that may share a column."""
    return "text" if kind in _TEXTUAL else kind


def is_typed(cell: str) -> bool:
    """Whether a cell is a value and hardly a label: a number, a date, an address."""
    return look(cell).kind in TYPED


def count_filled(fields: Sequence[str]) -> int:
    """How many fields have something in them."""
    return sum(1 for field in fields if field.strip())
