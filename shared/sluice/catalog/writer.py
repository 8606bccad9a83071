"""Access patterns of the catalog that write one item."""

import time
from typing import TYPE_CHECKING, Any

from sluice.catalog.changes import Commit
from sluice.catalog.commit import Limits, commit
from sluice.catalog.due import LEASE_SECONDS, LOAD_SECONDS, NOT_DUE, due
from sluice.catalog.items import (
    DATASETS,
    META,
    Assignments,
    Item,
    dataset_pk,
    key,
    object_sk,
    run_sk,
    runs_partition,
    to_dataset,
    to_object,
    to_run,
)
from sluice.catalog.reader import CatalogReader
from sluice.clock import now_iso
from sluice.errors import DatasetDeletingError, DatasetNotFoundError
from sluice.models.dataset import Dataset, DatasetUpdate
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run, RunError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class CatalogWriter(CatalogReader):
    """Reads and writes the catalog. Every write is idempotent, or conditional on what the caller saw.

    Args:
        client: DynamoDB's.
        table: name of the catalog table.
        limits: what commits go by.
    """

    def __init__(self, client: "DynamoDBClient", table: str, limits: Limits | None = None) -> None:
        super().__init__(client, table)
        self._limits = limits or Limits()

    def put_dataset(self, name: str, update: DatasetUpdate) -> Dataset:
        """Create the dataset or change the members that the update names; null clears one.

        Raises:
            DatasetDeletingError: it is being deleted.
        """
        now = now_iso()
        changes = self._new_dataset(name, now).set(updated_at=now)
        given = update.model_fields_set
        if "title" in given:
            changes.set(title=update.title)
        if "description" in given:
            changes.set(description=update.description)
        if "table_schema" in given:
            changes.set(table_schema=update.table_schema.to_json() if update.table_schema else None)
        if "settings" in given:
            changes.set(settings=update.settings.model_dump(mode="json") if update.settings else None)
        return self._update_dataset(name, changes)

    def ensure_dataset(self, name: str) -> Dataset:
        """The dataset; created with default settings where there is none.

        Raises:
            DatasetDeletingError: it is being deleted.
        """
        now = now_iso()
        return self._update_dataset(name, self._new_dataset(name, now).set_once(updated_at=now))

    def delete_dataset(self, name: str) -> Dataset:
        """Ask for the dataset's deletion; asking again changes nothing.

        Raises:
            DatasetNotFoundError: there is none of this name.
        """
        now = now_iso()
        changes = Assignments().set_once(deleting_at=now).set(updated_at=now, **due(name, 0))
        try:
            return to_dataset(self._update(dataset_pk(name), META, changes, "attribute_exists(pk)"))
        except self._client.exceptions.ConditionalCheckFailedException:
            raise DatasetNotFoundError(name) from None

    def take_fence(self, dataset: str, name: str) -> ObjectPointer:
        """Take the object in hand: no worker that took it earlier can commit from now on."""
        # The first number is the time, so that numbers go up even if the object was forgotten meanwhile.
        changes = Assignments().increase(time.time_ns() // 1_000_000, fence=1)
        # What is served does not change by a look.
        changes.set(dataset=dataset, name=name).set_once(updated_at=now_iso())
        return to_object(self._update(dataset_pk(dataset), object_sk(name), changes))

    def forget_object(self, dataset: str, name: str, fence: int) -> None:
        """Forget an object that was never served, unless another worker has it in hand by now."""
        self._delete_if(
            key(dataset_pk(dataset), object_sk(name)),
            "fence = :fence AND attribute_not_exists(#state)",
            {":fence": {"N": str(fence)}},
            {"#state": "state"},
        )

    def forget_received_run(self, dataset: str, run: str) -> None:
        """Forget a run that was announced, unless it has begun."""
        names, values = {"#status": "status"}, {":received": {"S": "received"}}
        self._delete_if(key(dataset_pk(dataset), run_sk(run)), "#status = :received", values, names)

    def receive_run(self, run: Run) -> bool:
        """Note that a run is to come, so that its status can be asked for; False if it was known already."""
        arrival = self._arrival(run).set(status="received", correlation_id=run.correlation_id)
        return self._update_if(run.dataset, run.run, arrival, "attribute_not_exists(pk)")

    def start_run(self, run: Run) -> bool:
        """Note that a worker, who holds `run.fence`, now cleans this version; it has a lease from now on.

        Returns:
            False, and nothing is noted, if another worker has taken the run in hand after this one took its number.
        """
        changes = self._arrival(run).set(
            status="cleaning",
            fence=run.fence,
            started_at=run.started_at,
            last_modified=run.last_modified,
            bytes_in=run.bytes_in,
            event=run.event,
            correlation_id=run.correlation_id,
            replay=run.replay,
            finished_at=None,
            error=None,
            loaded_parts=None,
            unloaded_parts=None,
            collected_at=None,
            ended_at=None,
            sweeps=None,
            round=None,
            ranges=None,
            ranges_done=None,
            closed=None,
            **due(run.run, LEASE_SECONDS),
        )
        return self._update_if(run.dataset, run.run, changes, "attribute_not_exists(#fence) OR #fence <= :fence")

    def renew_lease(self, run: Run, seconds: float = LEASE_SECONDS) -> bool:
        """Show a sign of life; one that was given up for lost too early is taken up again.

        Returns:
            False if another worker has the run in hand by now, or it has failed for good.
        """
        changes = Assignments().set(status="cleaning", error=None, ended_at=None, **due(run.run, seconds))
        changes.set(finished_at=None, closed=None).bind(fence=run.fence)
        changes.values |= {":failed": {"S": "failed"}}
        condition = "#fence = :fence AND #status IN (:status, :failed) AND attribute_not_exists(collected_at)"
        return self._update_if(run.dataset, run.run, changes, f"{condition} AND attribute_not_exists(#closed)")

    def begin_round(self, run: Run, number: int, ranges: int) -> bool:
        """Note that a run's object is cleaned in so many ranges now.

        Returns:
            False, and nothing is noted, if that round has begun already, or another worker has the run in hand.
        """
        changes = Assignments().set(round=number, ranges=ranges, ranges_done=None).bind(fence=run.fence)
        condition = "#fence = :fence AND (attribute_not_exists(#round) OR #round < :round)"
        return self._update_if(run.dataset, run.run, changes, condition)

    def range_done(self, dataset: str, run: str, number: int, place: int) -> Run | None:
        """Count a range as cleaned, once however often it is said; None if its round is not the one that is on."""
        changes = Assignments().add(ranges_done={place}).bind(round=number)
        try:
            return to_run(self._update(dataset_pk(dataset), run_sk(run), changes, "#round = :round"))
        except self._client.exceptions.ConditionalCheckFailedException:
            return None

    def fail_run(self, run: Run, error: RunError, *, closed: bool = False) -> bool:
        """Note why the run failed; False if another worker has it in hand by now, or it has failed for good before.

        Args:
            run: the run.
            error: why.
            closed: trying again can't help: no other worker on the same object is to take it up again.
        """
        changes = (
            Assignments()
            .set(
                status="failed",
                finished_at=now_iso(),
                error=error.model_dump(),
                rows_in=run.rows_in,
                rows_out=run.rows_out,
                rows_rejected=run.rows_rejected,
                rows_duplicate=run.rows_duplicate,
                closed=closed or None,
                **self._ended(run.run),
            )
            .bind(fence=run.fence)
        )
        return self._update_if(run.dataset, run.run, changes, "#fence = :fence AND attribute_not_exists(#closed)")

    def supersede_run(self, dataset: str, run: str, fence: int = 0) -> bool:
        """Note that a newer version overtook a run that was not committed; False if it is not so any more."""
        changes = Assignments().set(status="superseded", finished_at=now_iso(), **self._ended(run)).bind(fence=fence)
        changes.values |= {":r": {"S": "received"}, ":c": {"S": "cleaning"}}
        condition = "(#status = :r AND attribute_not_exists(#fence)) OR (#status = :c AND #fence = :fence)"
        return self._update_if(dataset, run, changes, condition)

    def commit(self, change: Commit) -> int:
        """Change what is served; gives the new generation.

        Raises:
            OvertakenError: another worker took the object in hand after us; nothing was changed.
            UnavailableError: the dataset is too busy just now; nothing was changed.
        """
        return commit(self._client, self._table, change, self._limits)

    def clear_outbox(self, dataset: str, name: str, entries: set[str]) -> None:
        """Note that the load tasks of these entries are written."""
        item_key = key(dataset_pk(dataset), object_sk(name))
        emptied = (
            Assignments().delete(outbox=entries).set(**NOT_DUE).request(self._table, item_key, "#outbox = :outbox")
        )
        try:
            self._client.update_item(**emptied)
        except self._client.exceptions.ConditionalCheckFailedException:
            # A later commit has added to it: the rest stays due.
            self._update(dataset_pk(dataset), object_sk(name), Assignments().delete(outbox=entries))

    def part_loaded(self, dataset: str, run: str, part: int) -> Run:
        """Count a part as loaded, once however often it is said; the last one makes the run done."""
        changes = Assignments().add(loaded_parts={part}).set(**due(run, LOAD_SECONDS))
        state = to_run(self._update(dataset_pk(dataset), run_sk(run), changes))
        if state.status == "loading" and len(state.loaded_parts) >= state.parts:
            done = Assignments().set(status="done", finished_at=now_iso(), **NOT_DUE)
            done.values |= {":loading": {"S": "loading"}}
            self._update_if(dataset, run, done, "#status = :loading AND attribute_not_exists(generation_to)")
        return state

    def part_unloaded(self, dataset: str, run: str, part: int) -> None:
        """Take a part of an ended run off the count; a run that never got done ends as superseded."""
        changes = Assignments().delete(loaded_parts={part}).add(unloaded_parts={part})
        state = to_run(self._update(dataset_pk(dataset), run_sk(run), changes))
        if state.status == "loading":
            ended = Assignments().set(status="superseded", finished_at=now_iso())
            ended.values |= {":loading": {"S": "loading"}}
            self._update_if(dataset, run, ended, "#status = :loading AND attribute_exists(generation_to)")

    def _ended(self, run: str) -> Item:
        """What ends a run that was not committed: its files stay for a while."""
        return {"ended_at": now_iso(), **due(run, self._limits.grace_seconds)}

    def _new_dataset(self, name: str, now: str) -> Assignments:
        return (
            Assignments()
            .set(name=name, gsi1pk=DATASETS, gsi1sk=name)
            .set_once(created_at=now, generation=0, rows=0, bytes=0, objects=0)
        )

    def _arrival(self, run: Run) -> Assignments:
        return (
            Assignments()
            .set(run=run.run, dataset=run.dataset, object=run.object, version_id=run.version_id)
            .set_once(
                received_at=run.received_at,
                gsi1pk=runs_partition(run.dataset),
                gsi1sk=f"{run.received_at}#{run.run}",
            )
        )

    def _update_dataset(self, name: str, changes: Assignments) -> Dataset:
        try:
            return to_dataset(self._update(dataset_pk(name), META, changes, "attribute_not_exists(deleting_at)"))
        except self._client.exceptions.ConditionalCheckFailedException:
            raise DatasetDeletingError(name) from None

    def _update(self, pk: str, sk: str, changes: Assignments, condition: str | None = None) -> Item:
        request = changes.request(self._table, key(pk, sk), condition)
        answer: Any = self._client.update_item(**request, ReturnValues="ALL_NEW")
        attributes: Item = answer["Attributes"]
        return attributes

    def _update_if(self, dataset: str, run: str, changes: Assignments, condition: str) -> bool:
        request = changes.request(self._table, key(dataset_pk(dataset), run_sk(run)), condition)
        try:
            self._client.update_item(**request)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _delete_if(self, item_key: Item, condition: str, values: Item, names: dict[str, str] | None = None) -> None:
        request: Item = {"TableName": self._table, "Key": item_key, "ConditionExpression": condition}
        request |= {"ExpressionAttributeNames": names} if names else {}
        try:
            self._client.delete_item(**request, ExpressionAttributeValues=values)
        except self._client.exceptions.ConditionalCheckFailedException:
            return
