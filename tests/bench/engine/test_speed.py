"""The engine's speed, CPU and memory beside its peers', on the messy table. Figures are printed; nothing is judged.

`make bench-engine`; ROWS= takes other sizes (default 100000,1000000; the largest of the issue is 5000000).
"""

import os
from pathlib import Path

import pytest
from tests.bench.engine.contending import Contender, contend, table
from tests.bench.engine.messy import write

SIZES = [int(size) for size in os.environ.get("ROWS", "100000,1000000").split(",")]
ROUNDS = int(os.environ.get("ROUNDS", "5"))
FEW, MANY = 100_000, 1_000_000  # rows that the slower peers are given at most
_NO_TYPES = "types, cleaning, recovery, duplicates, report"
_KNOWN = "inference, recovery of broken rows, rejects, report"
OURS = Contender("sluice", "ours.py", ("1GB",), peer=False)
COPY = Contender("duckdb copy", "duckdb_copy.py", leaves_out=_NO_TYPES)
PANDAS = Contender("pandas", "pandas_clean.py", leaves_out=_KNOWN)
POLARS = Contender("polars streaming", "polars_clean.py", leaves_out=f"{_KNOWN}, order of rows")
DLT_ARROW = Contender("dlt arrow", "dlt_load.py", ("arrow",), leaves_out="cleaning, duplicates, rejects, report")
DLT_ROWS = Contender("dlt rows", "dlt_load.py", ("rows",), leaves_out="cleaning, duplicates, rejects, report")


@pytest.mark.parametrize("rows", SIZES)
def test_speed(rows: int, tmp_path: Path) -> None:
    folder = Path(os.environ.get("BENCH_FOLDER", str(tmp_path)))
    source = write(folder / f"messy-{rows}.csv", rows)
    contenders = [OURS, COPY]
    contenders += [PANDAS] if rows <= MANY else []
    contenders += [DLT_ARROW, DLT_ROWS] if rows <= FEW else []
    found = contend(contenders, source, tmp_path, ROUNDS)
    title = f"{rows:,} rows, {source.stat().st_size / 1e6:,.0f} MB, medians of {ROUNDS}"
    print(table(title, found, OURS.name, contenders))
    assert not found[OURS.name].failed


@pytest.mark.parametrize("rows", SIZES)
def test_speed_on_sound_rows(rows: int, tmp_path: Path) -> None:
    """Polars can't read the broken rows: beside it, the same table without them."""
    folder = Path(os.environ.get("BENCH_FOLDER", str(tmp_path)))
    source = write(folder / f"sound-{rows}.csv", rows, broken=False)
    contenders = [OURS, COPY, POLARS]
    found = contend(contenders, source, tmp_path, ROUNDS)
    print(table(f"{rows:,} rows without broken ones, medians of {ROUNDS}", found, OURS.name, contenders))
    assert not found[OURS.name].failed


def test_memory_limit(tmp_path: Path) -> None:
    """Peak memory of a process that was given 512 MB."""
    folder = Path(os.environ.get("BENCH_FOLDER", str(tmp_path)))
    rows = max(SIZES)
    tight = Contender("sluice, 512MB", "ours.py", ("512MB",), peer=False)
    found = contend([tight], write(folder / f"messy-{rows}.csv", rows), tmp_path, 1)
    print(table(f"{rows:,} rows", found, tight.name, [tight]))
    assert not found[tight.name].failed
