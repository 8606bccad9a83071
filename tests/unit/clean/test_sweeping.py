"""What workers leave behind is swept up, and what is merely slow is left alone."""

import time
from collections.abc import Iterable
from typing import Any

import pytest

from sluice.catalog import Commit, OvertakenError, pending
from sluice.catalog.items import dataset_pk, key, object_sk, pending_sk, run_sk
from sluice.catalog.keeper import CatalogKeeper
from sluice.models.run import WORKER_LOST, Run, RunError
from sluice.object_keys import LoadTask, part_key, pieces_prefix, rejects_key
from sluice_clean import lease
from sluice_clean.buckets import CleanBucket
from sluice_clean.sweeping import Sweeper, SweepError

D, CATALOG, CLEAN = "prices", "unit-catalog", "unit-clean"
PAST = "2020-01-01T00:00:00.000Z"


class House:
    """A sweeper, its catalog and bucket, and what it enqueued."""

    def __init__(self, aws: Any) -> None:
        self.s3, self.dynamodb = aws.s3, aws.dynamodb
        self.s3.put_bucket_versioning(Bucket=CLEAN, VersioningConfiguration={"Status": "Enabled"})
        self.catalog = CatalogKeeper(aws.dynamodb, CATALOG)
        self.catalog.ensure_dataset(D)
        self.tasks: list[LoadTask] = []
        self.sweeper = Sweeper(self.catalog, CleanBucket(aws.s3, CLEAN), self.enqueue, lambda _: False)

    def enqueue(self, tasks: Iterable[LoadTask]) -> None:
        self.tasks.extend(tasks)

    def begin(self, run: str, name: str = "a.csv", parts: int = 1) -> Run:
        """A worker has taken a version in hand and written its files."""
        pointer = self.catalog.take_fence(D, name)
        new = Run(run=run, dataset=D, object=name, version_id=run, received_at="2026", parts=parts)
        new = new.model_copy(update={"rows_in": 3, "rows_out": 3, "fence": pointer.fence})
        assert self.catalog.start_run(new)
        for part in range(parts):
            self.s3.put_object(Bucket=CLEAN, Key=part_key(D, run, part), Body=b"parquet")
        return new

    def serve(self, run: str, name: str = "a.csv", parts: int = 1) -> Run:
        new = self.begin(run, name, parts)
        self.commit(new)
        return new

    def commit(self, run: Run) -> int:
        return self.catalog.commit(Commit(D, run.object, run.fence, run))

    def run(self, run: str) -> Run:
        found = self.catalog.find_run(D, run)
        assert found
        return found

    def make_due(self, sk: str) -> None:
        """Let time pass for one item."""
        self.dynamodb.update_item(
            TableName=CATALOG,
            Key=key(dataset_pk(D), sk),
            UpdateExpression="SET due_at = :past",
            ConditionExpression="attribute_exists(due_at)",
            ExpressionAttributeValues={":past": {"S": PAST}},
        )

    def sweep(self, *runs: str) -> dict[str, int]:
        for run in runs:
            self.make_due(run_sk(run))
        return dict(self.sweeper.sweep(60))

    @property
    def files(self) -> list[str]:
        answer = self.s3.list_object_versions(Bucket=CLEAN)
        return [version["Key"] for version in answer.get("Versions", []) + answer.get("DeleteMarkers", [])]


@pytest.fixture
def house(aws: Any) -> House:
    return House(aws)


def test_nothing_is_done_while_all_is_well(house: House) -> None:
    house.serve("r1")
    house.begin("r2", "b.csv")
    assert house.sweep() == {}


def test_a_run_whose_worker_died_is_shown_as_failed_and_then_closed(house: House) -> None:
    house.begin("r1")
    house.make_due(run_sk("r1"))
    shown = house.catalog.run(D, "r1")
    assert (shown.status, shown.error, house.run("r1").status) == ("failed", WORKER_LOST, "cleaning")
    assert house.sweep() == {"closed": 1}
    closed = house.run("r1")
    assert (closed.status, closed.error) == ("failed", WORKER_LOST)
    assert closed.finished_at


def test_a_worker_that_was_only_slow_takes_its_run_up_again_and_may_commit(house: House) -> None:
    run = house.begin("r1")
    assert house.sweep("r1") == {"closed": 1}
    assert house.catalog.renew_lease(run)
    assert (house.run("r1").status, house.run("r1").error) == ("cleaning", None)
    assert house.sweep() == {}
    assert house.sweep("r1") == {"closed": 1}
    house.commit(run)
    assert (house.run("r1").status, house.run("r1").live, house.run("r1").error) == ("loading", True, None)


def test_a_sign_of_life_between_look_and_close_wins(house: House) -> None:
    run = house.begin("r1")
    house.make_due(run_sk("r1"))
    seen = house.run("r1")
    house.catalog.renew_lease(run)
    assert not house.catalog.close_lost_run(seen)
    assert house.run("r1").status == "cleaning"


def test_a_lease_is_renewed_for_as_long_as_the_work_lasts() -> None:
    beats: list[float] = []
    with lease.kept(lambda: beats.append(time.monotonic()), 0.01):
        deadline = time.monotonic() + 10
        while len(beats) < 3 and time.monotonic() < deadline:
            time.sleep(0.005)
    seen = len(beats)
    time.sleep(0.05)
    assert len(beats) == seen >= 3


def test_an_overtaken_worker_may_not_renew(house: House) -> None:
    first = house.begin("r1")
    house.begin("r1")
    assert not house.catalog.renew_lease(first)
    assert not house.catalog.start_run(first)


def test_parts_that_were_never_loaded_are_enqueued_again_but_not_for_ever(house: House) -> None:
    house.serve("r1", parts=3)
    house.catalog.part_loaded(D, "r1", 1)
    for _ in range(5):
        house.tasks.clear()
        assert house.sweep("r1") == {"loads enqueued": 1}
        assert house.tasks == [LoadTask(D, "r1", 0), LoadTask(D, "r1", 2)]
    assert house.sweep("r1") == {"given up": 1}
    assert house.sweep() == {}


def test_a_run_that_is_loaded_is_not_due_any_more(house: House) -> None:
    house.serve("r1")
    house.catalog.part_loaded(D, "r1", 0)
    assert (house.run("r1").status, house.run("r1").due_at) == ("done", None)


def test_an_outbox_that_was_left_behind_is_sent(house: House) -> None:
    house.serve("r1", parts=2)
    house.make_due(object_sk("a.csv"))
    assert house.sweep() == {"outbox sent": 1}
    assert house.tasks == [LoadTask(D, "r1", 0), LoadTask(D, "r1", 1)]
    assert house.sweep() == {}


def test_files_of_a_replaced_run_go_once_its_records_are_out_of_the_table(house: House) -> None:
    house.serve("r1", parts=2)
    house.serve("r2")
    assert house.sweep("r1") == {"unloads enqueued": 1}
    assert house.tasks == [LoadTask(D, "r1", 0), LoadTask(D, "r1", 1)]
    assert part_key(D, "r1", 0) in house.files
    for part in range(2):
        house.catalog.part_unloaded(D, "r1", part)
    assert house.sweep() == {}
    assert house.sweep("r1") == {"collected": 1}
    assert house.files == [part_key(D, "r2", 0)]
    assert house.run("r1").collected_at
    assert house.sweep() == {}


def test_files_of_a_failed_run_go_but_its_rejects_stay(house: House) -> None:
    run = house.begin("r1")
    house.s3.put_object(Bucket=CLEAN, Key=rejects_key(D, "r1"), Body=b"parquet")
    house.s3.put_object(Bucket=CLEAN, Key=f"{pieces_prefix(D, 'r1')}round=000.json", Body=b"{}")
    house.catalog.fail_run(run, RunError(type="no-valid-rows", detail="None is valid."))
    assert house.sweep() == {}
    assert house.sweep("r1") == {"collected": 1}
    assert house.files == [rejects_key(D, "r1")]


def test_what_was_collected_cannot_be_committed_by_a_worker_from_the_dead(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = house.begin("r1")
    house.sweep("r1")
    assert house.sweep("r1") == {"collected": 1}
    assert not house.catalog.renew_lease(run)
    monkeypatch.setattr("sluice.catalog.commit.DEADLINE_SECONDS", 0.05)
    with pytest.raises(Exception, match="too many commits"):
        house.commit(run)
    assert house.catalog.live_runs(D, 1) == []


def test_a_run_begun_anew_while_it_is_collected_keeps_its_new_files(house: House) -> None:
    run = house.begin("r1")
    house.catalog.fail_run(run, RunError(type="internal-error", detail="Again."))
    house.make_due(run_sk("r1"))
    listed = CleanBucket(house.s3, CLEAN).versions
    house.sweeper._files.versions = lambda prefix: (listed(prefix), house.serve("r1"))[0]  # type: ignore[method-assign]
    assert house.sweep() == {"nothing": 1}
    assert house.run("r1").live
    assert part_key(D, "r1", 0) in house.files


def test_a_commit_that_was_laid_down_and_left_is_forgotten(house: House) -> None:
    run = house.begin("r1")
    pending.lay_down(house.dynamodb, CATALOG, Commit(D, "a.csv", run.fence, run))
    assert house.sweep() == {}
    house.make_due(pending_sk("a.csv"))
    assert house.sweep() == {"forgotten": 1}
    assert house.sweep() == {}


def test_one_bad_item_keeps_no_other_waiting(house: House) -> None:
    house.begin("r1")
    house.serve("r2", "b.csv")
    house.make_due(run_sk("r1"))
    house.make_due(object_sk("b.csv"))

    def refuse(_: Run) -> bool:
        raise OvertakenError

    house.sweeper._catalog.close_lost_run = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(SweepError, match="1 of 2 items"):
        house.sweep()
    assert house.tasks == [LoadTask(D, "r2", 0)]
