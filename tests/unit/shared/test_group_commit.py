"""A burst on one dataset commits in a few transactions, and keeps what a single commit promises."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.fakes.dynamodb import DynamoDB

from sluice.catalog import CatalogWriter, Commit, Limits, OvertakenError, pending
from sluice.models.run import Run

D, TABLE = "prices", "catalog"


def a_commit(catalog: CatalogWriter, name: str, run: str, rows: int = 1) -> Commit:
    """A worker's state right before its commit."""
    pointer = catalog.take_fence(D, name)
    new = Run(run=run, dataset=D, object=name, version_id="v", received_at="2026", rows_in=rows, rows_out=rows, parts=1)
    new = new.model_copy(update={"fence": pointer.fence, "last_modified": "2026-01-01T00:00:00.000Z"})
    catalog.start_run(new)
    return Commit(D, name, pointer.fence, new, "etag")


def burst(client: Any, objects: int, most_items: int) -> CatalogWriter:
    """As many workers commit at the very same time: each has read the catalog before any has written."""
    catalog = CatalogWriter(client, TABLE, Limits(most_items))
    catalog.ensure_dataset(D)
    prepared = [a_commit(catalog, f"{n}.csv", f"r{n}") for n in range(objects)]
    start, gate = threading.local(), threading.Barrier(objects)

    def all_together(operation: str) -> None:
        if operation == "transact_write_items" and not hasattr(start, "passed"):
            start.passed = True
            gate.wait(timeout=30)

    client.calls.clear()
    client.watch = all_together
    with ThreadPoolExecutor(objects) as pool:
        list(pool.map(catalog.commit, prepared))
    client.watch = lambda _: None
    return catalog


@pytest.mark.parametrize(("most_items", "most_commits"), [(100, 8), (10, 14)])
def test_a_burst_of_24_objects_commits_in_a_few_transactions(most_items: int, most_commits: int) -> None:
    client = DynamoDB(most_items=most_items)
    catalog = burst(client, 24, most_items)
    dataset = catalog.dataset(D)
    assert (dataset.objects, dataset.rows) == (24, 24)
    assert len(catalog.live_runs(D, dataset.generation)) == 24
    won = client.calls["transact_write_items"] - client.calls["transactions lost"]
    assert won == dataset.generation <= most_commits
    assert [item for item in client.items(TABLE) if item["sk"]["S"].startswith("PENDING#")] == []


def test_a_lone_commit_costs_one_read_and_one_transaction() -> None:
    client = DynamoDB()
    burst(client, 1, 100)
    assert client.calls == {"transact_get_items": 1, "transact_write_items": 1}


def waiting(client: Any, catalog: CatalogWriter, change: Commit, meanwhile: Callable[[], Any]) -> int:
    """Commit a change that loses its first race to `meanwhile`."""
    chances = iter([meanwhile])

    def lose(operation: str) -> None:
        if operation == "transact_write_items":
            next(chances, lambda: None)()

    client.watch = lose
    return catalog.commit(change)


@pytest.fixture
def client() -> DynamoDB:
    return DynamoDB()


@pytest.fixture
def catalog(client: Any) -> CatalogWriter:
    made = CatalogWriter(client, TABLE)
    made.ensure_dataset(D)
    return made


def test_what_waits_is_taken_along_in_one_generation(client: Any, catalog: CatalogWriter) -> None:
    first, second = a_commit(catalog, "a.csv", "ra", rows=5), a_commit(catalog, "b.csv", "rb", rows=7)
    pending.lay_down(client, TABLE, first)
    third = a_commit(catalog, "c.csv", "rc")
    generation = waiting(client, catalog, second, lambda: catalog.commit(third))
    assert generation == 2
    assert {run.run: run.generation_from for run in catalog.live_runs(D, 2)} == {"ra": 2, "rb": 2, "rc": 1}
    assert catalog.dataset(D).rows == 13
    assert catalog.commit(first) == 2
    pointer = catalog.find_object(D, "a.csv")
    assert pointer
    assert pointer.outbox == {"ra#1"}


def test_what_was_overtaken_while_it_waited_is_not_taken_along(client: Any, catalog: CatalogWriter) -> None:
    stale, second = a_commit(catalog, "a.csv", "ra"), a_commit(catalog, "b.csv", "rb")
    pending.lay_down(client, TABLE, stale)
    catalog.take_fence(D, "a.csv")
    third = a_commit(catalog, "c.csv", "rc")
    waiting(client, catalog, second, lambda: catalog.commit(third))
    assert {run.run for run in catalog.live_runs(D, 2)} == {"rb", "rc"}
    with pytest.raises(OvertakenError):
        catalog.commit(stale)


def test_a_removal_that_waits_is_taken_along_too(client: Any, catalog: CatalogWriter) -> None:
    catalog.commit(a_commit(catalog, "a.csv", "ra", rows=5))
    removal = Commit(D, "a.csv", catalog.take_fence(D, "a.csv").fence)
    pending.lay_down(client, TABLE, removal)
    second, third = a_commit(catalog, "b.csv", "rb"), a_commit(catalog, "c.csv", "rc")
    waiting(client, catalog, second, lambda: catalog.commit(third))
    assert {run.run for run in catalog.live_runs(D, 3)} == {"rb", "rc"}
    dataset = catalog.dataset(D)
    assert (dataset.rows, dataset.objects) == (2, 2)


def test_a_change_laid_down_comes_back_whole(client: Any, catalog: CatalogWriter) -> None:
    change = a_commit(catalog, "a b#c.csv", "ra")
    schema = {"fields": [{"name": "ä", "type": "integer"}]}
    assert change.run
    change.run.table_schema, change.run.timings_ms = schema, {"total": 1.5}
    pending.lay_down(client, TABLE, change)
    (item,) = (item for item in client.items(TABLE) if "PENDING" in item["sk"]["S"])
    assert pending.to_commit(item) == change
