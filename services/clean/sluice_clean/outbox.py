"""The outbox: load tasks that a commit made due, until somebody is known to have written them."""

from collections.abc import Callable, Iterable
from typing import Protocol

from sluice.models.raw_object import ObjectPointer
from sluice.object_keys import LoadTask, RawKey

Enqueue = Callable[[Iterable[LoadTask]], None]


class Catalog(Protocol):
    """What the outbox needs of the catalog; see `sluice.catalog`."""

    def find_object(self, dataset: str, name: str) -> ObjectPointer | None: ...  # noqa: D102 - as in sluice.catalog
    def clear_outbox(self, dataset: str, name: str, entries: set[str]) -> None: ...  # noqa: D102


def empty(catalog: Catalog, enqueue: Enqueue, target: RawKey) -> None:
    """Write the load tasks that commits made due, ours or those of a worker that died right after its own."""
    pointer = catalog.find_object(target.dataset, target.name)
    if not pointer or not pointer.outbox:
        return
    for entry in sorted(pointer.outbox):
        run, _, parts = entry.rpartition("#")
        enqueue(LoadTask(target.dataset, run, part) for part in range(int(parts)))
    catalog.clear_outbox(target.dataset, target.name, pointer.outbox)
