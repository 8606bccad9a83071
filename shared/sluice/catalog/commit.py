"""The one transaction that changes what is served.

All or nothing: the dataset's generation goes up by one (condition: nobody else moved it), the objects'
pointers change (condition: each committer still holds the newest fencing number), the new runs begin and the
replaced runs end at that generation. Workers on different objects of one dataset meet on the generation. Who
loses lays the prepared commit down (`sluice.catalog.pending`) and tries again, with full jitter, up to a deadline;
whoever wins takes along what lies there, so that a burst ends in a few transactions.
"""

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sluice.catalog import pending
from sluice.catalog.changes import Commit, Member, fitting, settled, transaction
from sluice.catalog.items import META, dataset_pk, key, object_sk, to_dataset, to_object
from sluice.errors import UnavailableError
from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DEADLINE_SECONDS = 30.0
_FIRST_WAIT_SECONDS = 0.02
_LONGEST_WAIT_SECONDS = 1.0


class OvertakenError(Exception):
    """Another worker took the object in hand after us, or its dataset is being deleted: our view is out of date."""


@dataclass(frozen=True)
class Limits:
    """What commits go by.

    Attributes:
        transaction_items: how many items one transaction may have: 100 on DynamoDB, 10 on one emulator.
        grace_seconds: how long the files of what is replaced stay, for those who are reading them.
    """

    transaction_items: int = 100
    grace_seconds: float = 3_600


def commit(client: "DynamoDBClient", table: str, change: Commit, limits: Limits) -> int:
    """Carry the change out and give the new generation; see `CatalogWriter.commit`."""
    # Most commits are alone, and cost one read and one write.
    generation = _attempt(client, table, change, limits, alone=True)
    if generation is not None:
        return generation
    pending.lay_down(client, table, change)
    try:
        generation = _in_a_crowd(client, table, change, limits)
    except OvertakenError:
        pending.take_back(client, table, change)
        raise
    pending.take_back(client, table, change)
    return generation


def _in_a_crowd(client: "DynamoDBClient", table: str, change: Commit, limits: Limits) -> int:
    deadline = time.monotonic() + DEADLINE_SECONDS
    longest = _FIRST_WAIT_SECONDS
    while time.monotonic() < deadline:
        time.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret
        longest = min(longest * 2, _LONGEST_WAIT_SECONDS)
        generation = _attempt(client, table, change, limits, alone=False)
        if generation is not None:
            return generation
    raise UnavailableError(f"Dataset '{change.dataset}' had too many commits at once.")


def _attempt(client: "DynamoDBClient", table: str, change: Commit, limits: Limits, *, alone: bool) -> int | None:
    """One transaction: ours, and what others laid down as far as it fits; None if somebody was in the way."""
    # The generation is read first: if a commit changes anything that is read after it, ours is lost.
    dataset, pointer = _read(client, table, change)
    generation = dataset.generation
    if pointer.fence != change.fence or (change.run and dataset.deleting_at):
        raise OvertakenError
    if settled(change, pointer):
        return generation
    own = Member(change, pointer)
    members = [own] if alone else fitting(own, pending.others(client, table, change), limits.transaction_items)
    try:
        client.transact_write_items(TransactItems=transaction(table, members, dataset, limits.grace_seconds))
    except client.exceptions.TransactionCanceledException as error:
        _raise_unless_contended(error)
        return None
    return generation + 1


def _read(client: "DynamoDBClient", table: str, change: Commit) -> tuple[Dataset, ObjectPointer]:
    keys = [key(dataset_pk(change.dataset), sk) for sk in (META, object_sk(change.object))]
    answer = client.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": k}} for k in keys])
    meta, pointer = (response.get("Item", {}) for response in answer["Responses"])
    if not meta or not pointer:
        # Deleted, by somebody who looked after us.
        raise OvertakenError
    return to_dataset(meta), to_object(pointer)


def _raise_unless_contended(error: Any) -> None:  # noqa: ANN401 - botocore makes the class at run time
    codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
    # A lost race on the fence is told by the next read; anything else in the list is a fault of ours.
    if not codes <= {"None", None, "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError"}:
        raise error
