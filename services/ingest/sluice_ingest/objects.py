"""Raw files in: one call puts one file, and tells which run will clean it."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from pydantic import BaseModel

from sluice.clock import now_iso
from sluice.errors import DatasetDeletingError
from sluice.ids import run_id
from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run
from sluice.names import check_dataset_name, check_object_name
from sluice.object_keys import RawKey


class Bucket(Protocol):
    """What this module needs of the raw bucket."""

    name: str

    def put(self, key: str, body: bytes, content_type: str | None, correlation_id: str) -> str:
        """Store a file and give the version's id."""
        ...

    def delete(self, key: str) -> str:
        """Delete a file and give the delete marker's id."""
        ...


class Catalog(Protocol):
    """What this module needs of the catalog."""

    def ensure_dataset(self, name: str) -> Dataset:
        """The dataset, made if need be."""
        ...

    def receive_run(self, run: Run) -> bool:
        """Note that a run is to come."""
        ...

    def forget_received_run(self, dataset: str, run: str) -> None:
        """Forget a run that was announced, unless it has begun."""
        ...

    def dataset(self, name: str) -> Dataset:
        """The dataset; an error if there is none."""
        ...

    def find_dataset(self, name: str) -> Dataset | None:
        """The dataset, or None."""
        ...

    def find_object(self, dataset: str, name: str) -> ObjectPointer | None:
        """The object, or None."""
        ...


class Accepted(BaseModel):
    """Answer to a raw file: what was stored, and where to ask how its cleaning goes.

    `status_url` is a path of the query API.
    """

    object: str
    version_id: str
    run: str
    status_url: str


def check_target(dataset: str, name: str) -> RawKey:
    """Where a file of this name goes.

    Raises:
        InvalidNameError: the dataset's or the object's name breaks the rules.
    """
    return RawKey(check_dataset_name(dataset), check_object_name(name))


@dataclass(frozen=True)
class RawFile:
    """A raw file as a request brought it; the request's id goes with it through cleaning and loading."""

    body: bytes
    content_type: str | None
    request_id: str


def accept(bucket: Bucket, catalog: Catalog, target: RawKey, file: RawFile) -> Accepted:
    """Store a raw file. The bucket's event starts the cleaning; here its run is only announced.

    Raises:
        DatasetDeletingError: the dataset is being deleted. The file goes with it, unless it is the first of a new one.
    """
    dataset = catalog.ensure_dataset(target.dataset)
    version = bucket.put(target.key, file.body, file.content_type, file.request_id)
    run = run_id(bucket.name, target.key, version, dataset.contract)
    catalog.receive_run(
        Run(
            run=run,
            dataset=target.dataset,
            object=target.name,
            version_id=version,
            bytes_in=len(file.body),
            received_at=now_iso(),
            correlation_id=file.request_id,
        )
    )
    still = catalog.find_dataset(target.dataset)
    if still is None or still.deleting_at:
        catalog.forget_received_run(target.dataset, run)
        raise DatasetDeletingError(target.dataset)
    return Accepted(
        object=target.name,
        version_id=version,
        run=run,
        status_url=f"/v1/datasets/{target.dataset}/runs/{run}",
    )


class Deleted(BaseModel):
    """Answer to a deletion: the object, and the delete marker that stands where it was."""

    object: str
    version_id: str


def delete(bucket: Bucket, catalog: Catalog, dataset: str, name: str) -> Deleted:
    """Delete a raw file; the bucket's event takes its records away.

    Gateways differ in whether a path arrives decoded: a name that is known as it came is that object's.

    Raises:
        DatasetNotFoundError: there is no such dataset.
        DatasetDeletingError: it is being deleted, and this object with it.
        InvalidNameError: the dataset's or the object's name breaks the rules.
    """
    known = catalog.dataset(check_dataset_name(dataset))
    if known.deleting_at:
        raise DatasetDeletingError(dataset)
    as_it_came = "%" in name and catalog.find_object(dataset, name) is not None
    target = check_target(dataset, name if as_it_came else unquote(name))
    return Deleted(object=target.name, version_id=bucket.delete(target.key))
