"""Where things are in a checkout, and in the scratch copies that test runs deploy from."""

import json
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluice_tools.errors import ToolError

SERVICES = ("clean", "ingest", "query")  # in the order in which they can be deployed
LOCAL = "local"  # the stage that an emulator on this machine plays
REGION = "us-east-1"  # of stage local


@dataclass(frozen=True)
class Workspace:
    """A folder with the repository's layout.

    Attributes:
        root: That folder.
    """

    root: Path

    @classmethod
    def here(cls) -> "Workspace":
        """The checkout that this package is installed from."""
        return cls(Path(__file__).resolve().parents[2])

    @property
    def state(self) -> Path:
        """The folder of everything that belongs to running stages: git-ignored, made on first use."""
        folder = self.root / ".sluice"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def service(self, name: str) -> Path:
        """A service's folder.

        Raises:
            ToolError: There is no such service.
        """
        if name not in SERVICES:
            raise ToolError(f"no service {name!r}: SERVICE is one of {', '.join(SERVICES)}")
        return self.root / "services" / name

    def profile_path(self, stage: str) -> Path:
        """The file that tells clients where a deployed stage is."""
        return self.state / f"{stage}.json"

    def profile(self, stage: str) -> dict[str, str]:
        """What a deployed stage tells, as `shared/API` names it.

        Raises:
            ToolError: The stage hasn't been deployed from here.
        """
        path = self.profile_path(stage)
        if not path.exists():
            command = "make run" if stage == LOCAL else f"make deploy-all STAGE={stage}"
            raise ToolError(f"no profile of stage {stage!r} here: `{command}` makes it")
        read: dict[str, str] = json.loads(path.read_text())
        return read

    def scratch_copy(self, root: Path) -> "Workspace":
        """Copy what a deployment needs, so that it shares no build folder and no state with this one.

        Args:
            root: An empty folder outside this workspace.
        """
        ignored = shutil.ignore_patterns(".serverless", ".env.local", "build", "*.egg-info", "__pycache__")
        for folder in ("services", "shared", "tools"):
            shutil.copytree(self.root / folder, root / folder, ignore=ignored)
        for file in ("serverless-compose.yml", "package.json", "package-lock.json"):
            shutil.copy(self.root / file, root)
        for link in (".venv", "node_modules"):
            (root / link).symlink_to(self.root / link)
        return Workspace(root)


def emulator_environment(endpoint_url: str) -> dict[str, str]:
    """The variables by which the Serverless CLI and the SDKs speak to an emulator instead of AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        # how often the CLI asks for a stack's progress, in ms: its default of 5 s is for AWS
        "SLS_AWS_MONITORING_FREQUENCY": "300",
        "SLUICE_LOCAL_RUNTIME": f"python{sys.version_info.major}.{sys.version_info.minor}",
        "SLUICE_LOCAL_ARCHITECTURE": "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64",
    }


def write_env_files(workspace: Workspace, endpoint_url: str) -> None:
    """Make `npx sls deploy --stage local` work by itself in every service folder and at the root."""
    lines = [f"{name}={value}" for name, value in emulator_environment(endpoint_url).items()]
    text = "# Written by `make run`: how stage `local` reaches the emulator.\n" + "\n".join(lines) + "\n"
    for name in SERVICES:
        (workspace.service(name) / ".env.local").write_text(text)


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the user's own AWS settings, so that nothing local can reach an account."""
    return {name: value for name, value in environment.items() if not name.startswith("AWS_")}


def write_private(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that only its owner can read, whole or not at all."""
    scratch = path.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    scratch.replace(path)
