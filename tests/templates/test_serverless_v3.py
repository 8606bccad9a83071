"""The same files package with the last Serverless Framework 3, to the same stack and the same code."""

import hashlib
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.templates.conftest import Packages

from sluice_tools import packages
from sluice_tools.packages import Package
from sluice_tools.workspace import SERVICES, Workspace

HERE = Path(__file__).parent / "serverless_v3"


@pytest.fixture(scope="module")
def serverless_v3() -> Path:
    """Its node_modules, installed from the lock beside it on first use."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = Workspace.here().root / ".cache" / f"serverless-v3-{hashlib.sha256(lock).hexdigest()[:16]}"
    done = folder / "node_modules" / ".installed"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        shutil.copy(Workspace.here().root / ".npmrc", folder)
        subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True)
        done.touch()
    return folder / "node_modules"


@pytest.fixture(scope="module")
def checkout(serverless_v3: Path, packaged: Packages, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A checkout whose `serverless` is v3: the CLI always runs the one that the service's folder finds."""
    root = tmp_path_factory.mktemp("v3")
    copy = Workspace.here().scratch_copy(root)
    (root / ".cache").symlink_to(packaged.checkouts["prod"].root / ".cache")
    (root / "node_modules").unlink()
    (root / "node_modules").mkdir()
    (root / "node_modules" / "serverless").symlink_to(serverless_v3 / "serverless")
    for plugin in ("serverless-python-requirements", "serverless-native-zip"):
        (root / "node_modules" / plugin).symlink_to(Workspace.here().root / "node_modules" / plugin)
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES)
def test_v3_packages_the_same(
    serverless_v3: Path, checkout: Workspace, packaged: Packages, service: str, tmp_path: Path
) -> None:
    command = ["node", str(serverless_v3 / "serverless" / "bin" / "serverless.js")]
    settings = {"SLUICE_CONFIG_VALIDATION": "warn", "SLS_NOTIFICATIONS_MODE": "off", "SLS_TELEMETRY_DISABLED": "1"}
    by_v3 = packages.make(checkout, service, "prod", tmp_path / "out", command=command, settings=settings)
    ours = packaged[service, "prod"]
    assert _comparable(by_v3.template) == _comparable(ours.template)
    assert _contents(by_v3) == _contents(ours)


def _comparable(template: dict[str, Any]) -> dict[str, Any]:
    """What a stack consists of, but for what carries the time of packaging."""
    return {
        re.sub(r"(ApiGatewayDeployment)\d+", r"\1", name): (
            resource["Type"],
            {name: value for name, value in resource.get("Properties", {}).items() if name not in _differing(resource)},
            resource.get("Metadata"),
            resource.get("DeletionPolicy"),
        )
        for name, resource in template["Resources"].items()
    }


def _differing(resource: dict[str, Any]) -> set[str]:
    """Where the package is uploaded to has the time in it; and v3 doesn't tag APIs, only their stages."""
    return {"Code", "Tags"} if resource["Type"] == "AWS::ApiGateway::RestApi" else {"Code"}


def _contents(package: Package) -> dict[str, int]:
    with zipfile.ZipFile(package.zip) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}
