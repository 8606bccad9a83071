"""The served data mirrors the bucket, whatever happens: random histories against the reference `House.mirror`.

Objects with overlapping keys are put, overwritten, copied, deleted, restored; their versions and their dataset are
deleted. Events come twice, late, in any order, or are given up and redriven; small files are merged; workers stop at
any call to AWS while others go on, and die there; time passes. Once all is quiet, the API's two ways of reading give
what the bucket holds.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.accounts import unaccounted
from tests.unit.model.house import D, House, raw_key

from sluice.errors import DatasetNotFoundError
from sluice.object_keys import pack_key, part_key

SEQUENCES = int(os.environ.get("SLUICE_MODEL_SEQUENCES", "1000"))

names = st.sampled_from(["a", "b"])
rows = st.lists(st.sampled_from([f"{key},{value}" for key in "xyz" for value in "123"] + ["bad"]), max_size=5)
places = st.integers(0, 30)
# How far a worker goes before others do: mostly to its end.
some_steps = st.one_of(st.just(500), st.integers(0, 20))


class Mirror(RuleBasedStateMachine):
    """One dataset and whatever happens to it."""

    @initialize(most_items=st.sampled_from([10, 100]))
    def build(self, most_items: int) -> None:
        self.house = House(most_items)

    @rule(name=names, content=rows)
    def put(self, name: str, content: list[str]) -> None:
        self.house.raw.put(raw_key(name), " ".join(content).encode())

    @rule(source=names, copied_to=names)
    def copy(self, source: str, copied_to: str) -> None:
        self.house.raw.copy(raw_key(source), raw_key(copied_to))

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.house.raw.delete_key(raw_key(name))

    @rule(name=names, place=places)
    def delete_a_version_or_marker(self, name: str, place: int) -> None:
        versions = self.house.raw.keys.get(raw_key(name), [])
        if versions:
            # The newest, mostly: that restores what it hid.
            version = versions[-1] if place < 20 else versions[place % len(versions)]
            self.house.raw.delete_version(raw_key(name), version.id)

    @precondition(lambda self: self.house.events)
    @rule(place=places, twice=st.booleans(), steps=some_steps)
    def an_event_arrives(self, place: int, twice: bool, steps: int) -> None:
        events = self.house.events
        event = events[place % len(events)]
        if not twice:
            events.remove(event)
        worker = self.house.begin(event)
        for _ in range(steps):
            worker.step()
        self.house.collect_ended()

    @precondition(lambda self: self.house.workers)
    @rule(place=places, steps=some_steps)
    def a_worker_goes_on(self, place: int, steps: int) -> None:
        self._go_on(place % len(self.house.workers), steps)

    def _go_on(self, place: int, steps: int) -> None:
        worker, _ = self.house.workers[place]
        for _ in range(steps):
            worker.step()
        self.house.collect_ended()

    @precondition(lambda self: self.house.workers)
    @rule(place=places)
    def a_worker_dies(self, place: int) -> None:
        worker, _ = self.house.workers[place % len(self.house.workers)]
        worker.kill()
        self.house.collect_ended()

    @rule(steps=some_steps)
    def a_sweep_begins(self, steps: int) -> None:
        self.house.begin_sweep()
        self._go_on(-1, steps)

    @rule(steps=some_steps)
    def a_merge_begins(self, steps: int) -> None:
        self.house.begin_merge()
        self._go_on(-1, steps)

    @precondition(lambda self: self.house.put_aside)
    @rule()
    def the_failure_queue_is_redriven(self) -> None:
        self.house.redrive()

    @precondition(lambda self: self.house.events)
    @rule(place=places)
    def an_event_is_dropped(self, place: int) -> None:
        """Each of its tries failed before it did anything."""
        self.house.put_aside.append(self.house.events.pop(place % len(self.house.events)))

    @rule(seconds=st.sampled_from([1, 30, 200, 800, 4_000]))
    def time_passes(self, seconds: int) -> None:
        self.house.advance(seconds)

    @rule(sure=places)
    def the_dataset_is_deleted(self, sure: int) -> None:
        if sure < 2:
            try:
                self.house.catalog.delete_dataset(D)
            except DatasetNotFoundError:
                return

    def teardown(self) -> None:
        if not hasattr(self, "house"):
            return
        try:
            self.house.quiesce()
            self.check()
        finally:
            self.house.close()

    def check(self) -> None:
        house, expected = self.house, self.house.mirror()
        assert house.by_filter() == expected
        assert house.by_key() == expected
        runs = list(house.catalog.every_run(D))
        assert unaccounted(run.to_json() for run in runs) == []
        for run in runs:
            assert run.status in {"done", "superseded", "failed"}, run
            assert run.status == "done" or not run.live, run
        live = house.live().values()
        dataset = house.catalog.find_dataset(D)
        if dataset:
            assert (dataset.rows, dataset.objects) == (sum(run.rows_out for run in live), len(live))
        read = {part_key(D, run.run, number) for run in live for number in range(run.parts)}
        read |= {pack_key(D, run.pack) for run in live if run.pack}
        assert set(house.files.keys) == read


TestMirror = Mirror.TestCase
TestMirror.settings = settings(
    max_examples=SEQUENCES,
    stateful_step_count=30,
    deadline=None,
    derandomize="SLUICE_MODEL_SEQUENCES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
