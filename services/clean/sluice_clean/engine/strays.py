"""A record with quotes that nobody doubled: the one way to read it that gives the number of fields expected.

In ``7,"a 6" pipe, cut","it's 9" long"`` only some quotes stand where a field begins or ends. Every way to cut such a
record is weighed: a quote within a quoted field, a field that begins with a quote and isn't quoted, each is a slip.
The way with the fewest slips is the record's, if there is only one.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_LONGEST = 64 << 10  # characters
_MOST_QUOTES = 200
_MOST_WIDTH = 1_000
_MOST_SPARE = 100  # delimiters beyond those that the width explains
_UNDOUBLED, _LITERAL, _WRAPPED, _DOUBLED_END = 1, 1, 2, 2


class _Field(NamedTuple):
    """One way to read a field: what it costs, where the next one begins (-1: nowhere), its value."""

    cost: int
    after: int
    value: str


class _Way(NamedTuple):
    """The cheapest way to come to a place with a number of fields, in how many ways, and the last step of it."""

    cost: int
    ways: int
    before: int
    value: str


def fields_around_strays(text: str, delimiter: str | None, quote: str | None, width: int) -> list[str] | None:
    """The fields of a record whose quotes are out of place; None where there is no way or more than one.

    Args:
        text: The record, without its line end.
        delimiter: What parts fields.
        quote: What fields are quoted with.
        width: How many fields there must be.
    """
    if not delimiter or not quote or width > _MOST_WIDTH or len(text) > _LONGEST:
        return None
    spare = text.count(delimiter) + 1 - width
    if not 0 <= spare <= _MOST_SPARE or text.count(quote) > _MOST_QUOTES:
        return None
    return _best(text, delimiter, quote, width)


def _best(text: str, delimiter: str, quote: str, width: int) -> list[str] | None:
    reached: list[dict[int, _Way]] = [{} for _ in range(width + 1)]  # by number of fields read, then by place
    reached[0][0] = _Way(0, 1, -1, "")
    options: dict[int, list[_Field]] = {}
    for count in range(width):
        for place, way in reached[count].items():
            if place < 0:
                continue
            if place not in options:
                options[place] = list(_fields(text, place, delimiter, quote))
            for found in options[place]:
                _offer(reached[count + 1], found, way, place)
    last = reached[width].get(-1)
    if last is None or last.ways > 1:
        return None
    values, place = [], -1
    for count in range(width, 0, -1):
        way = reached[count][place]
        values.append(way.value)
        place = way.before
    return values[::-1]


def _offer(ways: dict[int, _Way], found: _Field, way: _Way, place: int) -> None:
    cost, known = way.cost + found.cost, ways.get(found.after)
    if known is None or cost < known.cost:
        ways[found.after] = _Way(cost, way.ways, place, found.value)
    elif cost == known.cost:
        ways[found.after] = known._replace(ways=known.ways + way.ways)


def _fields(text: str, start: int, delimiter: str, quote: str) -> Iterator[_Field]:
    """The ways to read the field that begins at a place."""
    end = text.find(delimiter, start)
    end = len(text) if end < 0 else end
    plain = text[start:end]
    literal = 0
    if plain.startswith(quote):
        literal = _WRAPPED if len(plain) > 1 and plain.endswith(quote) else _LITERAL
        yield from _quoted(text, start + 1, delimiter, quote)
    yield _Field(literal, -1 if end == len(text) else end + len(delimiter), plain)


def _quoted(text: str, start: int, delimiter: str, quote: str) -> Iterator[_Field]:
    """The ways to read the rest of a quoted field: it may end with a quote before a delimiter or the end."""
    cost = 0
    for run in re.finditer(f"(?:{re.escape(quote)})+", text[start:]):
        at, length = start + run.end(), len(run.group()) // len(quote)
        if at == len(text) or text.startswith(delimiter, at):
            ending = 0 if length % 2 else _DOUBLED_END
            value = text[start : at - len(quote)].replace(quote * 2, quote)
            yield _Field(cost + ending, -1 if at == len(text) else at + len(delimiter), value)
            if not ending and text.startswith(quote, at + len(delimiter)):
                return  # nothing looks more like the end of one field and the beginning of the next
        cost += _UNDOUBLED if length % 2 else 0
