"""Column names: from the label a file gives to one that SQL, URLs and code can use."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

MAX_NAME = 63
_SPELLED = str.maketrans(
    {"%": " percent ", "&": " and ", "#": " number ", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
    | {
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ł": "l",
        "Ł": "L",
        "þ": "th",
        "Þ": "Th",
        "\u0131": "i",
        "€": " eur ",
        "£": " gbp ",
    }
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^a-z0-9]+")


def clean_name(label: str) -> str:
    """The snake_case ASCII form of a label, or "" when nothing of it can be written so.

    Never starts with a digit or an underscore, never holds two underscores in a row (the query API's
    operators start with two), at most 63 characters.
    """
    ascii_text = unicodedata.normalize("NFKD", label.translate(_SPELLED)).encode("ascii", "ignore").decode()
    name = _OTHER.sub("_", _CAMEL.sub("_", ascii_text).lower()).strip("_")
    if name and name[0].isdigit():
        name = f"column_{name}"
    return name[:MAX_NAME].rstrip("_")


def unique_names(labels: Sequence[str | None], taken: Iterable[str] = ()) -> list[str]:
    """One name per label, in order: cleaned, unique, never empty (``column_3`` for the third)."""
    used = set(taken)
    names = []
    for number, label in enumerate(labels, 1):
        base = clean_name(label or "") or f"column_{number}"
        name, count = base, 1
        while name in used:
            count += 1
            name = f"{base[: MAX_NAME - len(str(count)) - 1]}_{count}"
        used.add(name)
        names.append(name)
    return names
