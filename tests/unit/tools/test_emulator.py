"""Finding the local cloud again, and refusing a port that something else has."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sluice_tools import emulator
from sluice_tools.errors import ToolError
from sluice_tools.workspace import Workspace

SLOW_TO_STOP = """
import signal, sys, time
def save(*_):
    time.sleep(0.3)
    sys.exit()
signal.signal(signal.SIGTERM, save)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace where nothing ever ran."""
    return Workspace(tmp_path)


def record(workspace: Workspace, pid: int, started: int) -> None:
    """Leave the file that a start leaves."""
    folder = workspace.state / "ministack"
    folder.mkdir()
    (folder / "process.json").write_text(json.dumps({"pid": pid, "started": started, "port": 4999}))


def started(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def test_nothing_is_found_where_nothing_ran(workspace: Workspace) -> None:
    assert emulator.find(workspace) is None
    assert emulator.last_port(workspace) is None
    assert emulator.stop(workspace) is False


def test_a_running_process_is_found_with_its_port(workspace: Workspace) -> None:
    record(workspace, os.getpid(), started(os.getpid()))
    found = emulator.find(workspace)
    assert found is not None
    assert found.endpoint_url == "http://127.0.0.1:4999"


def test_a_reused_process_number_is_not_taken_for_ours(workspace: Workspace) -> None:
    record(workspace, os.getpid(), started(os.getpid()) - 1)
    assert emulator.find(workspace) is None
    assert emulator.stop(workspace) is False
    assert emulator.last_port(workspace) == 4999


def test_stop_waits_until_the_process_is_gone(workspace: Workspace) -> None:
    with subprocess.Popen([sys.executable, "-c", SLOW_TO_STOP], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        record(workspace, process.pid, started(process.pid))
        assert emulator.stop(workspace) is True
        assert emulator.find(workspace) is None
        assert process.wait(timeout=5) == 0


def test_a_taken_port_is_refused_in_one_line(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ToolError, match=rf"127\.0\.0\.1:{port} is taken") as refusal:
            emulator.Emulator(workspace, port).start()
    assert "\n" not in str(refusal.value)


def test_another_port_than_the_running_one_is_refused(workspace: Workspace) -> None:
    record(workspace, os.getpid(), started(os.getpid()))
    with pytest.raises(ToolError, match="already runs on port 4999"):
        emulator.Emulator(workspace, 5000).start()
