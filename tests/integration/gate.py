"""A way to the emulator on which a worker can be made to stand still at one of its calls, and killed there.

A function whose `AWS_ENDPOINT_URL` is the gate's address calls AWS through it. Nothing in the product knows of it.
"""

import http.client
import os
import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

# How long a test may wait for a worker to come, and a worker for the test.
PATIENCE_SECONDS = 90.0
_CONNECTIONS = Path("/proc/net/tcp")
_OF_A_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


@dataclass(frozen=True)
class Step:
    """A call at which a worker is to stand still.

    Attributes:
        call: What the line `METHOD PATH ACTION` of the call has in it; the action is DynamoDB's.
        answered: Whether the emulator has carried it out by then; the worker never hears of it.
        at: The first such call is 1.
    """

    call: str
    answered: bool = False
    at: int = 1


class Standing:
    """A worker that stands still: its process waits for an answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.over = threading.Event()

    def kill(self) -> None:
        """End its process at once, as the system does when memory runs out.

        Raises:
            LookupError: it is no process of this machine.
        """
        os.kill(_process_of(self._port), signal.SIGKILL)
        self.over.set()


class Gate:
    """An HTTP proxy in this process; see `opened`.

    Attributes:
        url: What functions are told to be AWS.
    """

    def __init__(self, emulator: str) -> None:
        self._emulator = urlsplit(emulator).netloc
        self._lock = threading.Lock()
        self._step: Step | None = None
        self._seen = 0
        self._standing: queue.Queue[Standing] = queue.Queue()
        gate = self

        class Handler(_Handler):
            def pass_on(self) -> None:
                gate._pass_on(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop_at(self, step: Step) -> None:
        """Have the next worker that comes to this step stand still."""
        with self._lock:
            self._step, self._seen = step, 0

    def next_standing(self) -> Standing:
        """The worker that came to the step.

        Raises:
            AssertionError: none came.
        """
        try:
            return self._standing.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            raise AssertionError(f"no worker came to {self._step} within {PATIENCE_SECONDS:.0f} s") from None

    def _pass_on(self, call: "_Handler") -> None:
        step = self._stops(call)
        if step and not step.answered:
            self._stand(call)
            return
        answer, body = call.asked_of(self._emulator)
        if step:
            self._stand(call)
            return
        call.answer(answer, body)

    def _stops(self, call: "_Handler") -> Step | None:
        with self._lock:
            step = self._step
            if step is None or step.call not in call.line:
                return None
            self._seen += 1
            if self._seen < step.at:
                return None
            self._step = None
            return step

    def _stand(self, call: "_Handler") -> None:
        standing = Standing(call.client_address[1])
        self._standing.put(standing)
        standing.over.wait(PATIENCE_SECONDS)
        call.close_connection = True


class _Handler(BaseHTTPRequestHandler):
    """One connection of a worker."""

    protocol_version = "HTTP/1.1"

    def pass_on(self) -> None:
        raise NotImplementedError

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = lambda self: self.pass_on()  # noqa: N815 - http.server's names

    @property
    def line(self) -> str:
        action = self.headers.get("x-amz-target", "").rpartition(".")[2]
        return f"{self.command} {self.path} {action}"

    def asked_of(self, emulator: str) -> tuple[http.client.HTTPResponse, bytes]:
        """What the emulator answers; asked in the worker's very words, which are signed."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        connection = http.client.HTTPConnection(emulator, timeout=PATIENCE_SECONDS)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"connection", "expect"}:
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def answer(self, answer: http.client.HTTPResponse, body: bytes) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_A_HOP:
                self.send_header(name, value)
        # The answer to a HEAD tells how long a body would be.
        length = answer.getheader("content-length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("content-length", length)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def opened(emulator: str) -> Iterator[Gate]:
    """A gate to the emulator at this URL."""
    gate = Gate(emulator)
    server = threading.Thread(target=gate.server.serve_forever, name="gate", daemon=True)
    server.start()
    try:
        yield gate
    finally:
        gate.server.shutdown()
        gate.server.server_close()
        server.join()


def _process_of(port: int) -> int:
    """The process of this machine that holds the TCP port of 127.0.0.1."""
    end = f"0100007F:{port:04X}"
    sockets = {
        f"socket:[{fields[9]}]"
        for fields in map(str.split, _CONNECTIONS.read_text().splitlines()[1:])
        if fields[1] == end
    }
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            held = {str(file.readlink()) for file in folder.iterdir()}
        except OSError:
            continue  # it ended meanwhile, or is another user's
        if held & sockets:
            return int(folder.parent.name)
    raise LookupError(f"no process of this machine holds port {port}")
