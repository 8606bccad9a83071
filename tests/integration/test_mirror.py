"""The served data mirrors the raw bucket: added, replaced, removed, restored; many at once; events twice."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

SCHEMA = {"fields": [{"name": "id", "type": "integer"}, {"name": "v", "type": "string"}], "primaryKey": "id"}


@pytest.fixture
def keyed(sluice: Any, dataset: str) -> str:
    sluice.ingest.put(f"/v1/datasets/{dataset}", json={"schema": SCHEMA}).raise_for_status()
    return dataset


def served(sluice: Any, dataset: str) -> dict[int, str]:
    return {record["id"]: record["v"] for record in sluice.records(dataset)}


def by_key(sluice: Any, dataset: str, keys: range) -> dict[int, str]:
    answers = {key: sluice.record(dataset, str(key)) for key in keys}
    return {key: answer.json()["v"] for key, answer in answers.items() if answer.status_code == 200}


def both_ways(sluice: Any, dataset: str, expected: dict[int, str]) -> None:
    keys = range(1, 6)
    sluice.eventually(lambda: served(sluice, dataset), lambda seen: seen == expected, "records by filter")
    sluice.eventually(lambda: by_key(sluice, dataset, keys), lambda seen: seen == expected, "records by key")


def test_an_overwrite_replaces_rows_and_takes_gone_ones_away(sluice: Any, keyed: str) -> None:
    sluice.done(keyed, "a.csv", b"id,v\n1,one\n2,two\n")
    both_ways(sluice, keyed, {1: "one", 2: "two"})
    sluice.done(keyed, "a.csv", b"id,v\n2,zwei\n3,drei\n")
    both_ways(sluice, keyed, {2: "zwei", 3: "drei"})


def test_a_removed_object_takes_its_records_along_and_uncovers_what_it_hid(sluice: Any, keyed: str) -> None:
    sluice.done(keyed, "old.csv", b"id,v\n1,old\n2,two\n")
    # S3 tells when an object was made to the second; within one second neither is the newer.
    first = int(time.time())
    sluice.eventually(lambda: int(time.time()), lambda now: now > first, "the next second")
    sluice.done(keyed, "new.csv", b"id,v\n1,new\n3,three\n")
    both_ways(sluice, keyed, {1: "new", 2: "two", 3: "three"})
    key = {"Bucket": sluice.profile["raw_bucket"], "Key": f"raw/{keyed}/new.csv"}
    marker = sluice.s3.delete_object(**key)["VersionId"]
    both_ways(sluice, keyed, {1: "old", 2: "two"})
    sluice.s3.delete_object(**key, VersionId=marker)
    both_ways(sluice, keyed, {1: "new", 2: "two", 3: "three"})


def test_a_copy_is_an_object_like_any_other(sluice: Any, keyed: str) -> None:
    sluice.done(keyed, "a.csv", b"id,v\n1,one\n")
    bucket = sluice.profile["raw_bucket"]
    sluice.s3.copy_object(
        Bucket=bucket, Key=f"raw/{keyed}/b.csv", CopySource={"Bucket": bucket, "Key": f"raw/{keyed}/a.csv"}
    )
    path = f"/v1/datasets/{keyed}/objects"
    objects = sluice.eventually(lambda: sluice.get(path)["objects"], lambda seen: len(seen) == 2, "two objects")
    sluice.eventually(
        lambda: [entry["state"] for entry in sluice.get(path)["objects"]],
        lambda seen: seen == ["active", "active"],
        "both objects active",
    )
    assert [entry["object"] for entry in objects] == ["a.csv", "b.csv"]
    both_ways(sluice, keyed, {1: "one"})


def test_many_objects_at_once_are_all_served_and_counted_once(sluice: Any, dataset: str) -> None:
    def put(number: int) -> None:
        rows = "".join(f"{number * 10 + i},{number}\n" for i in range(10))
        sluice.put_object(dataset, f"{number}.csv", f"id,n\n{rows}".encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(16)))

    def look() -> Any:
        answer = sluice.query.get(f"/v1/datasets/{dataset}")
        return answer.json() if answer.status_code == 200 else {}

    sluice.eventually(look, lambda seen: seen.get("objects") == 16, "16 objects")
    state = look()
    # Commits that meet share a generation.
    assert state["rows"] == 160
    assert 1 <= state["generation"] <= 16
    records = sluice.records(dataset, _size=1000)
    assert sorted(record["id"] for record in records) == list(range(160))


def test_the_same_event_again_changes_nothing(sluice: Any, dataset: str) -> None:
    run = sluice.done(dataset, "a.csv", b"id,v\n1,one\n")
    before = sluice.get(f"/v1/datasets/{dataset}")
    event = {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "s3": {
                    "bucket": {"name": sluice.profile["raw_bucket"]},
                    "object": {"key": f"raw/{dataset}/a.csv", "versionId": run["version_id"], "sequencer": "00"},
                },
            }
        ]
    }
    functions = boto3.client(
        "lambda", region_name=sluice.profile["region"], endpoint_url=sluice.profile.get("endpoint_url")
    )
    for _ in range(3):
        answer = functions.invoke(
            FunctionName=f"sluice-clean-{sluice.profile['stage']}-clean", Payload=json.dumps(event).encode()
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
    assert sluice.get(f"/v1/datasets/{dataset}") == before
    assert len(sluice.get(f"/v1/datasets/{dataset}/runs")["runs"]) == 1
