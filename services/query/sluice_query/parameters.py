"""The query parameters of the listings: what they are called and mean, checked and collected."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sluice.errors import ErrorItem, InvalidRequestError

Parameters = Mapping[str, list[str]]
T = TypeVar("T")

DEFAULT_SIZE = 100
MAX_SIZE = 1_000

SIZE, NEXT = "_size", "_next"
SORT, SORT_DESC, COL, EXTRA, SHAPE = "_sort", "_sort_desc", "_col", "_extra", "_shape"

# The documentation of every `_` parameter; OpenAPI takes it from here.
DESCRIPTIONS = {
    SIZE: f"How many to give: 1 to {MAX_SIZE}, {DEFAULT_SIZE} unless told.",
    NEXT: "Token of the next page, from the page before; the other parameters must be the same as there.",
    SORT: "Column to sort by, ascending, nulls last. Repeatable. Unless told, records come as in their sources.",
    SORT_DESC: "Column to sort by, descending, nulls last. Repeatable.",
    COL: "Column to give (`_key` comes with it). Repeatable. Unless told, all are given.",
    EXTRA: "`count`: also tell how many records match.",
    SHAPE: "`objects` (unless told), or `arrays`: records as arrays in the order of `columns`.",
}
PAGING = (SIZE, NEXT)


@dataclass
class Faults:
    """Collects what is wrong with a request, so that the answer tells everything at once."""

    items: list[ErrorItem] = field(default_factory=list)

    def add(self, pointer: str, detail: str) -> None:
        """Note one fault: which parameter, and what is wrong with it."""
        self.items.append(ErrorItem(pointer, detail))

    def check(self) -> None:
        """Go on if there were none.

        Raises:
            InvalidRequestError: there were; it holds each.
        """
        if self.items:
            detail = "; ".join(f"{item.pointer}: {item.detail}" for item in self.items)
            raise InvalidRequestError(detail, errors=self.items)


@dataclass(frozen=True)
class Paging:
    """Which page of a plain listing is asked for."""

    size: int
    token: str | None


def parse_paging(parameters: Parameters) -> Paging:
    """Read the parameters of a listing that has no others.

    Raises:
        InvalidRequestError: there are others, or the size is not possible.
    """
    faults = Faults()
    for name in parameters:
        if name not in PAGING:
            faults.add(name, unknown("parameter", name, PAGING))
    paging = Paging(read_size(parameters, faults), once(parameters, NEXT, faults))
    faults.check()
    return paging


def unknown(what: str, name: str, valid: Iterable[str]) -> str:
    """The message for a name that is not among the valid ones."""
    return f"there is no {what} '{name[:100]}'; valid: {', '.join(valid) or 'none'}"


def once(parameters: Parameters, name: str, faults: Faults) -> str | None:
    """The value of a parameter that may be given once."""
    values = parameters.get(name, [])
    if len(values) > 1:
        faults.add(name, "may be given only once")
    return values[0] if values else None


def read_size(parameters: Parameters, faults: Faults) -> int:
    """The page size."""
    text = once(parameters, SIZE, faults)
    if text is None:
        return DEFAULT_SIZE
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_SIZE)) and 1 <= int(text) <= MAX_SIZE):
        faults.add(SIZE, f"must be a whole number from 1 to {MAX_SIZE}")
        return DEFAULT_SIZE
    return int(text)


def attempt(read: Callable[[], T], name: str, faults: Faults) -> T | None:
    """What `read` gives, or None and a fault where the value is not what is expected."""
    try:
        return read()
    except ValueError as error:
        faults.add(name, f"must be {error}")
        return None
