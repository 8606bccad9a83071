"""The change feed: what becomes of the catalog's stream, with images as the catalog itself writes them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from sluice.catalog import Commit
from sluice.models.dataset import DatasetUpdate
from sluice.models.events import ChangeEvent, events_schema
from sluice.models.run import Run, RunError
from sluice.redrive import REDRIVEN
from sluice.settings import load_settings
from sluice_clean.edge import edge
from sluice_clean.feed import merge_commits
from sluice_clean.handlers import feed

CATALOG = "unit-catalog"
SCHEMA = Path(__file__).parents[3] / "docs" / "change-feed.schema.json"


class World:
    """A catalog whose changes are recorded as its stream would, and a queue that listens to the topic."""

    def __init__(self, aws: Any) -> None:
        self.catalog = aws.catalog
        self.dynamodb = aws.dynamodb
        self.sqs = boto3.client("sqs")
        sns = boto3.client("sns")
        self.topic = sns.create_topic(Name="changes")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="listener")["QueueUrl"]
        self.failures = self.sqs.create_queue(QueueName="failures")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        raw = {"RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
        self._seen: dict[str, Any] = {}
        self._number = 0

    def records(self) -> list[dict[str, Any]]:
        """What changed since the last call."""
        now = {f"{i['pk']['S']}|{i['sk']['S']}": i for i in self.dynamodb.scan(TableName=CATALOG)["Items"]}
        changed = [key for key in sorted({*now, *self._seen}) if now.get(key) != self._seen.get(key)]
        records = [self._record(key, self._seen.get(key), now.get(key)) for key in changed]
        self._seen = now
        return records

    def _record(self, key: str, old: Any, new: Any) -> dict[str, Any]:
        self._number += 1
        pk, sk = key.split("|", 1)
        change = {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}, "SequenceNumber": str(self._number)}
        change |= {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image}
        return {"dynamodb": change}

    def run(self, run: str, rejected: int = 0, *, failed: bool = False) -> None:
        fence = self.catalog.take_fence("prices", "a.csv").fence
        made = Run(run=run, dataset="prices", object="a.csv", version_id=run, received_at="2026", fence=fence)
        self.catalog.start_run(made)
        made = made.model_copy(update={"rows_in": 10, "rows_rejected": rejected, "rows_out": 10 - rejected})
        if failed:
            self.catalog.fail_run(made, RunError(type="no-valid-rows", detail="None is."))
        else:
            self.catalog.commit(Commit("prices", "a.csv", fence, made))

    def published(self) -> list[dict[str, Any]]:
        """What the listener got; every event is what the models, hence the schema, say."""
        answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        events = []
        for message in answer.get("Messages", []):
            TypeAdapter(ChangeEvent).validate_json(message["Body"])
            event = json.loads(message["Body"])
            told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
            assert told == {"type": event["type"], "dataset": event["subject"]}
            events.append(event)
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return events


@pytest.fixture
def world(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(aws)
    monkeypatch.setenv("SLUICE_CHANGE_TOPIC", world.topic)
    monkeypatch.setenv("SLUICE_FAILURE_QUEUE_URL", world.failures)
    caches = (edge, feed.feed, load_settings)
    for cache in caches:
        cache.cache_clear()
    world.catalog.ensure_dataset("prices")
    world.records()
    yield world
    for cache in caches:
        cache.cache_clear()


def handle(world: World, context: Any, records: list[dict[str, Any]] | None = None) -> Any:
    return feed.handler({"Records": world.records() if records is None else records}, context)


def test_a_commit_is_told(world: World, context: Any) -> None:
    world.run("r1")
    assert handle(world, context) == {"batchItemFailures": []}
    (event,) = world.published()
    assert (event["type"], event["subject"], event["source"]) == ("dataset.updated", "prices", "/sluice/unit")
    assert event["data"] == {"generation": 1, "previous_generation": 0, "rows": 10, "bytes": 0, "objects": 1}


def test_a_change_of_description_is_no_event(world: World, context: Any) -> None:
    world.catalog.put_dataset("prices", DatasetUpdate(title="Prices"))
    handle(world, context)
    assert world.published() == []


def test_a_failed_run_is_told_once(world: World, context: Any) -> None:
    world.run("r1", rejected=10, failed=True)
    handle(world, context)
    told = {event["type"]: event for event in world.published()}
    assert told["run.failed"]["data"] == {
        "run": "r1",
        "object": "a.csv",
        "error": {"type": "no-valid-rows", "detail": "None is."},
        "run_url": "/v1/datasets/prices/runs/r1",
    }
    assert set(told) == {"run.failed", "rejects.threshold"}


@pytest.mark.parametrize(
    ("rejected", "threshold", "told"), [(1, 0.1, False), (2, 0.1, True), (1, 0, True), (9, 1, False)]
)
def test_many_rejects_are_told_beyond_the_datasets_threshold(
    world: World, context: Any, rejected: int, threshold: float, told: bool
) -> None:
    world.catalog.put_dataset("prices", DatasetUpdate.model_validate({"settings": {"reject_threshold": threshold}}))
    world.run("r1", rejected=rejected)
    handle(world, context)
    events = [event["data"] for event in world.published() if event["type"] == "rejects.threshold"]
    assert bool(events) == told
    if told:
        assert events[0] == {
            "run": "r1",
            "object": "a.csv",
            "rows_in": 10,
            "rows_rejected": rejected,
            "share": rejected / 10,
            "threshold": threshold,
            "rejects_url": "/v1/datasets/prices/runs/r1/rejects",
        }


def test_the_threshold_is_no_part_of_what_runs_are_derived_of(world: World) -> None:
    before = world.catalog.dataset("prices").contract
    world.catalog.put_dataset("prices", DatasetUpdate.model_validate({"settings": {"reject_threshold": 0.5}}))
    assert world.catalog.dataset("prices").contract == before


def test_the_same_change_has_the_same_id(world: World, context: Any) -> None:
    world.run("r1")
    records = world.records()
    handle(world, context, records)
    handle(world, context, records)
    first, second = world.published()
    assert first["id"] == second["id"]
    world.run("r2")
    handle(world, context)
    assert world.published()[0]["id"] != first["id"]


def test_commits_of_a_burst_are_one_event_in_the_place_of_the_first(world: World, context: Any) -> None:
    records = []
    for run in ("r1", "r2", "r3"):
        world.run(run)
        records += world.records()
    merged = [record for record in merge_commits(records) if record["dynamodb"]["Keys"]["sk"]["S"] == "META"]
    firsts = [record for record in records if record["dynamodb"]["Keys"]["sk"]["S"] == "META"]
    assert [record["dynamodb"]["SequenceNumber"] for record in merged] == [firsts[0]["dynamodb"]["SequenceNumber"]]
    handle(world, context, records)
    (event,) = world.published()
    assert (event["data"]["previous_generation"], event["data"]["generation"]) == (0, 3)


def test_what_cannot_be_published_now_is_tried_again_from_there(
    world: World, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run("r1", failed=True)
    world.run("r2")
    records = world.records()

    def refuse(_event: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalError", "Message": "not now"}}, "Publish")

    monkeypatch.setattr(feed.feed(), "_publish", refuse)
    first = handle(world, context, records)
    assert [item["itemIdentifier"] for item in first["batchItemFailures"]] == [records[0]["dynamodb"]["SequenceNumber"]]
    with pytest.raises(ClientError):
        feed.handler({"Records": records, REDRIVEN: True}, context)


def test_a_record_that_makes_no_sense_is_put_aside_and_holds_nothing_up(world: World, context: Any) -> None:
    world.run("r1")
    poison = {"dynamodb": {"Keys": {"pk": {"S": "?"}, "sk": {"S": "META"}}, "NewImage": {}, "SequenceNumber": "0"}}
    assert handle(world, context, [poison, *world.records()]) == {"batchItemFailures": []}
    assert [event["type"] for event in world.published()] == ["dataset.updated"]
    (message,) = world.sqs.receive_message(QueueUrl=world.failures)["Messages"]
    event = json.loads(message["Body"])["requestPayload"]
    assert event == {"Records": [poison]}
    with pytest.raises(ValueError, match="name"):
        feed.handler({**event, REDRIVEN: True}, context)


def test_the_schema_in_the_docs_is_that_of_the_models() -> None:
    assert json.loads(SCHEMA.read_text()) == events_schema()
