"""What a file is held against besides its contract: the datasets that it refers to, and what it was before."""

from typing import TYPE_CHECKING, Any, Protocol

from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run
from sluice.models.table_schema import TableSchema
from sluice.object_keys import run_files
from sluice_clean.buckets import CleanBucket

if TYPE_CHECKING:
    from sluice_clean.engine import Reference


class Catalog(Protocol):
    """What is needed of the catalog; see `sluice.catalog`."""

    def find_dataset(self, name: str) -> Dataset | None: ...  # noqa: D102
    def find_object(self, dataset: str, name: str) -> ObjectPointer | None: ...  # noqa: D102
    def find_run(self, dataset: str, run: str) -> Run | None: ...  # noqa: D102
    def live_runs(self, dataset: str, generation: int) -> list[Run]: ...  # noqa: D102


class Agreed:
    """Looks things up when a run begins: what is served then is what counts."""

    def __init__(self, catalog: Catalog, clean: CleanBucket) -> None:
        self._catalog = catalog
        self._clean = clean

    def references(self, dataset: Dataset, run: Run) -> "dict[str, Reference]":
        """The files of each dataset that a foreign key refers to; one that is not there is left out.

        Under no name stands what the dataset itself serves of other objects.
        """
        keys = (dataset.table_schema.foreign_keys or ()) if dataset.table_schema else ()
        names = {key.reference.resource for key in keys}
        found = {name: self._catalog.find_dataset(name) for name in sorted(names) if name}
        references = {name: self._files(other) for name, other in found.items() if other is not None}
        return references | ({"": self._files(dataset, but=run.object)} if "" in names else {})

    def _files(self, dataset: Dataset, but: str | None = None) -> "Reference":
        """What a dataset serves; ``but``: without an object."""
        from sluice_clean.engine import Reference

        runs = [run for run in self._catalog.live_runs(dataset.name, dataset.generation) if run.object != but]
        keys = {key for run in runs for key in run_files(run.dataset, run.run, run.parts, run.pack)}
        return Reference([self._clean.url(key) for key in sorted(keys)], [run.run for run in runs])

    def previous(self, dataset: Dataset, run: Run) -> TableSchema | None:
        """What was inferred of the version of the object that is served; None where a contract says what it is."""
        if dataset.table_schema is not None:
            return None
        pointer = self._catalog.find_object(run.dataset, run.object)
        served = self._catalog.find_run(run.dataset, pointer.active_run) if pointer and pointer.active_run else None
        schema: dict[str, Any] | None = served.table_schema if served else None
        return TableSchema.model_validate(schema) if schema else None
