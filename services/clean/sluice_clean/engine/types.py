"""The rules table of types: what fits, what it becomes, in SQL.

Each rule has ``fits`` (a condition over the cleaned text of a cell) and ``value`` (the typed value of a text that
fits). Aggregates that decide between storage forms (64 bits or a decimal, double or a decimal) are beside them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sluice.models.table_schema import FieldType
from sluice_clean.engine.sql import text_list
from sluice_clean.engine.times import date_sql, datetime_sql, matches, time_sql

TRUE_WORDS = ("true", "yes", "t", "y")
FALSE_WORDS = ("false", "no", "f", "n")
MAX_DIGITS = 38

_WHOLE = r"0|[1-9][0-9]{0,37}"
# A plus sign before many digits is a phone number, and its plus means something.
INTEGER = rf"-?({_WHOLE})|\+(0|[1-9][0-9]{{0,5}})"
_FRACTION = r"[+-]?((0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)"
_EXPONENT = r"[eE][+-]?[0-9]{1,3}"
NUMBER = rf"({INTEGER})|{_FRACTION}({_EXPONENT})?|[+-]?({_WHOLE}){_EXPONENT}"
LEADING_ZERO = r"[+-]?0[0-9]+"
_SAFE_LENGTH = 15  # a text this short has at most as many digits as a double keeps


@dataclass(frozen=True)
class TypeRule:
    """One candidate for a column's type.

    Attributes:
        type: The Table Schema type.
        sql_type: How its values are stored, unless the column's own values ask for more (see `infer`).
        fits: SQL condition of a text's SQL.
        value: SQL value of a text's SQL, null where it doesn't fit.
        hint: SQL condition that whatever fits meets too, and that costs next to nothing.
    """

    type: FieldType
    sql_type: str
    fits: Callable[[str], str]
    value: Callable[[str], str]
    hint: Callable[[str], str] = lambda v: f"({v} IS NOT NULL)"


def is_exact(value: str) -> str:
    """SQL: a DOUBLE keeps every digit of the number ``value``: 15 digits at most, or it is written back the same."""
    number = f"try_cast({value} AS DOUBLE)"
    digits = _digits(value)
    plain = f"length({value}) <= {_SAFE_LENGTH} AND NOT contains(lower({value}), 'e')"
    kept = f"(length({digits}) <= {_SAFE_LENGTH} OR {digits} = {_digits(f'{number}::VARCHAR')})"
    # Beyond a double's range a number turns into infinity or nought.
    in_range = f"isfinite({number}) AND ({number} <> 0 OR {digits} = '')"
    otherwise = f"coalesce({kept} AND {in_range}, false)"
    return f"(CASE WHEN {value} IS NULL THEN false WHEN {plain} THEN true ELSE {otherwise} END)"


def _digits(value: str) -> str:
    """SQL: the significant digits of a number, whatever its notation."""
    return f"trim(regexp_replace(regexp_replace({value}, '[eE].*$', ''), '[^0-9]', '', 'g'), '0')"


def scale(value: str) -> str:
    """SQL: digits after the point."""
    return f"(CASE WHEN contains({value}, '.') THEN length({value}) - position('.' IN {value}) ELSE 0 END)"


def whole_digits(value: str) -> str:
    """SQL: digits before the point."""
    return f"length(ltrim(split_part({value}, '.', 1), '+-'))"


def boolean_fits(value: str, extra: tuple[str, ...] = ()) -> str:
    """SQL: ``value`` is a word for true or false."""
    return f"list_contains({text_list((*TRUE_WORDS, *FALSE_WORDS, *extra))}, lower({value}))"


def boolean_value(value: str) -> str:
    """SQL: a word for true or false as BOOLEAN; 1 and 0 too, which only a contract lets through."""
    true, false = text_list((*TRUE_WORDS, "1")), text_list((*FALSE_WORDS, "0"))
    is_true, is_false = f"list_contains({true}, lower({value}))", f"list_contains({false}, lower({value}))"
    return f"(CASE WHEN {is_true} THEN true WHEN {is_false} THEN false END)"


def _json_is(kind: str) -> Callable[[str], str]:
    opening = "{" if kind == "OBJECT" else "["
    return lambda v: (
        f"(CASE WHEN {v}[1] = '{opening}' AND json_valid({v}) THEN json_type({v}) = '{kind}' ELSE false END)"
    )


def _not_null(sql: Callable[[str], str]) -> Callable[[str], str]:
    return lambda v: f"({sql(v)} IS NOT NULL)"


def _date(order: str) -> Callable[[str], str]:
    return lambda v: date_sql(v, "dmy" if order == "dmy" else "mdy")


def _datetime(order: str) -> Callable[[str], str]:
    return lambda v: datetime_sql(v, "dmy" if order == "dmy" else "mdy")


def _same(value: str) -> str:
    return value


def _starts_like_a_number(value: str) -> str:
    return f"{value} >= '+' AND {value} < ':'"


def _starts_like_a_boolean(value: str) -> str:
    return f"length({value}) <= 5 AND contains('tfynTFYN', {value}[1])"


def _has_room_for_a_date(value: str) -> str:
    return f"length({value}) >= 8 AND regexp_matches({value}, '[0-9]')"


def _is_duration(value: str) -> str:
    shape = r"-?P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
    return f"{matches(value, shape)} AND length({value}) > 2"


def _whole(value: str) -> str:
    return matches(value, INTEGER)


def _numeric(value: str) -> str:
    return matches(value, NUMBER)


_dmy, _mdy = _date("dmy"), _date("mdy")
_dmy_time, _mdy_time = _datetime("dmy"), _datetime("mdy")

RULES: dict[str, TypeRule] = {
    "boolean": TypeRule("boolean", "BOOLEAN", boolean_fits, boolean_value, _starts_like_a_boolean),
    "integer": TypeRule("integer", "BIGINT", _whole, lambda v: f"try_cast({v} AS BIGINT)", _starts_like_a_number),
    "number": TypeRule("number", "DOUBLE", _numeric, lambda v: f"try_cast({v} AS DOUBLE)", _starts_like_a_number),
    "date_dmy": TypeRule("date", "DATE", _not_null(_dmy), _dmy, _has_room_for_a_date),
    "date_mdy": TypeRule("date", "DATE", _not_null(_mdy), _mdy, _has_room_for_a_date),
    "datetime_dmy": TypeRule("datetime", "TIMESTAMP", _not_null(_dmy_time), _dmy_time, _has_room_for_a_date),
    "datetime_mdy": TypeRule("datetime", "TIMESTAMP", _not_null(_mdy_time), _mdy_time, _has_room_for_a_date),
    "time": TypeRule("time", "TIME", _not_null(time_sql), time_sql, lambda v: f"contains({v}, ':')"),
    "object": TypeRule("object", "VARCHAR", _json_is("OBJECT"), _same, lambda v: f"{v}[1] = '{{'"),
    "array": TypeRule("array", "VARCHAR", _json_is("ARRAY"), _same, lambda v: f"{v}[1] = '['"),
    "duration": TypeRule("duration", "VARCHAR", _is_duration, _same),
    "string": TypeRule("string", "VARCHAR", lambda v: f"({v} IS NOT NULL)", _same),
}
