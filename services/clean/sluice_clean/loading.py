"""Brings the records table in line with the catalog, one part of one run at a time.

A task says "look at this part". If its run is served, the part's records are put; if the run has ended, they are
deleted. A run that ends *while* its part is put, or that begins again while it is deleted, is seen by the second look
at the catalog: whoever writes last also looks last, so no interleaving leaves records of an ended run behind, nor
takes records of a served one away.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from sluice.errors import UnavailableError
from sluice.models.run import Run
from sluice.object_keys import LoadTask
from sluice.telemetry import get_logger

# How often a part may be loaded and unloaded in turn, while its run begins and ends.
_MOST_TURNS = 10


class Catalog(Protocol):
    """What loading needs of the catalog; see `sluice.catalog`."""

    def find_run(self, dataset: str, run: str) -> Run | None: ...  # noqa: D102 - as in sluice.catalog
    def part_loaded(self, dataset: str, run: str, part: int) -> Run: ...  # noqa: D102
    def part_unloaded(self, dataset: str, run: str, part: int) -> None: ...  # noqa: D102


class Records(Protocol):
    """What loading needs of the records table."""

    def write(self, requests: Iterable[str]) -> None: ...  # noqa: D102 - as in records_table


class Parts(Protocol):
    """The Parquet parts as write requests."""

    def puts(self, task: LoadTask) -> Iterator[str]: ...  # noqa: D102 - as in record_items
    def deletes(self, task: LoadTask) -> Iterator[str]: ...  # noqa: D102


class Loader:
    """Carries load tasks out; doing one twice does no harm."""

    def __init__(self, catalog: Catalog, records: Records, parts: Parts) -> None:
        self._catalog = catalog
        self._records = records
        self._parts = parts

    def handle(self, task: LoadTask) -> None:
        """Put or delete the records of one part, as the catalog says, until it says the same after as before.

        Raises:
            UnavailableError: the run began and ended again and again meanwhile.
        """
        if self._is_over(task):
            get_logger().info("nothing left to unload", extra={"run": task.run, "part": task.part})
            return
        served = self._is_served(task)
        for _ in range(_MOST_TURNS):
            (self._load if served else self._unload)(task)
            before, served = served, self._is_served(task)
            if served == before:
                note = self._catalog.part_loaded if served else self._catalog.part_unloaded
                note(task.dataset, task.run, task.part)
                return
        raise UnavailableError(f"Run '{task.run}' changes too fast to be loaded.")

    def _is_over(self, task: LoadTask) -> bool:
        """Whether the run was unloaded and collected long ago, or its dataset deleted: the task comes very late."""
        run = self._catalog.find_run(task.dataset, task.run)
        return run is None or run.collected_at is not None

    def _is_served(self, task: LoadTask) -> bool:
        run = self._catalog.find_run(task.dataset, task.run)
        if run:
            get_logger().set_correlation_id(run.correlation_id)
        return run is not None and run.live

    def _load(self, task: LoadTask) -> None:
        self._records.write(self._parts.puts(task))
        get_logger().info("part loaded", extra={"run": task.run, "part": task.part})

    def _unload(self, task: LoadTask) -> None:
        self._records.write(self._parts.deletes(task))
        get_logger().info("part unloaded", extra={"run": task.run, "part": task.part})
