"""The integration tests against a MiniStack of their own, deployed for them and removed after them."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sluice_tools import deploy, emulator
from sluice_tools.stage import Stage
from sluice_tools.workspace import LOCAL, Workspace, emulator_environment, without_aws


def run(workspace: Workspace, arguments: Sequence[str]) -> int:
    """Deploy afresh and run `tests/integration`.

    Args:
        workspace: The checkout.
        arguments: For pytest, instead of the whole folder.

    Returns:
        pytest's exit status.

    Raises:
        ToolError: The stage couldn't be deployed.
    """
    with _fresh_stage(workspace) as stage:
        tests = arguments or ["tests/integration"]
        return subprocess.run(
            [sys.executable, "-m", "pytest", *tests], cwd=workspace.root, env=_environment(stage), check=False
        ).returncode


@contextmanager
def _fresh_stage(workspace: Workspace) -> Iterator[Stage]:
    """A deployed stage on a free port, from a copy of the checkout: a running `make run` isn't touched."""
    with tempfile.TemporaryDirectory(prefix="sluice-test-") as folder:
        scratch = workspace.scratch_copy(Path(folder))
        cloud = emulator.Emulator(scratch, emulator.free_port())
        began = time.monotonic()
        try:
            cloud.start()
            stage = Stage(scratch, LOCAL, cloud.endpoint_url)
            deploy.everything(stage)
            print(f"deployed afresh on {cloud.endpoint_url} ({time.monotonic() - began:.0f} s)", flush=True)
            yield stage
        finally:
            emulator.stop(scratch)


def _environment(stage: Stage) -> dict[str, str]:
    """What the tests know: an address that answers like AWS, and the stage's profile."""
    return (
        without_aws(os.environ)
        | emulator_environment(stage.endpoint_url or "")
        | {"SLUICE_PROFILE": str(stage.workspace.profile_path(stage.name))}
    )
