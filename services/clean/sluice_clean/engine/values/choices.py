"""What a column's values decide about how they are read."""

from dataclasses import dataclass
from typing import Literal

Order = Literal["dmy", "mdy", "ymd"]
Mark = Literal[".", ","]
Percent = Literal["none", "all", "any"]

PIVOT = 69  # two figures of a year: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068 (POSIX, strptime)
ANY_CURRENCY = "*"
MAX_DIGITS = 38  # of a decimal


def decimal_places(stored: str) -> int:
    """The scale of ``DECIMAL(38,scale)``; 0 for integers."""
    return int(stored.rstrip(")").rpartition(",")[2]) if stored.startswith("DECIMAL") else 0


@dataclass(frozen=True)
class Notation:
    """How a contract says that numbers are written.

    Attributes:
        point: The decimal mark.
        group: What separates thousands, wherever it stands; "" for nothing stated.
        bare: Whether nothing else stands before and behind the number.
    """

    point: str = "."
    group: str = ""
    bare: bool = True


@dataclass(frozen=True)
class Choices:
    """The decisions about one column that its rule is applied with.

    Attributes:
        stored: The SQL type of its values.
        mark: The decimal mark.
        currency: ISO 4217 code of the money in it; "" for none, ``ANY_CURRENCY`` for any (a contract asked for it).
        percent: Whether texts are percentages: none, all or any of them.
        order: Day, month and year of a date in figures.
        compact: Whether eight figures are a date.
        epoch: Whether integers are seconds ("s") or milliseconds ("ms") since 1970.
        forms: The quick forms that were seen, the commonest first; others are read too, more slowly.
        pattern: A contract's own pattern for days and times (strptime's), or what separates an array's items.
        notation: A contract's own way to write numbers.
        true: Words for true, in lower case unless a contract gave them.
        false: Words for false.
        exact_words: The words are a contract's: upper and lower case are told apart.
        general: Whether texts in no quick form are read too, by an expression that is long and slow.
    """

    stored: str
    mark: Mark = "."
    currency: str = ""
    percent: Percent = "none"
    order: Order = "mdy"
    compact: bool = False
    epoch: Literal["", "s", "ms"] = ""
    forms: tuple[str, ...] = ()
    pattern: str = ""
    notation: Notation | None = None
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    exact_words: bool = False
    general: bool = True
