"""Brings failed events in again: reads a failure queue and calls the function with the event that failed.

A message is deleted only after its function returned, hence after its work is done. One that fails again stays in the
queue, visible at once, and its count of tries goes up. Messages that are being worked on are hidden meanwhile, so that
two people may do this at the same time; should this process die, they come back by themselves.
Source of a message's form: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Marks an event that comes from a failure queue: its function raises whatever happens, and puts nothing aside.
REDRIVEN = "sluice:redriven"

# How a stage's profile names its failure queues.
QUEUE = "_failure_queue"

FUNCTION_SECONDS = 900
# How the Lambda client has to be made: it waits as long as a function may run, and never calls twice.
LAMBDA_CONFIG = Config(read_timeout=FUNCTION_SECONDS + 10, retries={"total_max_attempts": 1})

_HIDDEN_SECONDS = FUNCTION_SECONDS + 60
_WAIT_SECONDS = 2
_AT_ONCE = 10


@dataclass(frozen=True)
class Outcome:
    """What became of one message.

    `subject` is what its event is about; `tries` counts how often the message was taken up, this time included;
    `error` tells why it stays in the queue, and is None if its work is done.
    """

    message_id: str
    function: str
    subject: str
    tries: int
    error: str | None

    def __str__(self) -> str:
        """A line for a person."""
        what = f"{self.function or '?'}: {self.subject}"
        return f"stays  {what} (try {self.tries}): {self.error}" if self.error else f"done   {what}"


@dataclass(frozen=True)
class _Failure:
    """A message of a failure queue: which function failed on which event."""

    function: str
    event: dict[str, Any]

    @property
    def subject(self) -> str:
        """The keys that the event is about, or the event's beginning."""
        records = [record for record in self.event.get("Records", []) if isinstance(record, dict)]
        keys = [str(record["s3"]["object"]["key"]) for record in records if "s3" in record]
        return ", ".join(keys) or json.dumps(self.event)[:80]


def redrive_stage(sqs: "SQSClient", functions: "LambdaClient", profile: Mapping[str, str]) -> Iterator[Outcome]:
    """Take up every message of every failure queue that a stage's profile names (`…_failure_queue`).

    Raises:
        ClientError: A queue can't be read.
    """
    for name, queue_url in profile.items():
        if name.endswith(QUEUE):
            yield from redrive(sqs, functions, queue_url)


def tell(outcomes: Iterable[Outcome], say: Callable[[str], None]) -> int:
    """Say each outcome as it is known, then how many there were; gives how many messages stay."""
    done = stay = 0
    for outcome in outcomes:
        say(str(outcome))
        done, stay = done + (outcome.error is None), stay + (outcome.error is not None)
    say(f"{done} done, {stay} stay in the failure queue" + ("" if done or stay else ": nothing had failed"))
    return stay


def redrive(sqs: "SQSClient", functions: "LambdaClient", queue_url: str) -> Iterator[Outcome]:
    """Take up every message that the queue holds, once; gives what became of each as it is known.

    Raises:
        ClientError: the queue can't be read.
    """
    staying: dict[str, str] = {}
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while messages := [m for m in _receive(sqs, queue_url) if m["MessageId"] not in staying]:
                for message, outcome in zip(
                    messages, pool.map(lambda m: _take_up(functions, m), messages), strict=True
                ):
                    if outcome.error is None:
                        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                    else:
                        staying[message["MessageId"]] = message["ReceiptHandle"]
                    yield outcome
    finally:
        # Shown again only now: a message that fails would come back at once, for ever.
        for receipt in staying.values():
            sqs.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt, VisibilityTimeout=0)


def _receive(sqs: "SQSClient", queue_url: str) -> "list[MessageTypeDef]":
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=_AT_ONCE,
        VisibilityTimeout=_HIDDEN_SECONDS,
        WaitTimeSeconds=_WAIT_SECONDS,
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
    )
    return answer.get("Messages", [])


def _take_up(functions: "LambdaClient", message: "MessageTypeDef") -> Outcome:
    tries = int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1))
    try:
        failure = _parse(message["Body"])
    except ValueError as error:
        return Outcome(message["MessageId"], "", message["Body"][:80], tries, str(error))
    name = failure.function.split(":function:")[-1].split(":")[0]
    return Outcome(message["MessageId"], name, failure.subject, tries, _call(functions, failure))


def _parse(body: str) -> _Failure:
    try:
        said = json.loads(body)
        function, event = said["requestContext"]["functionArn"], said["requestPayload"]
    except (ValueError, LookupError, TypeError):
        raise ValueError("not a message of a function that failed") from None
    if not function or not isinstance(event, dict):
        raise ValueError("the message names no function, or holds no event")
    return _Failure(function, event)


def _call(functions: "LambdaClient", failure: _Failure) -> str | None:
    """Run the function to its end; gives what went wrong, or None."""
    payload = json.dumps({**failure.event, REDRIVEN: True}).encode()
    try:
        answer = functions.invoke(FunctionName=failure.function, InvocationType="RequestResponse", Payload=payload)
        if not answer.get("FunctionError"):
            return None
        said = answer["Payload"].read()
    except (ClientError, BotoCoreError) as error:
        return str(error)
    return _message_of(said)


def _message_of(said: bytes) -> str:
    """The error message in a function's answer; it may have died without a word."""
    try:
        return str(json.loads(said)["errorMessage"])
    except (ValueError, LookupError, TypeError):
        return said.decode(errors="replace")[:200] or "the function failed without a word"
