# ruff: noqa: S608 - SQL is built of literals quoted by the engine's sql.py
"""The refused rows of all sources as one file."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from sluice_clean.engine.sql import literal
from sluice_cli.cleaning import Cleaned
from sluice_cli.columns import TEXT, Column
from sluice_cli.formats import Format
from sluice_cli.tables import copy, select_list

_COLUMNS = (
    Column("source", TEXT),
    Column("row", "BIGINT"),
    Column("line", "BIGINT"),
    Column("code", TEXT),
    Column("reason", TEXT),
    Column("column", TEXT),
    Column("raw", TEXT),
)


def write_rejects(connection: duckdb.DuckDBPyConnection, cleaned: Sequence[Cleaned], form: Format, path: Path) -> None:
    """Writes them, source after source; a file without rows when there are none, so that none is an old one's."""
    selects = [
        f"SELECT {number} AS _source, _object AS source, * EXCLUDE (_object, _run)"
        f" FROM read_parquet({literal(str(one.rejects))})"
        for number, one in enumerate(cleaned)
        if one.rejects
    ]
    if not selects:
        selects = ["SELECT 0 AS _source, " + ", ".join(f"NULL::{c.sql_type} AS {c.sql}" for c in _COLUMNS) + " LIMIT 0"]
    union = " UNION ALL BY NAME ".join(selects)
    copy(connection, f'SELECT {select_list(_COLUMNS, form)} FROM ({union}) ORDER BY _source, "row"', form, path)
