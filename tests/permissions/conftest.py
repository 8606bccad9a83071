"""A stage on MiniStack with AUTH=true, as `make permissions-test` deploys it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from tests.permissions.grants import Roles
from tests.permissions.stage import Stage
from tests.permissions.table import NOT_SHOWN

from sluice_tools.permissions import without_tls
from sluice_tools.stage import ClientArguments


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a stage."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("integration")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the emulator can't show is said each time."""
    terminalreporter.section("grants that the emulator can't show to be needed")
    for grant, reason in NOT_SHOWN.items():
        terminalreporter.line(f"{grant}: {reason}")


@pytest.fixture(scope="session")
def profile() -> dict[str, str]:
    path = Path(os.environ.get("SLUICE_PROFILE", "none"))
    if not path.exists():
        pytest.exit("no stage to test: `make permissions-test` deploys one", returncode=2)
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


@pytest.fixture(scope="session")
def roles(profile: dict[str, str]) -> Roles:
    return Roles(boto3.client("iam"), profile)


@pytest.fixture(scope="session")
def deployed(profile: dict[str, str]) -> Iterator[Stage]:
    """The stage as it was deployed, but that events start nothing."""
    with Stage.open(profile) as stage, stage.without_events():
        yield stage


@pytest.fixture(scope="module")
def stage(deployed: Stage, roles: Roles) -> Iterator[Stage]:
    """The stage with its grants one by one, reached without TLS."""
    with without_tls(ClientArguments(), deployed.profile), roles.one_by_one():
        yield deployed
