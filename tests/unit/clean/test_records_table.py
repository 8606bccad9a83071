"""Writes to the records table: what is refused is sent again; on the wire, every request is signed."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.credentials import Credentials
from tests.fakes.batch_writes import ClientWire

from sluice.errors import InternalError, UnavailableError
from sluice_clean.dynamodb_wire import Answer, BatchWriteItem
from sluice_clean.records_table import RecordsTable

RECORDS = "unit-records"
NOTHING_LEFT = Answer(200, b'{"UnprocessedItems":{}}')


def puts(count: int) -> Iterator[str]:
    for number in range(count):
        yield json.dumps({"PutRequest": {"Item": {"pk": {"S": f"prices#{number}"}, "sk": {"S": "1"}}}})


def fault(status: int, code: str) -> Answer:
    said = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "not now"}
    return Answer(status, json.dumps(said).encode())


class Sink:
    """A table in memory that answers with `faults` first, one a call, and takes at most `room` items a call."""

    def __init__(self, faults: Sequence[Answer | Exception] = (), room: int = 25) -> None:
        self.faults = list(faults)
        self.room = room
        self.calls = 0
        self.taken: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, body: bytes) -> Answer:
        with self._lock:
            self.calls += 1
            if self.faults:
                answer = self.faults.pop()
                if isinstance(answer, Exception):
                    raise answer
                return answer
            requests = json.loads(body)["RequestItems"][RECORDS]
            assert len(requests) <= 25
            self.taken += [request["PutRequest"]["Item"]["pk"]["S"] for request in requests[: self.room]]
            left = requests[self.room :]
            return Answer(200, json.dumps({"UnprocessedItems": {RECORDS: left} if left else {}}).encode())


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest that each wait might have been; nobody waits."""
    longest: list[float] = []

    def note(_least: float, most: float) -> float:
        longest.append(most)
        return 0.0

    monkeypatch.setattr("random.uniform", note)
    return longest


def test_dynamodb_takes_the_bodies_as_they_are(aws: Any) -> None:
    RecordsTable(ClientWire(aws.dynamodb), RECORDS).write(puts(60))
    assert aws.dynamodb.scan(TableName=RECORDS)["Count"] == 60


def test_items_left_unprocessed_are_sent_again() -> None:
    sink = Sink(room=7)
    RecordsTable(sink, RECORDS).write(puts(120))
    assert sorted(sink.taken) == sorted(f"prices#{number}" for number in range(120))


def test_throttling_slows_and_does_not_fail(waits: list[float]) -> None:
    codes = ["ProvisionedThroughputExceededException", "ThrottlingException"] * 100
    sink = Sink([fault(400, code) for code in codes])
    RecordsTable(sink, RECORDS).write(puts(60))
    assert len(set(sink.taken)) == 60
    assert max(waits) == 5.0
    assert min(waits) < 0.1


@pytest.mark.parametrize(
    "trouble",
    [fault(500, "InternalServerError"), Answer(502, b"<html>"), UnavailableError("DynamoDB gave no answer: x.")],
)
def test_faults_of_the_service_and_the_network_are_tried_again(trouble: Answer | Exception) -> None:
    sink = Sink([trouble] * 5)
    RecordsTable(sink, RECORDS).write(puts(30))
    assert len(set(sink.taken)) == 30


def test_a_table_that_refuses_too_long_is_told_as_worth_another_try() -> None:
    sink = Sink(room=0)
    with pytest.raises(UnavailableError, match="refused writes for 0 s: items left unprocessed") as raised:
        RecordsTable(sink, RECORDS, patience_seconds=0).write(puts(1))
    assert raised.value.transient


def test_a_request_that_can_never_be_taken_is_told_at_once_and_ends_the_rest() -> None:
    sink = Sink([fault(400, "ValidationException")])
    with pytest.raises(InternalError, match="refuses a write: not now") as raised:
        RecordsTable(sink, RECORDS).write(puts(10_000))
    assert not raised.value.transient
    assert sink.calls < 100


def test_a_permission_that_is_missing_is_told_at_once_as_worth_another_try() -> None:
    sink = Sink([fault(400, "AccessDeniedException")] * 8)
    with pytest.raises(UnavailableError, match="AccessDeniedException: not now") as raised:
        RecordsTable(sink, RECORDS).write(puts(10_000))
    assert raised.value.transient
    assert sink.calls < 100


class Server(ThreadingHTTPServer):
    daemon_threads = True
    seen: list[tuple[dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        assert isinstance(server, Server)
        server.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("Content-Length", str(len(NOTHING_LEFT.body)))
        self.end_headers()
        self.wfile.write(NOTHING_LEFT.body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_request_is_signed_with_the_session_of_a_role(server: Server) -> None:
    wire = BatchWriteItem(
        f"http://127.0.0.1:{server.server_port}", "eu-central-1", Credentials("AKID", "secret", "session")
    )
    with closing(wire):
        assert wire(b'{"RequestItems":{}}') == NOTHING_LEFT
    ((headers, body),) = server.seen
    assert body == b'{"RequestItems":{}}'
    assert headers["x-amz-target"] == "DynamoDB_20120810.BatchWriteItem"
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert headers["x-amz-security-token"] == "session"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "/eu-central-1/dynamodb/aws4_request" in headers["authorization"]
    assert "host;x-amz-date;x-amz-security-token;x-amz-target" in headers["authorization"]


def test_a_server_that_is_away_is_told_without_a_stack_of_the_library() -> None:
    wire = BatchWriteItem("http://127.0.0.1:9", "eu-central-1", Credentials("AKID", "secret"))
    with pytest.raises(UnavailableError, match="gave no answer"):
        wire(b"{}")
