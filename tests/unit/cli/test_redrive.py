"""`sluice redrive`: what it says of each message, how it ends, and what it says when it can't."""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.unit.cli.terminal import Sluice

from sluice.redrive import QUEUE


@pytest.fixture
def queue(aws: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A stage's failure queue, named by the profile of stage `unit`."""
    assert aws
    monkeypatch.setattr("sluice.redrive._WAIT_SECONDS", 0)
    url: str = boto3.client("sqs").create_queue(QueueName="clean")["QueueUrl"]
    # Above the working folder, as when the command is called somewhere in a checkout.
    profile = folder.parent / ".sluice" / "unit.json"
    profile.parent.mkdir()
    profile.write_text(json.dumps({"stage": "unit", "region": "us-east-1", f"clean{QUEUE}": url}))
    return url


def test_nothing_had_failed(sluice: Sluice, queue: str) -> None:
    assert queue
    ran = sluice("redrive", "--profile", "unit")
    assert (ran.status, ran.stdout) == (0, b"0 done, 0 stay in the failure queue: nothing had failed\n")


def test_a_message_that_stays_is_told_and_is_there_still(sluice: Sluice, queue: str) -> None:
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="what is this")
    ran = sluice("redrive", "--profile", "unit")
    assert ran.status == 1
    assert ran.stdout.decode().splitlines() == [
        "stays  ?: what is this (try 1): not a message of a function that failed",
        "0 done, 1 stay in the failure queue",
    ]
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "what is this"


def test_a_queue_that_is_gone(sluice: Sluice, queue: str) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=queue)
    assert sluice("redrive", "--profile", "unit").error.startswith("the failure queues of unit can't be read: ")


@pytest.mark.usefixtures("queue")
def test_a_stage_that_was_not_deployed_from_here(sluice: Sluice) -> None:
    assert sluice("redrive").error == "no .sluice/local.json here or above: `make run` in the checkout writes it"
    assert "`make deploy-all STAGE=dev`" in sluice("redrive", "--profile", "dev").error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON"),
        ("[]", "not a profile"),
        ('{"stage": {}}', "not a profile"),
        ('{"stage": "p"}', "the profile of p names no failure queue"),
    ],
)
def test_a_profile_that_is_none(sluice: Sluice, folder: Path, content: str, said: str) -> None:
    (folder.parent / ".sluice").mkdir()
    (folder.parent / ".sluice" / "p.json").write_text(content)
    assert said in sluice("redrive", "--profile", "p").error


def test_without_the_sdk_it_says_how_to_get_it(sluice: Sluice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert "pip install './cli[aws]'" in sluice("redrive").error
