"""Events that can't be handled: aside at once, nothing behind them waits, and redriving takes the mended ones."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.integration.conftest import Sluice

from sluice.redrive import LAMBDA_CONFIG, Outcome, redrive


class Queue:
    """The failure queue of the clean function."""

    def __init__(self, profile: dict[str, str]) -> None:
        session = boto3.Session(region_name=profile["region"])
        endpoint = profile.get("endpoint_url")
        self.url = profile["clean_failure_queue"]
        self.sqs = session.client("sqs", endpoint_url=endpoint)
        self.functions = session.client("lambda", endpoint_url=endpoint, config=LAMBDA_CONFIG)

    def depth(self) -> int:
        found: Any = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return int(found["ApproximateNumberOfMessages"])

    def delete(self, key: str) -> None:
        """Take the messages about a key out of the queue, and show all others again."""
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            receipt = message["ReceiptHandle"]
            if key in message["Body"]:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=receipt)
            else:
                self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=0)

    def redrive(self) -> dict[str, Outcome]:
        return {outcome.subject: outcome for outcome in redrive(self.sqs, self.functions, self.url)}


@pytest.fixture
def queue(profile: dict[str, str]) -> Queue:
    return Queue(profile)


def failed_event(profile: dict[str, str], key: str) -> str:
    """A message as Lambda leaves it for an event that it gave up."""
    event: dict[str, Any] = {
        "Records": [
            {
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": profile["raw_bucket"]}, "object": {"key": key}},
            }
        ]
    }
    function = f"sluice-clean-{profile['stage']}-clean"
    context = {"functionArn": function, "condition": "RetriesExhausted", "approximateInvokeCount": 3}
    return json.dumps({"requestContext": context, "requestPayload": event})


def test_a_poisonous_object_goes_aside_holds_nothing_up_and_stays_when_redriven(
    sluice: Sluice, profile: dict[str, str], dataset: str, queue: Queue
) -> None:
    name = f"{uuid.uuid4().hex}.csv"
    key = f"raw/Not Valid/{name}"
    sluice.s3.put_object(Bucket=profile["raw_bucket"], Key=key, Body=b"id\n1\n")
    assert sluice.done(dataset, "good.csv", b"id\n1\n")["rows_out"] == 1
    sluice.eventually(queue.depth, lambda depth: depth > 0, "the poisonous event in its queue")
    # An event that was lost is there too: what it tells of is cleaned when it is redriven.
    lost = sluice.put_object(dataset, "lost.csv", b"id\n7\n")
    assert lost
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody=failed_event(profile, f"raw/{dataset}/lost.csv"))
    outcomes = queue.redrive()
    done = outcomes[f"raw/{dataset}/lost.csv"]
    assert done.error is None
    (stays,) = [outcome for subject, outcome in outcomes.items() if name in subject]
    assert "not a dataset name" in str(stays.error)
    assert sorted(record["id"] for record in sluice.records(dataset)) == [1, 7]
    again = queue.redrive()
    assert f"raw/{dataset}/lost.csv" not in again
    assert again[stays.subject].tries > stays.tries
    sluice.eventually(queue.depth, lambda depth: depth > 0, "the message that stays")
    # What nobody will ever mend is deleted by hand (docs/runbook.md).
    queue.delete(name)


def test_the_command_redrives(sluice: Sluice, profile: dict[str, str], dataset: str, queue: Queue) -> None:
    assert sluice.put_object(dataset, "lost.csv", b"id\n7\n")
    key = f"raw/{dataset}/lost.csv"
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody=failed_event(profile, key))
    # The profile lies in the folder .sluice of some checkout, as the command expects it.
    checkout = Path(os.environ["SLUICE_PROFILE"]).resolve().parents[1]
    command = [sys.executable, "-m", "sluice_cli", "redrive", "--profile", profile["stage"]]
    ran = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert any(line.startswith("done   ") and key in line for line in ran.stdout.splitlines()), ran
    assert [record["id"] for record in sluice.records(dataset)] == [7]
