"""A deployment is skipped only if nothing that it is made of changed."""

from pathlib import Path

import pytest

from sluice_tools import fingerprint
from sluice_tools.workspace import SERVICES, Workspace, write_env_files


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A copy of this checkout that a test may change."""
    here = Workspace.here()
    root = tmp_path / "copy"
    root.mkdir()
    return here.scratch_copy(root)


def prints(workspace: Workspace) -> dict[str, str]:
    return {service: fingerprint.of_service(workspace, service) for service in SERVICES}


def test_a_copy_has_the_same_fingerprints(workspace: Workspace) -> None:
    assert prints(workspace) == prints(Workspace.here())


def test_a_change_in_a_service_concerns_it_alone(workspace: Workspace) -> None:
    before = prints(workspace)
    (workspace.root / "services/clean/sluice_clean/new.py").write_text("")
    after = prints(workspace)
    assert {service for service in SERVICES if before[service] != after[service]} == {"clean"}


@pytest.mark.parametrize("file", ["shared/sluice/__init__.py", "services/common.yml", "package-lock.json"])
def test_a_change_in_what_they_share_concerns_all(workspace: Workspace, file: str) -> None:
    before = prints(workspace)
    with (workspace.root / file).open("a") as changed:
        changed.write("\n")
    after = prints(workspace)
    assert all(before[service] != after[service] for service in SERVICES)


def test_what_tools_leave_behind_concerns_none(workspace: Workspace) -> None:
    before = prints(workspace)
    write_env_files(workspace, "http://127.0.0.1:1")
    for folder in ("services/clean/.serverless", "shared/build/lib", "shared/sluice/__pycache__"):
        left = workspace.root / folder
        left.mkdir(parents=True, exist_ok=True)
        (left / "left.py").write_text("")
    assert prints(workspace) == before
