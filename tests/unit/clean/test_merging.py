"""Small files are merged into packs, and nothing that is served changes by it; real Parquet, fake DynamoDB."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest
from tests.fakes.clock import Clock
from tests.fakes.dynamodb import DynamoDB

from sluice.catalog import Commit, Limits
from sluice.catalog.items import META
from sluice.catalog.keeper import CatalogKeeper, Due
from sluice.models.run import Run, order_token
from sluice.object_keys import pack_key, part_key, run_files
from sluice_clean.deleting import Deleter
from sluice_clean.merging import MergeError, Merger, write_pack
from sluice_clean.sweeping import Sweeper

D = "prices"
SCHEMA = {"fields": [{"name": "v", "type": "string", "sluice:sql_type": "VARCHAR"}]}


class Files:
    """The clean bucket as a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, key: str) -> str:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def versions(self, prefix: str) -> list[dict[str, str]]:
        found = (str(path.relative_to(self.folder)) for path in self.folder.rglob("*.parquet"))
        return [{"Key": key, "VersionId": "1"} for key in sorted(found) if key.startswith(prefix)]

    def delete(self, versions: Any) -> None:
        for version in versions:
            (self.folder / version["Key"]).unlink()

    @property
    def packs(self) -> list[str]:
        return [version["Key"] for version in self.versions(f"data/{D}/pack=")]


class House:
    """A catalog, files, a merger and a sweeper; `during` runs once, when a pack has been written."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.dynamodb = DynamoDB()
        self.duckdb = duckdb.connect()
        self.catalog = CatalogKeeper(cast("Any", self.dynamodb), "catalog", Limits(grace_seconds=3_600))
        self.files = Files(folder)
        self.catalog.ensure_dataset(D)
        self.during: Any = None
        self.merger = Merger(self.catalog, self.files.url, self._write)
        deleter = Deleter(self.catalog, Files(folder / "raw"), self.files, lambda _: None, 0)
        self.sweeper = Sweeper(self.catalog, self.files, lambda _: None, deleter.step)

    def _write(self, files: Any, runs: Any, target: str) -> int:
        written = partial(write_pack, self.duckdb.cursor)(files, runs, target)
        during, self.during = self.during, None
        if during:
            during()
        return written

    def serve(self, name: str, value: str, **more: Any) -> Run:
        """A one-row object is cleaned, committed and loaded."""
        self.clock.advance(1)
        fence = self.catalog.take_fence(D, name).fence
        run = f"{name.replace('.', '')}{fence}"
        new = Run(run=run, dataset=D, object=name, version_id=run, received_at="2026", parts=1, fence=fence)
        new = new.model_copy(
            update={
                "rows_in": 1,
                "rows_out": 1,
                "table_schema": SCHEMA,
                "bytes_out": 500,
                "last_modified": f"2026-{fence}",
            }
            | more
        )
        self.catalog.start_run(new)
        self._file(new, value)
        self.catalog.commit(Commit(D, name, fence, new))
        self.catalog.part_loaded(D, run, 0)
        pointer = self.catalog.find_object(D, name)
        assert pointer
        self.catalog.clear_outbox(D, name, pointer.outbox)
        return new

    def _file(self, run: Run, value: str) -> None:
        token, path = order_token(run.last_modified or "", run.run), self.files.url(part_key(D, run.run, 0))
        with self.duckdb.cursor() as connection:
            connection.execute(
                f"COPY (SELECT 'k-{run.object}' AS _key, '{run.object}' AS _object, '{run.run}' AS _run, "
                f"1::BIGINT AS _row, '{token}' AS _sk, '{value}' AS v) TO '{path}' (FORMAT parquet)"
            )

    def withdraw(self, name: str) -> None:
        self.catalog.commit(Commit(D, name, self.catalog.take_fence(D, name).fence))

    def merge(self) -> int:
        return self.merger.merge(next(self.catalog.to_merge(), Due(D, META, "", "")))

    @property
    def live(self) -> list[Run]:
        return self.catalog.live_runs(D, self.catalog.dataset(D).generation)

    def read(self) -> dict[str, str]:
        """What is served, as a reader finds it."""
        found: dict[str, str] = {}
        for run in self.live:
            for key in run_files(D, run.run, run.parts, run.pack):
                with self.duckdb.cursor() as connection:
                    rows = connection.execute(
                        "SELECT _object, v FROM read_parquet(?, hive_partitioning = false) WHERE _run = ?",
                        [self.files.url(key), run.run],
                    ).fetchall()
                found |= dict(rows)
        return found

    @property
    def places(self) -> int:
        """From how many files it is read."""
        return len({key for run in self.live for key in run_files(D, run.run, run.parts, run.pack)})

    def sweep(self) -> dict[str, int]:
        return dict(self.sweeper.sweep(60))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = Clock()
    with clock.in_force():
        yield House(tmp_path, clock)


def many(house: House, count: int, first: int = 0) -> dict[str, str]:
    expected = {f"{number}.csv": f"v{number}" for number in range(first, first + count)}
    for name, value in expected.items():
        house.serve(name, value)
    return expected


def test_many_small_files_become_one_and_the_same_rows_are_read(house: House) -> None:
    expected = many(house, 64)
    (due,) = house.catalog.to_merge()
    before = house.catalog.dataset(D)
    assert house.merger.merge(due) == 64
    assert (house.places, house.read()) == (1, expected)
    after = house.catalog.dataset(D)
    assert after.generation == before.generation + 1
    assert (after.rows, after.objects, after.loose) == (64, 64, 0)
    assert list(house.catalog.to_merge()) == []
    (pack,) = house.catalog.packs(D)
    assert (pack.state, pack.rows, house.files.packs) == ("ready", 64, [pack_key(D, pack.pack)])


def test_few_files_are_left_alone_and_so_are_large_ones(house: House) -> None:
    many(house, 15)
    for number in range(20):
        house.serve(f"large{number}.csv", "x", bytes_out=5 * 2**20)
    for number in range(20):
        house.serve(f"unknown{number}.csv", "x", table_schema={"fields": [{"name": "v", "type": "string"}]})
    assert house.merge() == 0
    assert house.files.packs == []


def test_an_object_replaced_while_it_is_merged_does_not_come_back(house: House) -> None:
    expected = many(house, 20)

    def change() -> None:
        house.serve("3.csv", "new")
        house.withdraw("4.csv")

    house.during = change
    assert house.merge() == 18
    del expected["4.csv"]
    assert house.read() == expected | {"3.csv": "new"}


def test_a_run_begun_anew_while_it_is_merged_is_read_from_its_own_new_file(house: House) -> None:
    many(house, 20)
    run = next(run for run in house.live if run.object == "3.csv")

    def restore() -> None:
        house.withdraw("3.csv")
        fence = house.catalog.take_fence(D, "3.csv").fence
        again = run.model_copy(update={"fence": fence})
        house.catalog.start_run(again)
        house.catalog.commit(Commit(D, "3.csv", fence, again))

    house.during = restore
    assert house.merge() == 19
    (restored,) = (run for run in house.live if run.object == "3.csv")
    assert restored.pack is None


def test_packs_are_merged_and_the_old_ones_go_after_the_time_of_grace(house: House) -> None:
    expected: dict[str, str] = {}
    for start in range(0, 8 * 16, 16):
        expected |= many(house, 16, start)
        house.merge()
    assert house.places == 8
    house.merge()
    assert len(house.files.packs) == 9
    assert house.places == 1
    assert house.sweep() == {}
    house.clock.advance(3_700)
    assert house.sweep() == {"collected": 8}
    assert len(house.files.packs) == 1
    assert house.read() == expected


def test_a_pack_that_is_mostly_of_ended_runs_is_written_anew(house: House) -> None:
    expected = many(house, 20)
    house.merge()
    for number in range(15):
        house.withdraw(f"{number}.csv")
        del expected[f"{number}.csv"]
    assert house.merge() == 5
    house.clock.advance(3_700)
    house.sweep()
    assert house.read() == expected
    (pack,) = house.files.packs
    with duckdb.connect() as connection:
        left = connection.execute("SELECT count(*) FROM read_parquet(?)", [house.files.url(pack)]).fetchone()
    assert left == (5,)


def test_a_pack_whose_writer_died_is_collected_and_nothing_is_read_from_it(house: House) -> None:
    expected = many(house, 20)

    def die() -> None:
        raise KeyboardInterrupt

    house.during = die
    with pytest.raises(KeyboardInterrupt):
        house.merge()
    assert house.sweep() == {}
    house.clock.advance(1_000)
    assert house.sweep() == {"collected": 1}
    assert house.files.packs == []
    assert house.read() == expected
    assert house.merge() == 20


def test_rows_that_are_not_there_make_no_pack(house: House) -> None:
    many(house, 20)
    path = house.files.url(part_key(D, house.live[0].run, 0))
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{path}', hive_partitioning = false) LIMIT 0")  # noqa: S608 - a test's
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    with pytest.raises(MergeError, match="19 rows where 20"):
        house.merge()
    assert house.places == 20


def test_a_dataset_that_is_deleted_meanwhile_keeps_no_pack(house: House) -> None:
    many(house, 20)

    def delete() -> None:
        house.catalog.delete_dataset(D)
        house.clock.advance(1)
        assert house.sweep() == {"deletion waits": 1}

    house.during = delete
    house.merge()
    for run in house.catalog.every_run(D):
        house.catalog.part_unloaded(D, run.run, 0)
    house.clock.advance(1_000)
    assert house.sweep()["deleted"] == 1
    assert house.files.versions("") == []
    assert house.dynamodb.items("catalog") == []


def test_a_commit_that_makes_a_merge_due_does_not_put_a_deletion_off_for_ever(house: House) -> None:
    """The dataset is marked after a withdrawal has read it and before its transaction: both set the same clock."""
    many(house, 63)

    def mark(operation: str) -> None:
        if operation == "transact_write_items":
            house.dynamodb.watch = lambda _: None
            house.catalog.delete_dataset(D)

    house.dynamodb.watch = mark
    house.withdraw("0.csv")
    assert house.catalog.dataset(D).deleting_at
    assert list(house.catalog.to_merge()) == []
    house.clock.advance(1)
    assert house.sweep() == {"deletion waits": 1}


def test_what_was_deleted_does_not_stay_in_a_pack_for_ever(house: House) -> None:
    expected = many(house, 20)
    house.merge()
    (before,) = house.files.packs
    house.withdraw("3.csv")
    del expected["3.csv"]
    gone = next(run for run in house.catalog.every_run(D) if run.object == "3.csv")
    house.catalog.part_unloaded(D, gone.run, 0)
    house.clock.advance(3_700)
    assert house.sweep()["collected"] == 1
    assert list(house.catalog.to_merge()) == []
    house.clock.advance(86_400)
    assert house.merge() == 19
    house.clock.advance(3_700)
    assert house.sweep() == {"collected": 1}
    (pack,) = house.files.packs
    assert pack != before
    with duckdb.connect() as connection:
        found = connection.execute("SELECT DISTINCT _object FROM read_parquet(?)", [house.files.url(pack)]).fetchall()
    assert {name for (name,) in found} == set(expected)
    assert house.read() == expected
    assert house.merge() == 0
    assert [item for item in house.dynamodb.items("catalog") if "due_at" in item] == []


def test_one_merges_at_a_time(house: House) -> None:
    """Else a run's rows would be in two packs that are both read, and a pack be ended that runs are moved into."""
    expected = many(house, 20)
    beside: list[int] = []
    house.during = lambda: beside.append(house.merge())
    assert (house.merge(), beside) == (20, [0])
    assert (len(house.files.packs), house.read()) == (1, expected)


def test_a_merge_that_died_is_followed_by_another(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    many(house, 20)

    def die() -> None:
        # As a process that is killed: it does not let go of anything.
        monkeypatch.setattr(house.catalog, "end_merge", lambda _: None)
        raise KeyboardInterrupt

    house.during = die
    with pytest.raises(KeyboardInterrupt):
        house.merge()
    monkeypatch.undo()
    assert house.merge() == 0
    house.clock.advance(1_000)
    assert house.merge() == 20
