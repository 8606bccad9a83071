"""Failed events come in again: a message goes only after its work is done."""

import io
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from sluice.redrive import REDRIVEN, redrive

ARN = "arn:aws:lambda:us-east-1:000000000000:function:sluice-clean-unit-clean:$LATEST"


def event(key: str) -> dict[str, Any]:
    return {"Records": [{"s3": {"bucket": {"name": "raw"}, "object": {"key": key}}}]}


class Functions:
    """A Lambda whose function fails on some keys; it sees what the queue holds while it runs."""

    def __init__(self, *poison: str) -> None:
        self.poison = set(poison)
        self.handled: list[str] = []

    def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, InvocationType) == (ARN, "RequestResponse")
        payload = json.loads(Payload)
        assert payload[REDRIVEN] is True
        key = payload["Records"][0]["s3"]["object"]["key"]
        if key == "lost":
            raise ReadTimeoutError(endpoint_url="lambda")
        if key in self.poison:
            said = json.dumps({"errorMessage": f"no way: {key}"}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(said)}
        self.handled.append(key)
        return {"Payload": io.BytesIO(b"null")}


class Queue:
    def __init__(self) -> None:
        self.sqs = boto3.client("sqs")
        self.url = self.sqs.create_queue(QueueName="failures")["QueueUrl"]

    def fail(self, *keys: str) -> None:
        for key in keys:
            self.send(json.dumps({"requestContext": {"functionArn": ARN}, "requestPayload": event(key)}))

    def send(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def depth(self) -> tuple[int, int]:
        """Messages that are visible, and those that are hidden."""
        found: Any = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        visible, hidden = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
        return int(found[visible]), int(found[hidden])


@pytest.fixture
def queue(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Queue:
    assert aws
    monkeypatch.setattr("sluice.redrive._WAIT_SECONDS", 0)
    return Queue()


def test_every_event_is_handled_and_its_message_goes(queue: Queue) -> None:
    keys = [f"raw/prices/{number}.csv" for number in range(25)]
    queue.fail(*keys)
    functions: Any = Functions()
    outcomes = list(redrive(queue.sqs, functions, queue.url))
    assert sorted(functions.handled) == sorted(keys)
    assert sorted(outcome.subject for outcome in outcomes) == sorted(keys)
    assert {(outcome.function, outcome.error, outcome.tries) for outcome in outcomes} == {
        ("sluice-clean-unit-clean", None, 1)
    }
    assert queue.depth() == (0, 0)


def test_a_poisonous_event_stays_with_its_count_and_holds_no_other_up(queue: Queue) -> None:
    queue.fail("a", "poison", "b", "lost", "c")
    for tries in (1, 2):
        functions: Any = Functions("poison")
        stay = {one.subject: one for one in redrive(queue.sqs, functions, queue.url) if one.error}
        assert {subject: one.tries for subject, one in stay.items()} == {"poison": tries, "lost": tries}
        assert stay["poison"].error == "no way: poison"
        assert "timeout" in str(stay["lost"].error).lower()
        assert sorted(functions.handled) == (["a", "b", "c"] if tries == 1 else [])
        assert queue.depth() == (2, 0)


def test_messages_are_kept_while_their_event_is_handled(queue: Queue) -> None:
    queue.fail("a")
    seen: list[tuple[int, int]] = []

    class Watching(Functions):
        def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
            seen.append(queue.depth())
            return super().invoke(FunctionName, InvocationType, Payload)

    functions: Any = Watching()
    list(redrive(queue.sqs, functions, queue.url))
    assert seen == [(0, 1)]


@pytest.mark.parametrize("body", ["hello", "[]", '{"requestContext": {}}', '{"requestContext": {"functionArn": ""}}'])
def test_a_message_of_nobodys_stays_and_is_told(queue: Queue, body: str) -> None:
    queue.send(body)
    functions: Any = Functions()
    (outcome,) = redrive(queue.sqs, functions, queue.url)
    assert outcome.error
    assert outcome.subject == body
    assert queue.depth() == (1, 0)


def test_whoever_stops_in_the_middle_leaves_the_rest_in_the_queue(queue: Queue) -> None:
    queue.fail("poison", "a")
    functions: Any = Functions("poison")
    outcomes = redrive(queue.sqs, functions, queue.url)
    assert next(outcomes).error
    outcomes.close()  # type: ignore[attr-defined]
    visible, hidden = queue.depth()
    assert visible + hidden == 2
