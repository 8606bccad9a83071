# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Writes the output: parts of typed records in source order, and the refused rows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sluice_clean.engine.model import Lineage, Target
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.report import Part
from sluice_clean.engine.sql import identifier, literal
from sluice_clean.engine.work import Workspace

_PARQUET = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, RETURN_STATS"


def write_parts(work: Workspace, plan: Plan, target: Target) -> list[Part]:
    """Writes the records that are neither refused nor dropped, at most ``part_rows`` to a file.

    A part is a range of record numbers, so that the same input gives the same parts whatever the threads do.
    """
    _make_folder(target.data_prefix)
    jobs = [
        (f"{target.data_prefix}part-{number:05}.parquet", _part_sql(work, plan, target.lineage, first, last))
        for number, (first, last) in enumerate(_ranges(work))
    ]
    if not jobs:
        return []
    work.connection.execute(f"COPY dropped TO {_dropped(work)} (FORMAT parquet)")
    # A part is one row group, which DuckDB writes on one thread: parts are what runs side by side.
    with ThreadPoolExecutor(max_workers=min(work.settings.threads, len(jobs))) as pool:
        return list(pool.map(lambda job: _write(work, *job), jobs))


def _ranges(work: Workspace) -> Iterator[tuple[int, int]]:
    """First and last record number of each part."""
    size = work.settings.part_rows
    found = work.rows(f"""
        SELECT min(_row), max(_row) FROM (
            SELECT _row, (row_number() OVER (ORDER BY _row) - 1) // {size} AS part
            FROM staged AS s ANTI JOIN dropped AS d USING (_row) WHERE _bad IS NULL)
        GROUP BY part ORDER BY part""")
    yield from found


def _dropped(work: Workspace) -> str:
    return literal(str(work.folder / "dropped.parquet"))


def _part_sql(work: Workspace, plan: Plan, lineage: Lineage, first: int, last: int) -> str:
    cells = ", ".join(f"v{index} AS {identifier(column.name)}" for index, column in enumerate(plan.columns))
    # Files, not temporary views: each part is written over a connection of its own.
    staged = f"read_parquet({literal(str(work.folder / 'staged.parquet'))})"
    return f"""SELECT {cells}, _key, {literal(lineage.object)} AS _object, {literal(lineage.run)} AS _run,
        _row, {literal(lineage.order)} AS _sk
        FROM {staged} AS s ANTI JOIN read_parquet({_dropped(work)}) AS d USING (_row)
        WHERE _bad IS NULL AND _row BETWEEN {first} AND {last} ORDER BY _row"""


def _write(work: Workspace, url: str, select: str) -> Part:
    cursor = work.connection.cursor()
    try:
        (row,) = cursor.execute(f"COPY ({select}) TO {literal(url)} ({_PARQUET})").fetchall()
    finally:
        cursor.close()
    return Part(url=url, rows=row[1], bytes=row[2])


def write_rejects(work: Workspace, target: Target) -> dict[str, int]:
    """Writes the refused rows, if there are any; how many there are by code."""
    by_code: dict[str, int] = dict(work.rows("SELECT code, count(*) FROM rejects GROUP BY code ORDER BY code"))
    if by_code:
        _make_folder(target.rejects_url)
        lineage = target.lineage
        work.connection.execute(f"""COPY (
            SELECT "row", line, code, reason, "column", raw,
                {literal(lineage.object)} AS _object, {literal(lineage.run)} AS _run
            FROM rejects ORDER BY "row") TO {literal(target.rejects_url)} (FORMAT parquet, COMPRESSION zstd)""")
    return by_code


def _make_folder(url: str) -> None:
    if "://" not in url:
        folder = Path(url) if url.endswith("/") else Path(url).parent
        folder.mkdir(parents=True, exist_ok=True)
