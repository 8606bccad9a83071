"""Access patterns of the catalog for whoever sweeps up: what is due, and what became of it.

Every write is conditional on what the sweeper saw, so that a worker who is alive after all is never in its way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sluice.catalog.due import (
    BY_DUE,
    DELETION_SECONDS,
    MERGE,
    MERGING_SECONDS,
    NOT_DUE,
    PURGE_SECONDS,
    SHARDS,
    after,
    due,
    shard,
)
from sluice.catalog.items import META, Assignments, Item, dataset_pk, from_item, key, pack_sk, run_sk, to_run
from sluice.catalog.writer import CatalogWriter
from sluice.clock import now_iso
from sluice.models.dataset import Dataset
from sluice.models.pack import Pack
from sluice.models.run import WORKER_LOST, Run

# What BatchWriteItem takes.
_BATCH = 25
_NOT_LIVE = "(attribute_not_exists(generation_from) OR attribute_exists(generation_to))"


@dataclass(frozen=True)
class Due:
    """An item that is to be looked at: `kind` is the first word of its sort key, `name` what follows."""

    dataset: str
    kind: str
    name: str
    at: str

    @property
    def sk(self) -> str:
        """Its sort key."""
        return f"{self.kind}#{self.name}" if self.name else self.kind

    @property
    def key(self) -> Item:
        """Its primary key."""
        return key(dataset_pk(self.dataset), self.sk)


class CatalogKeeper(CatalogWriter):
    """Reads and writes the catalog, and sweeps it up."""

    def due(self) -> Iterator[Due]:
        """What is due by now, shard by shard, the longest due first: Queries of an index, eventually consistent."""
        for number in range(SHARDS):
            yield from self._due(shard(number))

    def to_merge(self) -> Iterator[Due]:
        """The datasets that have many small files, the longest due first: a Query of an index."""
        return self._due(MERGE)

    def _due(self, partition: str) -> Iterator[Due]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=BY_DUE,
            KeyConditionExpression="due_pk = :shard AND due_at <= :now",
            ExpressionAttributeValues={":shard": {"S": partition}, ":now": {"S": now_iso()}},
        )
        for page in pages:
            yield from (_to_due(item) for item in page["Items"])

    def close_lost_run(self, run: Run) -> bool:
        """Note that a run's worker is lost; False if it has shown a sign of life since."""
        changes = Assignments().set(
            status="failed", finished_at=now_iso(), error=WORKER_LOST.model_dump(), **self._ended(run.run)
        )
        changes.bind(fence=run.fence).values |= {":cleaning": {"S": "cleaning"}, ":seen": {"S": run.due_at or ""}}
        condition = "#status = :cleaning AND #fence = :fence AND #due_at = :seen"
        return self._update_if(run.dataset, run.run, changes, condition)

    def look_again(self, run: Run, seconds: float) -> bool:
        """Count this look at a run, and have the next one later; False if the run has changed since it was read."""
        changes = Assignments().set(**due(run.run, seconds)).add(sweeps=1)
        changes.values[":seen"] = {"S": run.due_at or ""}
        return self._update_if(run.dataset, run.run, changes, "#due_at = :seen")

    def rest(self, item: Due) -> None:
        """Nothing is to be done about the item, unless it has become due anew."""
        changes = Assignments().set(**NOT_DUE)
        changes.values[":seen"] = {"S": item.at}
        self._unless_refused(changes.request(self._table, item.key, "#due_at = :seen"))

    def forget(self, item: Due) -> None:
        """Delete the item, unless it has become due anew."""
        self._delete_if(item.key, "due_at = :seen", {":seen": {"S": item.at}})

    def mark_collected(self, run: Run) -> bool:
        """Note that the run's files go now; False if the run is in use again.

        From here on the run can't be committed, unless it is begun anew, which writes new versions of its files.
        """
        changes = Assignments().set(collected_at=now_iso()).bind(status=run.status, fence=run.fence)
        condition = f"#status = :status AND (attribute_not_exists(#fence) OR #fence = :fence) AND {_NOT_LIVE}"
        return self._update_if(run.dataset, run.run, changes, condition)

    def packs(self, dataset: str) -> list[Pack]:
        """The packs of a dataset: a consistent, paged Query."""
        return [Pack.model_validate(from_item(item)) for item in self._items(dataset, pack_sk(""))]

    def begin_merge(self, dataset: str) -> bool:
        """Take the merging of a dataset in hand, for as long as a function may run; False if another has.

        Two merges at a time would each put a run's rows into a pack, and end packs that the other moves runs into.
        """
        changes = Assignments().set(merging_until=after(MERGING_SECONDS))
        changes.values[":now"] = {"S": now_iso()}
        free = "(attribute_not_exists(merging_until) OR merging_until < :now)"
        return self._update_item_if(dataset_pk(dataset), META, changes, f"attribute_exists(pk) AND {free}")

    def end_merge(self, dataset: str) -> None:
        """Let others merge the dataset again."""
        self._update_item_if(dataset_pk(dataset), META, Assignments().set(merging_until=None), "attribute_exists(pk)")

    def begin_pack(self, pack: Pack) -> None:
        """Note that a pack is being written; if nobody says that it is ready, it is swept up."""
        changes = Assignments().set(dataset=pack.dataset, pack=pack.pack, rows=pack.rows, state="writing")
        changes.set(**due(pack.pack, MERGING_SECONDS))
        self._update(dataset_pk(pack.dataset), pack_sk(pack.pack), changes)

    def pack_ready(self, pack: Pack) -> bool:
        """Note that the pack's file is complete; False if it was swept up meanwhile."""
        changes = Assignments().set(state="ready", **NOT_DUE)
        changes.values[":writing"] = {"S": "writing"}
        return self._update_item_if(dataset_pk(pack.dataset), pack_sk(pack.pack), changes, "#state = :writing")

    def end_pack(self, pack: Pack) -> None:
        """Note that no served run is read from the pack any more: its file goes after the time of grace."""
        changes = Assignments().set(state="ended", **due(pack.pack, self._limits.grace_seconds))
        self._update_item_if(dataset_pk(pack.dataset), pack_sk(pack.pack), changes, "attribute_exists(pk)")

    def pack_stale(self, dataset: str, pack: str) -> None:
        """Note that a pack holds rows of a run that has ended, and have it written anew in time."""
        changes = Assignments().set_once(stale_at=now_iso()).bind(state="ready")
        if self._update_item_if(dataset_pk(dataset), pack_sk(pack), changes, "#state = :state"):
            self.purge_later(dataset)

    def purge_later(self, dataset: str) -> None:
        """Have the dataset looked at for stale packs, unless it will be looked at, or deleted, anyway."""
        changes = Assignments().set(due_pk=MERGE, due_at=after(PURGE_SECONDS))
        self._update_item_if(
            dataset_pk(dataset),
            META,
            changes,
            "attribute_exists(pk) AND attribute_not_exists(#due_at) AND attribute_not_exists(deleting_at)",
        )

    def move_run(self, run: Run, pack: str) -> bool:
        """Have a run's rows read from a pack; False if the run has ended, or begun anew, since it was read."""
        changes = Assignments().set(pack=pack).bind(generation_from=run.generation_from)
        condition = "#generation_from = :generation_from AND attribute_not_exists(generation_to)"
        return self._update_if(run.dataset, run.run, changes, condition)

    def merged(self, dataset: Dataset, seen: Due) -> None:
        """Make readers see the dataset's packs: a generation of its own, in which nothing but the files changed."""
        changes = Assignments().add(generation=1, loose=-dataset.loose)
        pk = dataset_pk(dataset.name)
        if self._update_item_if(pk, META, changes, "attribute_exists(pk) AND attribute_not_exists(deleting_at)"):
            self.rest(seen)

    def every_run(self, dataset: str) -> Iterator[Run]:
        """All runs of a dataset, also those that ended: a consistent, paged Query."""
        return map(to_run, self._items(dataset, run_sk("")))

    def delete_soon(self, dataset: str) -> None:
        """Have the next look at a dataset's deletion."""
        changes = Assignments().set(**due(dataset, DELETION_SECONDS))
        request = changes.request(self._table, key(dataset_pk(dataset), META), "attribute_exists(deleting_at)")
        self._unless_refused(request)

    def forget_members(self, dataset: str) -> None:
        """Delete all items of a dataset but the one that says that it is being deleted."""
        keys = [item["sk"]["S"] for item in self._items(dataset, "") if item["sk"]["S"] != META]
        for start in range(0, len(keys), _BATCH):
            batch: Any = [
                {"DeleteRequest": {"Key": key(dataset_pk(dataset), sk)}} for sk in keys[start : start + _BATCH]
            ]
            while batch:
                answer: Any = self._client.batch_write_item(RequestItems={self._table: batch})
                batch = answer.get("UnprocessedItems", {}).get(self._table)

    def forget_dataset(self, dataset: str) -> None:
        """Delete the item that says that a dataset is being deleted: its name is free."""
        self._delete_if(key(dataset_pk(dataset), META), "deleting_at <= :now", {":now": {"S": now_iso()}})

    def _update_item_if(self, pk: str, sk: str, changes: Assignments, condition: str) -> bool:
        try:
            self._client.update_item(**changes.request(self._table, key(pk, sk), condition))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _unless_refused(self, request: Item) -> None:
        try:
            self._client.update_item(**request)
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _items(self, dataset: str, sk_prefix: str) -> Iterator[Item]:
        condition, values = "pk = :pk", {":pk": {"S": dataset_pk(dataset)}}
        if sk_prefix:
            condition, values = f"{condition} AND begins_with(sk, :sk)", {**values, ":sk": {"S": sk_prefix}}
        pages: Any = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
        for page in pages:
            yield from page["Items"]


def _to_due(item: Any) -> Due:  # noqa: ANN401 - DynamoDB's answer
    kind, _, name = item["sk"]["S"].partition("#")
    return Due(item["pk"]["S"].partition("#")[2], kind, name, item["due_at"]["S"])


def due_of_run(run: Run) -> Due:
    """A run as an item that is due."""
    return Due(run.dataset, run_sk("").rstrip("#"), run.run, run.due_at or "")
