"""The records table: plain idempotent batch writes, several at once, retried with jitter until all are in."""

import random
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

from sluice.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# BatchWriteItem takes 25 requests and 16 MB a call.
_BATCH_ITEMS = 25
_WRITERS = 8
_TRIES = 12
_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 5.0


class RecordsTable:
    """Puts and deletes items of the records table."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, items: Iterable[dict[str, Any]]) -> None:
        """Write items; those that are there already are written over.

        Raises:
            UnavailableError: the table kept refusing; some items may be in.
        """
        self._write({"PutRequest": {"Item": item}} for item in items)

    def delete(self, keys: Iterable[dict[str, Any]]) -> None:
        """Delete items by primary key; those that are gone already do no harm.

        Raises:
            UnavailableError: the table kept refusing; some items may be gone.
        """
        self._write({"DeleteRequest": {"Key": key}} for key in keys)

    def _write(self, requests: Iterable[dict[str, Any]]) -> None:
        with ThreadPoolExecutor(_WRITERS) as pool:
            # list() waits for all and raises what any of them raised.
            list(pool.map(self._write_batch, _batches(requests)))

    def _write_batch(self, batch: list[dict[str, Any]]) -> None:
        longest = _FIRST_WAIT_SECONDS
        for _ in range(_TRIES):
            request: Any = {self._name: batch}
            batch = self._send(request)
            if not batch:
                return
            time.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret
            longest = min(longest * 2, _LONGEST_WAIT_SECONDS)
        raise UnavailableError(f"The records table still refuses {len(batch)} items after {_TRIES} tries.")

    def _send(self, request: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - DynamoDB's shape
        answer: Any = self._client.batch_write_item(RequestItems=request)
        unprocessed: list[dict[str, Any]] = answer.get("UnprocessedItems", {}).get(self._name, [])
        return unprocessed


def _batches(requests: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(requests)
    while batch := list(islice(iterator, _BATCH_ITEMS)):
        yield batch
