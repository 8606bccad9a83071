"""The whole engine, cell for cell, against a slow reading of the same rules, at several numbers of threads."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.bench.engine.messy import write
from tests.reference.messy import clean_messy

from sluice_clean.engine import CleanSettings, Lineage, Source, Target, clean, local_connection

ROWS = 40_000  # several chunks

Expected = tuple[Path, list[tuple[int, tuple[Any, ...]]], int, int]


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    path = write(tmp_path_factory.mktemp("messy") / "messy.csv", ROWS)
    return (path, *clean_messy(path))


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_the_messy_table_is_cleaned_as_the_rules_say(tmp_path: Path, messy: Expected, threads: int) -> None:
    path, expected, refused, repeated = messy
    settings = CleanSettings(temp_dir=tmp_path, threads=threads)
    target = Target(f"{tmp_path}/data/", f"{tmp_path}/rejects.parquet", Lineage("messy.csv", "run", "1"))
    report = clean(Source.local(path), target, settings=settings, connect=lambda: local_connection(settings))
    assert (report.rows_out, report.rows_rejected, report.rows_duplicate) == (len(expected), refused, repeated)
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT _row, * EXCLUDE (_key, _object, _run, _row, _sk) FROM '{tmp_path}/data/*.parquet' ORDER BY _row"  # noqa: S608 - ours
        ).fetchall()
    for (number, values), (row, *cells) in zip(expected, rows, strict=True):
        assert (row, tuple(cells)) == (number, values)
