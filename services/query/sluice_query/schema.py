"""The columns of a dataset: of each run as stored, and of all runs together.

A run's Table Schema names its columns and their types; two of these types, integer and number, are stored in more
than one way. Where the schema says how (`sluice:sql_type` of a field) that is taken, else what the Parquet
footers say, else the usual way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sluice.models.run import Run
from sluice.models.table_schema import TableSchema
from sluice_query.columns import LINEAGE, Column, normal_type, unify

SQL_TYPE = "sluice:sql_type"

_USUAL = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "time": "TIME",
}
_DECLARED_ONLY = {"year": "BIGINT"}  # types that no inferred column has
_DOCUMENTS = frozenset({"object", "array", "geojson"})
_STORED_VARIOUSLY = frozenset({"integer", "number"})

Footer = Mapping[str, str]


def stored_columns(run: Run, footer: Footer | None = None) -> tuple[Column, ...]:
    """A run's own columns, in its order, typed as they are stored."""
    columns = (_column(field, footer) for field in _fields(run))
    return tuple(column for column in columns if footer is None or column.name in footer)


def needs_footer(run: Run) -> bool:
    """Whether only the Parquet footer knows how the run's columns are stored."""
    return run.parts > 0 and any(
        field.get("type") in _STORED_VARIOUSLY and SQL_TYPE not in field for field in _fields(run)
    )


def _fields(run: Run) -> list[dict[str, Any]]:
    return list((run.table_schema or {}).get("fields", []))


def _column(field: Mapping[str, Any], footer: Footer | None) -> Column:
    name, kind = str(field["name"]), str(field.get("type", "string"))
    stored = field.get(SQL_TYPE) or (footer or {}).get(name) or (_USUAL | _DECLARED_ONLY).get(kind, "VARCHAR")
    return Column(name, normal_type(stored), kind in _DOCUMENTS)


@dataclass(frozen=True)
class Group:
    """Runs whose files have the same columns."""

    columns: tuple[Column, ...]
    runs: tuple[Run, ...]


def group_runs(runs: Iterable[Run], footers: Mapping[str, Footer]) -> list[Group]:
    """The runs that have files, by the columns of these."""
    groups: dict[tuple[Column, ...], list[Run]] = {}
    for run in runs:
        if run.parts:
            groups.setdefault(stored_columns(run, footers.get(run.run)), []).append(run)
    return [Group(columns, tuple(members)) for columns, members in groups.items()]


def dataset_columns(
    runs: Iterable[Run], footers: Mapping[str, Footer], contract: TableSchema | None
) -> tuple[Column, ...]:
    """The columns of the dataset, each wide enough for every run: the contract's first, then as runs bring them.

    A contract decides the type only of a column that no run has.
    """
    found: dict[str, list[Column]] = {}
    for run in runs:
        for column in stored_columns(run, footers.get(run.run)):
            found.setdefault(column.name, []).append(column)
    declared = [_column(field.model_dump(), None) for field in (contract.fields if contract else [])]
    order = dict.fromkeys([column.name for column in declared] + list(found))
    fallback = {column.name: column for column in declared}
    return tuple(unify(found[name]) if name in found else fallback[name] for name in order)


def merged_schema(runs: Iterable[Run], columns: Iterable[Column]) -> dict[str, Any]:
    """The inferred Table Schema of all runs together; each field's label is the one that the newest run gives."""
    newest = {str(field["name"]): field for run in runs for field in _fields(run)}
    return {"fields": [_merged_field(column, newest.get(column.name, {})) for column in columns]}


def _merged_field(column: Column, seen: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in seen.items() if name != SQL_TYPE}
    return {**kept, "name": column.name, "type": _table_schema_type(column, str(seen.get("type", "string")))}


def _table_schema_type(column: Column, seen: str) -> str:
    if column.document:
        return seen if seen in _DOCUMENTS else "object"
    if column.sql_type.startswith("DECIMAL"):
        return "integer" if column.sql_type.endswith(",0)") else "number"
    usual = {sql_type: kind for kind, sql_type in _USUAL.items()}
    # A text column may have been declared as something narrower that is stored as text.
    return usual.get(column.sql_type) or (seen if seen not in {*_USUAL, *_DOCUMENTS} else "string")


def visible(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The members of a record: its columns, then where it comes from."""
    return (*columns, *LINEAGE)
