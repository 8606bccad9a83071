"""Replays: which objects are cleaned again, and what is counted of them."""

from typing import Any
from urllib.parse import unquote_plus

import pytest

from sluice.catalog import Commit
from sluice.catalog.replays import Replays
from sluice.errors import NotFoundError
from sluice.models.replay import Replay
from sluice.models.run import Run, RunError
from sluice_clean import notifications
from sluice_clean.replaying import Replayer

CATALOG = "unit-catalog"


class World:
    """A dataset of runs, and the events that replays sent."""

    def __init__(self, aws: Any) -> None:
        self.catalog = aws.catalog
        self.ledger = Replays(aws.dynamodb, CATALOG)
        self.sent: list[dict[str, Any]] = []
        self.replayer = Replayer(self.catalog, self.ledger, "unit-raw", self.sent.append)
        self.moment = 0
        self.catalog.ensure_dataset("prices")

    def run(self, run: str, name: str, rejected: int = 0, *, failed: bool = False) -> None:
        self.moment += 1
        fence = self.catalog.take_fence("prices", name).fence
        made = Run(
            run=run, dataset="prices", object=name, version_id=run, received_at=f"2026-{self.moment:03}", fence=fence
        )
        self.catalog.start_run(made)
        made = made.model_copy(update={"rows_in": 5, "rows_rejected": rejected, "rows_out": 5 - rejected})
        if failed:
            self.catalog.fail_run(made, RunError(type="no-valid-rows", detail="None is."))
        else:
            self.catalog.commit(Commit("prices", name, fence, made))

    def remove(self, name: str) -> None:
        self.catalog.commit(Commit("prices", name, self.catalog.take_fence("prices", name).fence))

    def begin(self, **order: Any) -> dict[str, int]:
        """Begin a replay; gives what each event says was refused of its object."""
        self.sent.clear()
        self.ledger.request(Replay(replay="p1", dataset="prices", requested_at="2026", **order))
        self.replayer.begin("prices", "p1")
        seen = [one for event in self.sent for one in notifications.parse(event)]
        assert all(one.bucket == "unit-raw" and one.replay and one.replay.id == "p1" for one in seen)
        return {one.key.removeprefix("raw/prices/"): one.replay.rows_rejected for one in seen if one.replay}


@pytest.fixture
def world(aws: Any) -> World:
    world = World(aws)
    world.run("r1", "a + b.csv", rejected=2)
    world.run("r2", "clean.csv")
    world.run("r3", "bad.csv", rejected=1)
    world.run("r4", "bad.csv", rejected=5, failed=True)
    world.run("r5", "gone.csv", rejected=3)
    world.remove("gone.csv")
    return world


def test_every_object_that_is_there_is_cleaned_again(world: World) -> None:
    assert world.begin() == {"a + b.csv": 2, "clean.csv": 0, "bad.csv": 5}
    assert world.ledger.find("prices", "p1").objects == 3


def test_only_objects_of_which_rows_were_refused(world: World) -> None:
    assert world.begin(rejects_only=True) == {"a + b.csv": 2, "bad.csv": 5}


def test_only_the_objects_of_some_runs(world: World) -> None:
    assert world.begin(runs=["r2", "r3"]) == {"clean.csv": 0, "bad.csv": 1}


def test_a_restored_version_is_found_behind_the_one_that_had_replaced_it(world: World) -> None:
    world.run("r6", "clean.csv", rejected=4)
    world.run("r2", "clean.csv")
    assert world.begin()["clean.csv"] == 0


def test_an_event_names_its_object_as_s3_would(world: World) -> None:
    world.begin(runs=["r1"])
    key = world.sent[0]["Records"][0]["s3"]["object"]["key"]
    assert (key, unquote_plus(key)) == ("raw%2Fprices%2Fa+%2B+b.csv", "raw/prices/a + b.csv")


def test_a_replay_of_nothing_is_done_at_once(world: World) -> None:
    assert world.begin(runs=["r2"], rejects_only=True) == {}
    assert world.ledger.find("prices", "p1").status == "done"


def test_an_unknown_replay_is_told(world: World) -> None:
    with pytest.raises(NotFoundError, match="no replay 'p9'"):
        world.replayer.begin("prices", "p9")


def test_objects_count_once_and_say_how_many_rows_became_valid(world: World) -> None:
    world.begin(rejects_only=True)
    for _ in range(2):
        world.ledger.object_done("prices", "p1", "a + b.csv", before=2, after=0)
    running = world.ledger.find("prices", "p1")
    assert (running.status, running.objects_done, running.rows_recovered) == ("running", 1, 2)
    world.ledger.object_done("prices", "p1", "bad.csv", before=5, after=1)
    done = world.ledger.find("prices", "p1")
    assert (done.status, done.rows_rejected_before, done.rows_rejected_after, done.rows_recovered) == ("done", 7, 1, 6)


def test_beginning_twice_keeps_the_first_count(world: World) -> None:
    world.begin(rejects_only=True)
    world.run("r7", "a + b.csv")
    world.replayer.begin("prices", "p1")
    assert world.ledger.find("prices", "p1").objects == 2
