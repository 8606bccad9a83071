"""Diffs: what a run changes against the run that it replaces, compared with sets made in Python."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.models.dataset import Dataset
from sluice.models.run import MAX_DIFF_ROWS, Run, RunDiff
from sluice_clean.buckets import Version
from sluice_clean.cleaning import Cleaned
from sluice_clean.diffing import CleanWithDiff, Rows, compare

Table = dict[str, str | None]


class Runs:
    """Runs as Parquet files in a folder, written again and again."""

    def __init__(self, folder: Path) -> None:
        # DuckDB keeps the bytes of a local file by its path, size and time to the second: another example's file.
        self.connection = duckdb.connect(config={"enable_external_file_cache": False})
        self.folder = folder

    def write(self, run: str, select: str) -> Rows:
        path = str(self.folder / f"{run}.parquet")
        self.connection.execute(
            f"COPY (SELECT *, 'a.csv' AS _object, '{run}' AS _run, '{run}' AS _sk FROM ({select})) "  # noqa: S608
            f"TO '{path}' (FORMAT parquet)"
        )
        return Rows(run, [path])

    def table(self, run: str, table: Table) -> Rows:
        values = ", ".join(f"({key!r}, {row}, {_literal(v)})" for row, (key, v) in enumerate(table.items(), 1))
        values = values or "(NULL, 0, NULL)"
        return self.write(
            run,
            "SELECT _key::VARCHAR AS _key, _row, name::VARCHAR AS name "  # noqa: S608
            f"FROM (VALUES {values}) t(_key, _row, name) WHERE _key IS NOT NULL",
        )

    def compare(self, old: Rows, new: Rows) -> tuple[RunDiff, list[dict[str, Any]]]:
        target = self.folder / "diff.parquet"
        target.unlink(missing_ok=True)
        diff = compare(self.connection, old, new, str(target))
        if not target.exists():
            return diff, []
        rows = self.connection.execute(f"SELECT change, _key, before, after FROM '{target}'").fetchall()  # noqa: S608
        return diff, [
            {"change": c, "key": k, "before": b and json.loads(b), "after": a and json.loads(a)} for c, k, b, a in rows
        ]


def _literal(value: str | None) -> str:
    return "NULL::VARCHAR" if value is None else f"'{value}'"


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


tables = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["x", "y", "", None]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=tables, new=tables)
def test_counts_and_rows_are_those_of_sets(runs: Runs, old: Table, new: Table) -> None:
    diff, rows = runs.compare(runs.table("r1", old), runs.table("r2", new))
    expected = {
        "added": {key for key in new if key not in old},
        "removed": {key for key in old if key not in new},
        "changed": {key for key in new if key in old and new[key] != old[key]},
    }
    assert {kind: {row["key"] for row in rows if row["change"] == kind} for kind in expected} == expected
    assert diff == RunDiff(against="r1", listed=len(rows), **{kind: len(keys) for kind, keys in expected.items()})
    for row in rows:
        assert row["before"] == ({"name": old[row["key"]]} if row["key"] in old else None)
        assert row["after"] == ({"name": new[row["key"]]} if row["key"] in new else None)


def test_a_column_of_another_type_changes_the_rows_that_read_otherwise(runs: Runs) -> None:
    old = runs.write("r1", "SELECT i::VARCHAR AS _key, i AS _row, i::VARCHAR AS id FROM range(3) t(i)")
    new = runs.write("r2", "SELECT i::VARCHAR AS _key, i AS _row, i::BIGINT AS id FROM range(3) t(i)")
    assert runs.compare(old, new)[0] == RunDiff(against="r1")
    new = runs.write("r2", "SELECT i::VARCHAR AS _key, i AS _row, i::DOUBLE AS id FROM range(3) t(i)")
    assert runs.compare(old, new)[0].changed == 3


def test_a_new_column_changes_the_rows_that_have_a_value_in_it(runs: Runs) -> None:
    old = runs.write("r1", "SELECT i::VARCHAR AS _key, i AS _row, i AS id FROM range(4) t(i)")
    new = runs.write(
        "r2", "SELECT i::VARCHAR AS _key, i AS _row, i AS id, CASE WHEN i > 2 THEN 'x' END AS more FROM range(4) t(i)"
    )
    diff, rows = runs.compare(old, new)
    assert diff.changed == 1
    assert (rows[0]["before"], rows[0]["after"]) == ({"id": 3}, {"id": 3, "more": "x"})


def test_values_have_the_forms_of_the_api(runs: Runs) -> None:
    old = runs.write("r1", 'SELECT \'k\' AS _key, 1 AS _row, 1 AS "it\'s ""n"""')
    new = runs.write(
        "r2",
        "SELECT 'k' AS _key, 1 AS _row, 9007199254740993::BIGINT AS big, 12.50::DECIMAL(9, 2) AS exact, "
        "'nan'::DOUBLE AS nan, TIMESTAMP '2020-01-31 12:00:00.120' AS at, DATE '2020-01-31' AS day, "
        "true AS yes, '{\"a\": 1}'::JSON AS doc",
    )
    (row,) = runs.compare(old, new)[1]
    assert row["before"] == {'it\'s "n"': 1}
    assert row["after"] == {
        "big": "9007199254740993",
        "exact": "12.50",
        "nan": None,
        "at": "2020-01-31T12:00:00.12Z",
        "day": "2020-01-31",
        "yes": True,
        "doc": {"a": 1},
    }


def test_of_each_kind_only_the_first_rows_are_stored(runs: Runs) -> None:
    many = MAX_DIFF_ROWS + 500
    old = runs.write("r1", f"SELECT 'o' || i AS _key, i AS _row FROM range({many}) t(i)")  # noqa: S608
    new = runs.write("r2", f"SELECT 'n' || i AS _key, i AS _row FROM range({many}) t(i)")  # noqa: S608
    diff, rows = runs.compare(old, new)
    assert (diff.added, diff.removed, diff.listed) == (many, many, 2 * MAX_DIFF_ROWS)
    assert [row["key"] for row in rows[:MAX_DIFF_ROWS]] == [f"n{number}" for number in range(MAX_DIFF_ROWS)]
    assert len(rows) == diff.listed


def test_a_run_without_files_has_no_rows(runs: Runs) -> None:
    full = runs.table("r1", {"a": "x"})
    assert runs.compare(full, Rows("r2", []))[0] == RunDiff(against="r1", removed=1, listed=1)
    assert runs.compare(Rows("r0", []), full)[0] == RunDiff(against="r0", added=1, listed=1)


def test_a_file_may_hold_other_runs_too(runs: Runs) -> None:
    one, other = runs.table("r1", {"a": "x"}), runs.table("r9", {"b": "y"})
    assert runs.compare(Rows("r1", one.files + other.files), runs.table("r2", {"a": "x"}))[0] == RunDiff(against="r1")


class FolderBucket:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, key: str) -> str:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)


def clean_with(aws: Any, folder: Path, connect: Callable[[], Any]) -> Cleaned:
    bucket: Any = FolderBucket(folder)
    cleaner = CleanWithDiff(lambda *_: Cleaned({"rows_out": 7, "parts": 1}), aws.catalog, bucket, connect)
    run = Run(run="r2", dataset="prices", object="a.csv", version_id="v2", received_at="2026")
    version = Version("raw/prices/a.csv", "v2", "etag", "2026", 1)
    cleaned = cleaner(Dataset(name="prices", created_at="2026", updated_at="2026"), run, version)
    assert cleaned is not None
    return cleaned


def test_an_objects_first_run_added_all(aws: Any, tmp_path: Path) -> None:
    assert clean_with(aws, tmp_path, pytest.fail).result["diff"] == RunDiff(added=7)


def test_a_diff_that_cannot_be_made_does_not_fail_the_run(aws: Any, tmp_path: Path) -> None:
    from sluice.catalog import Commit

    fence = aws.catalog.take_fence("prices", "a.csv").fence
    run = Run(run="r1", dataset="prices", object="a.csv", version_id="v1", received_at="2026", parts=1, fence=fence)
    aws.catalog.ensure_dataset("prices")
    aws.catalog.start_run(run)
    aws.catalog.commit(Commit("prices", "a.csv", fence, run))
    assert clean_with(aws, tmp_path, duckdb.connect).result == {"rows_out": 7, "parts": 1, "diff": None}
