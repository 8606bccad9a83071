# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""The contract's demands: which column is which field, and what a row may be refused for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import duckdb

from sluice.models.table_schema import Constraints, SchemaField, TableSchema
from sluice_clean.engine.errors import BadSchemaError
from sluice_clean.engine.hygiene import says
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.names import clean_name
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.sql import literal, text_list
from sluice_clean.engine.text_formats import TEXT_FORMATS, has_format
from sluice_clean.engine.values.declared import check_format
from sluice_clean.engine.work import Workspace

if TYPE_CHECKING:
    from sluice_clean.engine.column_plan import ColumnPlan
    from sluice_clean.engine.plan import Plan

_UNORDERED = ("duration", "boolean", "object", "array", "geopoint", "geojson")  # a month has no fixed number of days


@dataclass(frozen=True)
class Violation:
    """Something that a row is refused for.

    Attributes:
        code: The reject's code.
        reason: One line for people.
        column: The column that is to blame; None when it is the whole row.
        condition: SQL over ``t``, given what occurs in the chunk: the row is guilty. None: found in another way.
        guard: SQL that is cheap and true of every guilty row; most chunks have none, and need not ask further.
        nulls: The column whose value becomes null instead of the row being refused.
    """

    code: str
    reason: str
    column: str | None
    condition: Callable[[Marks], str] | None
    guard: str | None = None
    nulls: int | None = None


def match_fields(raw: RawTable, schema: TableSchema | None) -> dict[str, SchemaField]:
    """The contract's fields by the cell that holds their values; a field that no cell holds is not among them.

    A label matches a field by being its name, its title or one of its aliases, as written or once cleaned; each cell
    is taken once, and names come before titles, and these before aliases, whichever field is asked first.
    """
    matched: dict[str, SchemaField] = {}
    fields = schema.fields if schema else []
    for labels_of in (_by_name, _by_title, _by_alias):
        for field in fields:
            if field not in matched.values():
                cell = _cell_of(labels_of(field), raw, matched)
                if cell is not None:
                    matched[cell] = field
    return {cell: matched[cell] for cell in raw.columns if cell in matched}


def _by_name(field: SchemaField) -> list[str]:
    return [field.name]


def _by_title(field: SchemaField) -> list[str]:
    return [field.title] if field.title else []


def _by_alias(field: SchemaField) -> list[str]:
    return field.aliases or []


def _cell_of(wanted: list[str], raw: RawTable, taken: dict[str, SchemaField]) -> str | None:
    for one in wanted:
        for place, (cell, label) in enumerate(zip(raw.columns, raw.labels, strict=True), 1):
            if cell not in taken and is_called(label if label is not None else f"column_{place}", one):
                return cell
    return None


def is_called(label: str, wanted: str) -> bool:
    """Whether a label is a name, as written or once cleaned."""
    cleaned = clean_name(label)
    return label.strip() == wanted or (cleaned != "" and cleaned == clean_name(wanted))


def violations(plan: "Plan") -> list[Violation]:
    """Everything that a row of this plan can be refused for; the first that holds is told."""
    nothing = " AND ".join(f"v{column.index} IS NULL" for column in plan.present)
    found = [Violation("empty-row", "no cell has a value", None, partial(_is_empty, plan), nothing)] if nothing else []
    found += _set_aside(plan)
    for column in plan.key:
        if column.declared is not None and column.declared.default is not None:
            continue
        reason = f"{column.name} is part of the key and has no value"
        found.append(Violation("key-missing", reason, column.name, partial(_is_absent, column), _no_value(column)))
    for column in plan.present:
        for violation in _of_column(column):
            if violation.code == "unique" and plan.key == [column]:
                continue
            nulls = column.nulls_violations and column not in plan.key and violation.code != "unique"
            found.append(replace(violation, nulls=column.index if nulls else None))
    return found


def _set_aside(plan: "Plan") -> list[Violation]:
    """What is no record: the header once more; totals, which `Totals` finds."""
    labelled = [column for column in plan.present if column.original and column.original.strip()]
    found = [Violation("total-row", "the sum of rows above it", None, None)]
    if len(labelled) > 1:
        condition = " AND ".join(_is_label(column) for column in plan.present)
        found.append(
            Violation("repeated-header", "the header once more", None, _always(condition), _is_label(labelled[0]))
        )
    return found


def _is_label(column: "ColumnPlan") -> str:
    """SQL: the cell says what the column is called."""
    value, original, label = f"v{column.index}", f"o{column.index}", column.original or ""
    if column.is_text:
        return says(value, label)
    # Where there is a value alone, its text was plain, and no column is called so: see `ColumnPlan.plain`.
    return f"(({value} IS NULL OR {original} IS NOT NULL) AND {says(original, label)})"


def _no_value(column: "ColumnPlan") -> str:
    return f"v{column.index} IS NULL"


def _is_empty(plan: "Plan", marks: Marks) -> str:
    """SQL: no cell has a text."""
    return " AND ".join(_is_absent(column, marks) for column in plan.present)


def _is_absent(column: "ColumnPlan", marks: Marks) -> str:
    """SQL: the cell has no text."""
    if column.is_text or column.cell is None:
        return _no_value(column)
    return f"({_no_value(column)} AND {column.text(f'o{column.index}', marks)} IS NULL)"


def _text(column: "ColumnPlan", marks: Marks) -> str:
    """SQL: the cell's cleaned text."""
    return f"v{column.index}" if column.is_text else column.text(f"o{column.index}", marks)


def _of_column(column: "ColumnPlan") -> Iterator[Violation]:
    if column.declared is None:
        return
    name, limits = column.name, column.declared.constraints or Constraints()
    if column.declared.is_required:
        reason = f"{name} is required and has no value"
        yield Violation("required", reason, name, partial(_is_absent, column), _no_value(column))
    if not column.is_text:
        yield Violation("type", f"{name} is not of type {column.type}", name, column.misfit, _no_value(column))
    if limits.unique:
        yield Violation("unique", f"{name} has the value of a record before it", name, None)
    yield from _formats(column, column.declared)
    yield from _bounds(column, limits)
    if limits.pattern is not None:
        reason = f"{name} does not match {limits.pattern}"
        yield Violation("pattern", reason, name, partial(_mismatch, column, limits.pattern))
    yield from _lengths(column, limits)


def _formats(column: "ColumnPlan", field: SchemaField) -> Iterator[Violation]:
    """What a string's format asks for.

    Raises:
        BadSchemaError: Table Schema has no such format.
    """
    if field.type != "string" or field.format == "default":
        return
    check_format(field, ("default", *TEXT_FORMATS))
    reason = f"{column.name} is no {TEXT_FORMATS[field.format]} (format {field.format})"
    condition = f"NOT {has_format(f'v{column.index}', field.format)}"
    yield Violation("format", reason, column.name, _always(condition))


def _bounds(column: "ColumnPlan", limits: Constraints) -> Iterator[Violation]:
    name, value = column.name, f"v{column.index}"
    if limits.enum is not None:
        allowed = text_list(str(item).lower() if isinstance(item, bool) else str(item) for item in limits.enum)
        typed = f"list_transform({allowed}, lambda x: x::{column.sql_type})"
        yield Violation(
            "enum", f"{name} is none of the listed values", name, _always(f"NOT list_contains({typed}, {value})")
        )
    for code, sign, bound in (("minimum", "<", limits.minimum), ("maximum", ">", limits.maximum)):
        if bound is not None:
            if column.type in _UNORDERED:
                raise BadSchemaError(f"{name}: its {code} can't be applied to type {column.type}")
            side = "below" if code == "minimum" else "above"
            condition = f"{value} {sign} {literal(str(bound))}::{_comparable(column)}"
            yield Violation(code, f"{name} is {side} {bound}", name, _always(condition))


def _always(condition: str) -> Callable[[Marks], str]:
    return lambda _: condition


def _mismatch(column: "ColumnPlan", pattern: str, marks: Marks) -> str:
    return f"NOT regexp_full_match({_text(column, marks)}, {literal(pattern)})"


def _comparable(column: "ColumnPlan") -> str:
    """A bound may have more digits than the values do: it is compared as a number, never rounded to their type."""
    return "DOUBLE" if column.type in ("integer", "number") else column.sql_type


def _lengths(column: "ColumnPlan", limits: Constraints) -> Iterator[Violation]:
    sides = (
        ("min-length", "shorter", "<", limits.min_length),
        ("max-length", "longer", ">", limits.max_length),
    )
    for code, side, sign, bound in sides:
        if bound is not None:
            condition = partial(_length_is, column, f"{sign} {bound}")
            yield Violation(code, f"{column.name} is {side} than {bound}", column.name, condition)


def _length_is(column: "ColumnPlan", comparison: str, marks: Marks) -> str:
    value = f"v{column.index}"
    items = {"array": f"json_array_length({value})"} | dict.fromkeys(("object", "geojson"), f"len(json_keys({value}))")
    return f"{items.get(column.type) or f'length({_text(column, marks)})'} {comparison}"


def check_usable(work: Workspace, found: list[Violation], plan: "Plan", relation: str) -> None:
    """Tries the contract's own values before any row is judged by them.

    Args:
        work: The run.
        found: What rows can be refused for.
        plan: The columns.
        relation: SQL of some records.

    Raises:
        BadSchemaError: A pattern is broken, or a limit or a default is no value of the field's type.
    """
    columns = {column.name: column for column in plan.columns}
    work.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE t AS {plan.typed(f'(FROM {relation} LIMIT 1)', Marks(), numbered=False)}"
    )
    for violation in found:
        column = columns.get(violation.column or "")
        if column is None or column.declared is None or violation.code in ("required", "type", "key-missing"):
            continue
        _try(work, column, violation)
    work.connection.execute("DROP TABLE t")
    for column in plan.columns:
        if column.default is not None and not work.row(f"SELECT {_is_value(column, column.default)}")[0]:
            raise BadSchemaError(f"{column.name}: its sluice:default is no value of type {column.type}")


def _try(work: Workspace, column: "ColumnPlan", violation: Violation) -> None:
    if violation.condition is None:
        return
    condition = violation.condition(Marks())
    try:
        work.connection.execute(f"SELECT {condition} FROM t LIMIT 0")
        work.connection.execute(f"SELECT {condition} FROM t").fetchall()
    except duckdb.Error as error:
        reason = f"{column.name}: its {violation.code} can't be applied to type {column.type}"
        raise BadSchemaError(reason) from error


def _is_value(column: "ColumnPlan", text: str) -> str:
    """SQL: a cast gives a value, and loses nothing."""
    cast = f"try_cast({literal(text)} AS {column.sql_type})"
    same = f"{cast}::DOUBLE = try_cast({literal(text)} AS DOUBLE)" if column.type in ("integer", "number") else "true"
    return f"coalesce({cast} IS NOT NULL AND {same}, false)"
