# ruff: noqa: S608 - SQL is built of generated column names
"""Makes the plan: which columns there will be, and what each becomes."""

from dataclasses import replace

from sluice.models.table_schema import MAX_FIELDS, SchemaField, TableSchema
from sluice_clean.engine import drift
from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.contract import match_fields
from sluice_clean.engine.errors import BadSchemaError, TooManyColumnsError
from sluice_clean.engine.hygiene import NullTexts
from sluice_clean.engine.names import unique_names
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.report import Drift
from sluice_clean.engine.review import Verdicts
from sluice_clean.engine.totals import records_of
from sluice_clean.engine.values import OFFSET, Decision, as_text, decide_columns
from sluice_clean.engine.values.declared import base_decision
from sluice_clean.engine.work import Workspace


def plan_as_text(raw: RawTable) -> Plan:
    """Every column as the text that stood there."""
    names = unique_names(raw.labels)
    nulls = NullTexts((), ())
    columns = [
        ColumnPlan(index, cell, name, label, as_text(), nulls)
        for index, (cell, name, label) in enumerate(zip(raw.columns, names, raw.labels, strict=True))
    ]
    return Plan(columns, TableSchema(fields=[c.as_field() for c in columns]), _delimiter(raw), as_text=True)


def plan_columns(work: Workspace, raw: RawTable, schema: TableSchema | None, verdicts: Verdicts) -> Plan:
    """Decides about every column, from a sample, from what an earlier reading told, and from the contract.

    Raises:
        SchemaMismatchError: Required fields of the contract are not in the file.
        BadSchemaError: The contract leaves nothing to deliver.
        TooManyColumnsError: Declared and additional columns together are too many.
    """
    nulls = NullTexts.of(work.settings, schema.missing_values if schema else None)
    declared = match_fields(raw, schema)
    decisions = _decide(work, raw, nulls, declared, verdicts)
    hollow = _hollow(work, raw)
    kept = [cell for cell in raw.columns if cell not in declared and cell not in hollow]
    kept = kept if kept or declared else raw.columns[:1]
    columns = _with_offsets(_declared_columns(raw, schema, declared, decisions, nulls))
    taken = [field.name for field in schema.fields] if schema else []
    for cell, name in zip(kept, _names(raw, kept, taken), strict=True):
        columns.append(ColumnPlan(len(columns), cell, name, _label(raw, cell), decisions[cell], nulls))
    columns += _companions(columns)
    if len(columns) > MAX_FIELDS:
        raise TooManyColumnsError(f"{len(columns):,} columns, declared and additional; the limit is {MAX_FIELDS:,}")
    noted = [(c.name, decisions[c.cell]) for c in columns if c.cell]
    # What no value has decided yet is told once all are read.
    warnings = [f"{name}: {decision.note}" for name, decision in noted if decision.note and not decision.unsettled]
    found = drift.of_columns(schema, columns, raw.columns) if schema else []
    drift.check(found)
    warnings += [*_told(found), *_merging(schema, columns)]
    return Plan(
        columns,
        _output(schema, columns),
        _delimiter(raw),
        drift=found,
        schema_is_declared=schema is not None,
        watches_rivals=not raw.sampled_all,
        warnings=warnings,
        foreign_keys=(schema.foreign_keys if schema else None) or [],
    )


def _companions(columns: list[ColumnPlan]) -> list[ColumnPlan]:
    """Further columns that inferred ones ask for: the offset from UTC that a moment was written with."""
    found: list[ColumnPlan] = []
    for column in columns:
        for companion in column.typing.companions if column.cell and column.declared is None else ():
            taken = [one.name for one in (*columns, *found)]
            (name,) = unique_names([f"{column.name}_{companion.suffix}"], taken)
            place = len(columns) + len(found)
            beside = ColumnPlan(place, None, name, None, column.typing, column.nulls, None, companion, column.cell)
            found.append(beside)
    return found


def _with_offsets(columns: list[ColumnPlan]) -> list[ColumnPlan]:
    """Declared columns that a file doesn't have, and that a schema inferred before had beside a moment."""
    moments = {
        f"{column.name}_{OFFSET.suffix}": column.cell for column in columns if column.cell and column.type == "datetime"
    }
    return [
        replace(column, companion=OFFSET, beside=moments[column.name])
        if column.cell is None and column.type == OFFSET.type and column.name in moments
        else column
        for column in columns
    ]


def _told(found: list[Drift]) -> list[str]:
    """What drift is worth a warning."""
    absent = [one.column for one in found if one.change == "missing" and one.column]
    extra = [one.column for one in found if one.change == "additional" and one.column]
    warnings = [f"declared columns that the file does not have: {', '.join(absent)}"] if absent else []
    return [*warnings, f"additional columns, kept: {', '.join(extra)}"] if extra else warnings


def _merging(schema: TableSchema | None, columns: list[ColumnPlan]) -> list[str]:
    """Hidden columns that nothing replaces in telling records apart."""
    hidden = [column.name for column in columns if column.private in ("mask", "drop")]
    if not hidden or (schema and schema.primary_key):
        return []
    return [f"records that look alike without {', '.join(hidden)} count as one; a primary key keeps them apart"]


def _output(schema: TableSchema | None, columns: list[ColumnPlan]) -> TableSchema:
    """The output's schema: the contract's members, with the columns that are delivered.

    Raises:
        BadSchemaError: None is.
    """
    fields = [column.as_field() for column in columns if not column.withheld]
    if not fields:
        raise BadSchemaError("the contract has every column dropped (sluice:pii): nothing is left to deliver")
    if schema is None:
        return TableSchema(fields=fields)
    names = {field.name for field in fields}
    keys = [key for key in schema.foreign_keys or () if names.issuperset(key.own_fields)]
    return schema.model_copy(update={"fields": fields, "foreign_keys": keys or None})


def _decide(
    work: Workspace, raw: RawTable, nulls: NullTexts, declared: dict[str, SchemaField], verdicts: Verdicts
) -> dict[str, Decision]:
    found = decide_columns(
        work.connection, records_of(work, raw), raw.columns, raw.labels, nulls, work.settings, declared
    )
    return {cell: verdicts.overrule(cell, decision) for cell, decision in zip(raw.columns, found, strict=True)}


def _delimiter(raw: RawTable) -> str:
    return (raw.dialect.delimiter if raw.dialect else None) or ","


def _label(raw: RawTable, cell: str) -> str | None:
    return raw.labels[raw.place_of(cell)]


def _names(raw: RawTable, kept: list[str], taken: list[str]) -> list[str]:
    """Names for the kept columns; an unnamed one is called after its place in the file."""
    places = [raw.place_of(cell) + 1 for cell in kept]
    return unique_names([raw.labels[p - 1] or f"column_{p}" for p in places], taken)


def _hollow(work: Workspace, raw: RawTable) -> set[str]:
    """Columns without a name and, as far as seen, without a value: what a trailing delimiter leaves."""
    places = zip(raw.columns, raw.labels, strict=True)
    unnamed = [cell for cell, label in places if label is not None and not label.strip()]
    if not unnamed:
        return set()
    counts = work.row(f"SELECT {', '.join(map(_filled, unnamed))} FROM {raw.sample}")
    return {cell for cell, count in zip(unnamed, counts, strict=True) if count == 0}


def _filled(cell: str) -> str:
    return f"count(nullif({cell}, ''))"


def _declared_columns(
    raw: RawTable,
    schema: TableSchema | None,
    declared: dict[str, SchemaField],
    decisions: dict[str, Decision],
    nulls: NullTexts,
) -> list[ColumnPlan]:
    cells = {field.name: cell for cell, field in declared.items()}
    columns = []
    for index, field in enumerate(schema.fields if schema else ()):
        cell = cells.get(field.name)
        typing = decisions[cell] if cell else base_decision(field)
        columns.append(ColumnPlan(index, cell, field.name, _label(raw, cell) if cell else None, typing, nulls, field))
    return columns
