"""LocalStack in Docker, by docker-compose.yml: `docker compose`, or the older `docker-compose`."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sluice_tools.cloud import Cloud, answers
from sluice_tools.errors import ToolError
from sluice_tools.workspace import Workspace

_PROJECT = "sluice-localstack"
_ASK_SECONDS = 15
_START_SECONDS = 180


def lacks() -> str | None:
    """What is missing to run it, or None."""
    if not _works(["docker", "info"]):
        return "no Docker daemon answers"
    return None if _compose() else "neither `docker compose` nor `docker-compose` is installed"


@contextmanager
def running(workspace: Workspace, port: int) -> Iterator[Cloud]:
    """Start it, and take it down with its volume in the end.

    Args:
        workspace: The checkout, with docker-compose.yml.
        port: Of 127.0.0.1.

    Raises:
        ToolError: It didn't come up.
    """
    endpoint_url = f"http://127.0.0.1:{port}"
    try:
        _run(workspace, port, ["up", "--detach"])
        if not answers(f"{endpoint_url}/_localstack/health", _START_SECONDS, alive=lambda: True):
            # shown now: the container and its log are gone after this
            _run(workspace, port, ["logs", "--no-color", "--tail", "20"])
            raise ToolError("LocalStack didn't come up; the end of its log is above")
        yield Cloud("localstack", endpoint_url, deployment())
    finally:
        _run(workspace, port, ["down", "--volumes", "--remove-orphans"])


def deployment(machine: str = platform.machine()) -> dict[str, str]:
    """Variables of a deployment: packages for the interpreter of Lambda's own images, not for this machine's.

    Args:
        machine: The processor's name, as `uname -m` has it.
    """
    processor = "aarch64" if machine in ("aarch64", "arm64") else "x86_64"
    return {
        "SLUICE_LOCAL_RUNTIME": "python3.13",
        "SLUICE_LOCAL_PYTHON_VERSION": "3.13",
        "SLUICE_LOCAL_PLATFORM": f"manylinux_2_28_{processor}",
    }


def _run(workspace: Workspace, port: int, arguments: Sequence[str]) -> None:
    command = [*_compose(), "--project-name", _PROJECT, *arguments]
    environment = os.environ | {"LOCALSTACK_PORT": str(port)}
    done = subprocess.run(command, cwd=workspace.root, env=environment, check=False)
    if done.returncode != 0:
        raise ToolError(f"`{' '.join(command)}` failed")


def _compose() -> list[str]:
    if _works(["docker", "compose", "version"]):
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else []


def _works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=_ASK_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
