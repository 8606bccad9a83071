"""What is left behind is swept up, small files are merged, and a deleted dataset leaves nothing."""

import json
import operator
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
import pytest

from sluice.catalog import CatalogReader
from sluice.catalog.due import shard
from sluice.catalog.items import dataset_pk, key
from sluice_tools import audit

Invoke = Callable[[str], dict[str, int]]
BURST = 12
PAST = "2020-01-01T00:00:00.000Z"


@pytest.fixture
def invoke(profile: dict[str, str]) -> Invoke:
    """Starts a function that a schedule starts, at once."""
    client = boto3.client("lambda", region_name=profile["region"], endpoint_url=profile.get("endpoint_url"))

    def call(function: str) -> dict[str, int]:
        answer: Any = client.invoke(FunctionName=f"sluice-clean-{profile['stage']}-{function}", Payload=b"{}")
        said = answer["Payload"].read().decode()
        assert "FunctionError" not in answer, said
        done: dict[str, int] = json.loads(said)
        return done

    return call


def set_item(sluice: Any, dataset: str, sk: str, /, **values: str | int) -> None:
    sluice.dynamodb.update_item(
        TableName=sluice.profile["catalog_table"],
        Key=key(dataset_pk(dataset), sk),
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={
            f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in values.items()
        },
    )


def put_many(sluice: Any, dataset: str, count: int) -> None:
    """In bursts, since an emulator starts a process for each event that is under way."""

    def put(number: int) -> None:
        sluice.put_object(dataset, f"{number}.csv", f"id,v\n{number},v{number}\n".encode())

    def look() -> int:
        answer = sluice.query.get(f"/v1/datasets/{dataset}")
        return int(answer.json()["objects"]) if answer.status_code == 200 else 0

    with ThreadPoolExecutor(BURST) as pool:
        for start in range(0, count, BURST):
            end = min(start + BURST, count)
            list(pool.map(put, range(start, end)))
            sluice.eventually(look, partial(operator.eq, end), f"{end} objects")


def test_a_burst_on_one_dataset_needs_fewer_commits_than_objects(sluice: Any, dataset: str) -> None:
    put_many(sluice, dataset, BURST)
    state = sluice.get(f"/v1/datasets/{dataset}")
    assert (state["rows"], state["objects"]) == (BURST, BURST)
    assert 1 <= state["generation"] <= BURST


def test_a_run_whose_worker_died_is_shown_as_failed_and_closed(sluice: Any, dataset: str, invoke: Invoke) -> None:
    run = sluice.done(dataset, "a.csv", b"id,v\n1,one\n")["run"]
    # As a worker leaves it that is killed in the middle.
    dead = {"run": "dead", "dataset": dataset, "object": "b.csv", "version_id": "v", "received_at": PAST}
    set_item(sluice, dataset, "RUN#dead", **dead, fence=1, status="cleaning", due_pk=shard(0), due_at=PAST)
    shown = sluice.get(f"/v1/datasets/{dataset}/runs/dead")
    assert (shown["status"], shown["error"]["type"]) == ("failed", "worker-lost")
    catalog = CatalogReader(sluice.dynamodb, sluice.profile["catalog_table"])

    def swept() -> str:
        invoke("sweep")
        found = catalog.find_run(dataset, "dead")
        return found.status if found else "gone"

    sluice.eventually(swept, lambda status: status == "failed", "the dead run closed")
    assert sluice.get(f"/v1/datasets/{dataset}/runs/{run}")["status"] == "done"


def test_a_deleted_object_takes_its_records_along(sluice: Any, dataset: str) -> None:
    sluice.done(dataset, "2026/a b.csv", b"id,v\n1,one\n")
    sluice.ingest.delete(f"/v1/datasets/{dataset}/objects/2026/a%20b.csv").raise_for_status()
    sluice.eventually(lambda: sluice.records(dataset), lambda seen: seen == [], "no records")


def test_a_deleted_dataset_leaves_nothing_and_its_name_is_free(sluice: Any, dataset: str, invoke: Invoke) -> None:
    for name in ("a.csv", "b.csv", "a.csv"):
        sluice.done(dataset, name, b"id,v\n1,one\n2,two\nbad\n")
    answer = sluice.ingest.delete(f"/v1/datasets/{dataset}")
    assert (answer.status_code, answer.json()["name"]) == (202, dataset)
    late = sluice.ingest.post(f"/v1/datasets/{dataset}/objects", params={"name": "c.csv"}, content=b"id\n1\n")
    assert late.status_code in {202, 409}, late.text

    def left() -> list[str]:
        invoke("sweep")
        return audit.of_dataset(sluice.s3, sluice.dynamodb, sluice.profile, dataset)

    sluice.eventually(left, lambda found: found == [], "nothing left")
    assert sluice.query.get(f"/v1/datasets/{dataset}").status_code == 404
    sluice.done(dataset, "a.csv", b"id,v\n3,three\n")
    assert [record["id"] for record in sluice.records(dataset)] == [3]


def test_many_small_objects_are_read_from_one_file(sluice: Any, dataset: str, invoke: Invoke) -> None:
    put_many(sluice, dataset, 70)
    path = f"/v1/datasets/{dataset}/runs"
    sluice.eventually(
        lambda: {run["status"] for run in sluice.get(path, _size=100)["runs"]},
        lambda seen: seen <= {"loading", "done"},
        "all served",
    )
    before = sorted(record["id"] for record in sluice.records(dataset, _size=1000))
    catalog = CatalogReader(sluice.dynamodb, sluice.profile["catalog_table"])

    def packs() -> set[str | None]:
        invoke("merge")
        return {run.pack for run in catalog.live_runs(dataset, catalog.dataset(dataset).generation)}

    (pack,) = sluice.eventually(packs, lambda seen: len(seen) == 1 and None not in seen, "one pack")
    assert sorted(record["id"] for record in sluice.records(dataset, _size=1000)) == before == list(range(70))
    sluice.s3.delete_object(Bucket=sluice.profile["raw_bucket"], Key=f"raw/{dataset}/7.csv")
    sluice.eventually(
        lambda: sorted(record["id"] for record in sluice.records(dataset, _size=1000)),
        lambda seen: seen == [n for n in range(70) if n != 7],
        f"row 7 gone, though {pack} holds it",
    )
