"""The integration tests against an emulator of their own, deployed onto for them and removed after them."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sluice_tools import deploy, emulator, localstack, localstack_host, permissions
from sluice_tools.cloud import Cloud
from sluice_tools.stage import Stage
from sluice_tools.workspace import LOCAL, Workspace, emulator_environment, without_aws

_SUITE = "tests/integration"
_PERMISSIONS = "tests/permissions"
_HOST_TESTS = "tests/localstack_host/tests"


def on_ministack(workspace: Workspace, arguments: Sequence[str]) -> int:
    """Deploy afresh onto MiniStack, run `tests/integration`, remove the stage and see that nothing is left of it.

    Args:
        workspace: The checkout.
        arguments: For pytest, instead of the whole folder.

    Returns:
        pytest's exit status.

    Raises:
        ToolError: The stage couldn't be deployed, or removed.
    """
    with _deployed(workspace, lambda scratch, _: _ministack(scratch)) as deployed:
        status = deployed.pytest(arguments or [_SUITE])
        if not arguments:
            deploy.remove(deployed.stage)
            print("the stage was removed, and nothing is left of it", flush=True)
        return status


def on_localstack(workspace: Workspace, arguments: Sequence[str]) -> int:
    """Deploy afresh onto LocalStack and run `tests/integration`; in host mode, that mode's own tests first.

    Args:
        workspace: The checkout.
        arguments: For pytest, instead of all that.

    Returns:
        pytest's exit status.

    Raises:
        ToolError: LocalStack can't run here, or the stage couldn't be deployed.
    """
    choice = localstack.choose(os.environ.get(localstack.FORCED_BY, ""))
    print(choice, flush=True)
    host_status = 0
    if choice.mode == localstack.HOST and not arguments:
        localstack_host.install(workspace)  # says so, which pytest would keep for itself
        host_status = _pytest(workspace, [_HOST_TESTS], without_aws(os.environ))
    with _deployed(workspace, lambda _, folder: localstack.running(workspace, choice, folder)) as deployed:
        return deployed.pytest(arguments or [_SUITE]) or host_status


def with_permissions(workspace: Workspace, arguments: Sequence[str]) -> int:
    """Deploy afresh onto a MiniStack that checks permissions; run `tests/integration`, then `tests/permissions`.

    Args:
        workspace: The checkout.
        arguments: For pytest, instead of the two folders.

    Returns:
        0 if both passed, else pytest's exit status of one that failed.

    Raises:
        ToolError: The stage couldn't be deployed.
    """
    with _deployed(workspace, lambda scratch, _: _ministack(scratch, checks_permissions=True)) as deployed:
        with permissions.without_tls(deployed.stage.client_arguments, deployed.stage.workspace.profile(LOCAL)):
            status = 0 if arguments else deployed.pytest([_SUITE])
        return deployed.pytest(arguments or [_PERMISSIONS]) or status


@dataclass(frozen=True)
class _Deployed:
    """A stage of the checkout's services, for one run of tests."""

    workspace: Workspace
    stage: Stage
    cloud: Cloud

    def pytest(self, arguments: Sequence[str]) -> int:
        """Run tests against it; gives pytest's exit status."""
        return _pytest(self.workspace, arguments, _environment(self.stage, self.cloud))


@contextmanager
def _deployed(
    workspace: Workspace, start: Callable[[Workspace, Path], AbstractContextManager[Cloud]]
) -> Iterator[_Deployed]:
    """A stage deployed from a copy of the checkout: a running `make run` isn't touched."""
    with tempfile.TemporaryDirectory(prefix="sluice-test-") as folder:
        copy, files = Path(folder, "copy"), Path(folder, "emulator")
        copy.mkdir()
        files.mkdir()
        scratch = workspace.scratch_copy(copy)
        began = time.monotonic()
        with start(scratch, files) as cloud:
            stage = Stage(scratch, LOCAL, cloud.endpoint_url, cloud.deployment)
            deploy.everything(stage)
            print(f"deployed afresh on {cloud.endpoint_url} ({time.monotonic() - began:.0f} s)", flush=True)
            yield _Deployed(workspace, stage, cloud)


@contextmanager
def _ministack(scratch: Workspace, *, checks_permissions: bool = False) -> Iterator[Cloud]:
    ministack = emulator.Emulator(scratch, emulator.free_port(), checks_permissions)
    try:
        ministack.start()
        yield Cloud("ministack", ministack.endpoint_url)
    finally:
        emulator.stop(scratch)


def _pytest(workspace: Workspace, arguments: Sequence[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=workspace.root, env=environment, check=False).returncode


def _environment(stage: Stage, cloud: Cloud) -> dict[str, str]:
    """What the tests know: an address that answers like AWS, who that is, and the stage's profile."""
    return (
        without_aws(os.environ)
        | emulator_environment(cloud.endpoint_url)
        | {"SLUICE_PROFILE": str(stage.workspace.profile_path(stage.name)), "SLUICE_EMULATOR": cloud.name}
    )
