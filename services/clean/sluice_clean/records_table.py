"""The records table: plain idempotent batch writes, several at once, retried with full jitter until all are in.

Throttling slows a write and never fails it, as long as the function lives; after that its event is tried again.
Source of the limits: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import orjson

from sluice.errors import InternalError, UnavailableError
from sluice_clean.dynamodb_wire import Answer

_WRITERS = 8
# `load` may run for 300 s; what is left is for telling that it was not enough, and then the event is tried again.
PATIENCE_SECONDS = 270.0
# BatchWriteItem takes 25 requests and 16 MB a call.
_BATCH_ITEMS = 25
_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 5.0

_OK, _BAD_REQUEST, _SERVER_ERROR = 200, 400, 500
_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
    }
)
_NEVER = "ValidationException"

Send = Callable[[bytes], Answer]


class RecordsTable:
    """Writes to the records table; `patience_seconds` is how long one `write` may be held up by a busy table."""

    def __init__(self, send: Send, name: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._send = send
        self._name = orjson.dumps(name).decode()
        self._patience_seconds = patience_seconds

    def write(self, requests: Iterable[str]) -> None:
        """Carry out write requests (JSON text, see `record_items`); doing one twice does no harm.

        Raises:
            UnavailableError: the table refused, or did not answer; some requests may be done.
            InternalError: the table will never take one of these requests.
        """
        deadline = time.monotonic() + self._patience_seconds
        batches = _Shared(_batches(requests))
        with ThreadPoolExecutor(_WRITERS) as pool:
            writers = [pool.submit(self._drain, batches, deadline) for _ in range(_WRITERS)]
        for writer in writers:
            writer.result()

    def _drain(self, batches: "_Shared", deadline: float) -> None:
        try:
            for batch in batches:
                self._write_batch(f'{{"RequestItems":{{{self._name}:[{",".join(batch)}]}}}}'.encode(), deadline)
        except BaseException:
            batches.stop()
            raise

    def _write_batch(self, body: bytes, deadline: float) -> None:
        longest = _FIRST_WAIT_SECONDS
        while True:
            rest, why = self._try(body)
            if not rest:
                return
            if time.monotonic() > deadline:
                raise UnavailableError(f"The records table refused writes for {self._patience_seconds:.0f} s: {why}.")
            # Some went through: the table has room, so waiting starts anew.
            longest = _FIRST_WAIT_SECONDS if len(rest) < len(body) else longest
            time.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret
            longest = min(longest * 2, _LONGEST_WAIT_SECONDS)
            body = rest

    def _try(self, body: bytes) -> tuple[bytes, str]:
        """Send once; gives the body that remains to be sent, empty if none, and why."""
        try:
            answer = self._send(body)
        except UnavailableError as error:
            return body, error.detail.rstrip(".")
        if answer.status == _OK:
            unprocessed = orjson.loads(answer.body).get("UnprocessedItems")
            return (orjson.dumps({"RequestItems": unprocessed}) if unprocessed else b""), "items left unprocessed"
        code, message = _fault(answer)
        if answer.status >= _SERVER_ERROR or code in _THROTTLED:
            return body, code
        if code == _NEVER:
            raise InternalError(f"The records table refuses a write: {message}")
        # A permission that is missing, a token that has run out: no use in waiting here, and the event comes again.
        raise UnavailableError(f"The records table refuses a write: {code}: {message}")


class _Shared:
    """One iterator for several threads, ended for all by `stop`."""

    def __init__(self, source: Iterator[list[str]]) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._stopped = False

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        with self._lock:
            if self._stopped:
                raise StopIteration
            return next(self._source)

    def stop(self) -> None:
        """Hand nothing out any more."""
        self._stopped = True


def _fault(answer: Answer) -> tuple[str, str]:
    """Code and message of an error answer; a gateway in between may have said something that is no JSON."""
    try:
        said: Any = orjson.loads(answer.body)
        code, message = said["__type"].rpartition("#")[2], said.get("message") or said.get("Message") or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return f"HTTP status {answer.status}", ""
    return code, message


def _batches(requests: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(requests)
    while batch := list(islice(iterator, _BATCH_ITEMS)):
        yield batch
