"""The table of rules: per candidate for a column's type, how a text becomes a value and what that changes."""

from collections.abc import Callable
from dataclasses import dataclass

from sluice.models.table_schema import FieldType
from sluice_clean.engine.values import booleans, dates, durations, nested, numbers, places, times, timestamps, years
from sluice_clean.engine.values.choices import Choices


def _nothing(text: str, value: str, choices: Choices) -> dict[str, str]:  # noqa: ARG001 - one face for all rules
    return {}


def _never(text: str, choices: Choices) -> str:  # noqa: ARG001 - one face for all rules
    return ""


@dataclass(frozen=True)
class TypeRule:
    """One candidate for a column's type.

    Attributes:
        type: The Table Schema type.
        sql_type: How its values are stored, unless the column's own values ask for more.
        value: SQL of the typed value of a text, null where the text doesn't fit.
        changes: SQL conditions, by rule, under which reading a text as its value changed it.
        plain: SQL, cheap: the text is written as such values are, so that no rule changes it; "" where no text is.
    """

    type: FieldType
    sql_type: str
    value: Callable[[str, Choices], str]
    changes: Callable[[str, str, Choices], dict[str, str]] = _nothing
    plain: Callable[[str, Choices], str] = _never


RULES: dict[str, TypeRule] = {
    "string": TypeRule("string", "VARCHAR", lambda text, _: text),
    "boolean": TypeRule("boolean", "BOOLEAN", booleans.boolean_value, booleans.changes, booleans.plain),
    "integer": TypeRule("integer", "BIGINT", numbers.integer_value, numbers.changes, numbers.plain_integer),
    "number": TypeRule("number", "DOUBLE", numbers.number_value, numbers.changes, numbers.plain_number),
    "date": TypeRule("date", "DATE", dates.date_value, dates.changes, dates.plain),
    "datetime": TypeRule("datetime", "TIMESTAMP", timestamps.timestamp_value, timestamps.changes, timestamps.plain),
    "time": TypeRule("time", "TIME", times.time_value, times.changes),
    "duration": TypeRule("duration", "VARCHAR", durations.duration_value, durations.changes),
    "object": TypeRule("object", "VARCHAR", nested.object_value),
    "array": TypeRule("array", "VARCHAR", nested.array_value, nested.array_changes),
    "year": TypeRule("year", "BIGINT", years.year_value),
    "yearmonth": TypeRule("yearmonth", "VARCHAR", years.yearmonth_value),
    "geopoint": TypeRule("geopoint", "VARCHAR", places.geopoint_value, places.changes),
    "geojson": TypeRule("geojson", "VARCHAR", places.geojson_value),
}
