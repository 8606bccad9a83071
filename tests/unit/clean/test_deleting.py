"""A dataset is deleted: nothing of it is left anywhere, whatever goes on meanwhile."""

from collections.abc import Iterable
from typing import Any

import pytest

from sluice.catalog import Commit, OvertakenError
from sluice.catalog.items import dataset_pk, key, run_sk
from sluice.catalog.keeper import CatalogKeeper
from sluice.clock import now_iso
from sluice.errors import DatasetDeletingError, DatasetNotFoundError
from sluice.models.dataset import Dataset, DatasetUpdate
from sluice.models.run import Run
from sluice.object_keys import LoadTask, RawKey, part_key, rejects_key, report_key
from sluice_clean.buckets import CleanBucket, RawBucket, Version
from sluice_clean.cleaning import Cleaned
from sluice_clean.deleting import Deleter
from sluice_clean.reconcile import Reconciler
from sluice_clean.sweeping import Sweeper
from sluice_tools import audit

D, CATALOG, RECORDS, RAW, CLEAN = "prices", "unit-catalog", "unit-records", "unit-raw", "unit-clean"
PROFILE = {"raw_bucket": RAW, "clean_bucket": CLEAN, "catalog_table": CATALOG, "records_table": RECORDS}


class House:
    """Ingest, clean, load and sweep on one catalog; events and load tasks are handled when a test says so."""

    def __init__(self, aws: Any) -> None:
        self.s3, self.dynamodb = aws.s3, aws.dynamodb
        self.s3.put_bucket_versioning(Bucket=CLEAN, VersioningConfiguration={"Status": "Enabled"})
        self.catalog = CatalogKeeper(aws.dynamodb, CATALOG)
        self.raw, self.clean = RawBucket(aws.s3, RAW), CleanBucket(aws.s3, CLEAN)
        self.tasks: list[LoadTask] = []
        self.reconciler = Reconciler(self.catalog, self.raw, self.make_files, self.enqueue)
        deleter = Deleter(self.catalog, self.raw, self.clean, self.enqueue, settle_seconds=0)
        self.sweeper = Sweeper(self.catalog, self.clean, self.enqueue, deleter.step)

    def enqueue(self, tasks: Iterable[LoadTask]) -> None:
        for task in tasks:
            self.tasks.append(task)
            self.clean.put_json(task.key, "{}")

    def make_files(self, _: Dataset, run: Run, __: Version) -> Cleaned:
        for name in (part_key(D, run.run, 0), rejects_key(D, run.run), report_key(D, run.run)):
            self.s3.put_object(Bucket=CLEAN, Key=name, Body=b"x")
        return Cleaned({"rows_in": 1, "rows_out": 1, "parts": 1, "bytes_out": 1})

    def put(self, name: str) -> str:
        version: str = self.s3.put_object(Bucket=RAW, Key=RawKey(D, name).key, Body=b"1")["VersionId"]
        return version

    def look(self, name: str, version: str | None = None) -> Run | None:
        return self.reconciler.reconcile(RawKey(D, name), "e", version)

    def load(self) -> None:
        """What `load` does with the tasks so far, as far as the catalog sees it."""
        tasks, self.tasks = self.tasks, []
        for task in tasks:
            run = self.catalog.find_run(task.dataset, task.run)
            if run is None:
                continue
            item = {"pk": {"S": f"{D}#{task.run}"}, "sk": {"S": "1"}}
            if run.live:
                self.dynamodb.put_item(TableName=RECORDS, Item=item)
                self.catalog.part_loaded(D, task.run, task.part)
            else:
                self.dynamodb.delete_item(TableName=RECORDS, Key=item)
                self.catalog.part_unloaded(D, task.run, task.part)

    def serve(self, *names: str) -> None:
        for name in names:
            self.look(name, self.put(name))
        self.load()

    def sweep(self) -> dict[str, int]:
        if self.catalog.find_dataset(D):
            self.set("META", "due_at", "2020-01-01T00:00:00.000Z")
        return dict(self.sweeper.sweep(60))

    def set(self, sk: str, name: str, value: str) -> None:
        self.dynamodb.update_item(
            TableName=CATALOG,
            Key=key(dataset_pk(D), sk),
            UpdateExpression=f"SET {name} = :value",
            ExpressionAttributeValues={":value": {"S": value}},
        )

    @property
    def left(self) -> list[str]:
        return audit.of_dataset(self.s3, self.dynamodb, PROFILE, D)


@pytest.fixture
def house(aws: Any) -> House:
    return House(aws)


def test_the_audit_looks_into_every_store(house: House) -> None:
    house.serve("a.csv")
    found = "\n".join(house.left)
    for part in ("raw/prices/a.csv", "data/prices/", "rejects/", "reports/", "loads/", "records: prices#"):
        assert part in found
    for part in ("META in the table", "META in by_kind", "OBJECT#a.csv", "RUN#"):
        assert part in found


def test_a_deleted_dataset_leaves_nothing(house: House) -> None:
    house.serve("a.csv", "b.csv", "a.csv")
    house.catalog.delete_dataset(D)
    assert house.sweep() == {"deletion waits": 1}
    assert house.catalog.live_runs(D, house.catalog.dataset(D).generation) == []
    house.load()
    assert house.sweep() == {"deleted": 1}
    assert house.left == []


def test_events_that_come_after_it_is_gone_make_nothing(house: House) -> None:
    house.serve("a.csv")
    house.catalog.delete_dataset(D)
    house.sweep()
    house.load()
    house.sweep()
    house.look("a.csv", "v1")
    assert house.left == []


def test_its_name_may_be_used_again_and_numbers_go_on(house: House) -> None:
    house.serve("a.csv")
    before = house.catalog.take_fence(D, "a.csv").fence
    house.catalog.delete_dataset(D)
    house.sweep()
    house.load()
    house.sweep()
    house.serve("a.csv")
    assert house.catalog.dataset(D).rows == 1
    assert house.catalog.take_fence(D, "a.csv").fence > before + 1


def test_nothing_can_be_written_meanwhile_and_asking_again_is_harmless(house: House) -> None:
    house.serve("a.csv")
    asked = house.catalog.delete_dataset(D)
    assert house.catalog.delete_dataset(D).deleting_at == asked.deleting_at
    with pytest.raises(DatasetDeletingError, match="'prices'"):
        house.catalog.ensure_dataset(D)
    with pytest.raises(DatasetDeletingError):
        house.catalog.put_dataset(D, DatasetUpdate(title="x"))
    with pytest.raises(DatasetNotFoundError):
        house.catalog.delete_dataset("other")


def test_a_file_put_meanwhile_goes_with_the_rest(house: House) -> None:
    house.serve("a.csv")
    house.catalog.delete_dataset(D)
    house.sweep()
    version = house.put("late.csv")
    with pytest.raises(DatasetDeletingError):
        house.look("late.csv", version)
    house.load()
    assert house.sweep() == {"deleted": 1}
    house.look("late.csv", version)
    assert house.left == []


def test_a_file_put_at_the_very_end_is_the_first_of_a_new_dataset(house: House) -> None:
    house.serve("a.csv")
    house.catalog.delete_dataset(D)
    house.sweep()
    house.load()
    forget = house.catalog.forget_dataset
    versions: list[str] = []

    def put_first(dataset: str) -> None:
        versions.append(house.put("late.csv"))
        with pytest.raises(DatasetDeletingError):
            house.look("late.csv", versions[0])
        forget(dataset)

    house.catalog.forget_dataset = put_first  # type: ignore[method-assign]
    assert house.sweep() == {"deleted": 1}
    house.look("late.csv", versions[0])
    house.load()
    dataset = house.catalog.dataset(D)
    assert (dataset.rows, dataset.generation, dataset.deleting_at) == (1, 1, None)


def test_a_worker_in_the_middle_is_waited_for_and_commits_nothing(house: House) -> None:
    house.serve("a.csv")
    pointer = house.catalog.take_fence(D, "b.csv")
    run = Run(run="rb", dataset=D, object="b.csv", version_id="v", received_at=now_iso(), parts=1)
    run = run.model_copy(update={"rows_in": 1, "rows_out": 1, "fence": pointer.fence})
    house.catalog.start_run(run)
    house.catalog.delete_dataset(D)
    house.sweep()
    house.load()
    assert house.sweep() == {"deletion waits": 1}
    with pytest.raises(OvertakenError):
        house.catalog.commit(Commit(D, "b.csv", run.fence, run))
    house.set(run_sk("rb"), "due_at", "2020-01-01T00:00:00.000Z")
    assert house.sweep()["deleted"] == 1
    assert house.left == []
    with pytest.raises(OvertakenError):
        house.catalog.commit(Commit(D, "b.csv", run.fence, run))


def test_a_worker_that_looked_before_the_deletion_began_leaves_nothing(house: House) -> None:
    house.serve("a.csv")
    version = house.put("b.csv")
    start = house.catalog.start_run

    def delete_first(run: Run) -> bool:
        house.catalog.delete_dataset(D)
        return start(run)

    house.catalog.start_run = delete_first  # type: ignore[method-assign]
    with pytest.raises(DatasetDeletingError):
        house.look("b.csv", version)
    house.sweep()
    house.load()
    assert house.sweep() == {"deleted": 1}
    assert house.left == []


def test_unloads_that_were_lost_are_told_again(house: House) -> None:
    house.serve("a.csv")
    house.catalog.delete_dataset(D)
    house.sweep()
    house.tasks.clear()
    assert house.sweep() == {"deletion waits": 1}
    house.load()
    assert house.sweep() == {"deleted": 1}
    assert house.left == []
