"""Changes of what is served, and the transaction that carries several of one dataset out at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sluice.catalog.due import LOAD_SECONDS, LOOSE_RUNS, MERGE, NOT_DUE, OUTBOX_SECONDS, due
from sluice.catalog.items import META, Assignments, Item, dataset_pk, key, object_sk, run_sk
from sluice.clock import now_iso
from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run


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


@dataclass(frozen=True)
class Member:
    """A change, and the object's pointer that it finds."""

    change: Commit
    pointer: ObjectPointer

    @property
    def items(self) -> int:
        """How many items of a transaction it takes, beside the dataset's own."""
        return 1 + int(self.change.run is not None) + int(self.pointer.active_run is not None)


def settled(change: Commit, pointer: ObjectPointer) -> bool:
    """Whether the change was carried out already, by us or by another who took it along."""
    if change.run is None:
        return pointer.state == "removed" or pointer.active_run is None
    return pointer.active_run == change.run.run


def fitting(own: Member, others: Iterable[Member], most_items: int) -> list[Member]:
    """Ours, and of the others as many as the transaction has room for."""
    members, room = [own], most_items - 1 - own.items
    for other in others:
        if other.items <= room:
            members.append(other)
            room -= other.items
    return members


def transaction(table: str, members: Sequence[Member], dataset: Dataset, grace: float) -> list[Any]:
    """The transaction that carries all members out, from this generation to the next.

    Args:
        table: name of the catalog table.
        members: of one dataset.
        dataset: as it was read before the members were.
        grace: seconds for which the files of what is replaced stay, for those who are reading them.
    """
    pk, generation = dataset_pk(dataset.name), dataset.generation
    meta, makes_merge_due = _meta(members, dataset)
    condition = "#generation = :seen"
    # A dataset has one clock: a merge must not take the place of a deletion that was asked for meanwhile.
    if makes_merge_due or any(member.change.run for member in members):
        condition += " AND attribute_not_exists(deleting_at)"
    updates = [meta.request(table, key(pk, META), condition)]
    for member in members:
        change, pointer = member.change, member.pointer
        moved = _pointer(change, pointer)
        updates.append(moved.request(table, key(pk, object_sk(change.object)), "#fence = :fence"))
        if change.run:
            begin = _begin(change.run, generation + 1)
            # What was given up for lost and collected can't be served any more.
            updates.append(begin.request(table, key(pk, run_sk(change.run.run)), "attribute_not_exists(collected_at)"))
        if pointer.active_run:
            end = Assignments().set(generation_to=generation + 1, ended_at=now_iso(), **due(pointer.active_run, grace))
            updates.append(end.request(table, key(pk, run_sk(pointer.active_run))))
    return [{"Update": update} for update in updates]


def _meta(members: Sequence[Member], dataset: Dataset) -> tuple[Assignments, bool]:
    """What becomes of the dataset's own item, and whether its small files are to be merged now."""
    loose = sum(member.items - 1 for member in members)
    changes = (
        Assignments()
        .set(generation=dataset.generation + 1, updated_at=now_iso())
        .add(
            rows=sum(_rows(member) for member in members),
            bytes=sum(_bytes(member) for member in members),
            objects=sum(_objects(member) for member in members),
            loose=loose,
        )
    )
    makes_merge_due = dataset.loose < LOOSE_RUNS <= dataset.loose + loose and not dataset.deleting_at
    if makes_merge_due:
        changes.set(due_pk=MERGE, due_at=now_iso())
    changes.values[":seen"] = {"N": str(dataset.generation)}
    return changes, makes_merge_due


def _rows(member: Member) -> int:
    return (member.change.run.rows_out if member.change.run else 0) - member.pointer.rows


def _bytes(member: Member) -> int:
    return (member.change.run.bytes_out if member.change.run else 0) - member.pointer.bytes


def _objects(member: Member) -> int:
    return int(member.change.run is not None) - int(member.pointer.active_run is not None)


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
            **due(change.object, OUTBOX_SECONDS),
        )
        .bind(fence=change.fence)
    )
    tasks = {outbox_entry(run.run, run.parts)} if run else set()
    if pointer.active_run:
        tasks.add(outbox_entry(pointer.active_run, pointer.parts))
    return changes.add(outbox=tasks)


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
            "issues",
            "parts",
            "bytes_out",
            "format",
            "compression",
            "encoding",
            "dialect",
            "table_schema",
            "timings_ms",
            "diff",
        }
    )
    state: Item = {"status": "loading", **due(run.run, LOAD_SECONDS)}
    if not run.parts:
        # There is nothing to load.
        state = {"status": "done", "finished_at": now_iso(), **NOT_DUE}
    # What an earlier life of the run left.
    gone = ("generation_to", "ended_at", "unloaded_parts", "sweeps", "pack", "error")
    return Assignments().set(**result, **state, **dict.fromkeys(gone), generation_from=generation)
