"""Access patterns of the catalog that read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sluice.catalog.items import (
    BY_KIND,
    DATASETS,
    META,
    dataset_pk,
    key,
    object_sk,
    run_sk,
    runs_partition,
    to_dataset,
    to_object,
    to_run,
)
from sluice.clock import now_iso
from sluice.errors import DatasetNotFoundError, RunNotFoundError
from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of a listing, and where the rest begins (None: there is no rest)."""

    items: list[T]
    next: dict[str, Any] | None


class CatalogReader:
    """Reads the catalog; every method says which of DynamoDB's reads it is."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find_dataset(self, name: str) -> Dataset | None:
        """The dataset, or None: one consistent GetItem."""
        answer = self._client.get_item(TableName=self._table, Key=key(dataset_pk(name), META), ConsistentRead=True)
        return to_dataset(answer["Item"]) if "Item" in answer else None

    def dataset(self, name: str) -> Dataset:
        """The dataset.

        Raises:
            DatasetNotFoundError: there is none of this name.
        """
        found = self.find_dataset(name)
        if found is None:
            raise DatasetNotFoundError(name)
        return found

    def datasets(self, limit: int, start: dict[str, Any] | None = None) -> Page[Dataset]:
        """A page of all datasets by name: one Query of the index, eventually consistent."""
        answer = self._query_index(DATASETS, limit, start, forward=True)
        return Page([to_dataset(item) for item in answer["Items"]], answer.get("LastEvaluatedKey"))

    def find_run(self, dataset: str, run: str) -> Run | None:
        """The run, or None: one consistent GetItem."""
        answer = self._client.get_item(
            TableName=self._table, Key=key(dataset_pk(dataset), run_sk(run)), ConsistentRead=True
        )
        return to_run(answer["Item"]) if "Item" in answer else None

    def run(self, dataset: str, run: str) -> Run:
        """The run as it is now: one whose worker was lost has failed.

        Raises:
            RunNotFoundError: the dataset has no such run.
            DatasetNotFoundError: there is no such dataset.
        """
        found = self.find_run(dataset, run)
        if found is None:
            self.dataset(dataset)
            raise RunNotFoundError(dataset, run)
        return found.seen_at(now_iso())

    def runs(self, dataset: str, limit: int, start: dict[str, Any] | None = None) -> Page[Run]:
        """A page of a dataset's runs, the newest first: one Query of the index, eventually consistent."""
        answer = self._query_index(runs_partition(dataset), limit, start, forward=False)
        now = now_iso()
        return Page([to_run(item).seen_at(now) for item in answer["Items"]], answer.get("LastEvaluatedKey"))

    def live_runs(self, dataset: str, generation: int) -> list[Run]:
        """The runs that make up the dataset at a generation: a consistent, paged Query, filtered.

        What it gives for one generation never changes, so callers may keep it.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :runs)",
            FilterExpression=("generation_from <= :g AND (attribute_not_exists(generation_to) OR generation_to > :g)"),
            ExpressionAttributeValues={
                ":pk": {"S": dataset_pk(dataset)},
                ":runs": {"S": run_sk("")},
                ":g": {"N": str(generation)},
            },
        )
        return [to_run(item) for page in pages for item in page["Items"]]

    def find_object(self, dataset: str, name: str) -> ObjectPointer | None:
        """The object's pointer, or None: one consistent GetItem."""
        answer = self._client.get_item(
            TableName=self._table, Key=key(dataset_pk(dataset), object_sk(name)), ConsistentRead=True
        )
        return to_object(answer["Item"]) if "Item" in answer else None

    def objects(self, dataset: str, after: str = "") -> Iterator[ObjectPointer]:
        """The objects of a dataset by name, those behind `after`: a paged, consistent Query."""
        # Names are UTF-8 and hold no control characters, so nothing lies between a name and the name with one.
        first = f"{after}\x00" if after else ""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": dataset_pk(dataset)},
                ":first": {"S": object_sk(first)},
                ":last": {"S": object_sk("\U0010ffff")},
            },
        )
        for page in pages:
            yield from map(to_object, page["Items"])

    def _query_index(self, partition: str, limit: int, start: dict[str, Any] | None, *, forward: bool) -> Any:  # noqa: ANN401 - DynamoDB's answer
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": BY_KIND,
            "KeyConditionExpression": "gsi1pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "Limit": limit,
            "ScanIndexForward": forward,
        }
        if start:
            request["ExclusiveStartKey"] = start
        return self._client.query(**request)
