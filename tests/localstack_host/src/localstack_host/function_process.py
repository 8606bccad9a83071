"""One process of a function: AWS's own Python runtime client, and the Runtime API that it speaks to."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from localstack_host.runtime_api import Answered, Event, Exited, InitFailed, News, RuntimeApi, Taken

# The kernel ends a bound process when the thread that started it ends: this one stays.
_STARTER = ThreadPoolExecutor(1, thread_name_prefix="function-starter")


@dataclass(frozen=True)
class Function:
    """What runs.

    Attributes:
        handler: `module.function`, or `package/module.function`.
        folder: Its unpacked package.
        environment: The process's variables, the Runtime API's address aside.
        timeout: How long one invocation may take, in seconds.
        init_timeout: How long the process may take until it asks for its first event, in seconds.
        log_path: Where its output goes.
    """

    handler: str
    folder: Path
    environment: dict[str, str]
    timeout: float
    init_timeout: float
    log_path: Path


class FunctionProcess:
    """A warm process. Once it is broken (died, timed out, failed to start) it stays so: make another."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._api = RuntimeApi(function.timeout)
        self._broken = False
        self._process = _STARTER.submit(_start, function, self._api.address).result()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def usable(self) -> bool:
        """Whether it can take another event."""
        return not self._broken and self._process.poll() is None

    def invoke(self, event: Event) -> Answered:
        """Give it one event, and wait for what comes of it, which may be that it broke."""
        self._api.offer(event)
        allowed = self._function.init_timeout
        deadline = time.monotonic() + allowed
        while True:
            try:
                news: News = self._api.news.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return self._give_up(event, "Sandbox.Timedout", f"Task timed out after {allowed:.2f} seconds")
            match news:
                case Taken():
                    allowed = self._function.timeout
                    deadline = time.monotonic() + allowed
                case Answered():
                    return news
                case InitFailed(body):
                    self.stop()
                    return Answered(body, is_error=True)
                case Exited(status):
                    return self._give_up(event, "Runtime.ExitError", _told(status))

    def stop(self) -> None:
        """End it, with whatever it started."""
        self._broken = True
        with contextlib.suppress(ProcessLookupError):  # nobody of its group is left
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._api.close()

    def _give_up(self, event: Event, kind: str, reason: str) -> Answered:
        self.stop()
        error = {"errorType": kind, "errorMessage": f"RequestId: {event.request_id} Error: {reason}"}
        return Answered(json.dumps(error).encode(), is_error=True)

    def _watch(self) -> None:
        self._api.news.put(Exited(self._process.wait()))


def _start(function: Function, api_address: str) -> subprocess.Popen[bytes]:
    with function.log_path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "localstack_host.function", function.handler],
            cwd=function.folder,
            env=function.environment | {"AWS_LAMBDA_RUNTIME_API": api_address},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its children end with it
        )


def _told(status: int) -> str:
    """How AWS puts it that a process ended."""
    if status == 0:
        return "Runtime exited without providing a reason"
    if status < 0:
        return f"Runtime exited with error: signal: {signal.strsignal(-status)}".lower().replace("runtime", "Runtime")
    return f"Runtime exited with error: exit status {status}"
