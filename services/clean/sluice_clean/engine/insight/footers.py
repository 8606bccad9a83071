# ruff: noqa: S608 - SQL is built of literals quoted by sql.py
"""What the footers of Parquet files tell without reading a row: counts, nulls, least and greatest values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from sluice_clean.engine.sql import literal


@dataclass(frozen=True)
class Statistics:
    """One column of one row group; ``minimum`` and ``maximum`` as text, None where unknown or not exact."""

    nulls: int | None
    minimum: str | None
    maximum: str | None
    dictionary: bool


@dataclass
class Stretch:
    """A row group: ``rows`` records from the ``first`` of its file on, ``size`` bytes when unpacked."""

    file: str
    first: int
    rows: int
    size: int = 0
    columns: dict[str, Statistics] = field(default_factory=dict)


def read_stretches(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> list[Stretch]:
    """The row groups of some Parquet files, in order."""
    listed = ", ".join(literal(file) for file in files)
    found = connection.execute(f"""
        SELECT file_name, row_group_id, row_group_num_rows, total_uncompressed_size, path_in_schema, stats_null_count,
            CASE WHEN min_is_exact THEN stats_min_value END, CASE WHEN max_is_exact THEN stats_max_value END,
            encodings LIKE '%DICTIONARY%'
        FROM parquet_metadata([{listed}])""").fetchall()
    order = {file: number for number, file in enumerate(files)}
    stretches: list[Stretch] = []
    last: tuple[Any, Any] = (None, None)
    for file, group, rows, size, path, *statistics in sorted(found, key=lambda row: (order.get(row[0], 0), row[1])):
        if (file, group) != last:
            first = stretches[-1].first + stretches[-1].rows if last[0] == file else 0
            stretches.append(Stretch(file, first, rows))
            last = (file, group)
        stretches[-1].size += size
        stretches[-1].columns[path] = Statistics(*statistics)
    return stretches
