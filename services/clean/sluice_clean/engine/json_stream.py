"""JSON values out of a stream of text, one by one, in memory bounded by the longest value."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sluice_clean.engine.errors import MalformedJsonError

_SPACE = " \t\r\n"
_FEWEST_COLUMNS, _FEWEST_RECORDS = 2, 2  # that tell columns from a record with lists
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(-?Infinity|NaN)', re.DOTALL)
_NEAR_END = 32  # a fault this near to the end of the buffer may be a value cut short by it


class _ConstantError(Exception):
    """NaN or an infinity, which Python's parser takes for numbers."""


def _refuse(constant: str) -> None:
    raise _ConstantError(constant)


# Only where a value ends is asked for: a number is not computed, which Python refuses for those of 4,300 digits.
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_int=len)


def fault_of(text: str) -> str:
    """What is wrong with a text that is no record: no JSON value, and where, or no object as the others are."""
    try:
        json.dumps(_DECODER.decode(text), ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        return f"malformed JSON at column {error.colno}: {error.msg.lower()}"
    except _ConstantError as error:
        return f"malformed JSON at column {_place_of_constant(text, 0) + 1}: {error} is no JSON number"
    except RecursionError:
        return "malformed JSON: nested too deeply"
    except UnicodeEncodeError:
        return "malformed JSON: a text in it is no valid Unicode"
    return "no JSON object, as the other records are"


def _place_of_constant(text: str, start: int) -> int:
    return next((found.start() for found in _CONSTANT.finditer(text, start) if found[1]), start)


class Item(NamedTuple):
    """One value: its text, the line it starts on."""

    text: str
    line: int


class JsonStream:
    """Reads top-level values, and the elements of a top-level array, from chunks of text.

    Args:
        chunks: The document.
        limit: Characters of one value, at most.
    """

    def __init__(self, chunks: Iterator[str], limit: int) -> None:
        self._chunks = chunks
        self._limit = limit
        self._text = ""
        self._at = 0
        self._line = 1
        self._column = 1
        self._ended = False

    def items(self) -> Iterator[Item]:
        """Every element of the top-level arrays, and every other top-level value, in order.

        After an object or an array only another may come; after an array without elements, on a new line.

        Raises:
            MalformedJsonError: The grammar is broken; says where.
        """
        nested, empty = False, 0  # whether the value before was an object or array; the line where an empty one ended
        while mark := self._peek():
            if nested and mark not in "[{":
                raise self._fault("expected an object, an array or the end of the file")
            if empty == self._line:
                raise self._fault("expected the end of the line, after an array without elements")
            nested = mark in "[{"
            if mark == "[":
                count = 0
                for count, item in enumerate(self._elements(), 1):  # noqa: B007 - counted beyond the loop
                    yield item
                empty = 0 if count else self._line
            else:
                yield self._value()

    def _elements(self) -> Iterator[Item]:
        self._advance(1)
        if self._peek() == "]":
            self._advance(1)
            return
        while True:
            yield self._value()
            mark = self._peek()
            if mark not in (",", "]"):
                raise self._fault("expected ',' or ']'" if mark else "the array is not closed at the end of the file")
            self._advance(1)
            if mark == "]":
                return

    def _value(self) -> Item:
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                fault = self._fault(error.msg.lower(), error.pos)
                if self._is_final(error) or not self._fill():
                    raise fault from error
                continue
            except _ConstantError as error:
                place = _place_of_constant(self._text, self._at)
                raise self._fault(f"{error} is no JSON number", place) from error
            except RecursionError as error:
                raise self._fault("nested too deeply") from error
            if end == len(self._text) and not isinstance(value, dict | list | str) and self._fill():
                continue  # a number may go on in the next chunk
            item = Item(self._text[self._at : end], self._line)
            self._advance(end - self._at)
            return item

    def _is_final(self, error: json.JSONDecodeError) -> bool:
        """Whether more text can't mend the fault."""
        if len(self._text) - self._at > self._limit:
            return True
        cut_short = error.msg.startswith("Unterminated") or error.pos > len(self._text) - _NEAR_END
        return not cut_short

    def _peek(self) -> str:
        """The next character that is no white space; "" at the end of the document."""
        while True:
            start = self._at
            while start < len(self._text) and self._text[start] in _SPACE:
                start += 1
            self._advance(start - self._at)
            if start < len(self._text):
                return self._text[start]
            if not self._fill():
                return ""

    def _fill(self) -> bool:
        """Appends as much text as is held already, so that a long value is looked at few times."""
        if self._ended:
            return False
        held = self._text[self._at :]
        pieces, wanted = [held], max(len(held), 1)
        while wanted > 0:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
                break
            pieces.append(chunk)
            wanted -= len(chunk)
        if len(pieces) == 1:
            return False
        self._text, self._at = "".join(pieces), 0
        return True

    def _advance(self, count: int) -> None:
        if count:
            self._line, self._column = self._position(self._at + count)
            self._at += count

    def _position(self, to: int) -> tuple[int, int]:
        newlines = self._text.count("\n", self._at, to)
        if newlines:
            return self._line + newlines, to - self._text.rfind("\n", self._at, to)
        return self._line, self._column + to - self._at

    def _fault(self, what: str, at: int | None = None) -> MalformedJsonError:
        line, column = self._position(self._at if at is None else at)
        return MalformedJsonError(f"malformed JSON at line {line}, column {column}: {what}", line=line, column=column)


def arrays_of_records(document: Any, depth: int = 3, path: str = "") -> dict[str, list[Any]]:  # noqa: ANN401 - JSON
    """The arrays of objects inside an object, by their dotted path, looked for down to a depth."""
    found: dict[str, list[Any]] = {}
    if not isinstance(document, dict) or depth == 0:
        return found
    for key, value in document.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            found[path + key] = value
        else:
            found |= arrays_of_records(value, depth - 1, f"{path}{key}.")
    return found


def columns_in(document: Any) -> dict[str, list[Any]]:  # noqa: ANN401 - JSON
    """The arrays of an object that has nothing else: several of one length, of plain values. Else none."""
    if not isinstance(document, dict) or len(document) < _FEWEST_COLUMNS:
        return {}
    arrays = list(document.values())
    if not all(isinstance(array, list) for array in arrays) or len({len(array) for array in arrays}) > 1:
        return {}
    plain = not any(isinstance(item, dict | list) for array in arrays for item in array)
    return document if plain and len(arrays[0]) >= _FEWEST_RECORDS else {}
