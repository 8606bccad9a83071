# ruff: noqa: S608 - SQL is built of generated column names
"""Reads a `RawTable` through its own face: every chunk's relation, proven by its own account."""

from pathlib import Path
from typing import Any

import duckdb

from sluice_clean.engine import Source
from sluice_clean.engine.readers.base import Chunk, RawTable, Refusal
from sluice_clean.engine.readers.table_writer import TableWriter, sample_of, table_chunks
from sluice_clean.engine.work import Workspace


def file_source(path: Path, data: bytes) -> Source:
    """A file with this content."""
    path.write_bytes(data)
    return Source.local(path)


def made_table(
    work: Workspace, labels: list[str | None], rows: list[list[str | None]], name: str = "t", **fields: Any
) -> RawTable:
    """A table of these rows."""
    writer = TableWriter(work, len(labels), name)
    for number, row in enumerate(rows, 1):
        writer.add(row, number)
    chunks = writer.chunks()
    sample, complete = sample_of(chunks)
    given = {"format": "csv", "encoding": "utf-8"} | fields
    return RawTable(labels, table_chunks(chunks), sample, complete, **given)


def _chunk_rows(
    connection: duckdb.DuckDBPyConnection, chunk: Chunk, cells: str
) -> tuple[list[tuple[Any, ...]], list[Refusal]]:
    rows = connection.execute(f"SELECT {cells} FROM {chunk.relation}").fetchall()
    checked = chunk.check(connection, len(rows), lambda _: (0, 0))
    assert checked.records == len(rows) + len(checked.refusals)
    return rows, checked.refusals


def rows_of(work: Workspace, table: RawTable) -> list[tuple[Any, ...]]:
    """All records in order."""
    return with_refusals(work, table)[0]


def with_refusals(work: Workspace, table: RawTable) -> tuple[list[tuple[Any, ...]], list[Refusal]]:
    """All records in order, and all that can't be read; the table's sample is looked at too."""
    rows, refusals = [], []
    sampled = work.connection.execute(f"SELECT {', '.join(table.columns)} FROM {table.sample}").fetchall()
    for chunk in table.chunks:
        found, refused = _chunk_rows(work.connection, chunk, ", ".join(table.columns))
        rows += found
        refusals += refused
    if table.sampled_all:
        assert sampled == rows
    return rows, refusals
