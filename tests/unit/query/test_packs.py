"""Rows are read from packs as from the small files that they were made of, and only those of served runs."""

from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice.catalog.keeper import CatalogKeeper, Due
from sluice_clean.merging import Merger, write_pack

FIELDS = [("id", "integer"), ("v", "string")]


@pytest.fixture
def merge(world: Any) -> Any:
    catalog = CatalogKeeper(world.dynamodb, "unit-catalog")

    def url(key: str) -> str:
        """The folder's names for keys of the clean bucket."""
        _, _, folder, file = key.split("/")
        kind, _, name = folder.partition("=")
        return str(world.folder / (f"{name}.parquet" if kind == "pack" else f"{name}-{int(file[5:10])}.parquet"))

    merger = Merger(catalog, url, partial(write_pack, duckdb.connect))

    def run() -> int:
        return merger.merge(Due("d", "META", "", ""))

    return run


def add(world: Any, name: str, key: int, value: str) -> Any:
    return world.add("d", name, FIELDS, f"SELECT {key}::BIGINT AS id, '{value}' AS v", sql_types=True)


def served(world: Any) -> dict[int, str]:
    records = world.get("/datasets/d/records", {"_size": "1000"}).records
    return {record["id"]: record["v"] for record in records}


def test_what_is_served_stays_the_same_and_comes_from_one_file(world: Any, merge: Any) -> None:
    for number in range(20):
        # Keys overlap: the newer object's row is served.
        add(world, f"{number}.csv", number // 2, f"v{number}")
    expected = served(world)
    assert expected == {key: f"v{2 * key + 1}" for key in range(10)}
    assert merge() == 20
    for path in Path(world.folder).glob("run*.parquet"):
        path.unlink()
    assert served(world) == expected
    world.restart()
    assert served(world) == expected


def test_a_removed_or_replaced_object_is_not_brought_back_by_its_pack(world: Any, merge: Any) -> None:
    for number in range(20):
        add(world, f"{number}.csv", number // 2, f"v{number}")
    merge()
    world.remove("d", "19.csv")
    add(world, "1.csv", 0, "new")
    world.remove("d", "5.csv")
    world.remove("d", "4.csv")
    expected = {key: f"v{2 * key + 1}" for key in range(10)} | {9: "v18", 0: "new"}
    del expected[2]
    assert served(world) == expected
    counted = world.get("/datasets/d/records", {"_extra": "count", "id__gte": "9"}).json
    assert counted["count"] == 1
    record = world.get("/datasets/d/records/9").json
    assert (record["v"], record["_object"]) == ("v18", "18.csv")


def test_a_record_on_its_way_into_the_table_is_found_beside_packs(world: Any, merge: Any) -> None:
    for number in range(16):
        add(world, f"{number}.csv", number, f"v{number}")
    merge()
    world.add("d", "late.csv", FIELDS, "SELECT 3::BIGINT AS id, 'late' AS v", load=False, sql_types=True)
    assert world.get("/datasets/d/records/3").json["v"] == "late"
    assert served(world)[3] == "late"
