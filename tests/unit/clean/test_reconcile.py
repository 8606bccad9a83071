"""The commit protocol, on S3's versions and DynamoDB's conditions; only the engine is left out."""

from collections.abc import Callable
from typing import Any

import pytest

from sluice.catalog import CatalogWriter
from sluice.ids import run_id
from sluice.models.dataset import Dataset, DatasetUpdate
from sluice.models.run import Run
from sluice.object_keys import LoadTask, RawKey
from sluice_clean.buckets import RawBucket, Version
from sluice_clean.cleaning import Cleaned, UncleanableError
from sluice_clean.reconcile import Reconciler

TARGET = RawKey("prices", "a.csv")
RAW = "unit-raw"
Clean = Callable[[Dataset, Run, Version], Cleaned]


class House:
    """A reconciler with its catalog and bucket; `during` runs once, while a file is being cleaned."""

    def __init__(self, aws: Any) -> None:
        self.s3 = aws.s3
        self.catalog: CatalogWriter = aws.catalog
        self.raw = RawBucket(aws.s3, RAW)
        self.tasks: list[LoadTask] = []
        self.cleaned: list[str] = []
        self.during: Callable[[], None] = lambda: None

    def clean(self, _: Dataset, __: Run, version: Version) -> Cleaned:
        self.cleaned.append(version.version_id)
        during, self.during = self.during, lambda: None
        during()
        rows = len(self.raw.read(version, 0, 1_000).splitlines())
        return Cleaned({"rows_in": rows, "rows_out": rows, "parts": 1, "bytes_out": version.size})

    def put(self, body: bytes) -> str:
        version: str = self.s3.put_object(Bucket=RAW, Key=TARGET.key, Body=body)["VersionId"]
        return version

    def delete(self) -> str:
        marker: str = self.s3.delete_object(Bucket=RAW, Key=TARGET.key)["VersionId"]
        return marker

    def look(self, version: str | None = None, clean: Clean | None = None) -> None:
        worker = Reconciler(self.catalog, self.raw, clean or self.clean, self.tasks.extend)
        worker.reconcile(TARGET, "ObjectCreated:Put", version)

    def run_of(self, version: str) -> Run:
        dataset = self.catalog.dataset(TARGET.dataset)
        return self.catalog.run(TARGET.dataset, run_id(RAW, TARGET.key, version, dataset.contract))

    @property
    def served(self) -> list[str]:
        dataset = self.catalog.find_dataset(TARGET.dataset)
        return [run.version_id for run in self.catalog.live_runs(TARGET.dataset, dataset.generation)] if dataset else []


@pytest.fixture
def house(aws: Any) -> House:
    return House(aws)


def test_a_new_object_is_cleaned_committed_and_its_parts_are_to_be_loaded(house: House) -> None:
    version = house.put(b"1\n2\n")
    house.look(version)
    run = house.run_of(version)
    assert house.served == [version]
    assert (run.status, run.rows_out, run.event) == ("loading", 2, "ObjectCreated:Put")
    assert house.tasks == [LoadTask("prices", run.run, 0)]
    assert house.catalog.dataset("prices").rows == 2


def test_the_same_event_twice_cleans_once(house: House) -> None:
    version = house.put(b"1\n")
    house.look(version)
    before = house.catalog.find_object("prices", "a.csv")
    house.look(version)
    after = house.catalog.find_object("prices", "a.csv")
    assert before
    assert after == before.model_copy(update={"fence": before.fence + 1})
    assert house.cleaned == [version]
    assert house.catalog.dataset("prices").generation == 1
    assert len(house.tasks) == 1


def test_an_overwrite_replaces_and_the_old_parts_are_to_be_unloaded(house: House) -> None:
    first = house.put(b"1\n")
    house.look(first)
    second = house.put(b"1\n2\n3\n")
    house.look(second)
    assert house.served == [second]
    assert {task.run for task in house.tasks[1:]} == {house.run_of(first).run, house.run_of(second).run}


def test_events_in_the_wrong_order_end_at_what_the_bucket_holds(house: House) -> None:
    first, second = house.put(b"1\n"), house.put(b"2\n")
    house.look(second)
    house.look(first)
    assert house.served == [second]
    assert house.cleaned == [second]


def test_a_version_that_was_never_looked_at_in_time_ends_as_superseded(house: House) -> None:
    house.catalog.ensure_dataset("prices")
    first = house.put(b"1\n")
    run = run_id(RAW, TARGET.key, first, house.catalog.dataset("prices").contract)
    house.catalog.receive_run(
        Run(run=run, dataset="prices", object="a.csv", version_id=first, received_at="2026-01-01")
    )
    second = house.put(b"2\n")
    house.look(first)
    assert house.run_of(first).status == "superseded"
    assert house.served == [second]


def test_a_worker_that_is_overtaken_while_it_cleans_commits_nothing(house: House) -> None:
    first = house.put(b"1\n")
    newer: list[str] = []

    def overtake() -> None:
        newer.append(house.put(b"2\n3\n"))
        house.look(newer[0])

    house.during = overtake
    house.look(first)
    assert house.served == newer
    assert house.run_of(first).status == "superseded"
    assert house.catalog.dataset("prices").rows == 2


def test_two_workers_on_one_version_serve_it_once(house: House) -> None:
    version = house.put(b"1\n2\n")
    house.during = lambda: house.look(version)
    house.look(version)
    assert house.served == [version]
    assert house.run_of(version).status == "loading"
    assert (house.catalog.dataset("prices").rows, house.catalog.dataset("prices").generation) == (2, 1)


def test_a_removed_object_is_withdrawn_and_a_restored_one_is_served_again(house: House) -> None:
    version = house.put(b"1\n")
    house.look(version)
    marker = house.delete()
    house.look(marker)
    assert (house.served, house.catalog.dataset("prices").rows) == ([], 0)
    house.s3.delete_object(Bucket=RAW, Key=TARGET.key, VersionId=marker)
    house.look(version)
    assert (house.served, house.catalog.dataset("prices").rows) == ([version], 1)


def test_a_removal_of_what_was_never_there_makes_no_dataset(house: House) -> None:
    house.look("v0")
    assert house.catalog.find_dataset("prices") is None
    assert house.tasks == []


def test_a_file_that_cannot_be_cleaned_fails_with_its_reason_and_the_last_good_one_stays(house: House) -> None:
    good = house.put(b"1\n")
    house.look(good)
    bad = house.put(b"\x00\x01")

    def refuse(_: Dataset, __: Run, ___: Version) -> Cleaned:
        raise UncleanableError("binary-file", "a.csv is not a table.", {"rows_in": 3, "rows_rejected": 3})

    house.look(bad, refuse)
    run = house.run_of(bad)
    assert (run.status, run.rows_rejected) == ("failed", 3)
    assert run.error
    assert (run.error.type, run.error.detail) == ("binary-file", "a.csv is not a table.")
    assert house.served == [good]


def test_a_fault_of_ours_is_noted_and_raised_so_that_the_event_is_tried_again(house: House) -> None:
    version = house.put(b"1\n")

    def break_off(_: Dataset, __: Run, ___: Version) -> Cleaned:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        house.look(version, break_off)
    failed = house.run_of(version)
    assert failed.error
    assert (failed.status, failed.error.type) == ("failed", "internal-error")
    assert "no space" not in failed.error.detail
    house.look(version)
    assert (house.served, house.run_of(version).error) == ([version], None)


def test_a_worker_that_dies_after_its_commit_leaves_its_loads_to_the_retry(house: House) -> None:
    first = house.put(b"1\n")
    house.look(first)
    second = house.put(b"2\n")

    def die(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Reconciler(house.catalog, house.raw, house.clean, die).reconcile(TARGET, "e", second)
    assert house.served == [second]
    house.tasks.clear()
    house.look(second)
    assert {task.run for task in house.tasks} == {house.run_of(first).run, house.run_of(second).run}
    assert house.catalog.find_object("prices", "a.csv").outbox == set()  # type: ignore[union-attr]


def test_a_changed_contract_makes_another_run_of_the_same_version(house: House) -> None:
    version = house.put(b"1\n")
    house.look(version)
    before = house.run_of(version).run
    update = DatasetUpdate.model_validate({"schema": {"fields": [{"name": "a", "type": "integer"}]}})
    house.catalog.put_dataset("prices", update)
    house.look(version)
    assert house.run_of(version).run != before
    assert house.served == [version]
    assert house.cleaned == [version, version]


def test_what_a_look_made_is_told(house: House) -> None:
    version = house.put(b"1\n2\n")
    worker = Reconciler(house.catalog, house.raw, house.clean, house.tasks.extend)
    made = worker.reconcile(TARGET, "e", version, "s3-request")
    assert made
    assert (made.status, made.rows_out, made.correlation_id) == ("loading", 2, "s3-request")
    assert worker.reconcile(TARGET, "e", version, "another") is None
    assert house.run_of(version).correlation_id == "s3-request"


def test_the_id_of_the_request_that_brought_an_object_goes_with_it(house: House) -> None:
    put = house.s3.put_object(
        Bucket=RAW, Key=TARGET.key, Body=b"1\n", Metadata={"sluice-correlation-id": "api-request"}
    )
    worker = Reconciler(house.catalog, house.raw, house.clean, house.tasks.extend)
    worker.reconcile(TARGET, "e", put["VersionId"], "s3-request")
    assert house.run_of(put["VersionId"]).correlation_id == "api-request"
