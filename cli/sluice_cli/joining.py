# ruff: noqa: S608 - SQL is built of names and literals quoted by the engine's sql.py
"""Several cleaned tables as one: columns by name, rows source after source."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import duckdb

from sluice.models.table_schema import SchemaField, TableSchema
from sluice_clean.engine.sql import literal
from sluice_cli.cleaning import Cleaned, Workshop
from sluice_cli.columns import SYSTEM_COLUMNS, TEXT, Column, wider
from sluice_cli.tables import Table, is_ordered, table_of

_EXACT_IN_DOUBLE = 2**53
_ORDER = "_source, _row"

Columns = tuple[Column, ...]


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
    return _in_order_of(one, work.clean(one.source, wanted))


def _in_order_of(one: Cleaned, again: Cleaned) -> Cleaned:
    """The second cleaning with the columns in the order of the first: declared ones come first in a report."""
    places = {column.name: place for place, column in enumerate(one.report.columns)}
    if set(places) != {column.name for column in again.report.columns}:
        return one
    columns = sorted(again.report.columns, key=lambda column: places[column.name])
    return dataclasses.replace(again, report=again.report.model_copy(update={"columns": columns}))


def join(connection: duckdb.DuckDBPyConnection, cleaned: Sequence[Cleaned], *, keyed: bool) -> Joined:
    """One table of all; a source without records adds no columns, unless none has any.

    Args:
        connection: Where the result will be read.
        cleaned: The tables, in order.
        keyed: Whether ``_key`` is a primary key: then the last record of each key stays.
    """
    cleaned = [one for one in cleaned if one.report.rows_in] or cleaned
    columns = _columns(connection, cleaned)
    tables = [table_of(one.report) for one in cleaned]
    if keyed:
        return _last_of_each_key(connection, tables, columns)
    whole = _one_scan(cleaned, columns)
    if whole is not None and all(is_ordered(connection, table) for table in tables):
        return Joined(whole)
    return Joined(Table(_union(tables, columns), columns, _ORDER))


def _last_of_each_key(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], columns: Columns) -> Joined:
    union = _union(tables, columns)
    last = "QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _source DESC, _row DESC) = 1"
    ((duplicates,),) = connection.execute(f"SELECT count(*) - count(DISTINCT _key) FROM {union}").fetchall()
    return Joined(Table(f"(FROM {union} {last})" if duplicates else union, columns, _ORDER), duplicates)


def _one_scan(cleaned: Sequence[Cleaned], columns: Columns) -> Table | None:
    """All files read one after the other, which keeps their order; only if no column's type changes.

    A UNION ALL doesn't keep it: with several threads, a second table's first rows came before the first's last.
    """
    urls = [part.url for one in cleaned for part in one.report.parts]
    filled = {column for one in cleaned if one.report.parts for column in table_of(one.report).columns}
    if filled != set(columns):
        return None
    return Table(f"read_parquet([{', '.join(map(literal, urls))}], union_by_name = true)", columns)


def _union(tables: Sequence[Table], columns: Columns) -> str:
    """All rows with their source's number, in no order."""
    return f"({' UNION ALL '.join(_select(number, table, columns) for number, table in enumerate(tables))})"


def _columns(connection: duckdb.DuckDBPyConnection, cleaned: Sequence[Cleaned]) -> Columns:
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


def _select(number: int, table: Table, columns: Columns) -> str:
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
