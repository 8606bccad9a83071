"""A slow, plain reading of values, written from docs/values.md: what the engine's SQL is held against."""

from tests.reference.days import read_date, read_datetime
from tests.reference.numbers import read_integer, read_number
from tests.reference.others import (
    read_array,
    read_boolean,
    read_duration,
    read_geopoint,
    read_object,
    read_time,
)
from tests.reference.texts import clean_text, is_null

__all__ = [
    "clean_text",
    "is_null",
    "read_array",
    "read_boolean",
    "read_date",
    "read_datetime",
    "read_duration",
    "read_geopoint",
    "read_integer",
    "read_number",
    "read_object",
    "read_time",
]
