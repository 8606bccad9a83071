"""Objects and arrays in JSON."""

from sluice_clean.engine.sql import literal
from sluice_clean.engine.values.choices import Choices
from sluice_clean.engine.values.expressions import cases, has, replaced

# What DuckDB's parser lets through and RFC 8259 doesn't: a comma before a closing bracket, NaN, infinity.
_LENIENT = r"(?i),\s*[\]}]|nan|inf"
_STRING = r'"(?:[^"\\]|\\.)*"'


def is_json(text: str, opening: str = "") -> str:
    """SQL: whether ``text`` is JSON by RFC 8259, one value with this beginning."""
    lenient = f"{has(text, _LENIENT)} AND {has(replaced(text, _STRING, '0', 'g'), _LENIENT)}"
    begins = f"prefix({text}, '{opening}') AND " if opening else ""
    return f"(CASE WHEN {begins}json_valid({text}) THEN NOT ({lenient}) ELSE false END)"


def _json(text: str, kind: str, opening: str) -> str:
    return cases([(is_json(text, opening), cases([(f"json_type({text}) = '{kind}'", text)]))])


def object_value(text: str, choices: Choices) -> str:  # noqa: ARG001 - one face for all rules
    """SQL: ``text`` if it is a JSON object, else null."""
    return _json(text, "OBJECT", "{")


def array_value(text: str, choices: Choices) -> str:
    """SQL: ``text`` if it is a JSON array; with a declared separator (``Choices.pattern``) a list becomes one."""
    if not choices.pattern:
        return _json(text, "ARRAY", "[")
    parts = f"list_transform(string_split({text}, {literal(choices.pattern)}), lambda part: trim(part))"
    return cases([(is_json(text, "["), text), (f"{text} IS NOT NULL", f"to_json({parts})::VARCHAR")])


def array_changes(text: str, value: str, choices: Choices) -> dict[str, str]:
    """SQL: a list became an array."""
    return {"list": f"({value} IS NOT NULL AND {value} <> {text})"} if choices.pattern else {}
