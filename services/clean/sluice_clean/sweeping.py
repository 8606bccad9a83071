"""Sweeps up what workers left behind: runs without a sign of life, loads that stopped, files that nobody reads.

Each item in the catalog's index of what is due is read, and brought one step further by what its state asks for.
All of it may be done twice, or by two sweepers at once.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Protocol

from sluice.catalog.due import LOAD_SECONDS
from sluice.catalog.keeper import Due, due_of_run
from sluice.clock import ago, now_iso
from sluice.models.dataset import Dataset
from sluice.models.run import Run
from sluice.object_keys import LoadTask, RawKey, data_prefix, pack_key, pieces_prefix
from sluice.telemetry import get_logger
from sluice_clean import outbox

# A load that stopped is enqueued so many times; what fails for good is in the failure queue by then.
_MOST_SWEEPS = 5
# The function that merges has no alarm of its own.
_MERGE_OVERDUE = timedelta(hours=1)


class Catalog(outbox.Catalog, Protocol):
    """What sweeping needs of the catalog; see `sluice.catalog.keeper`."""

    def due(self) -> Iterator[Due]: ...  # noqa: D102 - as in sluice.catalog.keeper
    def to_merge(self) -> Iterator[Due]: ...  # noqa: D102
    def find_dataset(self, name: str) -> Dataset | None: ...  # noqa: D102
    def find_run(self, dataset: str, run: str) -> Run | None: ...  # noqa: D102
    def close_lost_run(self, run: Run) -> bool: ...  # noqa: D102
    def look_again(self, run: Run, seconds: float) -> bool: ...  # noqa: D102
    def mark_collected(self, run: Run) -> bool: ...  # noqa: D102
    def pack_stale(self, dataset: str, pack: str) -> None: ...  # noqa: D102
    def part_loaded(self, dataset: str, run: str, part: int) -> Run: ...  # noqa: D102
    def rest(self, item: Due) -> None: ...  # noqa: D102
    def forget(self, item: Due) -> None: ...  # noqa: D102


class Files(Protocol):
    """What sweeping needs of the clean bucket."""

    def versions(self, prefix: str) -> list[dict[str, str]]: ...  # noqa: D102 - as in buckets
    def delete(self, versions: Sequence[dict[str, str]]) -> None: ...  # noqa: D102


class SweepError(Exception):
    """Some items could not be brought further; the log has the reasons, and they stay due."""


class Sweeper:
    """Looks at what is due.

    Args:
        catalog: the catalog.
        files: the clean bucket.
        enqueue: writes load tasks.
        delete: brings the deletion of a dataset further; True once it is gone.
    """

    def __init__(self, catalog: Catalog, files: Files, enqueue: outbox.Enqueue, delete: Callable[[str], bool]) -> None:
        self._catalog = catalog
        self._files = files
        self._enqueue = enqueue
        self._delete = delete
        self._looks = {"RUN": self._run, "OBJECT": self._object, "PENDING": self._pending, "META": self._dataset}
        self._looks["PACK"] = self._pack

    def sweep(self, seconds: float) -> Counter[str]:
        """Look at all that is due, for at most so long; counts what was done.

        Raises:
            SweepError: some items failed; all others were looked at.
        """
        deadline = time.monotonic() + seconds
        done: Counter[str] = Counter()
        failed: list[Exception] = []
        for item in self._catalog.due():
            if time.monotonic() > deadline:
                break
            try:
                done[self._look(item)] += 1
            except Exception as error:  # noqa: BLE001 - one bad item must not keep the others waiting
                failed.append(error)
                get_logger().exception("not swept", extra={"dataset": item.dataset, "item": item.sk})
        overdue = next(self._catalog.to_merge(), None)
        if overdue and overdue.at < ago(_MERGE_OVERDUE):
            failed.append(SweepError(f"Dataset '{overdue.dataset}' waits to be merged since {overdue.at}."))
        if failed:
            total = len(failed) + done.total()
            raise SweepError(f"{len(failed)} of {total} items could not be brought further; the first: {failed[0]}")
        return done

    def _look(self, item: Due) -> str:
        did = self._looks[item.kind](item)
        get_logger().info("swept", extra={"dataset": item.dataset, "item": item.sk, "did": did})
        return did

    def _object(self, item: Due) -> str:
        outbox.empty(self._catalog, self._enqueue, RawKey(item.dataset, item.name))
        self._catalog.rest(item)
        return "outbox sent"

    def _pack(self, item: Due) -> str:
        # Nobody reads it: it was never finished, or has ended long ago. Its name is never used again.
        self._files.delete(self._files.versions(pack_key(item.dataset, item.name)))
        self._catalog.forget(item)
        return "collected"

    def _dataset(self, item: Due) -> str:
        dataset = self._catalog.find_dataset(item.dataset)
        if dataset is None or not dataset.deleting_at:
            self._catalog.rest(item)
            return "nothing"
        return "deleted" if self._delete(item.dataset) else "deletion waits"

    def _pending(self, item: Due) -> str:
        # Its worker is gone; the event, tried again, prepares the commit anew.
        self._catalog.forget(item)
        return "forgotten"

    def _run(self, item: Due) -> str:
        run = self._catalog.find_run(item.dataset, item.name)
        if run is None or run.due_at is None or run.due_at > now_iso():
            return "nothing"  # the index lags behind
        if run.status == "cleaning":
            return "closed" if self._catalog.close_lost_run(run) else "nothing"
        if run.live:
            return self._load_on(run)
        return self._collect(run)

    def _load_on(self, run: Run) -> str:
        if run.status != "loading":
            self._catalog.rest(due_of_run(run))
            return "nothing"
        missing = set(range(run.parts)) - run.loaded_parts
        if not missing:
            # Whoever loaded the last part died before saying that the run is done.
            self._catalog.part_loaded(run.dataset, run.run, max(run.loaded_parts))
            return "done"
        return self._send_again(run, missing, "loads enqueued")

    def _send_again(self, run: Run, parts: set[int], did: str) -> str:
        if run.sweeps >= _MOST_SWEEPS:
            get_logger().error("given up", extra={"run": run.run, "parts": sorted(parts)[:10], "sweeps": run.sweeps})
            self._catalog.rest(due_of_run(run))
            return "given up"
        if not self._catalog.look_again(run, LOAD_SECONDS):
            return "nothing"
        self._enqueue(LoadTask(run.dataset, run.run, part) for part in sorted(parts))
        return did

    def _collect(self, run: Run) -> str:
        """Delete the Parquet files of a run that nobody is served any more; its report and rejects stay."""
        in_table = set(range(run.parts)) - run.unloaded_parts if run.generation_from is not None else set()
        if in_table:
            return self._send_again(run, in_table, "unloads enqueued")
        # In this order: a worker that begins the run anew after the mark writes versions that aren't in the list.
        folders = [data_prefix(run.dataset, run.run), pieces_prefix(run.dataset, run.run)]
        versions = [version for folder in folders for version in self._files.versions(folder)]
        if not self._catalog.mark_collected(run):
            return "nothing"
        self._files.delete(versions)
        if run.pack:
            self._catalog.pack_stale(run.dataset, run.pack)
        # Where the dataset is gone, this run was begun right when it went.
        known = self._catalog.find_dataset(run.dataset)
        (self._catalog.rest if known else self._catalog.forget)(due_of_run(run))
        return "collected"


def counted(done: Counter[str]) -> dict[str, Any]:
    """What a sweep did, as a log line's fields."""
    return {name.replace(" ", "_"): number for name, number in done.items()}
