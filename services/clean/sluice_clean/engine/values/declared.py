"""How a column is read that a contract gives a type: Table Schema's types, formats and options of a field.

Source: https://datapackage.org/standard/table-schema/
"""

from collections.abc import Callable
from dataclasses import replace

from sluice.models.table_schema import FieldType, SchemaField
from sluice_clean.engine.values.booleans import FALSE_WORDS, TRUE_WORDS
from sluice_clean.engine.values.choices import ANY_CURRENCY, Choices, Mark
from sluice_clean.engine.values.decision import Decision, as_text
from sluice_clean.engine.values.rules import RULES

_CONTRACT_TRUE, _CONTRACT_FALSE = (*TRUE_WORDS, "1"), (*FALSE_WORDS, "0")
_STANDARD_TRUE, _STANDARD_FALSE = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")


def base_decision(field: SchemaField) -> Decision:
    """What the contract alone says; order and decimal mark may still be the values' to decide."""
    make = _MAKERS.get(field.type)
    return make(field) if make else as_text()


def _boolean(field: SchemaField) -> Decision:
    extra = field.model_extra or {}
    true, false = extra.get("trueValues"), extra.get("falseValues")
    if isinstance(true, list) or isinstance(false, list):
        yes, no = tuple(map(str, true or _STANDARD_TRUE)), tuple(map(str, false or _STANDARD_FALSE))
        return Decision("boolean", Choices("BOOLEAN", true=yes, false=no, exact_words=True))
    return Decision("boolean", Choices("BOOLEAN", true=_CONTRACT_TRUE, false=_CONTRACT_FALSE))


def _number(field: SchemaField) -> Decision:
    extra = field.model_extra or {}
    stored = "BIGINT" if field.type == "integer" else "DOUBLE"
    mark: Mark = "," if extra.get("decimalChar") == "," else "."
    return Decision(field.type, Choices(stored, mark=mark, currency=ANY_CURRENCY, percent="any"))


def _simple(stored: str) -> Callable[[SchemaField], Decision]:
    return lambda field: Decision(field.type, Choices(stored))


_MAKERS: dict[FieldType, Callable[[SchemaField], Decision]] = {
    "boolean": _boolean,
    "integer": _number,
    "number": _number,
    "date": _simple("DATE"),
    "datetime": _simple("TIMESTAMP"),
    "time": _simple("TIME"),
    "duration": _simple("VARCHAR"),
    "object": _simple("VARCHAR"),
    "array": _simple("VARCHAR"),
}


def of_guess(field: SchemaField, guess: Decision | None) -> Decision:
    """The contract's type with what the values decide: order of days, decimal mark, forms, digits to keep."""
    base = base_decision(field)
    if guess is None or RULES[base.rule].type in ("string", "boolean", "time", "object", "array", "duration"):
        return base
    if base.rule == guess.rule:
        return replace(guess, wider=tuple(other for other in guess.wider if other.type == base.type))
    if base.rule == "datetime" and guess.rule == "date":
        return replace(guess, rule="datetime", wider=()).with_(stored="TIMESTAMP")
    if base.rule == "date" and guess.rule == "datetime":
        return replace(guess, rule="date", wider=(), companions=()).with_(stored="DATE")
    if base.rule == "number" and guess.rule == "integer":
        return replace(guess, rule="number", wider=()).with_(stored="DOUBLE")
    return base
