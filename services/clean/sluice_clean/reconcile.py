"""Brings the catalog to what the raw bucket holds: the commit protocol.

An event only says "look at this key". The worker takes a fencing number, *then* reads what the bucket holds,
cleans that version, and commits on condition that nobody took a newer number meanwhile. Whatever the order, the
number or the age of the events, the last look at the bucket wins, and a version that is served already is left
alone. DESIGN: "At least once in, exactly once out".
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from sluice.catalog import Commit, OvertakenError
from sluice.catalog.due import HAND_OVER_SECONDS
from sluice.clock import now_iso
from sluice.errors import DatasetDeletingError
from sluice.ids import run_id
from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run, RunError
from sluice.object_keys import RawKey
from sluice.telemetry import get_logger
from sluice_clean import outbox
from sluice_clean.buckets import Version
from sluice_clean.cleaning import Cleaned, UncleanableError


class Catalog(outbox.Catalog, Protocol):
    """What the protocol needs of the catalog; see `sluice.catalog`."""

    def find_dataset(self, name: str) -> Dataset | None: ...  # noqa: D102 - as in sluice.catalog
    def ensure_dataset(self, name: str) -> Dataset: ...  # noqa: D102
    def forget_object(self, dataset: str, name: str, fence: int) -> None: ...  # noqa: D102
    def take_fence(self, dataset: str, name: str) -> ObjectPointer: ...  # noqa: D102
    def start_run(self, run: Run) -> bool: ...  # noqa: D102
    def renew_lease(self, run: Run, seconds: float = ...) -> bool: ...  # noqa: D102
    def find_run(self, dataset: str, run: str) -> Run | None: ...  # noqa: D102
    def fail_run(self, run: Run, error: RunError, *, closed: bool = False) -> bool: ...  # noqa: D102
    def supersede_run(self, dataset: str, run: str, fence: int = 0) -> bool: ...  # noqa: D102
    def commit(self, change: Commit) -> int: ...  # noqa: D102


class Raw(Protocol):
    """What the protocol needs of the raw bucket."""

    name: str

    def current(self, key: str) -> Version | None:
        """The version that the key has now."""
        ...


# Without a result the cleaning goes on in other invocations.
Clean = Callable[[Dataset, Run, Version], Cleaned | None]
Keep = Callable[[Run], AbstractContextManager[None]]


class Reconciler:
    """Carries the protocol out for one key at a time.

    Args:
        catalog: what is served.
        raw: the bucket.
        clean: makes a version's clean files.
        enqueue: writes load tasks.
        keep: keeps a run's lease while it is being cleaned and committed; without it, it runs out.
    """

    def __init__(
        self, catalog: Catalog, raw: Raw, clean: Clean, enqueue: outbox.Enqueue, keep: Keep | None = None
    ) -> None:
        self._catalog = catalog
        self._raw = raw
        self._clean = clean
        self._enqueue = enqueue
        self._keep = keep or (lambda _: nullcontext())

    def reconcile(
        self,
        target: RawKey,
        event: str,
        seen_version: str | None,
        correlation_id: str | None = None,
        replay: str | None = None,
    ) -> Run | None:
        """Make the catalog say what the bucket says about one key.

        Args:
            target: the key to look at.
            event: name of the event that said so, for the run's record.
            seen_version: the version that the event told of. If it is not the current one any more, its run
                will never be cleaned, and is marked so.
            correlation_id: what logs call this event, unless the object itself carries the id of its request.
            replay: the replay that the event belongs to, as runs keep it.

        Returns:
            The run that this made, committed (`loading` or `done`), `failed`, `superseded`, or `cleaning` in the hands
            of others; None if it made none.

        Raises:
            DatasetDeletingError: the dataset is being deleted. The event is to be tried again.
            Exception: whatever the AWS edge raised. The event is to be retried; doing all again is harmless.
        """
        known = self._catalog.find_dataset(target.dataset)
        if known and known.deleting_at and self._raw.current(target.key):
            # It goes soon, or was put at the very end: tried again, the event finds out.
            raise DatasetDeletingError(target.dataset)
        pointer = self._catalog.take_fence(target.dataset, target.name)
        version = self._raw.current(target.key)
        made: Run | None = None
        if version:
            dataset = known or self._catalog.ensure_dataset(target.dataset)
            run = self._run_of(dataset, target, version, pointer.fence, event)
            run.correlation_id = version.correlation_id or correlation_id
            run.replay = replay
            get_logger().set_correlation_id(run.correlation_id)
            if pointer.active_run != run.run:
                made = self._serve(dataset, run, version)
        elif pointer.active_run:
            self._withdraw(target, pointer.fence)
        elif pointer.state == "new":
            self._catalog.forget_object(target.dataset, target.name, pointer.fence)
        if known and seen_version and (version is None or seen_version != version.version_id):
            self._catalog.supersede_run(
                target.dataset, run_id(self._raw.name, target.key, seen_version, known.contract)
            )
        outbox.empty(self._catalog, self._enqueue, target)
        return made

    def _run_of(self, dataset: Dataset, target: RawKey, version: Version, fence: int, event: str) -> Run:
        now = now_iso()
        return Run(
            run=run_id(self._raw.name, target.key, version.version_id, dataset.contract),
            dataset=target.dataset,
            object=target.name,
            version_id=version.version_id,
            event=event,
            bytes_in=version.size,
            last_modified=version.last_modified,
            received_at=now,
            started_at=now,
            fence=fence,
        )

    def _serve(self, dataset: Dataset, run: Run, version: Version) -> Run:
        if not self._catalog.start_run(run):
            return self._overtaken(run)
        still = self._catalog.find_dataset(run.dataset)
        if still is None or still.deleting_at:
            # A deletion that began before this look may not know of the run; one that begins after it waits for it.
            self._catalog.supersede_run(run.dataset, run.run, run.fence)
            raise DatasetDeletingError(run.dataset)
        return self._clean_and_commit(run, version, lambda: self._clean(dataset, run, version))

    def resume(self, dataset: str, run_id: str, version: Version, work: Callable[[Run], Cleaned | None]) -> Run | None:
        """Go on with a run that another invocation began, unless it is over or overtaken.

        Args:
            dataset: its dataset.
            run_id: its id.
            version: what it cleans.
            work: the next step; the outcome if it was the last.

        Returns:
            The run as `reconcile` gives it; None if there was nothing to do.

        Raises:
            Exception: as in `reconcile`.
        """
        known, run = self._catalog.find_dataset(dataset), self._catalog.find_run(dataset, run_id)
        pointer = self._catalog.find_object(dataset, run.object) if run else None
        if known is None or known.deleting_at or run is None or pointer is None:
            return None
        get_logger().set_correlation_id(run.correlation_id)
        if pointer.fence != run.fence:
            self._catalog.supersede_run(dataset, run_id, run.fence)
            return self._overtaken(run)
        made: Run | None = None
        if self._catalog.renew_lease(run):
            made = self._clean_and_commit(run, version, lambda: work(run))
        outbox.empty(self._catalog, self._enqueue, RawKey(dataset, run.object))
        return made

    def _clean_and_commit(self, run: Run, version: Version, clean: Callable[[], Cleaned | None]) -> Run:
        with self._keep(run):
            made = self._try(run, version, clean)
        if made.status == "cleaning":
            self._catalog.renew_lease(run, HAND_OVER_SECONDS)
        return made

    def _try(self, run: Run, version: Version, clean: Callable[[], Cleaned | None]) -> Run:
        try:
            cleaned = clean()
        except UncleanableError as error:
            get_logger().warning("run failed", extra={"run": run.run, "reason": error.code})
            failed = run.model_copy(update={"status": "failed", **error.counts})
            self._catalog.fail_run(failed, RunError(type=error.code, detail=error.detail), closed=True)
            return failed
        except Exception:
            reason = "Cleaning broke off for a reason of ours; it is tried again by itself."
            self._catalog.fail_run(run, RunError(type="internal-error", detail=reason))
            raise
        if cleaned is None:
            return run.model_copy(update={"status": "cleaning"})
        cleaned_run = run.model_copy(update=cleaned.result)
        try:
            generation = self._catalog.commit(Commit(run.dataset, run.object, run.fence, cleaned_run, version.etag))
        except OvertakenError:
            self._catalog.supersede_run(run.dataset, run.run, run.fence)
            return self._overtaken(run)
        get_logger().info("committed", extra={"run": run.run, "generation": generation})
        return cleaned_run.model_copy(update={"status": "loading" if cleaned_run.parts else "done"})

    def _overtaken(self, run: Run) -> Run:
        get_logger().info("overtaken", extra={"run": run.run})
        return run.model_copy(update={"status": "superseded"})

    def _withdraw(self, target: RawKey, fence: int) -> None:
        try:
            generation = self._catalog.commit(Commit(target.dataset, target.name, fence))
        except OvertakenError:
            return
        get_logger().info("withdrawn", extra={"object": target.name, "generation": generation})
