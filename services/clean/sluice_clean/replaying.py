"""Begins replays: finds the objects that are to be cleaned again, and has the clean function look at each.

A replay is one more event "look at this key". A run's id is derived of the contract, so that under a changed contract
the same version makes a new run, which replaces the old one; what is served under today's contract already stays. The
objects are whole: which rows are valid hangs on the others, by types, keys and what counts as missing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from urllib.parse import quote_plus

from sluice.catalog import Page
from sluice.clock import now_iso
from sluice.models.replay import Replay
from sluice.models.run import Run
from sluice.object_keys import RawKey
from sluice.telemetry import get_logger

_PAGE = 1_000
_AT_ONCE = 16

Event = dict[str, Any]


class Catalog(Protocol):
    """What replays need of the catalog; see `sluice.catalog`."""

    def find_run(self, dataset: str, run: str) -> Run | None: ...  # noqa: D102 - as in sluice.catalog
    def runs(self, dataset: str, limit: int, start: dict[str, Any] | None = None) -> Page[Run]: ...  # noqa: D102


class Ledger(Protocol):
    """Where replays are noted; see `sluice.catalog.replays`."""

    def find(self, dataset: str, replay: str) -> Replay: ...  # noqa: D102 - as in sluice.catalog.replays
    def plan(self, dataset: str, replay: str, objects: int) -> None: ...  # noqa: D102


class Replayer:
    """Begins replays; beginning one twice does no harm."""

    def __init__(self, catalog: Catalog, ledger: Ledger, raw_bucket: str, send: Callable[[Event], None]) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._raw_bucket = raw_bucket
        self._send = send

    def begin(self, dataset: str, replay: str) -> None:
        """Send an event for each object of the replay.

        Raises:
            NotFoundError: there is no such replay.
        """
        order = self._ledger.find(dataset, replay)
        chosen = [run for run in self._runs(order) if run.rows_rejected or not order.rejects_only]
        self._ledger.plan(dataset, replay, len(chosen))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            # list() raises what any of them raised.
            list(pool.map(lambda run: self._send(self._event(order, run)), chosen))
        get_logger().info("replay begun", extra={"replay": replay, "objects": len(chosen)})

    def _runs(self, order: Replay) -> Iterator[Run]:
        """The last run of each object that is asked for."""
        seen: set[str] = set()
        for run in self._named(order) if order.runs else self._present(order.dataset):
            if run.object not in seen:
                seen.add(run.object)
                yield run

    def _named(self, order: Replay) -> Iterator[Run]:
        found = (self._catalog.find_run(order.dataset, run) for run in order.runs or ())
        return (run for run in found if run)

    def _present(self, dataset: str) -> Iterator[Run]:
        """Runs that failed, are under way, or are served, the newest first; those that were replaced are left out."""
        start: dict[str, Any] | None = None
        while True:
            page = self._catalog.runs(dataset, _PAGE, start)
            yield from (run for run in page.items if run.status != "superseded" and run.generation_to is None)
            start = page.next
            if start is None:
                return

    def _event(self, order: Replay, run: Run) -> Event:
        key = RawKey(order.dataset, run.object).key
        return {
            "Records": [
                {
                    "eventName": "Replay",
                    "eventTime": now_iso(),
                    "responseElements": {"x-amz-request-id": order.correlation_id},
                    "s3": {"bucket": {"name": self._raw_bucket}, "object": {"key": quote_plus(key)}},
                    "replay": {"id": order.replay, "rows_rejected": run.rows_rejected},
                }
            ]
        }
