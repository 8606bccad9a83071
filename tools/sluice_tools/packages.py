"""Packages of the services, made as for a deployment, without credentials and without deploying."""

import json
import os
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluice_tools.errors import ToolError
from sluice_tools.stage import DEFAULT_REGION
from sluice_tools.workspace import LOCAL, Workspace, emulator_environment, without_aws

ACCOUNT_ID = "123456789012"  # the one of AWS's examples: bucket names end in it
LAMBDA_UNZIPPED_LIMIT = 262_144_000
LAMBDA_UPLOAD_LIMIT = 52_428_800


@dataclass(frozen=True)
class Package:
    """What the Serverless CLI makes of a service for a stage.

    Attributes:
        service: Such as `clean`.
        stage: Such as `prod`.
        folder: Where it put its files.
    """

    service: str
    stage: str
    folder: Path

    @property
    def zip(self) -> Path:
        """The code of the functions."""
        return self.folder / f"sluice-{self.service}.zip"

    @property
    def template(self) -> dict[str, Any]:
        """The CloudFormation template of the stack."""
        return self._json("cloudformation-template-update-stack.json")

    @property
    def state(self) -> dict[str, Any]:
        """The configuration with all its variables resolved."""
        return self._json("serverless-state.json")

    def _json(self, name: str) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / name).read_text())
        return read

    def unzipped_bytes(self) -> int:
        """How much Lambda unpacks, of at most `LAMBDA_UNZIPPED_LIMIT`."""
        with zipfile.ZipFile(self.zip) as archive:
            return sum(entry.file_size for entry in archive.infolist())


def make(
    workspace: Workspace,
    service: str,
    stage: str,
    folder: Path,
    *,
    settings: Mapping[str, str] | None = None,
    command: Sequence[str] = ("npx", "sls"),
) -> Package:
    """Package a service.

    Args:
        workspace: The checkout; one service in it can be packaged only once at a time.
        service: Such as `clean`.
        stage: Such as `prod`.
        folder: Where to put what is made.
        settings: More environment variables.
        command: The Serverless CLI.

    Raises:
        ToolError: It can't be packaged; the message is the CLI's.
    """
    arguments = [*command, "package", "--stage", stage, "--package", str(folder)]
    environment = without_aws(os.environ) | _environment(stage) | dict(settings or {})
    done = subprocess.run(
        arguments, cwd=workspace.service(service), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolError(f"{service} can't be packaged for {stage}:\n{done.stdout}{done.stderr}")
    return Package(service, stage, folder)


def _environment(stage: str) -> dict[str, str]:
    """What names an account and a region, so that nobody has to be asked."""
    chosen = emulator_environment("") if stage == LOCAL else {"AWS_REGION": DEFAULT_REGION}
    chosen.pop("AWS_ENDPOINT_URL", None)
    return chosen | {"SLUICE_ACCOUNT_ID": ACCOUNT_ID, "NODE_NO_WARNINGS": "1"}
