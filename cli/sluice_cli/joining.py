# ruff: noqa: S608 - SQL is built of names and literals quoted by the engine's sql.py
"""Several cleaned tables as one: columns by name, rows source after source."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import duckdb

from sluice.models.table_schema import SchemaField, TableSchema
from sluice_cli.cleaning import Cleaned, Workshop
from sluice_cli.columns import SYSTEM_COLUMNS, TEXT, Column, wider
from sluice_cli.tables import Table, is_ordered, table_of

_EXACT_IN_DOUBLE = 2**53
_ORDER = "_source, _row"


@dataclass(frozen=True)
class Joined:
    """The one table, and how many records gave way to a later source's with the same key."""

    table: Table
    duplicates: int = 0


def settle_types(cleaned: Sequence[Cleaned], schema: TableSchema | None, work: Workshop) -> list[Cleaned]:
    """Where sources disagree on a column so that only text can hold it, it is read as text from the start.

    What a typed value was written like is gone by then, so that such a source is cleaned again.
    """
    with work.connection() as connection:
        texts = {column.name for column in _columns(connection, cleaned) if column.sql_type == TEXT}
    return [_with_texts(one, texts, schema, work) for one in cleaned]


def _with_texts(one: Cleaned, texts: set[str], schema: TableSchema | None, work: Workshop) -> Cleaned:
    declared = {field.name for field in schema.fields} if schema else set()
    asked = [
        SchemaField(name=column.name, title=column.original, type="string")
        for column in one.report.columns
        if column.name in texts - declared and column.sql_type != TEXT
    ]
    if not asked:
        return one
    if schema is None:
        wanted = TableSchema(fields=asked)
    else:
        wanted = schema.model_copy(update={"fields": [*schema.fields, *asked]})
    again = work.clean(one.source, wanted)
    same = {column.name for column in again.report.columns} == {column.name for column in one.report.columns}
    return again if same else one


def join(connection: duckdb.DuckDBPyConnection, cleaned: Sequence[Cleaned], *, keyed: bool) -> Joined:
    """One table of all.

    Args:
        connection: Where the result will be read.
        cleaned: The tables, in order.
        keyed: Whether ``_key`` is a primary key: then the last record of each key stays.
    """
    columns = _columns(connection, cleaned)
    tables = [table_of(one.report) for one in cleaned]
    selects = [_select(number, table, columns) for number, table in enumerate(tables)]
    relation = f"({' UNION ALL '.join(selects)})"
    order = "" if all(is_ordered(connection, table) for table in tables) else _ORDER
    if not keyed:
        return Joined(Table(relation, columns, order))
    last = "QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _source DESC, _row DESC) = 1"
    unique = Table(f"(FROM {relation} {last})", columns, _ORDER)
    ((duplicates,),) = connection.execute(f"SELECT count(*) - count(DISTINCT _key) FROM {relation}").fetchall()
    return Joined(unique, duplicates) if duplicates else Joined(Table(relation, columns, order))


def _columns(connection: duckdb.DuckDBPyConnection, cleaned: Sequence[Cleaned]) -> tuple[Column, ...]:
    """All columns, in the order in which they first appear, each as wide as its sources need."""
    tables = [table_of(one.report) for one in cleaned]
    variants: dict[str, list[Column]] = {}
    for table in tables:
        for column in table.columns:
            variants.setdefault(column.name, []).append(column)
    found = [reduce(wider, same) for same in variants.values()]
    return tuple(_exact(connection, column, tables) if column.sql_type == "DOUBLE" else column for column in found)


def _exact(connection: duckdb.DuckDBPyConnection, column: Column, tables: Sequence[Table]) -> Column:
    """The column, as text if whole numbers that a double can't hold are among its values."""
    for table in tables:
        if Column(column.name, "BIGINT") in table.columns:
            beyond = f"{column.sql} NOT BETWEEN -{_EXACT_IN_DOUBLE} AND {_EXACT_IN_DOUBLE}"
            if connection.execute(f"SELECT 1 FROM {table.relation} WHERE {beyond} LIMIT 1").fetchall():
                return Column(column.name, TEXT)
    return column


def _select(number: int, table: Table, columns: Sequence[Column]) -> str:
    own = {column.name: column for column in table.columns}
    values = ", ".join(f"{_cast(own.get(column.name), column)} AS {column.sql}" for column in columns)
    system = ", ".join(column.sql for column in SYSTEM_COLUMNS)
    return f"SELECT {number} AS _source, {values}, {system} FROM {table.relation}"


def _cast(own: Column | None, wanted: Column) -> str:
    if own is None:
        return f"NULL::{wanted.sql_type}"
    if own.sql_type == wanted.sql_type:
        return own.sql
    return f"({own.shown if wanted.sql_type == TEXT else own.sql})::{wanted.sql_type}"
