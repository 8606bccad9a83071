# ruff: noqa: S608 - SQL is built of literals quoted by the engine's sql.py
"""What isn't among the records, of all sources in one file: refused rows, and cells that became null."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sluice_clean.engine.sql import literal
from sluice_cli.cleaning import Cleaned
from sluice_cli.columns import TEXT, Column
from sluice_cli.formats import Format
from sluice_cli.tables import copy, select_list

_BIGINT = "BIGINT"


@dataclass(frozen=True)
class SideTable:
    """One kind of what isn't among the records; ``file`` gives a source's Parquet, or None if it has none."""

    columns: tuple[Column, ...]
    file: Callable[[Cleaned], Path | None]


REJECTS = SideTable(
    (
        Column("source", TEXT),
        Column("row", _BIGINT),
        Column("line", _BIGINT),
        Column("code", TEXT),
        Column("reason", TEXT),
        Column("column", TEXT),
        Column("raw", TEXT),
    ),
    lambda cleaned: cleaned.rejects,
)
ISSUES = SideTable(
    (
        Column("source", TEXT),
        Column("row", _BIGINT),
        Column("column", TEXT),
        Column("code", TEXT),
        Column("reason", TEXT),
        Column("text", TEXT),
    ),
    lambda cleaned: cleaned.issues,
)


def write_side_table(
    connection: duckdb.DuckDBPyConnection, kind: SideTable, cleaned: Sequence[Cleaned], form: Format, path: Path
) -> None:
    """Writes one kind, source after source; a file without rows when there are none, so that none is an old one's."""
    own = ", ".join(column.sql for column in kind.columns[1:])
    selects = [
        f"SELECT {number} AS _source, _object AS source, {own} FROM read_parquet({literal(str(file))})"
        for number, file in enumerate(map(kind.file, cleaned))
        if file
    ]
    if not selects:
        nothing = ", ".join(f"NULL::{column.sql_type} AS {column.sql}" for column in kind.columns)
        selects = [f"SELECT 0 AS _source, {nothing} LIMIT 0"]
    union = " UNION ALL ".join(selects)
    query = f'SELECT {select_list(kind.columns, form)} FROM ({union}) ORDER BY _source, "row"'
    copy(connection, query, form, path)
