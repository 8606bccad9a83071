"""What a dataset was at one generation: its live runs and their columns. It never changes, so it is kept."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from sluice.models.dataset import Dataset
from sluice.models.run import Run, order_token
from sluice_query.columns import Column
from sluice_query.schema import Footer, Group, dataset_columns, group_runs, needs_footer, visible

_KEPT = 32


class Catalog(Protocol):
    """What is needed of the catalog to know a dataset's state."""

    def dataset(self, name: str) -> Dataset:
        """The dataset as it is now."""

    def live_runs(self, dataset: str, generation: int) -> list[Run]:
        """The runs that make up the dataset at a generation."""

    def find_run(self, dataset: str, run: str) -> Run | None:
        """A run as it is now."""


FooterReader = Callable[[str, Sequence[Run]], Mapping[str, Footer]]


def run_order(run: Run) -> str:
    """Of two records with one key, the one of the run with the greater order is served."""
    return order_token(run.last_modified or "", run.run)


@dataclass(frozen=True)
class State:
    """A dataset at a generation; `runs` from the oldest to the newest."""

    dataset: Dataset
    generation: int
    runs: tuple[Run, ...]
    footers: Mapping[str, Footer]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The dataset's own columns, each wide enough for all runs."""
        return dataset_columns(self.runs, self.footers, self.dataset.table_schema)

    @cached_property
    def members(self) -> dict[str, Column]:
        """All members of a record by name."""
        return {column.name: column for column in visible(self.columns)}

    @cached_property
    def groups(self) -> list[Group]:
        """The runs that have files, by the columns of these."""
        return group_runs(self.runs, self.footers)

    @cached_property
    def by_id(self) -> dict[str, Run]:
        """The runs by their ids."""
        return {run.run: run for run in self.runs}


class States:
    """Gives states, and keeps the last ones used for as long as the process lives."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: OrderedDict[tuple[str, ...], State] = OrderedDict()

    def at(self, dataset: Dataset, generation: int, read_footers: FooterReader | None = None) -> State:
        """The dataset at a generation; with a reader, its columns are typed exactly as its files are."""
        key = (dataset.name, dataset.created_at, str(generation), dataset.contract, str(read_footers is not None))
        state = self._kept.get(key)
        if state is None:
            state = self._kept[key] = self._load(dataset, generation, read_footers)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return state

    def _load(self, dataset: Dataset, generation: int, read_footers: FooterReader | None) -> State:
        runs = sorted(self._catalog.live_runs(dataset.name, generation), key=run_order)
        unknown = [run for run in runs if needs_footer(run)]
        footers = read_footers(dataset.name, unknown) if read_footers and unknown else {}
        return State(dataset, generation, tuple(runs), footers)
