"""Every service packaged for dev and prod (and clean for local) with the real Serverless CLI, once for all tests here.

dev and prod come from two checkouts that have nothing in common but their sources: other folders, file times and modes,
and packages installed anew. What both give alike is thus a function of the sources.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sluice_tools import packages
from sluice_tools.packages import Package
from sluice_tools.workspace import LOCAL, SERVICES, Workspace

AWS_STAGES = ("dev", "prod")
Resource = dict[str, Any]


@dataclass(frozen=True)
class Packages:
    """What was packaged, and the checkouts that it was packaged from."""

    by_name: dict[tuple[str, str], Package]
    checkouts: dict[str, Workspace]

    def __getitem__(self, name: tuple[str, str]) -> Package:
        return self.by_name[name]

    def __iter__(self) -> Iterator[Package]:
        return iter(self.by_name.values())


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    folder = tmp_path_factory.mktemp("packaged")
    checkouts = {"dev": _warm_checkout(folder / "dev"), "prod": _other_checkout(folder / "deeper" / "down")}
    with ThreadPoolExecutor() as pool:
        dev = pool.submit(_package, checkouts["dev"], [*_of_stage("dev"), ("clean", LOCAL)], folder)
        prod = pool.submit(_package, checkouts["prod"], _of_stage("prod"), folder)
        made = [*dev.result(), *prod.result()]
    return Packages({(package.service, package.stage): package for package in made}, checkouts)


def _warm_checkout(root: Path) -> Workspace:
    """A copy that shares the installed packages with this checkout."""
    here = Workspace.here()
    (here.root / ".cache").mkdir(exist_ok=True)
    copy = here.scratch_copy(root)
    (root / ".cache").symlink_to(here.root / ".cache")
    return copy


def _other_checkout(root: Path) -> Workspace:
    """A copy with a cache of its own, as if checked out at another time under another umask."""
    copy = Workspace.here().scratch_copy(root)
    for name in ("services", "shared"):
        for path in (root / name).rglob("*"):
            if path.is_file():
                path.chmod(0o664)
                os.utime(path, (1_000_000_000, 1_000_000_000))
    return copy


def _of_stage(stage: str) -> list[tuple[str, str]]:
    return [(service, stage) for service in SERVICES]


def _package(checkout: Workspace, wanted: list[tuple[str, str]], folder: Path) -> list[Package]:
    return [packages.make(checkout, service, stage, folder / f"{service}-{stage}") for service, stage in wanted]


@dataclass(frozen=True)
class Stack:
    """A packaged template, with what the tests look for."""

    service: str
    stage: str
    template: dict[str, Any]

    @property
    def resources(self) -> dict[str, Resource]:
        found: dict[str, Resource] = self.template["Resources"]
        return found

    def of_type(self, kind: str) -> dict[str, Resource]:
        """The resources of a type, by their logical ids."""
        return {name: resource for name, resource in self.resources.items() if resource["Type"] == kind}

    def properties(self, kind: str) -> list[dict[str, Any]]:
        return [resource["Properties"] for resource in self.of_type(kind).values()]


@pytest.fixture(params=[(service, stage) for stage in AWS_STAGES for service in SERVICES], ids="-".join)
def stack(packaged: Packages, request: pytest.FixtureRequest) -> Stack:
    service, stage = request.param
    return Stack(service, stage, packaged[service, stage].template)


@pytest.fixture(params=AWS_STAGES)
def clean(packaged: Packages, request: pytest.FixtureRequest) -> Stack:
    return Stack("clean", request.param, packaged["clean", request.param].template)


@pytest.fixture(params=[(service, stage) for stage in AWS_STAGES for service in ("ingest", "query")], ids="-".join)
def api(packaged: Packages, request: pytest.FixtureRequest) -> Stack:
    service, stage = request.param
    return Stack(service, stage, packaged[service, stage].template)
