"""Deletes a dataset: its raw objects first, then step by step all that came of them.

While the dataset says that it is being deleted, nothing of it can be committed but withdrawals, and events of objects
that are there are put off. What a worker may still hold in its hands is waited for; the last to go is the item that
says so, and only if the bucket is empty still.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Protocol

from sluice.catalog import Commit, OvertakenError
from sluice.clock import ago, now_iso
from sluice.models.pack import Pack
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run
from sluice.object_keys import LoadTask, RawKey, dataset_prefixes
from sluice.telemetry import get_logger
from sluice_clean import outbox


class Catalog(outbox.Catalog, Protocol):
    """What a deletion needs of the catalog; see `sluice.catalog.keeper`."""

    def objects(self, dataset: str) -> Iterator[ObjectPointer]: ...  # noqa: D102 - as in sluice.catalog.keeper
    def take_fence(self, dataset: str, name: str) -> ObjectPointer: ...  # noqa: D102
    def commit(self, change: Commit) -> int: ...  # noqa: D102
    def every_run(self, dataset: str) -> Iterator[Run]: ...  # noqa: D102
    def packs(self, dataset: str) -> list[Pack]: ...  # noqa: D102
    def delete_soon(self, dataset: str) -> None: ...  # noqa: D102
    def forget_members(self, dataset: str) -> None: ...  # noqa: D102
    def forget_dataset(self, dataset: str) -> None: ...  # noqa: D102


class Bucket(Protocol):
    """What a deletion needs of both buckets."""

    def versions(self, prefix: str) -> list[dict[str, str]]: ...  # noqa: D102 - as in buckets
    def delete(self, versions: Sequence[dict[str, str]]) -> None: ...  # noqa: D102


class Deleter:
    """Brings deletions further.

    Args:
        catalog: the catalog.
        raw: the raw bucket.
        clean: the clean bucket.
        enqueue: writes load tasks.
        settle_seconds: how long after a run ended `load` may still be writing its records.
    """

    def __init__(
        self, catalog: Catalog, raw: Bucket, clean: Bucket, enqueue: outbox.Enqueue, settle_seconds: float
    ) -> None:
        self._catalog = catalog
        self._raw = raw
        self._clean = clean
        self._enqueue = enqueue
        self._settle = timedelta(seconds=settle_seconds)

    def step(self, dataset: str) -> bool:
        """Do all that can be done by now; True if nothing is left of the dataset."""
        raw_prefix = RawKey(dataset, "").key
        while versions := self._raw.versions(raw_prefix):
            self._raw.delete(versions)
        for pointer in self._catalog.objects(dataset):
            self._withdraw(pointer)
        waiting = sum(map(self._is_in_use, self._catalog.every_run(dataset)))
        waiting += sum(map(_is_being_written, self._catalog.packs(dataset)))
        if waiting:
            get_logger().info("deletion waits", extra={"dataset": dataset, "runs": waiting})
            self._catalog.delete_soon(dataset)
            return False
        for prefix in dataset_prefixes(dataset):
            self._clean.delete(self._clean.versions(prefix))
        self._catalog.forget_members(dataset)
        if self._raw.versions(raw_prefix):
            self._catalog.delete_soon(dataset)
            return False
        self._catalog.forget_dataset(dataset)
        return True

    def _withdraw(self, pointer: ObjectPointer) -> None:
        if pointer.active_run:
            fence = self._catalog.take_fence(pointer.dataset, pointer.name).fence
            try:
                self._catalog.commit(Commit(pointer.dataset, pointer.name, fence))
            except OvertakenError:
                return  # the object's own event does it
        outbox.empty(self._catalog, self._enqueue, RawKey(pointer.dataset, pointer.name))

    def _is_in_use(self, run: Run) -> bool:
        """Whether a worker may have the run in hand, or the table records of it."""
        if run.status == "cleaning":
            return run.seen_at(now_iso()).status == "cleaning"
        if run.generation_from is None:
            return False
        if run.live:
            return True
        long_ago = run.ended_at is not None and run.ended_at < ago(self._settle)
        left = set(range(run.parts)) - run.unloaded_parts
        if left and long_ago:
            # Whoever was told to take them out of the table has not.
            self._enqueue(LoadTask(run.dataset, run.run, part) for part in sorted(left))
        return bool(left) or not long_ago


def _is_being_written(pack: Pack) -> bool:
    return pack.state == "writing" and pack.due_at is not None and pack.due_at > now_iso()
