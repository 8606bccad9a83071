"""10,000 objects of one row: how long a page of records takes before and after their files are merged.

In this process: the query service on files of this disk and a fake DynamoDB. On S3 each file costs two requests more.
"""

import time
from functools import partial
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest
from tests.fakes.dynamodb import DynamoDB

from sluice.catalog import Commit
from sluice.catalog.keeper import CatalogKeeper, Due
from sluice.models.run import Run, order_token
from sluice.object_keys import part_key, run_files
from sluice_clean.merging import Merger, write_pack
from sluice_query.edge.database import Database
from sluice_query.parameters import SIZE
from sluice_query.reader import ParquetReader
from sluice_query.records import Records
from sluice_query.state import States
from sluice_query.tokens import Tokens

OBJECTS = 10_000
D = "many"
SCHEMA = {"fields": [{"name": "v", "type": "integer", "sluice:sql_type": "BIGINT"}]}


def _serve(catalog: CatalogKeeper, folder: Path, number: int, writer: duckdb.DuckDBPyConnection) -> None:
    name = f"{number:05}.csv"
    fence = catalog.take_fence(D, name).fence
    run = Run(run=f"r{number:05}", dataset=D, object=name, version_id="v", received_at="2026", fence=fence)
    made = {"rows_out": 1, "rows_in": 1, "parts": 1, "bytes_out": 600, "table_schema": SCHEMA}
    run = run.model_copy(update={**made, "last_modified": "2026-01-01T00:00:00.000Z"})
    path = folder / part_key(D, run.run, 0)
    path.parent.mkdir(parents=True)
    token = order_token(run.last_modified or "", run.run)
    writer.execute(
        f"COPY (SELECT {number}::BIGINT AS v, 'k{number}' AS _key, '{name}' AS _object, '{run.run}' AS _run, "
        f"1::BIGINT AS _row, '{token}' AS _sk) TO '{path}' (FORMAT parquet)"
    )
    catalog.start_run(run)
    catalog.commit(Commit(D, name, fence, run))
    catalog.part_loaded(D, run.run, 0)


def _page(catalog: CatalogKeeper, folder: Path) -> tuple[float, float]:
    """Seconds until a cold process has the first page, and until a warm one has another."""

    def locate(run: Run) -> list[str]:
        return [str(folder / key) for key in run_files(run.dataset, run.run, run.parts, run.pack)]

    reader = ParquetReader(Database(partial(duckdb.connect, config={"threads": 2}), seconds=600), locate)
    records = Records(States(catalog), reader, Tokens(lambda: b"key"), 5_000_000)
    dataset = catalog.dataset(D)
    took = []
    for _ in range(2):
        began = time.perf_counter()
        page = records.page(dataset, {SIZE: ["1000"]}, "application/json")
        took.append(time.perf_counter() - began)
        assert len(page.encoded) == 1000
    return took[0], took[1]


@pytest.mark.slow
def test_ten_thousand_one_row_objects_stay_quick_to_read(tmp_path: Path) -> None:
    catalog = CatalogKeeper(cast("Any", DynamoDB(page=500)), "catalog")
    catalog.ensure_dataset(D)
    writer = duckdb.connect()
    for number in range(OBJECTS):
        _serve(catalog, tmp_path, number, writer)
    before = _page(catalog, tmp_path)

    def url(key: str) -> str:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        return str(tmp_path / key)

    began = time.perf_counter()
    moved = Merger(catalog, url, partial(write_pack, duckdb.connect)).merge(Due(D, "META", "", ""))
    merging = time.perf_counter() - began
    after = _page(catalog, tmp_path)
    packs = {run.pack for run in catalog.live_runs(D, catalog.dataset(D).generation)}
    assert (moved, None in packs) == (OBJECTS, False)
    print(f"{OBJECTS:,} files: first page {before[0]:.2f} s cold, {before[1]:.2f} s warm; merged in {merging:.1f} s")
    print(f"{len(packs)} packs: first page {after[0]:.2f} s cold, {after[1]:.2f} s warm")
    assert after[1] < before[1]
