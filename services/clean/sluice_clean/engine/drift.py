"""Drift: how a file differs from what was agreed, or from what came before, and whether that breaks anything."""

from collections.abc import Sequence

from sluice.models.table_schema import FieldType, SchemaField, TableSchema
from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.contract import is_called
from sluice_clean.engine.errors import SchemaMismatchError
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.report import Drift, DriftKind, DriftLevel
from sluice_clean.engine.tally import Tally

_UNFIT = 0.5  # share of a column's values from which on its declared type is not the file's any more
_LEAST = 2  # values that don't fit: a single one is a bad value
_WIDER: dict[FieldType, set[FieldType]] = {"integer": {"number"}, "date": {"datetime"}}


def of_columns(schema: TableSchema, columns: Sequence[ColumnPlan], cells: Sequence[str]) -> list[Drift]:
    """How a file's columns differ from the contract's.

    Args:
        schema: The contract.
        columns: The plan's.
        cells: The file's, in its order.
    """
    absent = [column for column in columns if column.cell is None and column.companion is None]
    found = [_missing(schema, column) for column in absent if column.declared]
    found += [_renamed(column) for column in columns if _is_renamed(column)]
    for column in columns:
        if column.declared is None:
            reason = "the contract does not have it; it is delivered as found"
            found.append(Drift(change="additional", column=column.name, level="compatible", reason=reason))
    order = [cells.index(column.cell) for column in columns if column.declared and column.cell]
    if order != sorted(order):
        reason = "the columns stand in another order than the contract's"
        found.append(Drift(change="reordered", column=None, level="compatible", reason=reason))
    return found


def _missing(schema: TableSchema, column: ColumnPlan) -> Drift:
    field = column.declared or SchemaField(name=column.name)
    in_key = column.name in schema.primary_key and field.default is None
    breaking = field.is_required or in_key
    if breaking:
        reason = "the file does not have it, and it is " + ("part of the primary key" if in_key else "required")
    else:
        reason = "the file does not have it; " + ("it is null" if field.default is None else "it has its default")
    return Drift(change="missing", column=column.name, level="breaking" if breaking else "compatible", reason=reason)


def _is_renamed(column: ColumnPlan) -> bool:
    """Neither its name nor its title: an alias."""
    if column.declared is None or column.original is None:
        return False
    usual = [column.declared.name, *([column.declared.title] if column.declared.title else [])]
    return not any(is_called(column.original, name) for name in usual)


def _renamed(column: ColumnPlan) -> Drift:
    reason = f"the file calls it '{column.original}'"
    return Drift(change="renamed", column=column.name, level="compatible", reason=reason)


def of_types(plan: Plan, tally: Tally) -> list[Drift]:
    """The declared types that most values of the file don't fit."""
    found = []
    for index, unfit in sorted(tally.unfit.items()):
        seen = unfit + tally.fits.get(index, 0)
        if unfit >= _LEAST and unfit > _UNFIT * seen:
            column = plan.columns[index]
            reason = f"{unfit:,} of {seen:,} values are not of type {column.type}"
            found.append(Drift(change="type-changed", column=column.name, level="breaking", reason=reason))
    return found


def since(previous: TableSchema, now: TableSchema) -> list[Drift]:
    """How a schema that was inferred differs from the one inferred before; told, and never a reason to fail."""
    before, after = ({field.name: field for field in schema.fields} for schema in (previous, now))
    found = []
    for name, field in before.items():
        if name not in after:
            found.append(_told("missing", name, "breaking", "the file does not have it any more"))
        elif after[name].type != field.type:
            found.append(_retyped(name, field.type, after[name].type))
    found += [_told("additional", name, "compatible", "it is new") for name in after if name not in before]
    shared = [name for name in after if name in before]
    if shared != [name for name in before if name in after]:
        found.append(_told("reordered", None, "compatible", "the columns stand in another order than before"))
    return found


def _retyped(name: str, old: FieldType, new: FieldType) -> Drift:
    level: DriftLevel = "compatible" if new in _WIDER.get(old, set()) else "breaking"
    return _told("type-changed", name, level, f"it was {old} and is {new}")


def _told(change: DriftKind, column: str | None, level: DriftLevel, reason: str) -> Drift:
    return Drift(change=change, column=column, level=level, reason=reason, against="previous")


def check(found: Sequence[Drift]) -> None:
    """Lets nothing pass that breaks the contract.

    Raises:
        SchemaMismatchError: Names every breaking change.
    """
    breaking = [one for one in found if one.level == "breaking" and one.against == "contract"]
    if not breaking:
        return
    told = "; ".join(f"{one.column}: {one.reason}" for one in breaking)
    missing = tuple(one.column for one in breaking if one.change == "missing" and one.column)
    raise SchemaMismatchError(f"the file is not what the contract describes: {told}", missing=missing)
