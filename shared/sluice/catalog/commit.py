"""The one transaction that changes what is served.

All or nothing: the dataset's generation goes up by one (condition: nobody else moved it), the object's
pointer changes (condition: the committer still holds the newest fencing number), the new run begins and the
replaced run ends at that generation. Workers on different objects of one dataset meet on the generation; the
loser reads again and retries, with full jitter, up to a deadline.
"""

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sluice.catalog.items import (
    META,
    Assignments,
    Item,
    dataset_pk,
    key,
    object_sk,
    run_sk,
    to_dataset,
    to_object,
)
from sluice.clock import now_iso
from sluice.errors import UnavailableError
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DEADLINE_SECONDS = 30.0
_FIRST_WAIT_SECONDS = 0.02
_LONGEST_WAIT_SECONDS = 1.0


class OvertakenError(Exception):
    """Another worker took the object in hand after us: its view of the bucket is newer than ours."""


@dataclass(frozen=True)
class Commit:
    """What to serve for one object from now on: a cleaned run, or nothing (`run` None: the object is gone).

    `fence` is the number that the worker took before it read the bucket.
    """

    dataset: str
    object: str
    fence: int
    run: Run | None = None
    etag: str | None = None


def commit(client: "DynamoDBClient", table: str, change: Commit) -> int:
    """Carry the change out and give the new generation; see `CatalogWriter.commit`."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    longest = _FIRST_WAIT_SECONDS
    while True:
        pointer, generation = _read(client, table, change)
        if pointer.fence != change.fence:
            raise OvertakenError
        if _settled(change, pointer):
            return generation
        try:
            client.transact_write_items(TransactItems=_transaction(table, change, pointer, generation))
        except client.exceptions.TransactionCanceledException as error:
            _raise_unless_contended(error)
        else:
            return generation + 1
        if time.monotonic() > deadline:
            raise UnavailableError(f"Dataset '{change.dataset}' had too many commits at once.")
        time.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret
        longest = min(longest * 2, _LONGEST_WAIT_SECONDS)


def _settled(change: Commit, pointer: ObjectPointer) -> bool:
    """Whether an earlier try of ours went through although its answer was lost."""
    if change.run is None:
        return pointer.state == "removed" or pointer.active_run is None
    return pointer.active_run == change.run.run


def _read(client: "DynamoDBClient", table: str, change: Commit) -> tuple[ObjectPointer, int]:
    keys = [key(dataset_pk(change.dataset), sk) for sk in (META, object_sk(change.object))]
    answer = client.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": k}} for k in keys])
    meta, pointer = (response.get("Item", {}) for response in answer["Responses"])
    return to_object(pointer), to_dataset(meta).generation


def _raise_unless_contended(error: Any) -> None:  # noqa: ANN401 - botocore makes the class at run time
    codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
    # A lost race on the fence is told by the next read; anything else in the list is a fault of ours.
    if not codes <= {"None", None, "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError"}:
        raise error


def _transaction(table: str, change: Commit, pointer: ObjectPointer, generation: int) -> list[Any]:
    pk = dataset_pk(change.dataset)
    updates = [
        _meta(change, pointer, generation).request(table, key(pk, META), "#generation = :seen"),
        _pointer(change, pointer).request(table, key(pk, object_sk(change.object)), "#fence = :fence"),
    ]
    if change.run:
        updates.append(_begin(change.run, generation + 1).request(table, key(pk, run_sk(change.run.run))))
    if pointer.active_run:
        end = Assignments().set(generation_to=generation + 1)
        updates.append(end.request(table, key(pk, run_sk(pointer.active_run))))
    return [{"Update": update} for update in updates]


def _meta(change: Commit, pointer: ObjectPointer, generation: int) -> Assignments:
    rows, size = (change.run.rows_out, change.run.bytes_out) if change.run else (0, 0)
    changes = (
        Assignments()
        .set(generation=generation + 1, updated_at=now_iso())
        .add(
            rows=rows - pointer.rows,
            bytes=size - pointer.bytes,
            objects=int(change.run is not None) - int(pointer.active_run is not None),
        )
    )
    changes.values[":seen"] = {"N": str(generation)}
    return changes


def _pointer(change: Commit, pointer: ObjectPointer) -> Assignments:
    run = change.run
    changes = (
        Assignments()
        .set(
            state="active" if run else "removed",
            active_run=run.run if run else None,
            version_id=run.version_id if run else None,
            last_modified=run.last_modified if run else None,
            etag=change.etag,
            parts=run.parts if run else 0,
            rows=run.rows_out if run else 0,
            bytes=run.bytes_out if run else 0,
            updated_at=now_iso(),
        )
        .bind(fence=change.fence)
    )
    due = {outbox_entry(run.run, run.parts)} if run else set()
    if pointer.active_run:
        due.add(outbox_entry(pointer.active_run, pointer.parts))
    return changes.add(outbox=due)


def outbox_entry(run: str, parts: int) -> str:
    """How a pointer's outbox names a run whose parts are to be loaded or unloaded."""
    return f"{run}#{parts}"


def _begin(run: Run, generation: int) -> Assignments:
    result: Item = run.model_dump(
        include={
            "rows_in",
            "rows_out",
            "rows_rejected",
            "rows_duplicate",
            "parts",
            "bytes_out",
            "format",
            "compression",
            "encoding",
            "dialect",
            "table_schema",
            "timings_ms",
        }
    )
    # A run without parts has nothing to load.
    state: Item = {"status": "loading"} if run.parts else {"status": "done", "finished_at": now_iso()}
    return Assignments().set(**result, **state, generation_from=generation, generation_to=None)
