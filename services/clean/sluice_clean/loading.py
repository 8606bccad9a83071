"""Brings the records table in line with the catalog, one part of one run at a time.

A task says "look at this part". If its run is served, the part's records are put; if the run has ended, they are
deleted. A run that ends *while* its part is put is seen by the second look at the catalog: whoever puts last also
looks last, so no interleaving leaves records of an ended run behind.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from sluice.models.run import Run
from sluice.object_keys import LoadTask
from sluice.telemetry import get_logger

Item = dict[str, Any]


class Catalog(Protocol):
    """What loading needs of the catalog; see `sluice.catalog`."""

    def find_run(self, dataset: str, run: str) -> Run | None: ...  # noqa: D102 - as in sluice.catalog
    def part_loaded(self, dataset: str, run: str, part: int) -> Run: ...  # noqa: D102
    def part_unloaded(self, dataset: str, run: str, part: int) -> None: ...  # noqa: D102


class Records(Protocol):
    """What loading needs of the records table."""

    def put(self, items: Iterable[Item]) -> None: ...  # noqa: D102 - as in records_table
    def delete(self, keys: Iterable[Item]) -> None: ...  # noqa: D102


class Parts(Protocol):
    """The Parquet parts, as items and as keys, in batches."""

    def items(self, task: LoadTask) -> Iterator[list[Item]]: ...  # noqa: D102 - as in record_items
    def keys(self, task: LoadTask) -> Iterator[list[Item]]: ...  # noqa: D102


class Loader:
    """Carries load tasks out; doing one twice does no harm."""

    def __init__(self, catalog: Catalog, records: Records, parts: Parts) -> None:
        self._catalog = catalog
        self._records = records
        self._parts = parts

    def handle(self, task: LoadTask) -> None:
        """Put or delete the records of one part, as the catalog says."""
        if self._is_served(task):
            self._load(task)
            if self._is_served(task):
                self._catalog.part_loaded(task.dataset, task.run, task.part)
                return
        self._unload(task)

    def _is_served(self, task: LoadTask) -> bool:
        run = self._catalog.find_run(task.dataset, task.run)
        if run:
            get_logger().set_correlation_id(run.correlation_id)
        return run is not None and run.live

    def _load(self, task: LoadTask) -> None:
        for batch in self._parts.items(task):
            self._records.put(batch)
        get_logger().info("part loaded", extra={"run": task.run, "part": task.part})

    def _unload(self, task: LoadTask) -> None:
        for batch in self._parts.keys(task):
            self._records.delete(batch)
        self._catalog.part_unloaded(task.dataset, task.run, task.part)
        get_logger().info("part unloaded", extra={"run": task.run, "part": task.part})
