"""Many objects as fast as they are taken, then each one's event again and again.

`OBJECTS` of `ROWS` rows are put into one dataset; all rows must be served, each once. An emulator starts a process for
each event that is under way and has no queue in front of them, as Lambda has; so `AT_ONCE` bounds how many objects are
under way, and the time of an object counts from when it was put. Then `DUPLICATES` times the events are handed to the
function again, several records at once as S3 may send them, and nothing may change.
"""

import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle, islice
from typing import Any

import boto3
import httpx
import pytest

from sluice.catalog import CatalogReader
from sluice.catalog.items import dataset_pk, key, run_sk
from sluice.clock import now_iso
from sluice.ids import run_id
from sluice.object_keys import RawKey

OBJECTS = int(os.environ.get("OBJECTS", "1000"))
ROWS = int(os.environ.get("ROWS", "1000"))
DUPLICATES = int(os.environ.get("DUPLICATES", "20000"))
AT_ONCE = int(os.environ.get("AT_ONCE", "8"))
RECORDS_AN_EVENT = 20
FUNCTIONS_AT_ONCE = 3
SAMPLE = 20
POLL_SECONDS = 0.1
STALLED_SECONDS = 180.0
SCHEMA = {
    "fields": [
        {"name": "id", "type": "integer"},
        {"name": "name", "type": "string"},
        {"name": "price", "type": "number"},
        {"name": "day", "type": "date"},
    ],
    "primaryKey": "id",
}


@dataclass
class Load:
    """A dataset that is filled: what was put, and when."""

    dataset: str
    contract: str
    profile: dict[str, str]
    s3: Any
    dynamodb: Any
    functions: Any
    put_at: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def put(self, number: int) -> str:
        """Put an object; gives its run."""
        target, bucket = RawKey(self.dataset, f"{number:05}.csv"), self.profile["raw_bucket"]
        self.put_at[target.name] = now_iso()
        answer = self.s3.put_object(Bucket=bucket, Key=target.key, Body=a_file(number))
        told = {"key": target.key, "versionId": answer["VersionId"], "eTag": answer["ETag"].strip('"')}
        self.events.append(
            {
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "eventTime": self.put_at[target.name],
                "s3": {"bucket": {"name": bucket}, "object": told},
            }
        )
        return run_id(bucket, target.key, answer["VersionId"], self.contract)

    def invoke(self, function: str, **event: Any) -> Any:
        """Call a function and wait for what it gives."""
        name = f"sluice-clean-{self.profile['stage']}-{function}"
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        said = answer["Payload"].read().decode()
        assert "FunctionError" not in answer, said
        return json.loads(said)

    def ended(self, runs: set[str]) -> set[str]:
        """Those of some runs that are done; no run may fail."""
        keys = [key(dataset_pk(self.dataset), run_sk(run)) for run in runs]
        table = self.profile["catalog_table"]
        found = self.dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})["Responses"][table]
        state = {item["run"]["S"]: item["status"]["S"] for item in found}
        assert "failed" not in state.values(), state
        return {run for run, status in state.items() if status == "done"}

    def fill(self) -> None:
        """Put all objects, the next as soon as there is room, and wait until all are done."""
        waiting, under_way = iter(range(OBJECTS)), set[str]()
        moved = time.monotonic()
        while True:
            under_way |= {self.put(number) for number in islice(waiting, AT_ONCE - len(under_way))}
            if not under_way:
                return
            ended = self.ended(under_way)
            under_way -= ended
            moved = time.monotonic() if ended else moved
            assert time.monotonic() - moved < STALLED_SECONDS, f"not done: {sorted(under_way)}"
            time.sleep(POLL_SECONDS)


def a_file(number: int) -> bytes:
    """Rows with ids of their own."""
    first = number * ROWS
    lines = [f"{row},name {row},{row % 9_973}.25,2024-{row % 12 + 1:02}-15" for row in range(first, first + ROWS)]
    return "\n".join(["id,name,price,day", *lines, ""]).encode()


@pytest.fixture(scope="module")
def load(profile: dict[str, str]) -> Load:
    dataset = f"b-{uuid.uuid4().hex[:16]}"
    headers = {"x-api-key": profile["ingest_key"]}
    url = f"{profile['ingest_url']}/v1/datasets/{dataset}"
    httpx.put(url, json={"schema": SCHEMA}, headers=headers, timeout=60).raise_for_status()
    s3, dynamodb, functions = (client(profile, service) for service in ("s3", "dynamodb", "lambda"))
    contract = CatalogReader(dynamodb, profile["catalog_table"]).dataset(dataset).contract
    return Load(dataset, contract, profile, s3, dynamodb, functions)


def client(profile: dict[str, str], service: Any) -> Any:
    credentials = "test" if profile.get("endpoint_url") else None
    session = boto3.Session(credentials, credentials, region_name=profile["region"])
    return session.client(service, endpoint_url=profile.get("endpoint_url"))


def every(query: httpx.Client, path: str, members: str) -> Iterator[dict[str, Any]]:
    """All members of a listing."""
    token: str | None = ""
    while token is not None:
        page = query.get(path, params={"_size": 200} | ({"_next": token} if token else {})).raise_for_status().json()
        yield from page[members]
        token = page["next"]


def seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()


def say(what: str, values: list[float]) -> None:
    values = sorted(values)
    p50, p99 = values[len(values) // 2], values[min(len(values) - 1, len(values) * 99 // 100)]
    print(f"{what}: p50 {p50:.2f} s, p99 {p99:.2f} s, longest {values[-1]:.2f} s")


def counted(query: httpx.Client, load: Load, **filters: str) -> int:
    answer = query.get(f"/v1/datasets/{load.dataset}/records", params={"_size": 1, "_extra": "count", **filters})
    return int(answer.raise_for_status().json()["count"])


def test_all_rows_are_served_once(query: httpx.Client, load: Load) -> None:
    began = time.perf_counter()
    load.fill()
    took = time.perf_counter() - began
    path = f"/v1/datasets/{load.dataset}"
    objects = list(every(query, f"{path}/objects", "objects"))
    runs = {run["run"]: run for run in every(query, f"{path}/runs", "runs")}
    state = query.get(path).json()
    rows = OBJECTS * ROWS
    print(f"\n{OBJECTS:,} objects of {ROWS:,} rows, {AT_ONCE} at once: {took:.0f} s, {state['generation']} generations")
    print(f"{OBJECTS / took:.2f} objects/s, {rows / took:,.0f} rows/s")
    put_at = load.put_at
    say("put to served by filter", [seconds(put_at[one["object"]], one["updated_at"]) for one in objects])
    done = [seconds(put_at[one["object"]], runs[one["active_run"]]["finished_at"]) for one in objects]
    say("put to served by key, all loaded", done)
    assert (state["objects"], state["rows"], len(objects), len(runs)) == (OBJECTS, rows, OBJECTS, OBJECTS)
    assert {entry["rows"] for entry in objects} == {ROWS}
    assert counted(query, load) == rows
    for entry in objects[:: max(1, OBJECTS // SAMPLE)]:
        assert counted(query, load, _object=entry["object"]) == ROWS
    for number in range(0, rows, max(1, rows // SAMPLE)):
        record = query.get(f"{path}/records/{number}").raise_for_status().json()
        assert (record["name"], record["_object"]) == (f"name {number}", f"{number // ROWS:05}.csv")


def test_events_again_change_nothing(query: httpx.Client, load: Load) -> None:
    """Needs the objects of the test before."""
    while load.invoke("merge"):
        pass  # it has a schedule of its own, and a generation
    before = everything(query, load)

    def again(number: int) -> None:
        records = list(islice(cycle(load.events), number, min(number + RECORDS_AN_EVENT, DUPLICATES)))
        load.invoke("clean", Records=records)

    began = time.perf_counter()
    with ThreadPoolExecutor(FUNCTIONS_AT_ONCE) as pool:
        list(pool.map(again, range(0, DUPLICATES, RECORDS_AN_EVENT)))
    took = time.perf_counter() - began
    assert everything(query, load) == before
    print(f"\n{DUPLICATES:,} events again: {took:.0f} s, {DUPLICATES / took:.0f} events/s; nothing has changed")


def everything(query: httpx.Client, load: Load) -> dict[str, Any]:
    """The dataset, its objects and runs, a page of its records, and a sample by key."""
    path = f"/v1/datasets/{load.dataset}"
    keys = range(0, OBJECTS * ROWS, max(1, OBJECTS * ROWS // SAMPLE))
    return {
        "dataset": query.get(path).json(),
        "objects": list(every(query, f"{path}/objects", "objects")),
        "runs": list(every(query, f"{path}/runs", "runs")),
        "records": query.get(f"{path}/records", params={"_size": 1000}).json()["records"],
        "by key": [query.get(f"{path}/records/{number}").json() for number in keys],
        "files": files(load),
    }


def files(load: Load) -> str:
    """A digest of every version of every file that the dataset has in the clean bucket."""
    pages = load.s3.get_paginator("list_object_versions").paginate(
        Bucket=load.profile["clean_bucket"], Prefix=f"data/{load.dataset}/"
    )
    found = [(one["Key"], one["VersionId"]) for page in pages for one in page.get("Versions", [])]
    return hashlib.sha256(json.dumps(sorted(found)).encode()).hexdigest()
