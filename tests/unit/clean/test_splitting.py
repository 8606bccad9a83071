"""A large object, cleaned in ranges by several workers: one commit, whatever comes twice, late, or breaks off."""

import gzip
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice.catalog.keeper import CatalogKeeper
from sluice.ids import run_id
from sluice.models.dataset import DatasetUpdate
from sluice.models.run import Run
from sluice.object_keys import LoadTask, RangeTask, RawKey, parse_range_task, report_key
from sluice_clean import engine, whole
from sluice_clean.agreed import Agreed
from sluice_clean.buckets import CleanBucket, RawBucket
from sluice_clean.cleaning import Cleaner, Shell
from sluice_clean.engine import ranges
from sluice_clean.reconcile import Reconciler
from sluice_clean.settings import CleanServiceSettings
from sluice_clean.splitting import Splitter

TARGET = RawKey("orders", "big.csv")
SCHEMA = {"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}], "primaryKey": "id"}


class LocalFiles(CleanBucket):
    """The clean bucket, whose Parquet files lie in a folder: DuckDB can't write to an S3 that is in this process."""

    folder: Path

    def url(self, key: str) -> str:
        return f"{self.folder}/{key}"


class House:
    """Workers that share a catalog and buckets; `bomb` is called before each step that others can see."""

    def __init__(self, aws: Any, folder: Path, range_bytes: int = 600) -> None:
        self.aws = aws
        self.settings = CleanServiceSettings(temp_dir=folder / "temp")
        self.settings.temp_dir.mkdir()
        self.catalog = CatalogKeeper(aws.dynamodb, "unit-catalog")
        self.raw = RawBucket(aws.s3, "unit-raw")
        self.files = LocalFiles(aws.s3, "unit-clean")
        self.files.folder = folder / "clean"
        self.tasks: list[RangeTask] = []
        self.loads: list[LoadTask] = []
        self.done: list[Run] = []
        self.bomb: Callable[[str], None] = lambda _: None
        put_json, begin_round, range_done = self.files.put_json, self.catalog.begin_round, self.catalog.range_done
        self.files.put_json = self._watched("put", put_json)  # type: ignore[method-assign]
        self.catalog.begin_round = self._watched("round", begin_round)  # type: ignore[method-assign]
        self.catalog.range_done = self._watched("count", range_done)  # type: ignore[method-assign]
        agreed = Agreed(self.catalog, self.files)
        shell = Shell(self.raw, self.files, self.settings, self._connect)
        self.splitter = Splitter(
            Cleaner(shell, agreed), shell, self.files, self.catalog, agreed, range_bytes, self._enqueue
        )

    def _connect(self) -> duckdb.DuckDBPyConnection:
        return engine.local_connection(engine.CleanSettings(temp_dir=self.settings.temp_dir))

    def _watched(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any) -> Any:
            self.bomb(what)
            return call(*given)

        return watched

    def _enqueue(self, tasks: Iterable[RangeTask]) -> None:
        for task in tasks:
            self.bomb("task")
            assert parse_range_task(task.key) == task
            self.tasks.append(task)

    def reconciler(self) -> Reconciler:
        return Reconciler(self.catalog, self.raw, self.splitter, self.loads.extend)

    def put(self, body: bytes) -> str:
        version: str = self.aws.s3.put_object(Bucket="unit-raw", Key=TARGET.key, Body=body)["VersionId"]
        return version

    def look(self, version: str) -> Run | None:
        return self.reconciler().reconcile(TARGET, "ObjectCreated:Put", version)

    def carry_out(self, task: RangeTask) -> Run | None:
        job = self.splitter.job(task)
        assert job is not None
        made = self.reconciler().resume(
            task.dataset, task.run, job.version, lambda run: self.splitter.carry_out(task, job, run)
        )
        if made and made.status != "cleaning":
            self.done.append(made)
        return made

    def work(self, *, twice: bool = False, seed: int = 0) -> None:
        """Carry all tasks out, in any order; `twice`: each twice, the second time any time later."""
        dice = random.Random(seed)
        later: list[RangeTask] = []
        while self.tasks or later:
            queue = self.tasks if self.tasks and (not later or dice.random() < 0.7) else later
            task = queue.pop(dice.randrange(len(queue)))
            if twice and queue is self.tasks:
                later.append(task)
            self.carry_out(task)

    def run(self, version: str) -> Run:
        dataset = self.catalog.dataset(TARGET.dataset)
        return self.catalog.run(TARGET.dataset, run_id("unit-raw", TARGET.key, version, dataset.contract))

    def rows(self, run: Run) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            pattern = f"{self.files.folder}/data/orders/run={run.run}/*.parquet"
            found = connection.execute("SELECT * EXCLUDE (_sk) FROM read_parquet($1) ORDER BY _row", [pattern])
            return found.fetchall()


@pytest.fixture
def house(aws: Any, tmp_path: Path) -> House:
    return House(aws, tmp_path)


def orders(rows: int) -> bytes:
    """Orders with quoted line ends, broken rows, and every tenth one twice under the same key."""
    lines = ["id,name"]
    for number in range(rows):
        name = f'"name\nof {number}"' if number % 7 == 0 else f"name {number}"
        more = ",more" if number % 40 == 3 and number % 7 else ""
        lines.append(f"{number % (rows * 9 // 10)},{name}{more}")
    return ("\n".join(lines) + "\n").encode()


def test_a_large_object_is_cleaned_in_ranges_and_served_by_one_commit(house: House) -> None:
    house.catalog.put_dataset("orders", DatasetUpdate.model_validate({"schema": SCHEMA}))
    version = house.put(orders(900))
    made = house.look(version)
    assert made is not None
    assert made.status == "cleaning"
    assert len(house.tasks) > 5
    assert [run.status for run in house.catalog.runs("orders", 9).items] == ["cleaning"]
    first = house.tasks.pop()
    house.carry_out(first)
    assert 0 < house.run(version).to_json()["progress"] < 0.5
    house.work()
    run = house.run(version)
    assert (run.status, run.error, house.catalog.dataset("orders").generation) == ("loading", None, 1)
    assert run.rows_in == 900 == run.rows_out + run.rows_rejected + run.rows_duplicate
    assert run.rows_rejected == 20
    assert run.rows_duplicate > 80
    assert house.loads == [LoadTask("orders", run.run, part) for part in range(run.parts)]
    assert house.files.get_json(report_key("orders", run.run))
    assert len(house.rows(run)) == run.rows_out
    assert list(house.settings.temp_dir.iterdir()) == []


def test_it_gives_what_one_worker_gives(house: House, tmp_path: Path, aws: Any) -> None:
    version = house.put(orders(500))
    house.look(version)
    house.work()
    in_ranges = house.run(version)
    rows = house.rows(in_ranges)
    (tmp_path / "other").mkdir()
    other = House(aws, tmp_path / "other", range_bytes=1 << 30)
    dataset, current = other.catalog.dataset("orders"), other.raw.current(TARGET.key)
    assert current
    cleaned = other.splitter(dataset, in_ranges, current)
    assert cleaned is not None
    assert other.rows(in_ranges) == rows
    same = ("rows_in", "rows_out", "rows_rejected", "rows_duplicate", "issues", "table_schema", "dialect", "encoding")
    assert {name: cleaned.result[name] for name in same} == in_ranges.model_dump(include=set(same))


@pytest.mark.parametrize("seed", range(4))
def test_tasks_that_come_twice_and_in_any_order_change_nothing(house: House, seed: int) -> None:
    version = house.put(orders(300))
    house.look(version)
    house.work(twice=True, seed=seed)
    run = house.run(version)
    assert (run.status, run.rows_in, house.catalog.dataset("orders").generation) == ("loading", 300, 1)
    assert len(house.rows(run)) == run.rows_out == house.catalog.dataset("orders").rows


def test_the_same_event_again_while_ranges_are_being_cleaned_commits_once(house: House) -> None:
    version = house.put(orders(300))
    house.look(version)
    for _ in range(2):
        house.carry_out(house.tasks.pop())
    house.look(version)
    house.work(twice=True)
    assert (house.run(version).status, house.catalog.dataset("orders").generation) == ("loading", 1)


@pytest.mark.parametrize("seed", range(4))
def test_workers_that_die_at_any_step_and_are_tried_again_lose_nothing(house: House, seed: int) -> None:
    class DeathError(Exception):
        pass

    dice = random.Random(seed)

    def explode(_: str) -> None:
        if dice.random() < 0.3:
            raise DeathError

    version = house.put(orders(300))
    house.bomb = explode
    tries = 0
    while True:
        try:
            house.look(version)
            break
        except DeathError:
            tries += 1
    while house.tasks:
        task = house.tasks[0]
        try:
            house.carry_out(task)
            house.tasks.remove(task)
        except DeathError:
            tries += 1
    run = house.run(version)
    assert tries > 3
    assert (run.status, run.rows_in, run.error) == ("loading", 300, None)
    assert len(house.rows(run)) == run.rows_out
    assert house.catalog.dataset("orders").generation == 1


def test_a_newer_version_overtakes_the_ranges_of_an_older_one(house: House) -> None:
    old = house.put(orders(300))
    house.look(old)
    house.carry_out(house.tasks.pop())
    new = house.put(b"id,name\n1,small\n")
    house.look(new)
    cleaned: list[Any] = []
    house.bomb = cleaned.append
    house.work()
    assert (house.run(old).status, house.run(new).status) == ("superseded", "loading")
    assert cleaned == [], "what is overtaken is not cleaned"
    assert house.catalog.dataset("orders").generation == 1


def test_a_range_that_cannot_be_cleaned_fails_the_run_for_good(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    version = house.put(orders(300))
    house.look(version)
    genuine, bad = ranges.clean_range, house.tasks[2]

    def clean_range(source: Any, layout: Any, span: Any, target: Any, **rest: Any) -> Any:
        if span == layout.spans[bad.range]:
            raise engine.errors.TooLargeError("the range is too much")
        return genuine(source, layout, span, target, **rest)

    monkeypatch.setattr(ranges, "clean_range", clean_range)
    house.work()
    run = house.run(version)
    assert run.status == "failed"
    assert run.error
    assert (run.error.type, run.error.detail) == ("too-large", "the range is too much")
    assert house.catalog.dataset("orders").generation == 0
    house.look(version)
    assert house.run(version).status == "cleaning", "the event itself may try again"


def test_a_failure_of_ours_is_taken_up_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    version = house.put(orders(300))
    house.look(version)
    task = house.tasks.pop(0)
    with monkeypatch.context() as patched:
        patched.setattr(ranges, "clean_range", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            house.carry_out(task)
    assert house.run(version).status == "failed"
    house.tasks.append(task)
    house.work()
    run = house.run(version)
    assert (run.status, run.error) == ("loading", None)


def test_a_dataset_that_is_being_deleted_is_not_worked_on(house: House) -> None:
    house.look(house.put(orders(300)))
    house.catalog.delete_dataset("orders")
    house.work()
    assert house.done == []


def test_what_cannot_be_cut_and_is_too_large_is_refused_before_any_work(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "CONTAINER_LIMIT", 2_500)
    monkeypatch.setattr("sluice_clean.splitting.SMALLEST_LIMIT", 2_000)
    body = gzip.compress(random.Random(1).randbytes(9_000))
    version = house.put(body)
    made = house.look(version)
    assert made is not None
    run = house.run(version)
    assert (run.status, run.error and run.error.type) == ("failed", "too-large")
    assert run.error
    assert "what lies in gzip can only be read from its beginning" in run.error.detail
    assert house.tasks == []


def test_what_is_too_large_to_be_joined_is_refused_before_any_work(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "RANGED_LIMIT", 2_500)
    version = house.put(orders(300))
    house.look(version)
    error = house.run(version).error
    assert error
    assert (error.type, "2,500 can be cleaned" in error.detail, house.tasks) == ("too-large", True, [])


def test_what_cannot_be_cut_and_is_small_enough_is_cleaned_in_one_go(house: House) -> None:
    version = house.put(gzip.compress(orders(3_000)))
    made = house.look(version)
    assert made is not None
    assert (made.status, made.rows_in, made.compression) == ("loading", 3_000, "gzip")
