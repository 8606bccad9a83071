# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Writes the output: parts of typed records in source order, and the refused rows."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from sluice_clean.engine.model import Target
from sluice_clean.engine.report import Part
from sluice_clean.engine.sql import identifier, literal
from sluice_clean.engine.work import Workspace

if TYPE_CHECKING:
    from sluice_clean.engine.plan import Plan

_SORTED = 25_000  # records of a part that is sorted anyway
# Version 2 encodes numbers and differing texts shorter; with a small limit dictionaries of those are soon given up. Of
# texts each column is given its dictionary's limit of memory at once, which is a megabyte unless stated.
_PARQUET = (
    "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1000,"
    " STRING_DICTIONARY_PAGE_SIZE_LIMIT 65536, ROW_GROUP_SIZE 122880, RETURN_STATS"
)


class Span(NamedTuple):
    """The records of a part.

    Attributes:
        first: The first one's place in the chunk.
        last: The last one's.
        whole: Whether these are all of the chunk.
        ordered: Whether they are to be in the order of the file.
    """

    first: int
    last: int
    whole: bool
    ordered: bool


def write_part(
    cursor: duckdb.DuckDBPyConnection, plan: "Plan", target: Target, url: str, first_row: int, rows: Span
) -> Part:
    """Writes the rows of ``t`` in a span of the chunk.

    They are in the order of the file, but for records of large chunks that a first reading had missed: these come
    last unless the order is asked for, since sorting adds a fifth to what writing costs. ``_row`` tells it anyway.
    """
    make_folder(url)
    lineage = target.lineage
    inside = "" if rows.whole else f" WHERE n BETWEEN {rows.first} AND {rows.last}"
    order = " ORDER BY n" if rows.ordered or rows.last - rows.first < _SORTED else ""
    cells = "".join(f"{column.output} AS {identifier(column.name)}, " for column in plan.columns if not column.withheld)
    return copy_part(
        cursor,
        f"""SELECT {cells}{plan.key_sql} AS _key, {_constant(lineage.object)} AS _object,
        {_constant(lineage.run)} AS _run, n + {first_row} AS _row, {_constant(lineage.order)} AS _sk
        FROM t POSITIONAL JOIN numbers{inside}{order}""",
        url,
    )


def _constant(text: str) -> str:
    """SQL of a text for a column that has no other: in Parquet it is text, and written in a quarter of the time."""
    return f"{literal(text)}::ENUM({literal(text)})"


def rewrite_part(work: Workspace, part: Part) -> Part:
    """The part without the rows whose number is in ``gone``; untouched if it has none."""
    (count,) = work.row(f"SELECT count(*) FROM read_parquet({literal(part.url)}) SEMI JOIN gone USING (_row)")
    if not count:
        return part
    spare = str(work.folder / "rewritten.parquet")
    copy_part(work.connection, f"FROM read_parquet({literal(part.url)}) ANTI JOIN gone USING (_row)", spare)
    return copy_part(work.connection, f"FROM read_parquet({literal(spare)})", part.url)


def copy_part(cursor: duckdb.DuckDBPyConnection, select: str, url: str) -> Part:
    """Writes a query's rows as one Parquet file."""
    (row,) = cursor.execute(f"COPY ({select}) TO {literal(url)} ({_PARQUET})").fetchall()
    nulls = {name.strip('"'): int(stats.get("null_count", 0)) for name, stats in row[4].items()}
    return Part(url=url, rows=row[1], bytes=row[2], nulls=nulls)


def write_rejects(work: Workspace, target: Target) -> dict[str, int]:
    """Writes the refused rows, if there are any; how many there are by code."""
    by_code: dict[str, int] = dict(work.rows("SELECT code, count(*) FROM rejects GROUP BY code ORDER BY code"))
    if by_code:
        make_folder(target.rejects_url)
        lineage = target.lineage
        work.connection.execute(f"""COPY (
            SELECT "row", line, code, reason, "column", raw,
                {literal(lineage.object)} AS _object, {literal(lineage.run)} AS _run
            FROM rejects ORDER BY "row") TO {literal(target.rejects_url)} (FORMAT parquet, COMPRESSION zstd)""")
    return by_code


def make_folder(url: str) -> None:
    """The folder of a local path; storage behind a URL has none."""
    if "://" not in url:
        folder = Path(url) if url.endswith("/") else Path(url).parent
        folder.mkdir(parents=True, exist_ok=True)
