r"""Dates and times: the forms that are read, as a table, and the SQL that reads them.

A form is a shape (a regular expression over the whole text) and an expression that turns a text of that shape into
a value or null. Day and month of a purely numeric date are told apart per column: see ``order`` ("dmy" or "mdy").
"""

from typing import Literal

from sluice_clean.engine.sql import literal

Order = Literal["dmy", "mdy"]

_CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6}0*)?)?"
_ISO_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_ZONE = r" ?(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)"
NUMERIC_DAY = r"\d{1,2}([-/.])\d{1,2}[-/.]\d{4}"
_NUMERIC_START = r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}.*"
_DAY_MONTH = r"\d{1,2}[ -][A-Za-z]{3,9}[ ,-]+\d{4}"
_MONTH_DAY = r"[A-Za-z]{3,9}\.? +\d{1,2},? +\d{4}"
_TIME_OF_DAY = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_HALF_DAY = r"(0?[1-9]|1[0-2]):[0-5]\d(:[0-5]\d)? ?[AaPp][Mm]"


def matches(value: str, shape: str) -> str:
    """SQL: the whole of ``value`` has the shape."""
    return f"regexp_full_match({value}, {literal(shape)})"


def _parsed(value: str, *formats: str) -> str:
    return f"try_strptime({value}, [{', '.join(map(literal, formats))}])"


def _days(order: Order) -> str:
    return "%d-%m-%Y" if order == "dmy" else "%m-%d-%Y"


def date_sql(value: str, order: Order) -> str:
    """SQL: ``value`` as a DATE, or null when it is in no form of a date."""
    numeric = f"translate({value}, '/.', '--')"
    dashed = f"regexp_replace({value}, '[ ,.-]+', '-', 'g')"
    return f"""(CASE
        WHEN {matches(value, _ISO_DAY)} THEN try_cast({value} AS DATE)
        WHEN {matches(value, NUMERIC_DAY)} THEN {_parsed(numeric, _days(order))}::DATE
        WHEN {matches(value, _DAY_MONTH)} THEN {_parsed(dashed, "%d-%b-%Y", "%d-%B-%Y")}::DATE
        WHEN {matches(value, _MONTH_DAY)} THEN {_parsed(dashed, "%b-%d-%Y", "%B-%d-%Y")}::DATE END)"""


def datetime_sql(value: str, order: Order) -> str:
    """SQL: ``value`` as a TIMESTAMP in UTC, or null. A text without an offset is taken as UTC; a date is midnight."""
    zone_spaced = f"regexp_replace({value}, ' ?(UTC|GMT|z)$', 'Z')"
    seconds = rf"regexp_replace({zone_spaced}, '^(\S+[T ]\d{{1,2}}:\d{{2}}) ?(Z|[+-][0-9:]+)$', '\1:00\2')"
    zoned = rf"regexp_replace({seconds}, ' ([+-][0-9:]+)$', '\1')"
    numeric = f"regexp_replace(translate({value}, '/.', '--'), '[T, ]+', ' ', 'g')"
    dashed = f"regexp_replace({value}, '[ ,.T-]+', '-', 'g')"
    day = _days(order)
    clocks = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S%p", "%I:%M%p")
    numeric_shape = NUMERIC_DAY + r"[T, ]+\d{1,2}:\d{2}(:\d{2})?( ?[AaPp][Mm])?"
    named_shape = rf"({_DAY_MONTH}|{_MONTH_DAY})[, -]+\d{{1,2}}:\d{{2}}(:\d{{2}})?"
    named = [f"{days}-{clock}" for days in ("%d-%b-%Y", "%d-%B-%Y", "%b-%d-%Y", "%B-%d-%Y") for clock in clocks[:2]]
    return f"""(CASE
        WHEN {matches(value, f"{_ISO_DAY}[T ]{_CLOCK}")} THEN try_cast({value} AS TIMESTAMP)
        WHEN {matches(value, f"{_ISO_DAY}[T ]{_CLOCK}{_ZONE}")}
            THEN try_cast({zoned} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'
        WHEN {matches(value, numeric_shape)} THEN {_parsed(numeric, *(f"{day} {clock}" for clock in clocks))}
        WHEN {matches(value, named_shape)} THEN {_parsed(dashed, *named)}
        ELSE {date_sql(value, order)}::TIMESTAMP END)"""


def time_sql(value: str) -> str:
    """SQL: ``value`` as a TIME of day, or null."""
    half = f"regexp_replace({value}, ' ?([AaPp][Mm])$', ' \\1')"
    return f"""(CASE
        WHEN {matches(value, _TIME_OF_DAY)} THEN try_cast({value} AS TIME)
        WHEN {matches(value, _HALF_DAY)} THEN {_parsed(half, "%I:%M:%S %p", "%I:%M %p")}::TIME END)"""


def is_ambiguous(value: str) -> str:
    """SQL: ``value`` begins with a day and a month in figures, so that their order matters."""
    return matches(value, _NUMERIC_START)


def is_dotted(value: str) -> str:
    """SQL: the same, written with dots or dashes: usually day first."""
    return matches(value, r"\d{1,2}[-.]\d{1,2}[-.]\d{4}.*")


def is_iso(value: str) -> str:
    """SQL: the form is ISO 8601 already, so that reading it changes nothing."""
    return matches(value, rf"\d{{4}}-\d{{2}}-\d{{2}}([T ]{_CLOCK}Z?)?")
