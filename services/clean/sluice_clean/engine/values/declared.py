"""How a column is read that a contract gives a type: Table Schema's types, formats and options of a field.

Source: https://datapackage.org/standard/table-schema/
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sluice.models.table_schema import FieldType, SchemaField
from sluice_clean.engine.errors import BadSchemaError
from sluice_clean.engine.values.booleans import FALSE_WORDS, TRUE_WORDS
from sluice_clean.engine.values.choices import ANY_CURRENCY, MAX_DIGITS, Choices, Notation
from sluice_clean.engine.values.decision import Decision, as_text
from sluice_clean.engine.values.places import LONGITUDE_FIRST, PLACE_FORMATS
from sluice_clean.engine.values.rules import RULES

_CONTRACT_TRUE, _CONTRACT_FALSE = (*TRUE_WORDS, "1"), (*FALSE_WORDS, "0")
_PLACES = 18  # of a decimal, where a double keeps too few digits
_DIRECTIVES = frozenset(f"%{dash}{letter}" for dash in ("", "-") for letter in "aAbBdHIjmMpSfyY") | {"%z", "%Z", "%%"}
_WITH_FORMATS = frozenset({"string", "date", "datetime", "time", "geopoint", "geojson"})  # they look at it themselves
_STANDARD_TRUE, _STANDARD_FALSE = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")


def base_decision(field: SchemaField) -> Decision:
    """What the contract alone says; order and decimal mark may still be the values' to decide.

    Raises:
        BadSchemaError: The field has a format that its type doesn't have.
    """
    if field.type not in _WITH_FORMATS:
        check_format(field, ("default",))
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
    stored = "BIGINT" if field.type == "integer" else "DOUBLE"
    choices = Choices(stored, currency=field.currency or ANY_CURRENCY, percent="any", notation=_notation(field))
    more = f"DECIMAL({MAX_DIGITS},{0 if field.type == 'integer' else _PLACES})"
    decision = Decision(field.type, choices)
    return replace(decision, wider=(decision.with_(stored=more),))


def _notation(field: SchemaField) -> Notation | None:
    """The notation that the contract states; None where it states none."""
    extra = field.model_extra or {}
    point, group, bare = extra.get("decimalChar"), extra.get("groupChar"), extra.get("bareNumber")
    if point is None and group is None and bare is None:
        return None
    return Notation(str(point or "."), str(group or ""), bare is not False)


def _timely(stored: str) -> Callable[[SchemaField], Decision]:
    return lambda field: Decision(field.type, Choices(stored, compact=field.type == "date", pattern=_pattern(field)))


def _pattern(field: SchemaField) -> str:
    """The field's own pattern; "" for the formats that are read in any form.

    Raises:
        BadSchemaError: The pattern has a directive that is not read.
    """
    if field.format in ("default", "any"):
        return ""
    unknown = sorted({found for found in re.findall("%(?:-?.|$)", field.format) if found not in _DIRECTIVES})
    if unknown or "%" not in field.format:
        told = f"has unknown directives: {', '.join(unknown)}" if unknown else "has no directive such as %Y"
        raise BadSchemaError(f"{field.name}: its format {field.format!r} {told}")
    return field.format


def _array(field: SchemaField) -> Decision:
    """A JSON array; with a delimiter, also a list of items."""
    return Decision("array", Choices("VARCHAR", pattern=str((field.model_extra or {}).get("delimiter") or "")))


def _place(field: SchemaField) -> Decision:
    """A pair of degrees, longitude first unless the field says otherwise.

    Raises:
        BadSchemaError: Its format is none of Table Schema's.
    """
    check_format(field, PLACE_FORMATS)
    paired = "" if field.order == "lat,lon" else LONGITUDE_FIRST
    return Decision("geopoint", Choices("VARCHAR", pattern=paired if field.format == "default" else field.format))


def _geojson(field: SchemaField) -> Decision:
    check_format(field, ("default", "topojson"))
    return Decision("geojson", Choices("VARCHAR", pattern=field.format))


def check_format(field: SchemaField, known: Sequence[str]) -> None:
    """Accepts the formats that Table Schema has for the field's type.

    Raises:
        BadSchemaError: The field has another.
    """
    if field.format not in known:
        raise BadSchemaError(f"{field.name}: its format {field.format!r} is none of {', '.join(known)}")


def _simple(stored: str) -> Callable[[SchemaField], Decision]:
    return lambda field: Decision(field.type, Choices(stored))


_MAKERS: dict[FieldType, Callable[[SchemaField], Decision]] = {
    "boolean": _boolean,
    "integer": _number,
    "number": _number,
    "date": _timely("DATE"),
    "datetime": _timely("TIMESTAMP"),
    "time": _timely("TIME"),
    "year": _simple("BIGINT"),
    "yearmonth": _simple("VARCHAR"),
    "duration": _simple("VARCHAR"),
    "object": _simple("VARCHAR"),
    "array": _array,
    "geopoint": _place,
    "geojson": _geojson,
}


# Declared types, and guessed ones that tell how their values are written.
_RELATED = frozenset({("datetime", "date"), ("date", "datetime"), ("number", "integer")})


def of_guess(field: SchemaField, guess: Decision | None) -> Decision:
    """The contract's type with what the values decide: order of days, decimal mark, forms, digits to keep."""
    base = base_decision(field)
    if base.choices.pattern or base.choices.notation:
        return base  # the contract says all there is to know
    if guess is None or RULES[base.rule].type in ("string", "boolean", "time", "object", "array", "duration"):
        return base
    if field.currency is not None and field.currency != guess.currency:
        return base.with_(mark=guess.choices.mark)
    if base.rule == guess.rule:
        return replace(guess, wider=tuple(other for other in guess.wider if other.type == base.type))
    if (base.rule, guess.rule) in _RELATED:
        companions = () if base.rule == "date" else guess.companions
        adapted = replace(guess, rule=base.rule, wider=base.wider, companions=companions)
        return adapted.with_(stored=base.choices.stored)
    return base
