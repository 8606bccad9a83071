"""The served data mirrors the bucket, whatever happens: random histories on the stage against the reference.

The unit suite's model (`tests/unit/model`) has workers that stop and die at every call; here all parts are real. In
each sequence objects with overlapping keys are put, overwritten, copied, deleted and restored, and old versions are
deleted; events and load tasks come again, late. Some sequences are under way at once, each on a dataset of its own.
"""

import json
import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from tests.mirror import newest_of_each_key

from sluice.catalog import CatalogReader
from sluice.clock import to_iso
from sluice.ids import run_id
from sluice.models.run import order_token
from sluice.object_keys import RawKey

SEQUENCES = int(os.environ.get("SLUICE_EMULATOR_SEQUENCES", "8"))
OPERATIONS = 8
# An emulator starts a process for each event that is under way.
AT_ONCE = 3
NAMES, KEYS, VALUES = ("a.csv", "b.csv", "c d.csv"), "uvwxyz", "123456789"
FIELDS = [{"name": "k", "type": "string"}, {"name": "v", "type": "string"}]
ENDED = {"done", "failed", "superseded"}


@dataclass(frozen=True)
class Current:
    """What an object is now."""

    age: str
    run: str
    rows: dict[str, str]


@dataclass
class Seen:
    """What the stage serves, by filter and by key; what lies in DynamoDB, as key and run; what the dataset counts."""

    by_filter: dict[str, str]
    by_key: dict[str, str]
    items: list[tuple[str, str]]
    rows: int
    objects: int
    quiet: bool


@dataclass
class Sequence:
    """One history, on a dataset of its own."""

    sluice: Any
    invoke: Callable[[str, dict[str, Any]], None]
    dataset: str
    seed: int
    told: list[str] = field(default_factory=list)
    events: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._raw, self._clean = self.sluice.profile["raw_bucket"], self.sluice.profile["clean_bucket"]
        schema = {"fields": FIELDS, "primaryKey": "k"}
        self.sluice.ingest.put(f"/v1/datasets/{self.dataset}", json={"schema": schema}).raise_for_status()
        catalog = CatalogReader(self.sluice.dynamodb, self.sluice.profile["catalog_table"])
        self._contract = catalog.dataset(self.dataset).contract

    def __str__(self) -> str:
        return f"sequence {self.seed} on {self.dataset}: {'; '.join(self.told)}"

    # what happens

    def play(self) -> None:
        """Do what is drawn, mostly without waiting for what comes of it; then all is quiet and as it should be."""
        ways = [self._put, self._put, self._put, self._copy, self._delete, self._delete_version]
        ways += [self._event_again, self._load_again]
        self._put()
        for _ in range(OPERATIONS - 1):
            self._random.choice(ways)()
            if self._random.random() < 0.3:
                self.settle()
        self.settle()

    def _key(self, name: str) -> str:
        return RawKey(self.dataset, name).key

    def _tell(self, what: str, name: str, version: str, event: str) -> None:
        self.told.append(f"{what} {name}")
        self.events.append((self._key(name), version, event))

    def _put(self) -> None:
        name, draw = self._random.choice(NAMES), self._random.choice
        lines = [f"{draw(KEYS)},{draw(VALUES)}" for _ in range(self._random.randint(1, 6))]
        # A row without its key is refused; a key that comes twice is a duplicate.
        lines += [",9"] * self._random.randint(0, 1)
        version = self.sluice.put_object(self.dataset, name, "\n".join(["k,v", *lines, ""]).encode())
        self._tell(f"put {' '.join(lines)} into", name, version, "ObjectCreated:Put")

    def _copy(self) -> None:
        source, target = self._random.choice(sorted(self._objects()) or NAMES), self._random.choice(NAMES)
        if source not in self._objects() or source == target:
            return
        answer = self.sluice.s3.copy_object(
            Bucket=self._raw, Key=self._key(target), CopySource={"Bucket": self._raw, "Key": self._key(source)}
        )
        self._tell(f"copy {source} to", target, answer["VersionId"], "ObjectCreated:Copy")

    def _delete(self) -> None:
        name = self._random.choice(NAMES)
        marker = self.sluice.s3.delete_object(Bucket=self._raw, Key=self._key(name))["VersionId"]
        self._tell("delete", name, marker, "ObjectRemoved:DeleteMarkerCreated")

    def _delete_version(self) -> None:
        """The newest, mostly: that restores what it hid."""
        name = self._random.choice(NAMES)
        answer = self.sluice.s3.list_object_versions(Bucket=self._raw, Prefix=self._key(name))
        found = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
        newest = [one for one in found if one["IsLatest"]]
        if found:
            version = self._random.choice(newest * 3 + found)["VersionId"]
            self.sluice.s3.delete_object(Bucket=self._raw, Key=self._key(name), VersionId=version)
            self._tell(f"delete version {version} of", name, version, "ObjectRemoved:Delete")

    def _event_again(self) -> None:
        key, version, event = self._random.choice(self.events)
        self.told.append(f"again: {event} {key} {version}")
        self.invoke("clean", _event(self._raw, key, version, event))

    def _load_again(self) -> None:
        found = self.sluice.s3.list_objects_v2(Bucket=self._clean, Prefix=f"loads/{self.dataset}/").get("Contents", [])
        if found:
            key = self._random.choice(found)["Key"]
            self.told.append(f"again: {key}")
            self.invoke("load", _event(self._clean, key, "null", "ObjectCreated:Put"))

    # what comes of it

    def settle(self) -> None:
        """Wait until all is quiet, and what is served is what the bucket holds."""
        expected = self.expected()
        self.sluice.eventually(self.seen, lambda seen: seen == expected, f"{self}; expected: {expected}")

    def expected(self) -> Seen:
        """The reference, of the bucket as it is."""
        objects = self._objects().values()
        served = newest_of_each_key((order_token(one.age, one.run), one.rows) for one in objects)
        items = sorted((key, one.run) for one in objects for key in one.rows)
        return Seen(served, served, items, sum(len(one.rows) for one in objects), len(objects), quiet=True)

    def _objects(self) -> dict[str, Current]:
        listed = self.sluice.s3.list_objects_v2(Bucket=self._raw, Prefix=self._key("")).get("Contents", [])
        return {entry["Key"].removeprefix(self._key("")): self._current(entry["Key"]) for entry in listed}

    def _current(self, key: str) -> Current:
        answer = self.sluice.s3.get_object(Bucket=self._raw, Key=key)
        lines = [line.split(",") for line in answer["Body"].read().decode().split()[1:]]
        run = run_id(self._raw, key, answer["VersionId"], self._contract)
        return Current(to_iso(answer["LastModified"]), run, {name: value for name, value in lines if name})

    def seen(self) -> Seen:
        """What the stage serves now."""
        state = self.sluice.get(f"/v1/datasets/{self.dataset}")
        quiet = all(run["status"] in ENDED for run in self.sluice.runs(self.dataset))
        by_filter = {record["k"]: record["v"] for record in self.sluice.records(self.dataset)}
        answers = {key: self.sluice.record(self.dataset, key) for key in KEYS}
        by_key = {key: answer.json()["v"] for key, answer in answers.items() if answer.status_code == 200}
        return Seen(by_filter, by_key, self._items(), state["rows"], state["objects"], quiet)

    def _items(self) -> list[tuple[str, str]]:
        found = []
        for key in KEYS:
            answer = self.sluice.dynamodb.query(
                TableName=self.sluice.profile["records_table"],
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{self.dataset}#{key}"}},
            )
            found += [(key, item["run"]["S"]) for item in answer["Items"]]
        return sorted(found)


def _event(bucket: str, key: str, version: str, event: str) -> dict[str, Any]:
    told = {"key": key.replace(" ", "+"), "versionId": version, "sequencer": "00"}
    return {
        "Records": [{"eventSource": "aws:s3", "eventName": event, "s3": {"bucket": {"name": bucket}, "object": told}}]
    }


@pytest.fixture
def invoke(profile: dict[str, str]) -> Callable[[str, dict[str, Any]], None]:
    """Hands an event to a function as S3 does: nobody waits for what becomes of it."""
    client = boto3.client("lambda", region_name=profile["region"], endpoint_url=profile.get("endpoint_url"))

    def call(function: str, event: dict[str, Any]) -> None:
        name = f"sluice-clean-{profile['stage']}-{function}"
        client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode())

    return call


def test_random_histories_end_with_what_the_bucket_holds(sluice: Any, dataset: str, invoke: Any) -> None:
    sequences = [Sequence(sluice, invoke, f"{dataset}-{seed}", seed) for seed in range(SEQUENCES)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(Sequence.play, sequences))
    # An event that came late has changed nothing.
    for sequence in sequences:
        assert sequence.seen() == sequence.expected(), str(sequence)
    assert sum(len(sequence.told) for sequence in sequences) > SEQUENCES * OPERATIONS / 2
