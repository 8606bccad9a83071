"""What is to become of each column: its name, its type, the SQL of its values, and what counts as a change."""

from dataclasses import dataclass

from sluice.models.table_schema import MAX_FIELDS, FieldType, SchemaField, TableSchema
from sluice_clean.engine.contract import match_fields
from sluice_clean.engine.errors import TooManyColumnsError
from sluice_clean.engine.evidence import Evidence
from sluice_clean.engine.gather import gather
from sluice_clean.engine.hygiene import NullTexts, has_controls, has_edges
from sluice_clean.engine.infer import Decision, decide, decide_declared
from sluice_clean.engine.names import unique_names
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.times import is_iso
from sluice_clean.engine.types import is_exact, scale, whole_digits
from sluice_clean.engine.work import Workspace


@dataclass(frozen=True)
class ColumnPlan:
    """One column of the output.

    Attributes:
        cell: Its column in ``raw``; None for a declared column that the file doesn't have.
        name: Its clean name.
        original: What the file calls it.
        type: Its Table Schema type.
        sql_type: How it is stored.
        text: SQL of the cleaned text; null where the text is a null text.
        value: SQL of the typed value; null where the text doesn't fit.
        declared: The contract's field, if it has one.
        changes: Per rule, the SQL condition under which the rule changed the cell.
    """

    cell: str | None
    name: str
    original: str | None
    type: FieldType
    sql_type: str
    text: str
    value: str
    declared: SchemaField | None
    changes: dict[str, str]

    @property
    def misfit(self) -> str:
        """SQL: there is a text and it doesn't fit the type."""
        return f"({self.text} IS NOT NULL AND {self.value} IS NULL)"

    def as_field(self) -> SchemaField:
        """The column as the output's schema states it: as declared, else as inferred."""
        if self.declared is None:
            return SchemaField(name=self.name, type=self.type, title=self.original)
        return self.declared.model_copy(update={"title": self.declared.title or self.original})


@dataclass(frozen=True)
class Plan:
    """The columns of the output, in order, and the key."""

    columns: list[ColumnPlan]
    schema: TableSchema
    nulls: NullTexts
    warnings: list[str]

    @property
    def key(self) -> list[ColumnPlan]:
        """The primary key's columns; none when records are keyed by their content."""
        by_name = {column.name: column for column in self.columns}
        return [by_name[name] for name in self.schema.primary_key]


def plan_as_text(raw: RawTable) -> Plan:
    """Every column as the text that stood there."""
    names = unique_names(raw.labels)
    columns = [
        ColumnPlan(cell, name, label, "string", "VARCHAR", cell, cell, None, {})
        for cell, name, label in zip(raw.columns, names, raw.labels, strict=True)
    ]
    return Plan(columns, TableSchema(fields=[c.as_field() for c in columns]), NullTexts((), ()), [])


def plan_columns(work: Workspace, raw: RawTable, schema: TableSchema | None) -> Plan:
    """Decides about every column, from all values and from the contract if there is one.

    Raises:
        SchemaMismatchError: Required fields of the contract are not in the file.
        TooManyColumnsError: Declared and additional columns together are too many.
    """
    nulls = NullTexts.of(work.settings, schema.missing_values if schema else None)
    declared, absent = match_fields(raw, schema)
    found = {evidence.cell: evidence for evidence in gather(work, raw, nulls, declared)}
    columns, warnings = _declared_columns(work, raw, schema, declared, found, nulls)
    kept = [cell for cell in raw.columns if cell not in declared and not _is_hollow(raw, found[cell])]
    kept = kept if kept or declared else raw.columns[:1]
    labels = [raw.labels[raw.columns.index(cell)] for cell in kept]
    taken = [field.name for field in schema.fields] if schema else []
    for cell, label, name in zip(kept, labels, _names(raw, kept, taken), strict=True):
        decision = decide(found[cell], work.settings.type_tolerance, day_first=work.settings.day_first)
        columns.append(_column(found[cell], name, label, decision, nulls, None))
        warnings += [f"{name}: {decision.note}"] if decision.note else []
    if absent:
        warnings.append(f"declared columns that the file does not have are null: {', '.join(absent)}")
    if schema and kept:
        warnings.append(
            f"additional columns, kept: {', '.join(column.name for column in columns[len(schema.fields) :])}"
        )
    if len(columns) > MAX_FIELDS:
        raise TooManyColumnsError(f"{len(columns):,} columns, declared and additional; the limit is {MAX_FIELDS:,}")
    key = schema.primary_key if schema else []
    stated = schema.missing_values if schema else None
    output = TableSchema(fields=[c.as_field() for c in columns], primaryKey=key, missingValues=stated)
    return Plan(columns, output, nulls, warnings)


def _names(raw: RawTable, kept: list[str], taken: list[str]) -> list[str]:
    """Names for the kept columns; an unnamed one is called after its place in the file."""
    places = [raw.columns.index(cell) + 1 for cell in kept]
    return unique_names([raw.labels[p - 1] or f"column_{p}" for p in places], taken)


def _is_hollow(raw: RawTable, evidence: Evidence) -> bool:
    """A column without a name and without a value: what a trailing delimiter leaves."""
    label = raw.labels[raw.columns.index(evidence.cell)]
    return label is not None and not label.strip() and evidence.filled == 0


def _declared_columns(
    work: Workspace,
    raw: RawTable,
    schema: TableSchema | None,
    declared: dict[str, SchemaField],
    found: dict[str, Evidence],
    nulls: NullTexts,
) -> tuple[list[ColumnPlan], list[str]]:
    cells = {field.name: cell for cell, field in declared.items()}
    columns, warnings = [], []
    for field in schema.fields if schema else ():
        cell = cells.get(field.name)
        if cell is None:
            columns.append(_absent(field))
            continue
        decision = decide_declared(found[cell], field.type, day_first=work.settings.day_first)
        label = raw.labels[raw.columns.index(cell)]
        columns.append(_column(found[cell], field.name, label, decision, nulls, field))
        warnings += [f"{field.name}: {decision.note}"] if decision.note else []
    return columns, warnings


_ABSENT_TYPES: dict[FieldType, str] = {
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "time": "TIME",
}


def _absent(field: SchemaField) -> ColumnPlan:
    stored = _ABSENT_TYPES.get(field.type, "VARCHAR")
    return ColumnPlan(None, field.name, None, field.type, stored, "NULL::VARCHAR", f"NULL::{stored}", field, {})


def _column(
    evidence: Evidence, name: str, label: str | None, decision: Decision, nulls: NullTexts, field: SchemaField | None
) -> ColumnPlan:
    kind = field.type if field else decision.rule.type
    is_text = kind in ("string", "any")
    is_null = nulls.is_strong(evidence.text)
    if not is_text:
        is_null = f"({is_null} OR {nulls.is_weak(evidence.text)})"
    nulled = evidence.strong + (0 if is_text else evidence.weak)
    text = f"(CASE WHEN {is_null} THEN NULL ELSE {evidence.text} END)"
    if nulled == 0 and "" in nulls.strong:
        text = f"nullif({evidence.text}, '')"
    value = text if is_text else _typed(text, decision, all_fit=decision.fits >= evidence.asked)
    changes = _changes(evidence, kind, text, value, is_null if nulled else "")
    for rule in _unneeded(evidence, decision):
        changes.pop(rule, None)
    return ColumnPlan(evidence.cell, name, label, kind, decision.sql_type, text, value, field, changes)


def _unneeded(evidence: Evidence, decision: Decision) -> list[str]:
    """Rules that the counts show to have changed nothing."""
    details = evidence.details
    found = ["invalid"] if evidence.asked <= decision.fits else []
    found += ["date-form"] if details.get("iso") == decision.fits else []
    found += ["boolean-word"] if details.get("plain") == decision.fits else []
    return found


def _typed(text: str, decision: Decision, *, all_fit: bool) -> str:
    """SQL: the value as it is stored, null where a text doesn't fit; nothing is ever rounded."""
    rule, stored = decision.rule, decision.sql_type
    if all_fit and rule.type in ("integer", "number"):
        return f"try_cast({text} AS {stored})"
    if rule.type in ("date", "datetime", "time", "boolean"):
        return rule.value(text)
    fits = rule.fits(text)
    if stored == "DOUBLE":
        fits = f"({fits}) AND {is_exact(text)}"
    elif stored.startswith("DECIMAL"):
        places = int(stored.rstrip(")").rpartition(",")[2])
        fits = f"({fits}) AND {scale(text)} <= {places} AND {whole_digits(text)} <= {38 - places}"
    value = f"try_cast({text} AS {stored})" if stored != "VARCHAR" else text
    return f"(CASE WHEN {fits} THEN {value} END)"


def _changes(evidence: Evidence, kind: FieldType, text: str, value: str, is_null: str) -> dict[str, str]:
    """Conditions of the rules that may have changed cells of this column."""
    changes = {}
    if evidence.edges:
        changes["trim"] = f"coalesce({has_edges(evidence.cell)}, false)"
    if evidence.controls:
        changes["control-characters"] = f"coalesce({has_controls(evidence.cell)}, false)"
    if is_null:
        changes["null-token"] = f"coalesce({evidence.text} <> '' AND {is_null}, false)"
    if kind not in ("string", "any"):
        changes["invalid"] = f"({text} IS NOT NULL AND {value} IS NULL)"
    if kind in ("date", "datetime"):
        changes["date-form"] = f"({value} IS NOT NULL AND NOT {is_iso(text)})"
    if kind == "boolean":
        changes["boolean-word"] = f"({value} IS NOT NULL AND lower({text}) NOT IN ('true', 'false'))"
    return changes
