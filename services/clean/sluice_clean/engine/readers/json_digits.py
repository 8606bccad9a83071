"""Numbers in JSON whose digits a double does not keep: their records are written with these numbers as texts.

DuckDB reads every number with a fraction as a double. A record's value is taken out as text, so that a number may as
well be a text, and an object with such numbers in it a text that is JSON.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from sluice_clean.engine.readers.json_repeats import FirstOfEach

SCALAR = "value"  # the one column of records that are no objects
_MARK = "\ufdd0"  # a noncharacter: no text holds it
_MARKED = re.compile(f'"{_MARK}([^"]*){_MARK}"')
# A fraction that may have more digits than a double keeps, and any number that is not written in figures alone.
_LONG = 4_300  # digits of a whole number that Python makes none of, since that takes the square of their time
_MANY_DIGITS, _ANY = r"[0-9.]{17,}", r"[0-9][.eE][-+0-9]"


def suspects(*, as_text: bool) -> str:
    """What a text holds if numbers in it may lose digits: a pattern.

    Args:
        as_text: Every digit counts, and how it is written too.
    """
    return _ANY if as_text else _MANY_DIGITS


def loads(text: str, *, as_text: bool) -> tuple[Any, bool]:
    """The value, and whether a key occurs twice in one of its objects.

    Numbers that a double does not keep are marked texts; of a key that occurs twice the first value is kept.
    """
    hook = FirstOfEach()
    if not re.search(suspects(as_text=as_text), text):
        return json.loads(text, object_pairs_hook=hook), hook.met
    held = _held if as_text else _held_if_lossy
    value = json.loads(text, parse_float=held, parse_int=_held_if_long, object_pairs_hook=hook)
    return value, hook.met


def parsed(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """The value, without regard to digits or keys; a whole number that Python makes none of is its text."""
    return json.loads(text, parse_int=lambda number: int(number) if len(number) < _LONG else number)


def kind_of(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """What JSON calls a value that `loads` gave."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "number" if value.startswith(_MARK) else "string"
        case dict():
            return "object"
        case list():
            return "array"
        case _:
            return "number"


def dumps(value: Any, *, in_rows: bool = False) -> str:  # noqa: ANN401 - any JSON value
    """A record that `loads` gave, as an object, or a row, whose values are the texts that their digits need."""
    if in_rows and isinstance(value, list):
        return _text([_spelt(one) for one in value])
    record = value if isinstance(value, dict) else {SCALAR: value}
    return _text({key: _spelt(one) for key, one in record.items()})


def exact(text: str, *, as_text: bool, in_rows: bool = False) -> tuple[str, Any]:
    """A record that DuckDB can read without loss, and its value; the same text, and None, where it always could.

    Args:
        text: The record.
        as_text: See `suspects`.
        in_rows: Arrays are rows of cells.
    """
    value, _ = loads(text, as_text=as_text)
    return (dumps(value, in_rows=in_rows), value) if _MARK in _text(value) else (text, None)


def _spelt(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return value.strip(_MARK)
    if isinstance(value, dict | list):
        text = _text(value)
        return _MARKED.sub(r"\1", text) if _MARK in text else value
    return value


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _held(number: str) -> str:
    return f"{_MARK}{number}{_MARK}"


def _held_if_lossy(number: str) -> float | str:
    value = float(number)
    try:
        is_kept = Decimal(repr(value)) == Decimal(number)
    except InvalidOperation:  # an exponent that no decimal has
        is_kept = False
    return value if is_kept else _held(number)


def _held_if_long(number: str) -> int | str:
    return int(number) if len(number) < _LONG else _held(number)
