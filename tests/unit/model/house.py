"""The clean service on fakes that keep S3's and DynamoDB's promises and no others; its engine is ten lines."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, cast
from unittest.mock import patch

from tests.fakes.clock import Clock
from tests.fakes.dynamodb import DynamoDB
from tests.fakes.s3 import Bucket
from tests.fakes.workers import Worker, pause
from tests.mirror import newest_of_each_key

from sluice.catalog import Limits
from sluice.catalog.keeper import CatalogKeeper
from sluice.models.dataset import Dataset
from sluice.models.record import key_of, record_pk
from sluice.models.run import Run, order_token
from sluice.object_keys import LoadTask, RawKey, parse_raw_key, part_key, run_files
from sluice.telemetry import get_logger
from sluice_clean.buckets import Version
from sluice_clean.cleaning import Cleaned
from sluice_clean.deleting import Deleter
from sluice_clean.loading import Loader
from sluice_clean.merging import Merger
from sluice_clean.reconcile import Reconciler
from sluice_clean.sweeping import Sweeper

D, TABLE = "d", "catalog"
LAMBDA_SECONDS = 900.0
# How often Lambda tries an event before it is put aside.
TRIES = 3
# What a dataset of two objects can reach: so few files are merged, and packs of so few runs again.
FEW = {
    "sluice.catalog.changes.LOOSE_RUNS": 2,
    "sluice.catalog.keeper.PURGE_SECONDS": 1_800.0,
    "sluice_clean.merging.PURGE_SECONDS": 1_800.0,
    "sluice_clean.merging._FEWEST_FILES": 1,
    "sluice_clean.merging._FEWEST_PACKS": 2,
}
SCHEMA = {"fields": [{"name": "v", "type": "string", "sluice:sql_type": "VARCHAR"}]}


@dataclass(frozen=True)
class Event:
    """What S3 told: of a raw object, or of a load task."""

    key: str
    version: str
    kind: str


Event_or_task = Event | LoadTask


class House:
    """Buckets, tables, events on their way, and workers in the middle of something."""

    def __init__(self, most_items: int) -> None:
        self.clock = Clock()
        self._patches = ExitStack()
        self._patches.enter_context(self.clock.in_force())
        for name, value in FEW.items():
            self._patches.enter_context(patch(name, value))
        get_logger().setLevel("CRITICAL")
        self.dynamodb = DynamoDB(pause, most_items=most_items)
        client = cast("Any", self.dynamodb)
        self.catalog = CatalogKeeper(client, TABLE, Limits(most_items, grace_seconds=3_600))
        self.events: list[Event_or_task] = []
        self.workers: list[tuple[Worker, Event_or_task | None]] = []
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.raw = Bucket("raw", self.clock.second, self._notify, pause)
        self.files = Bucket("clean", self.clock.second, lambda *_: None, pause)
        self.tries: Counter[Event_or_task] = Counter()
        self.put_aside: list[Event_or_task] = []

    def close(self) -> None:
        for worker, _ in self.workers:
            worker.kill()
        self._patches.close()

    def _notify(self, key: str, version: str, kind: str) -> None:
        self.events.append(Event(key, version, kind))

    # what functions are made of

    def _clean(self, _: Dataset, run: Run, version: Version) -> Cleaned:
        """Lines `key,value`; the first of a key wins, and what has no comma is refused. Two rows make a part."""
        lines = self.raw.body(version).decode().split()
        rows: dict[str, list[Any]] = {}
        good = [line for line in lines if "," in line]
        for line in good:
            key, value = line.split(",")
            rows.setdefault(key, [key, value, run.run])
        kept = list(rows.values())
        parts = [kept[start : start + 2] for start in range(0, len(kept), 2)]
        for number, part in enumerate(parts):
            pause("put part")
            self.files.put(part_key(run.dataset, run.run, number), json.dumps(part).encode())
        counts = {"rows_in": len(lines), "rows_out": len(kept), "rows_rejected": len(lines) - len(good)}
        counts |= {"rows_duplicate": len(good) - len(kept), "parts": len(parts), "bytes_out": len(kept)}
        return Cleaned(counts | {"table_schema": SCHEMA})

    def _enqueue(self, tasks: Iterable[LoadTask]) -> None:
        for task in tasks:
            pause("put task")
            self.events.append(task)

    def _reconcile(self, event: Event) -> None:
        worker = Reconciler(self.catalog, self.raw, self._clean, self._enqueue)
        worker.reconcile(parse_raw_key(event.key), event.kind, event.version)

    def _sweep(self) -> None:
        raw, files = self.raw, self.files
        deleter = Deleter(self.catalog, raw, files, self._enqueue, settle_seconds=420)
        Sweeper(self.catalog, files, self._enqueue, deleter.step).sweep(1e9)

    def _merge(self) -> None:
        merger = Merger(self.catalog, str, self._write_pack)
        for due in list(self.catalog.to_merge()):
            merger.merge(due)

    def _write_pack(self, files: Sequence[str], runs: Sequence[str], target: str) -> int:
        rows = []
        for key in files:
            pause("get part")
            rows += [row for row in self.rows(key) if row[2] in runs]
        pause("put pack")
        self.files.put(target, json.dumps(rows).encode())
        return len(rows)

    def puts(self, task: LoadTask) -> Iterator[str]:
        run = self.catalog.find_run(task.dataset, task.run)
        assert run
        token = order_token(run.last_modified or "", task.run)
        for key, value, _ in self.part(task):
            yield json.dumps([record_pk(task.dataset, key), token, {"run": task.run, "value": value}])

    def deletes(self, task: LoadTask) -> Iterator[str]:
        for put in self.puts(task):
            yield json.dumps([*json.loads(put)[:2], None])

    def write(self, requests: Iterable[str]) -> None:
        for request in requests:
            pause("batch write")
            pk, sk, item = json.loads(request)
            self.records.pop((pk, sk), None)
            if item:
                self.records[pk, sk] = item

    def part(self, task: LoadTask) -> list[Any]:
        return self.rows(part_key(task.dataset, task.run, task.part))

    def rows(self, key: str) -> list[Any]:
        """Key, value and run of each row of a file."""
        found = self.files.top(key)
        if found is None or found.body is None:
            raise FileNotFoundError(key)
        return list(json.loads(found.body))

    # what a test does

    def begin(self, event: Event_or_task) -> Worker:
        """A function is started with an event; what fails or dies is tried again, as Lambda does."""
        self.tries[event] += 1
        if isinstance(event, Event):
            worker = Worker(lambda: self._reconcile(event), self.clock.seconds)
        else:
            worker = Worker(lambda: Loader(self.catalog, self, self).handle(event), self.clock.seconds)
        self.workers.append((worker, event))
        return worker

    def begin_sweep(self) -> None:
        self.workers.append((Worker(self._sweep, self.clock.seconds), None))

    def begin_merge(self) -> None:
        self.workers.append((Worker(self._merge, self.clock.seconds), None))

    def redrive(self) -> None:
        """What was put aside is brought in again."""
        self.events += self.put_aside
        self.put_aside = []

    def collect_ended(self) -> None:
        """Events of workers that failed are on their way again, or in the failure queue after the last try."""
        for worker, event in self.workers:
            if worker.done and worker.error and event:
                (self.events if self.tries[event] % TRIES else self.put_aside).append(event)
        self.workers = [(worker, event) for worker, event in self.workers if not worker.done]

    def advance(self, seconds: float) -> None:
        """Time passes; no function runs longer than Lambda lets it."""
        self.clock.advance(seconds)
        for worker, _ in self.workers:
            if self.clock.seconds - worker.started > LAMBDA_SECONDS:
                worker.kill()
        self.collect_ended()

    def quiesce(self) -> None:
        """Everything that is on its way arrives, and what was left behind is swept up."""
        for worker, _ in self.workers:
            worker.finish()
        for _ in range(60):
            # What fails is not tried again before some time has passed.
            while self.events:
                self.begin(self.events.pop()).finish()
            self.collect_ended()
            self._merge()
            if (
                not self.events
                and not self.put_aside
                and not any("due_at" in item for item in self.dynamodb.items(TABLE))
            ):
                return
            self.advance(600)
            self._sweep()
            self.redrive()
        raise AssertionError(f"never at rest: {[i for i in self.dynamodb.items(TABLE) if 'due_at' in i]}")

    # what the API gives

    def live(self) -> dict[str, Run]:
        dataset = self.catalog.find_dataset(D)
        return {run.run: run for run in self.catalog.live_runs(D, dataset.generation)} if dataset else {}

    def by_filter(self) -> dict[str, str]:
        """`/records`: of the rows in all served files the newest of each key."""
        found: dict[str, tuple[str, str]] = {}
        for run in self.live().values():
            for file in run_files(D, run.run, run.parts, run.pack):
                # A pack holds rows of other runs, too.
                for key, value in (row[:2] for row in self.rows(file) if row[2] == run.run):
                    candidate = (order_token(run.last_modified or "", run.run), value)
                    found[key] = max(found.get(key, candidate), candidate)
        return {key: value for key, (_, value) in found.items()}

    def by_key(self) -> dict[str, str]:
        """`/records/{key}`: the newest item of each key whose run is served."""
        live = self.live()
        served = sorted((pk, sk, item["value"]) for (pk, sk), item in self.records.items() if item["run"] in live)
        return {key_of(pk): value for pk, _, value in served}

    def mirror(self) -> dict[str, str]:
        """The reference, of what the bucket holds; in the ten lines that clean, the first of a key wins."""
        tops = (self.raw.top(key) for key in self.raw.keys)
        current = [(top.last_modified, top.body) for top in tops if top and top.body is not None]
        lines = [(age, [line.split(",") for line in body.decode().split() if "," in line]) for age, body in current]
        return newest_of_each_key((age, dict(reversed(pairs))) for age, pairs in lines)


def raw_key(name: str) -> str:
    return RawKey(D, name).key
