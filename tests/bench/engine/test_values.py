"""Every cell of the messy table, as the slow reference has it, run after run: what counts alone don't show.

`ROWS=100000,1000000 REPEATS=10 pytest -s tests/bench/engine/test_values.py`. A winner among duplicates that depends
on which thread came first, say, differs between runs while all counts are right.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.bench.engine.messy import write
from tests.reference.messy import clean_messy

from sluice_clean.engine import CleanSettings, Lineage, Report, Source, Target, clean, local_connection

SIZES = [int(size) for size in os.environ.get("ROWS", "100000,1000000").split(",")]
REPEATS = int(os.environ.get("REPEATS", "10"))
THREADS = (1, 2, 8)
_AT_ONCE = 10_000  # rows that are compared


@pytest.mark.parametrize("rows", SIZES)
def test_every_run_gives_the_values_of_the_reference(rows: int, tmp_path: Path) -> None:
    source = write(Path(os.environ.get("BENCH_FOLDER", str(tmp_path))) / f"messy-{rows}.csv", rows)
    expected, refused, repeated = clean_messy(source)
    for _ in range(REPEATS):
        for threads in THREADS:
            report = _clean(source, tmp_path, threads)
            assert (report.rows_out, report.rows_rejected, report.rows_duplicate) == (len(expected), refused, repeated)
            _compare(expected, tmp_path)
            shutil.rmtree(tmp_path / "data")
    print(f"{rows:,} rows, {len(expected):,} out, {REPEATS} times at {THREADS} threads: cell for cell the reference's")


def _clean(source: Path, folder: Path, threads: int) -> Report:
    settings = CleanSettings(temp_dir=folder, threads=threads)
    target = Target(f"{folder}/data/", f"{folder}/rejects.parquet", Lineage("messy.csv", "run", "1"))
    return clean(Source.local(source), target, settings=settings, connect=lambda: local_connection(settings))


def _compare(expected: list[tuple[int, tuple[Any, ...]]], folder: Path) -> None:
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT _row, * EXCLUDE (_key, _object, _run, _row, _sk) FROM '{folder}/data/*.parquet' ORDER BY _row"  # noqa: S608 - ours
        )
        at = 0
        while batch := found.fetchmany(_AT_ONCE):
            for (number, values), (row, *cells) in zip(expected[at : at + len(batch)], batch, strict=True):
                assert (row, tuple(cells)) == (number, values)
            at += len(batch)
    assert at == len(expected)
