"""The Lambda Runtime API for one process: it asks for events, and posts what came of them.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import queue
import threading
import time
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_ROOT = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Event:
    """One invocation.

    Attributes:
        request_id: Names it; the process answers under this name.
        function_arn: What was invoked.
        trace_id: An X-Ray tracing header.
        payload: JSON.
    """

    request_id: str
    function_arn: str
    trace_id: str
    payload: str


@dataclass(frozen=True)
class Taken:
    """The process took the event: its time runs."""


@dataclass(frozen=True)
class Answered:
    """The handler returned or raised."""

    body: bytes
    is_error: bool


@dataclass(frozen=True)
class InitFailed:
    """The handler's module can't be imported, or has no such function."""

    body: bytes


@dataclass(frozen=True)
class Exited:
    """The process is gone; negative status: the signal that ended it."""

    status: int


News = Taken | Answered | InitFailed | Exited


class RuntimeApi:
    """Serves one process, one event at a time.

    Attributes:
        timeout: The function's, in seconds: events carry the deadline that follows from it.
        news: What the process did, in order.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, api=self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Where the process finds it, as `host:port`."""
        return f"127.0.0.1:{self._server.server_port}"

    def offer(self, event: Event) -> None:
        """Give the process its next event."""
        self._events.put(event)

    def next_event(self) -> Event | None:
        """Wait for an event; None: there will be no more."""
        return self._events.get()

    def close(self) -> None:
        """Stop serving."""
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: without it p50 is 62 instead of 29 ms

    def __init__(self, *arguments: Any, api: RuntimeApi) -> None:
        self._api = api
        super().__init__(*arguments)

    def do_GET(self) -> None:
        event = self._api.next_event()
        if event is None:
            self.close_connection = True
            return
        self._api.news.put(Taken())
        self._reply(
            200,
            event.payload.encode(),
            {
                "Lambda-Runtime-Aws-Request-Id": event.request_id,
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self._api.timeout) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
                "Lambda-Runtime-Trace-Id": event.trace_id,
                "Content-Type": "application/json",
            },
        )

    def do_POST(self) -> None:
        body = self._body()
        if self.path == f"{_ROOT}/init/error":
            self._api.news.put(InitFailed(body))
        elif self.path.endswith(("/response", "/error")):
            self._api.news.put(Answered(body, is_error=self.path.endswith("/error")))
        self._reply(202, b"", {})

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def log_message(self, *_: object) -> None:
        """Not a line per request on stderr."""
