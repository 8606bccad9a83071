"""The text of a filter's value as a value of a column's kind, or a reason why it can't be one."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isfinite

from sluice_query.columns import Column, Kind, decimal_scale, decimal_whole_digits

Value = str | int | float | bool

_INTEGER = re.compile(r"[+-]?\d{1,19}")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,4})?", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?")
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_MAX_BIGINT = 2**63 - 1


def parse_value(column: Column, text: str) -> Value:
    """Read a value for a comparison with the column.

    Raises:
        ValueError: the column can't hold it; the message says what it takes.
    """
    return _PARSERS[column.kind](column, text)


def parse_day(text: str) -> str:
    """Read a calendar day.

    Raises:
        ValueError: it is none.
    """
    if not _DATE.fullmatch(text):
        raise ValueError("a date like 2020-01-31")
    return _checked(lambda: date.fromisoformat(text).isoformat(), "a date like 2020-01-31")


def parse_flag(text: str) -> bool:
    """Read a yes or no; nothing is yes.

    Raises:
        ValueError: it is neither.
    """
    return _boolean(None, text or "true")


def _text(_: Column | None, text: str) -> str:
    return text


def _integer(_: Column, text: str) -> int:
    if not _INTEGER.fullmatch(text) or not -_MAX_BIGINT - 1 <= int(text) <= _MAX_BIGINT:
        raise ValueError("a whole number of 64 bits")
    return int(text)


def _number(_: Column, text: str) -> float:
    if not _NUMBER.fullmatch(text) or not isfinite(float(text)):
        raise ValueError("a number like 12.5")
    return float(text)


def _decimal(column: Column, text: str) -> str:
    whole, scale = decimal_whole_digits(column.sql_type), decimal_scale(column.sql_type)
    expected = f"a number of at most {whole} digits and {scale} decimal places"
    if not _DECIMAL.fullmatch(text):
        raise ValueError(expected)
    before, _, after = text.lstrip("+-").partition(".")
    if len(before.lstrip("0")) > whole or len(after.rstrip("0")) > scale:
        raise ValueError(expected)
    return format(Decimal(text), "f")


def _boolean(_: Column | None, text: str) -> bool:
    found = _BOOLEANS.get(text.lower())
    if found is None:
        raise ValueError("true or false")
    return found


def _date(_: Column, text: str) -> str:
    return parse_day(text)


def _datetime(_: Column, text: str) -> str:
    expected = "a date and time like 2020-01-31T12:00:00Z"
    if not _DATETIME.fullmatch(text):
        raise ValueError(expected)

    def read() -> str:
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None).isoformat(sep=" ")

    return _checked(read, expected)


def _time(_: Column, text: str) -> str:
    expected = "a time like 12:00:00"
    if not _TIME.fullmatch(text):
        raise ValueError(expected)
    return _checked(lambda: time.fromisoformat(text).isoformat(), expected)


def _checked(read: Callable[[], str], expected: str) -> str:
    try:
        return read()
    except (ValueError, OverflowError) as error:
        raise ValueError(expected) from error


_PARSERS: dict[Kind, Callable[[Column, str], Value]] = {
    Kind.TEXT: _text,
    Kind.JSON: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.TIME: _time,
}
