"""The locks hold everything that the packages ask for, with hashes and without addresses."""

import json
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sluice_tools.workspace import SERVICES, Workspace

ROOT = Workspace.here().root
LOCKS = [
    *(f"requirements/{name}.txt" for name in ("uv", "dev", "templates")),
    *(f"services/{name}/requirements.txt" for name in SERVICES),
]
NPM = [".", "tests/templates/serverless_v3"]


def locked(file: str) -> dict[str, str]:
    """Package names and their versions in a lock."""
    lines = (line.partition(" ")[0] for line in (ROOT / file).read_text().splitlines() if "==" in line)
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


@pytest.mark.parametrize("file", LOCKS)
def test_every_line_is_hashed_and_none_has_an_address(file: str) -> None:
    text = (ROOT / file).read_text()
    assert "://" not in text
    assert "index-url" not in text
    entries = text.replace("\\\n", " ").splitlines()
    unhashed = [line for line in entries if "==" in line and "--hash=sha256:" not in line]
    assert unhashed == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_requires_shared_and_all_that_shared_asks_for(service: str) -> None:
    file = f"services/{service}/requirements.txt"
    assert "../../shared" in (ROOT / file).read_text().splitlines()
    versions = locked(file)
    shared = tomllib.loads((ROOT / "shared/pyproject.toml").read_text())["project"]
    for requirement in map(Requirement, shared["dependencies"] + shared["optional-dependencies"]["lambda"]):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_tested_is_what_is_deployed(service: str) -> None:
    development = locked("requirements/dev.txt")
    deployed = locked(f"services/{service}/requirements.txt")
    assert {name: development.get(name) for name in deployed} == deployed


def test_ingest_carries_no_engine() -> None:
    assert not [name for name in locked("services/ingest/requirements.txt") if "duckdb" in name]


@pytest.mark.parametrize("folder", NPM)
def test_the_npm_lock_has_no_addresses_and_only_pinned_wishes(folder: str) -> None:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())
    assert not [entry for entry in lock["packages"].values() if "://" in entry.get("resolved", "")]
    wishes = json.loads((ROOT / folder / "package.json").read_text())["devDependencies"]
    assert not [wish for wish in wishes.values() if wish.startswith(("^", "~", ">"))]
