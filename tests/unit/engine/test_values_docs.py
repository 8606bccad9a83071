"""docs/values.md: every example is run, by the engine and by the reference."""

from datetime import date, datetime, time
from typing import Any

import pytest
from tests import reference

from .values_help import Example, decision_of, examples, values_of

EXAMPLES = list(examples())


def as_written(value: Any) -> str | None:
    """A value as the page writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        written = value.strftime("%Y-%m-%d %H:%M:%S.%f")
        return written.removesuffix(".000000").rstrip("0") if value.microsecond else written.removesuffix(".000000")
    if isinstance(value, time):
        return value.isoformat().rstrip("0") if value.microsecond else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) > 150
    assert {example.rule for example in EXAMPLES} >= {"integer", "number", "date", "datetime", "time", "duration"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.rule}-{e.text}")
def test_the_engine_reads_as_the_page_says(example: Example) -> None:
    (value,) = values_of(decision_of(example.rule, **dict(example.choices)), [example.text])
    assert as_written(value) == example.value


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.rule}-{e.text}")
def test_the_reference_reads_as_the_page_says(example: Example) -> None:
    read = getattr(reference, f"read_{example.rule}")
    value = as_written(read(example.text, **dict(example.choices)))
    same = value == example.value
    if not same and example.rule == "number" and value is not None and example.value is not None:
        same = float(value) == float(example.value)
    assert same, value
