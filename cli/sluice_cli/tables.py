# ruff: noqa: S608 - SQL is built of names and literals quoted by the engine's sql.py
"""Cleaned tables as relations of DuckDB, and writing them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sluice_clean.engine import Report
from sluice_clean.engine.sql import identifier, literal
from sluice_cli.columns import SYSTEM_COLUMNS, Column, column_of, labelled
from sluice_cli.formats import Format


@dataclass(frozen=True)
class Table:
    """Records somewhere.

    Attributes:
        relation: SQL that can stand after FROM; has the columns and `SYSTEM_COLUMNS`.
        columns: The records' own columns, in order.
        order: SQL to order by; empty where the relation gives its rows in order.
    """

    relation: str
    columns: tuple[Column, ...]
    order: str = ""


def table_of(report: Report) -> Table:
    """What a run delivered; no rows where it delivered none."""
    columns = tuple(column_of(column) for column in report.columns)
    if not report.parts:
        empty = ", ".join(f"NULL::{column.sql_type} AS {column.sql}" for column in (*columns, *SYSTEM_COLUMNS))
        return Table(f"(SELECT {empty} WHERE false)", columns)
    urls = ", ".join(literal(part.url) for part in report.parts)
    return Table(f"read_parquet([{urls}])", columns)


def is_ordered(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Whether the relation's rows lie in the source's order already, so that they need no sorting."""
    ((amiss,),) = connection.execute(
        f"SELECT count(*) FROM (SELECT _row < lag(_row) OVER () AS back FROM {table.relation}) WHERE back"
    ).fetchall()
    return not amiss


def write_table(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    form: Format,
    path: Path,
    *,
    lineage: bool = False,
    labels: bool = False,
) -> int:
    """Writes a table as one file, its columns under their labels if asked for; how many records it has."""
    columns = (*table.columns, *SYSTEM_COLUMNS) if lineage else table.columns
    order = f" ORDER BY {table.order}" if table.order else ""
    names = labelled(columns) if labels else None
    return copy(connection, f"SELECT {select_list(columns, form, names)} FROM {table.relation}{order}", form, path)


def select_list(columns: Sequence[Column], form: Format, names: Sequence[str] | None = None) -> str:
    """SQL: the columns' values as a format shows them, under these names or their own."""
    shown = names or [column.name for column in columns]
    return ", ".join(f"{form.value(column)} AS {identifier(name)}" for column, name in zip(columns, shown, strict=True))


def copy(connection: duckdb.DuckDBPyConnection, query: str, form: Format, path: Path) -> int:
    """Writes a query's result as one file; how many rows it has."""
    ((count,),) = connection.execute(f"COPY ({query}) TO {literal(str(path))} ({form.copy_options})").fetchall()
    return int(count)
