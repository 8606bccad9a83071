"""LocalStack for the integration tests: in Docker where a daemon answers, else from PyPI as processes."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sluice_tools import emulator, localstack_docker, localstack_host
from sluice_tools.cloud import Cloud
from sluice_tools.errors import ToolError
from sluice_tools.workspace import Workspace

VERSION = "4.14.0"
FORCED_BY = "LOCALSTACK"
DOCKER, HOST = "docker", "host"


@dataclass(frozen=True)
class Choice:
    """How LocalStack runs here.

    Attributes:
        mode: `docker` or `host`.
        reason: Why, for the user to read.
    """

    mode: str
    reason: str

    def __str__(self) -> str:
        return f"LocalStack {VERSION}, {self.mode} mode: {self.reason}"


def choose(
    forced: str,
    docker_lacks: Callable[[], str | None] = localstack_docker.lacks,
    host_lacks: Callable[[], str | None] = localstack_host.lacks,
) -> Choice:
    """Choose how it runs.

    Args:
        forced: `docker`, `host`, or empty for what is possible, Docker first.
        docker_lacks: Tells what Docker mode lacks on this machine, or None.
        host_lacks: Tells what host mode lacks on this machine, or None.

    Raises:
        ToolError: It can't run as wanted, or at all; the message says what is lacking.
    """
    if forced not in ("", DOCKER, HOST):
        raise ToolError(f"{FORCED_BY}={forced}: it is docker, host, or not set")
    without_docker = docker_lacks() if forced != HOST else None
    if forced != HOST and without_docker is None:
        return Choice(DOCKER, "chosen by LOCALSTACK" if forced else "a Docker daemon answers")
    if forced == DOCKER:
        raise ToolError(f"{FORCED_BY}=docker: {without_docker}")
    without_host = host_lacks()
    if without_host is not None:
        also = f"{without_docker}; host mode: " if without_docker else ""
        raise ToolError(f"LocalStack can't run here: {also}{without_host}")
    return Choice(HOST, without_docker or "chosen by LOCALSTACK")


@contextmanager
def running(workspace: Workspace, choice: Choice, folder: Path) -> Iterator[Cloud]:
    """Start LocalStack, fresh and empty, and stop it in the end with all that it started.

    Args:
        workspace: The checkout.
        choice: How it runs.
        folder: For its files, in host mode; the caller removes it.

    Raises:
        ToolError: It can't be installed, or didn't come up.
    """
    port = choose_port()
    if choice.mode == DOCKER:
        with localstack_docker.running(workspace, port) as cloud:
            yield cloud
    else:
        installation = localstack_host.install(workspace)
        with localstack_host.running(installation, port, folder, workspace.state / "localstack.log") as cloud:
            yield cloud


def choose_port() -> int:
    """`LOCALSTACK_PORT`, else LocalStack's own port, else a free one: `make run` may have that.

    Raises:
        ToolError: `LOCALSTACK_PORT` is no port, or is taken.
    """
    given = os.environ.get("LOCALSTACK_PORT")
    if given:
        if not given.isdecimal():
            raise ToolError(f"LOCALSTACK_PORT={given}: it is a number")
        if emulator.port_is_taken(int(given)):
            raise ToolError(f"LOCALSTACK_PORT={given}: another program has it")
        return int(given)
    taken = emulator.port_is_taken(emulator.DEFAULT_PORT)
    return emulator.free_port() if taken else emulator.DEFAULT_PORT
