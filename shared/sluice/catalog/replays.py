"""Access patterns of the catalog for replays: `REPLAY#{id}`, and `REPLAY#{id}#{object}` for each object that is done.

An object counts once, however often its event comes: its own item and the counters are written in one transaction.
"""

import random
import time
from typing import TYPE_CHECKING

from sluice.catalog.items import Assignments, Item, dataset_pk, from_item, key
from sluice.errors import NotFoundError, UnavailableError
from sluice.models.replay import Replay

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Objects of one replay that get done at the same moment meet on its counters.
_TRIES = 20
_LONGEST_WAIT_SECONDS = 0.5


class Replays:
    """Reads and writes replays; every write is idempotent."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self, dataset: str, replay: str) -> Replay:
        """The replay: one consistent GetItem.

        Raises:
            NotFoundError: the dataset has no such replay.
        """
        answer = self._client.get_item(TableName=self._table, Key=self._key(dataset, replay), ConsistentRead=True)
        if "Item" not in answer:
            raise NotFoundError(f"Dataset '{dataset}' has no replay '{replay}'.")
        return Replay.model_validate(from_item(answer["Item"]))

    def request(self, replay: Replay) -> None:
        """Note that a replay is to begin."""
        changes = Assignments().set(
            replay=replay.replay,
            dataset=replay.dataset,
            runs=replay.runs,
            rejects_only=replay.rejects_only,
            requested_at=replay.requested_at,
            correlation_id=replay.correlation_id,
        )
        self._client.update_item(**changes.request(self._table, self._key(replay.dataset, replay.replay)))

    def plan(self, dataset: str, replay: str, objects: int) -> None:
        """Note how many objects are cleaned again; the first plan holds."""
        changes = Assignments().set_once(objects=objects)
        self._client.update_item(**changes.request(self._table, self._key(dataset, replay)))

    def object_done(self, dataset: str, replay: str, name: str, before: int, after: int) -> None:
        """Count an object, with the rows that were refused of it before and after.

        Raises:
            UnavailableError: too many objects got done at once.
        """
        counters = Assignments().add(objects_done=1, rows_rejected_before=before, rows_rejected_after=after)
        mark = {"TableName": self._table, "Item": self._key(dataset, f"{replay}#{name}")}
        writes: list[Item] = [
            {"Put": {**mark, "ConditionExpression": "attribute_not_exists(pk)"}},
            {"Update": counters.request(self._table, self._key(dataset, replay), "attribute_exists(pk)")},
        ]
        for _ in range(_TRIES):
            if self._written(writes):
                return
            time.sleep(random.uniform(0, _LONGEST_WAIT_SECONDS))  # noqa: S311 - jitter, not a secret
        raise UnavailableError(f"Replay '{replay}' is too busy to count '{name}'.")

    def _written(self, writes: list[Item]) -> bool:
        """Whether the transaction went through, now or before; False if others were in its way."""
        try:
            self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
        except self._client.exceptions.TransactionCanceledException as error:
            codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if "ConditionalCheckFailed" in codes:
                return True  # counted already, or the dataset was deleted meanwhile
            if codes <= {"None", None, "TransactionConflict", "ThrottlingError"}:
                return False
            raise
        return True

    @staticmethod
    def _key(dataset: str, name: str) -> Item:
        return key(dataset_pk(dataset), f"REPLAY#{name}")
