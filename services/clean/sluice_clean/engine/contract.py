# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""The contract's demands: which column is which field, and what a row may be refused for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from sluice.models.table_schema import Constraints, SchemaField, TableSchema
from sluice_clean.engine.errors import BadSchemaError, SchemaMismatchError
from sluice_clean.engine.names import clean_name
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.sql import literal, text_list
from sluice_clean.engine.work import Workspace

if TYPE_CHECKING:
    from sluice_clean.engine.plan import ColumnPlan, Plan


@dataclass(frozen=True)
class Violation:
    """Something that a row is refused for.

    Attributes:
        code: The reject's code.
        reason: One line for people.
        column: The column that is to blame; None when it is the whole row.
        condition: SQL: the row is guilty.
    """

    code: str
    reason: str
    column: str | None
    condition: str


def match_fields(raw: RawTable, schema: TableSchema | None) -> tuple[dict[str, SchemaField], list[str]]:
    """The contract's fields by the cell that holds their values, and the names of those that no cell holds.

    A label matches a field by being its name or title, as written or once cleaned; each cell is taken once.

    Raises:
        SchemaMismatchError: A required field is missing: every row would be refused.
    """
    if schema is None:
        return {}, []
    matched: dict[str, SchemaField] = {}
    absent = []
    for field in schema.fields:
        cell = _cell_of(field, raw, matched)
        if cell is None:
            absent.append(field)
        else:
            matched[cell] = field
    needed = {field.name for field in absent if field.constraints and field.constraints.required}
    needed |= {field.name for field in absent if field.name in schema.primary_key}
    if needed:
        missing = tuple(field.name for field in absent if field.name in needed)
        raise SchemaMismatchError(f"the file has no column for: {', '.join(missing)}", missing=missing)
    return matched, [field.name for field in absent]


def _cell_of(field: SchemaField, raw: RawTable, taken: dict[str, SchemaField]) -> str | None:
    for wanted in (field.name, field.title):
        if not wanted:
            continue
        for cell, label in zip(raw.columns, raw.labels, strict=True):
            name = label if label is not None else f"column_{raw.columns.index(cell) + 1}"
            same = name.strip() == wanted or (clean_name(name) != "" and clean_name(name) == clean_name(wanted))
            if same and cell not in taken:
                return cell
    return None


def violations(plan: "Plan") -> list[Violation]:
    """Everything that a row of this plan can be refused for; the first that holds is told."""
    columns = [column for column in plan.columns if column.cell is not None]
    texts = ", ".join(column.text for column in columns)
    found = [Violation("empty-row", "no cell has a value", None, f"coalesce({texts}) IS NULL")]
    found += [
        Violation(
            "key-missing", f"{column.name} is part of the key and has no value", column.name, f"{column.text} IS NULL"
        )
        for column in plan.key
    ]
    for column in columns:
        found += _of_column(column)
    return found


def _of_column(column: "ColumnPlan") -> Iterator[Violation]:
    if column.declared is None:
        return
    name, limits = column.name, column.declared.constraints or Constraints()
    if limits.required:
        yield Violation("required", f"{name} is required and has no value", name, f"{column.text} IS NULL")
    if column.type not in ("string", "any"):
        yield Violation("type", f"{name} is not of type {column.type}", name, column.misfit)
    if limits.enum is not None:
        allowed = text_list(str(value).lower() if isinstance(value, bool) else str(value) for value in limits.enum)
        typed = f"list_transform({allowed}, x -> x::{column.sql_type})"
        yield Violation(
            "enum", f"{name} is none of the listed values", name, f"NOT list_contains({typed}, {column.value})"
        )
    for code, sign, bound in (("minimum", "<", limits.minimum), ("maximum", ">", limits.maximum)):
        if bound is not None:
            side = "below" if code == "minimum" else "above"
            condition = f"{column.value} {sign} {literal(str(bound))}::{_comparable(column)}"
            yield Violation(code, f"{name} is {side} {bound}", name, condition)
    if limits.pattern is not None:
        condition = f"NOT regexp_full_match({column.text}, {literal(limits.pattern)})"
        yield Violation("pattern", f"{name} does not match {limits.pattern}", name, condition)
    yield from _lengths(column, limits)


def _comparable(column: "ColumnPlan") -> str:
    """A bound may have more digits than the values do: it is compared as a number, never rounded to their type."""
    return "DOUBLE" if column.type in ("integer", "number") else column.sql_type


def _lengths(column: "ColumnPlan", limits: Constraints) -> Iterator[Violation]:
    length = {"array": "json_array_length({})", "object": "len(json_keys({}))"}.get(column.type, "length({})")
    measured = length.format(column.value if column.type in ("array", "object") else column.text)
    if limits.min_length is not None:
        reason = f"{column.name} is shorter than {limits.min_length}"
        yield Violation("min-length", reason, column.name, f"{measured} < {limits.min_length}")
    if limits.max_length is not None:
        reason = f"{column.name} is longer than {limits.max_length}"
        yield Violation("max-length", reason, column.name, f"{measured} > {limits.max_length}")


def check_usable(work: Workspace, found: list[Violation], plan: "Plan") -> None:
    """Tries the contract's own values before any row is judged by them.

    Raises:
        BadSchemaError: A pattern is broken, or a limit is no value of the field's type.
    """
    columns = {column.name: column for column in plan.columns}
    for violation in found:
        column = columns.get(violation.column or "")
        if column is None or column.declared is None or violation.code in ("required", "type", "key-missing"):
            continue
        try:
            work.connection.execute(f"SELECT {violation.condition} FROM raw LIMIT 0")
            work.connection.execute(f"SELECT {violation.condition} FROM raw LIMIT 1").fetchall()
        except duckdb.Error as error:
            reason = f"{column.name}: its {violation.code} can't be applied to type {column.type}"
            raise BadSchemaError(reason) from error
