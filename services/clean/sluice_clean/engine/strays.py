"""A record with quotes that nobody doubled: the one way to read it that gives the number of fields expected.

In ``7,"a 6" pipe, cut","it's 9" long"`` only some quotes stand where a field begins or ends. Every way to cut such a
record is weighed: a quote within a quoted field, a field that begins with a quote and isn't quoted, each is a slip.
The way with the fewest slips is the record's, if there is only one.
"""

import re
from collections.abc import Iterator
from functools import cache

_LONGEST = 64 << 10  # characters
_MOST_QUOTES = 200
_MOST_WIDTH = 1_000
_MOST_SPARE = 100  # delimiters beyond those that the width explains
_UNDOUBLED, _LITERAL, _WRAPPED, _DOUBLED_END = 1, 1, 2, 2


# Plain tuples: a record makes some dozens of them, and named ones are ten times as slow to make.
# One way to read a field: what it costs, where the next one begins (-1: nowhere), its value.
_Field = tuple[int, int, str]
# The cheapest way to come to a place with a number of fields: its cost, how many cost as much, and its last step, which
# is the place before and the value from there to here.
_Way = tuple[int, int, int, str]


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
    if quote not in text:
        return text.split(delimiter) if spare == 0 else None
    # Before the first quote and after the last there is one way only.
    lead = text[: text.find(quote)].split(delimiter)[:-1]
    start = sum(map(len, lead)) + len(lead) * len(delimiter)
    end = text.find(delimiter, text.rfind(quote) + 1)
    rest = [] if end < 0 else text[end + len(delimiter) :].split(delimiter)
    within = width - len(lead) - len(rest)
    found = _best(text[start:end] if rest else text[start:], delimiter, quote, within) if within > 0 else None
    return None if found is None else [*lead, *found, *rest]


def _best(text: str, delimiter: str, quote: str, width: int) -> list[str] | None:
    reached: list[dict[int, _Way]] = [{} for _ in range(width + 1)]  # by number of fields read, then by place
    reached[0][0] = (0, 1, -1, "")
    options: dict[int, list[_Field]] = {}
    for count in range(width):
        for place, (cost, ways, _, _) in reached[count].items():
            if place < 0:
                continue
            if place not in options:
                options[place] = list(_fields(text, place, delimiter, quote))
            for further, after, value in options[place]:
                _offer(reached[count + 1], after, (cost + further, ways, place, value))
    last = reached[width].get(-1)
    if last is None or last[1] > 1:
        return None
    values, place = [], -1
    for count in range(width, 0, -1):
        _, _, place, value = reached[count][place]
        values.append(value)
    return values[::-1]


def _offer(reached: dict[int, _Way], place: int, way: _Way) -> None:
    known = reached.get(place)
    if known is None or way[0] < known[0]:
        reached[place] = way
    elif way[0] == known[0]:
        reached[place] = (known[0], known[1] + way[1], known[2], known[3])


def _fields(text: str, start: int, delimiter: str, quote: str) -> Iterator[_Field]:
    """The ways to read the field that begins at a place."""
    end = text.find(delimiter, start)
    end = len(text) if end < 0 else end
    plain = text[start:end]
    literal = 0
    if plain.startswith(quote):
        literal = _WRAPPED if len(plain) > 1 and plain.endswith(quote) else _LITERAL
        yield from _quoted(text, start + 1, delimiter, quote)
    yield literal, -1 if end == len(text) else end + len(delimiter), plain


@cache
def _runs(quote: str) -> re.Pattern[str]:
    return re.compile(f"(?:{re.escape(quote)})+")


def _quoted(text: str, start: int, delimiter: str, quote: str) -> Iterator[_Field]:
    """The ways to read the rest of a quoted field: it may end with a quote before a delimiter or the end."""
    cost = 0
    for run in _runs(quote).finditer(text, start):
        at, length = run.end(), len(run.group()) // len(quote)
        if at == len(text) or text.startswith(delimiter, at):
            ending = 0 if length % 2 else _DOUBLED_END
            value = text[start : at - len(quote)].replace(quote * 2, quote)
            yield cost + ending, -1 if at == len(text) else at + len(delimiter), value
            if not ending and text.startswith(quote, at + len(delimiter)):
                return  # nothing looks more like the end of one field and the beginning of the next
        cost += _UNDOUBLED if length % 2 else 0
