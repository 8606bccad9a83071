"""`make redrive`: a line for each message, and an exit status that tells whether any stays."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from sluice_tools import failure_queues
from sluice_tools.errors import ToolError


@dataclass
class FakeStage:
    """A stage whose profile names two queues."""

    profile: dict[str, str]
    name: str = "unit"
    client_arguments: dict[str, str] = field(default_factory=dict)

    def write_profile(self) -> dict[str, str]:
        return self.profile


class Functions:
    def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, InvocationType) == ("arn:aws:lambda:x:0:function:f", "RequestResponse")
        if b"poison" in Payload:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "no way"}')}
        return {"Payload": io.BytesIO(b"null")}


@pytest.fixture
def stage(aws: Any, monkeypatch: pytest.MonkeyPatch) -> FakeStage:
    assert aws
    sqs, make = boto3.client("sqs"), boto3.client
    functions = Functions()
    monkeypatch.setattr(
        boto3, "client", lambda service, **rest: functions if service == "lambda" else make(service, **rest)
    )
    monkeypatch.setattr("sluice.redrive._WAIT_SECONDS", 0)
    urls = {f"{name}_failure_queue": sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("clean", "load")}
    return FakeStage({"stage": "unit", **urls})


def fail(stage: FakeStage, queue: str, key: str) -> None:
    event = {"Records": [{"s3": {"object": {"key": key}}}]}
    body = {"requestContext": {"functionArn": "arn:aws:lambda:x:0:function:f"}, "requestPayload": event}
    url = stage.profile[f"{queue}_failure_queue"]
    boto3.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))


def run(stage: FakeStage) -> int:
    anything: Any = stage
    return failure_queues.redrive(anything)


def test_both_queues_are_taken_up(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    fail(stage, "clean", "raw/prices/a.csv")
    fail(stage, "load", "loads/prices/run=r/part-00000.json")
    assert run(stage) == 0
    assert capsys.readouterr().out.splitlines() == [
        "done   f: raw/prices/a.csv",
        "done   f: loads/prices/run=r/part-00000.json",
        "2 done, 0 stay in the failure queue",
    ]


def test_what_stays_is_told_with_its_reason(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    fail(stage, "clean", "poison")
    assert run(stage) == 1
    assert capsys.readouterr().out.splitlines() == [
        "stays  f: poison (try 1): no way",
        "0 done, 1 stay in the failure queue",
    ]


def test_nothing_to_do_is_said(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(stage) == 0
    assert capsys.readouterr().out == "0 done, 0 stay in the failure queue: nothing had failed\n"


def test_a_queue_that_is_not_there_is_one_clear_line(stage: FakeStage) -> None:
    stage.profile["load_failure_queue"] += "-gone"
    with pytest.raises(ToolError, match="the failure queues of unit can't be read"):
        run(stage)
