"""Orders replays: notes in the catalog what is to be cleaned again, and rings the clean service's bell.

The bell is an object in the clean bucket, whose event starts the fan-out there; this service calls no function.
"""

from typing import Protocol

from sluice.clock import now_iso
from sluice.errors import DatasetDeletingError
from sluice.ids import replay_id
from sluice.models.dataset import Dataset
from sluice.models.replay import Replay, ReplayOrder
from sluice.models.run import Run
from sluice.object_keys import ReplayOrder as OrderKey


class Catalog(Protocol):
    """What this module needs of the catalog."""

    def dataset(self, name: str) -> Dataset:
        """The dataset; raises DatasetNotFoundError."""
        ...

    def run(self, dataset: str, run: str) -> Run:
        """The run; raises RunNotFoundError."""
        ...


class Ledger(Protocol):
    """Where replays are noted."""

    def request(self, replay: Replay) -> None:
        """Note that a replay is to begin."""
        ...


class Bell(Protocol):
    """What starts the clean service."""

    def put(self, key: str) -> None:
        """Store an empty order under a key."""
        ...


def order(catalog: Catalog, ledger: Ledger, bell: Bell, dataset: str, wanted: ReplayOrder, request_id: str) -> Replay:
    """Order a replay; the same request twice is one replay.

    Raises:
        DatasetNotFoundError: there is no such dataset.
        DatasetDeletingError: it is being deleted.
        RunNotFoundError: one of the runs isn't the dataset's.
    """
    if catalog.dataset(dataset).deleting_at:
        raise DatasetDeletingError(dataset)
    for run in wanted.runs or ():
        catalog.run(dataset, run)
    replay = Replay(
        replay=replay_id(dataset, request_id),
        dataset=dataset,
        runs=wanted.runs,
        rejects_only=wanted.rejects_only,
        requested_at=now_iso(),
        correlation_id=request_id,
    )
    ledger.request(replay)
    bell.put(OrderKey(dataset, replay.replay).key)
    return replay


def path(dataset: str, replay: str | None = None) -> str:
    """Where a dataset's replays are ordered, or one of them is looked at: a path of this API."""
    orders = f"/v1/datasets/{dataset}/replays"
    return f"{orders}/{replay}" if replay else orders
