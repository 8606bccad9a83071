"""`…/runs/{run}/diff`: counts, and rows in pages."""

from typing import Any

import duckdb
from tests.unit.query.conftest import LocalFiles

from sluice.models.run import RunDiff
from sluice_clean.diffing import Rows, compare

FIELDS = [("id", "integer"), ("name", "string")]


def replaced(world: Any) -> str:
    """A dataset whose object was cleaned twice; gives the path of the second run's diff."""
    old = world.add("prices", "a.csv", FIELDS, "SELECT i AS id, 'n' || i AS name FROM range(5) t(i)")
    files = LocalFiles(world.folder)
    diff = RunDiff(against=old.run, added=2, changed=1, removed=1, listed=4)
    new = world.add(
        "prices",
        "a.csv",
        FIELDS,
        "SELECT i AS id, CASE i WHEN 3 THEN 'x' ELSE 'n' || i END AS name FROM range(1, 7) t(i)",
        diff=diff,
    )
    with duckdb.connect() as connection:
        before, after = (Rows(run.run, files.parts(run)) for run in (old, new))
        assert compare(connection, before, after, files.diff(new)) == diff
    return f"/datasets/prices/runs/{new.run}/diff"


def test_a_run_tells_what_it_changed(world: Any) -> None:
    told = world.get(replaced(world)).json
    assert {name: told[name] for name in ("against", "added", "changed", "removed", "listed")} == {
        "against": "run001",
        "added": 2,
        "changed": 1,
        "removed": 1,
        "listed": 4,
    }
    assert [(row["change"], row["_key"]) for row in told["rows"]] == [
        ("added", "5"),
        ("added", "6"),
        ("changed", "3"),
        ("removed", "0"),
    ]
    assert told["rows"][2]["before"] == {"id": 3, "name": "n3"}
    assert told["rows"][2]["after"] == {"id": 3, "name": "x"}
    assert told["rows"][0]["before"] is None
    assert told["next"] is None


def test_the_rows_are_paged(world: Any) -> None:
    path = replaced(world)
    whole, seen, token = world.get(path).json["rows"], [], None
    while True:
        page = world.get(path, {"_size": "3"} | ({"_next": token} if token else {})).json
        seen += page["rows"]
        token = page["next"]
        if token is None:
            break
        assert len(page["rows"]) == 3
    assert seen == whole


def test_an_objects_first_run_added_its_own_rows(world: Any) -> None:
    run = world.add(
        "prices", "a.csv", FIELDS, "SELECT i AS id, 'n' AS name FROM range(7) t(i)", parts=2, diff=RunDiff(added=7)
    )
    path = f"/datasets/prices/runs/{run.run}/diff"
    first = world.get(path, {"_size": "5"}).json
    assert (first["against"], first["added"], first["listed"]) == (None, 7, 7)
    second = world.get(path, {"_size": "5", "_next": first["next"]}).json
    assert second["next"] is None
    rows = first["rows"] + second["rows"]
    assert [row["after"]["id"] for row in rows] == list(range(7))
    assert {(row["change"], row["before"]) for row in rows} == {("added", None)}


def test_a_run_without_a_diff_says_so(world: Any) -> None:
    run = world.add("prices", "a.csv", FIELDS, "SELECT 1 AS id, 'n' AS name")
    answer = world.get(f"/datasets/prices/runs/{run.run}/diff")
    assert answer.status == 404
    assert "has no diff" in answer.json["detail"]


def test_a_diff_whose_file_is_gone_says_so(world: Any) -> None:
    path = replaced(world)
    (world.folder / "run002-diff.parquet").unlink()
    answer = world.get(path)
    assert answer.status == 404
    assert "not there any more" in answer.json["detail"]
