"""The change feed, as a queue that listens to its topic gets it (docs/change-feed.md)."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from pydantic import TypeAdapter
from tests.integration.conftest import Sluice

from sluice.models.events import ChangeEvent

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Events = list[dict[str, Any]]


class Listener:
    """A queue that is subscribed to a stage's topic, for one dataset."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url
        self.heard: Events = []

    def listen(self) -> Events:
        """All events heard so far; a message goes only after it was read."""
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            TypeAdapter(ChangeEvent).validate_json(message["Body"])
            self.heard.append(json.loads(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return self.heard


@pytest.fixture
def listener(profile: dict[str, str], dataset: str) -> Iterator[Listener]:
    session = boto3.Session(region_name=profile["region"])
    sqs = session.client("sqs", endpoint_url=profile.get("endpoint_url"))
    sns = session.client("sns", endpoint_url=profile.get("endpoint_url"))
    url = sqs.create_queue(QueueName=f"listener-{uuid.uuid4().hex}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": profile["change_topic"]}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    chosen = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"dataset": [dataset]})}
    subscribed = sns.subscribe(
        TopicArn=profile["change_topic"],
        Protocol="sqs",
        Endpoint=arn,
        Attributes=chosen,
        ReturnSubscriptionArn=True,
    )
    yield Listener(sqs, url)
    sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=url)


def of_type(kind: str) -> Callable[[Events], bool]:
    return lambda events: any(event["type"] == kind for event in events)


def test_what_happens_to_a_dataset_is_heard(sluice: Sluice, dataset: str, listener: Listener) -> None:
    run = sluice.done(dataset, "a.csv", b"id,name\n1,Ada\n2,Grace\n3\n")
    heard = sluice.eventually(listener.listen, of_type("dataset.updated"), "dataset.updated")
    heard = sluice.eventually(listener.listen, of_type("rejects.threshold"), "rejects.threshold")
    told = {event["type"]: event["data"] for event in heard}
    assert told["dataset.updated"]["rows"] == 2
    assert told["dataset.updated"]["generation"] == sluice.get(f"/v1/datasets/{dataset}")["generation"]
    assert (told["rejects.threshold"]["run"], told["rejects.threshold"]["rows_rejected"]) == (run["run"], 1)
    failed = sluice.post(dataset, "b.bin", bytes(range(256)) * 40)
    assert sluice.finished(dataset, failed)["status"] == "failed"
    heard = sluice.eventually(listener.listen, of_type("run.failed"), "run.failed")
    (event,) = {event["id"]: event for event in heard if event["type"] == "run.failed"}.values()
    assert (event["data"]["run"], event["subject"]) == (failed, dataset)
