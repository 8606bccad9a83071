"""MiniStack, the AWS of stage `local`: started in the background, found again, stopped with its state saved."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from sluice_tools.errors import ToolError
from sluice_tools.workspace import Workspace, without_aws

DEFAULT_PORT = 4566
_HOST = "127.0.0.1"
_START_SECONDS = 60
_STOP_SECONDS = 120


@dataclass(frozen=True)
class Emulator:
    """The MiniStack of one workspace.

    Attributes:
        workspace: Whose it is; its files are under `.sluice/ministack/`.
        port: Where it listens, on 127.0.0.1 only.
        checks_permissions: Whether functions may do only what their roles grant, as on AWS.
    """

    workspace: Workspace
    port: int
    checks_permissions: bool = False

    @property
    def endpoint_url(self) -> str:
        """Its address, by number: with a host name the JavaScript SDK asks for `bucket.host`."""
        return f"http://{_HOST}:{self.port}"

    @property
    def log_path(self) -> Path:
        """Where its output goes."""
        return _folder(self.workspace) / "log"

    def start(self) -> bool:
        """Start it, unless it runs already, and wait until it answers.

        Returns:
            Whether it had to be started.

        Raises:
            ToolError: It runs on another port, the port is taken by something else, or it didn't come up.
        """
        running = find(self.workspace)
        if running is not None:
            if running.port != self.port:
                raise ToolError(f"it already runs on port {running.port}: `make stop` first")
            return False
        if port_is_taken(self.port):
            raise ToolError(
                f"{_HOST}:{self.port} is taken by another program: stop it, or choose a port: make run PORT=4567"
            )
        folder = _folder(self.workspace)
        shutil.rmtree(folder / "tmp", ignore_errors=True)  # unpacked functions of an earlier start
        (folder / "tmp").mkdir(parents=True)
        with self.log_path.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        _pid_path(self.workspace).write_text(
            json.dumps({"pid": process.pid, "started": _started(process.pid), "port": self.port})
        )
        self._wait(process)
        return True

    def _environment(self) -> dict[str, str]:
        folder = _folder(self.workspace)
        return without_aws(os.environ) | {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": _HOST,
            "IOT_MTLS_ENABLED": "0",
            "AUTH": "true" if self.checks_permissions else "false",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(folder / "s3"),
            "TMPDIR": str(folder / "tmp"),
        }

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                health = f"{self.endpoint_url}/_ministack/health"
                with urllib.request.urlopen(health, timeout=5):  # noqa: S310 - always http, never a file
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        if process.poll() is None:
            process.terminate()
        _pid_path(self.workspace).unlink(missing_ok=True)
        raise ToolError(f"MiniStack didn't come up; the end of its log, {self.log_path}:\n{self._log_end()}")

    def _log_end(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-10:])


def find(workspace: Workspace) -> Emulator | None:
    """The workspace's running emulator, or None."""
    known = _read_pid(workspace)
    return None if known is None else Emulator(workspace, known["port"])


def last_port(workspace: Workspace) -> int | None:
    """The port that the workspace's emulator had when it last ran, or None if it never did."""
    path = _pid_path(workspace)
    return int(json.loads(path.read_text())["port"]) if path.exists() else None


def stop(workspace: Workspace) -> bool:
    """Stop the workspace's emulator and wait until it has saved its state and gone.

    Returns:
        Whether it ran.

    Raises:
        ToolError: It is still there after two minutes. It isn't killed: that would lose its tables.
    """
    known = _read_pid(workspace)
    if known is None:
        return False
    os.kill(known["pid"], signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while _started(known["pid"]) == known["started"]:
        if time.monotonic() > deadline:
            raise ToolError(f"MiniStack (pid {known['pid']}) is still saving after {_STOP_SECONDS} s")
        time.sleep(0.05)
    shutil.rmtree(_folder(workspace) / "tmp", ignore_errors=True)
    return True


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _folder(workspace: Workspace) -> Path:
    folder = workspace.state / "ministack"
    folder.mkdir(exist_ok=True)
    return folder


def _pid_path(workspace: Workspace) -> Path:
    return _folder(workspace) / "process.json"


def _read_pid(workspace: Workspace) -> dict[str, int] | None:
    """The recorded process if it is still the same one: numbers are reused after a reboot."""
    path = _pid_path(workspace)
    if not path.exists():
        return None
    known: dict[str, int] = json.loads(path.read_text())
    return known if _started(known["pid"]) == known["started"] else None


def _started(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 if it is gone or only waits to be reaped."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if after_name[0] == "Z" else int(after_name[19])


def port_is_taken(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex((_HOST, port)) == 0
