"""Profiles are private, and nothing local can reach an account."""

import json
import stat

import pytest

from sluice_tools.errors import ToolError
from sluice_tools.stage import Stage
from sluice_tools.workspace import Workspace, without_aws, write_env_files, write_private


@pytest.fixture
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of this checkout without any deployed stage."""
    return Workspace.here().scratch_copy(tmp_path_factory.mktemp("copy"))


def test_a_profile_is_for_its_owner_only(workspace: Workspace) -> None:
    path = workspace.profile_path("dev")
    path.write_text("{}")
    path.chmod(0o644)
    write_private(path, {"ingest_key": "secret"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"ingest_key": "secret"}


def test_a_missing_profile_says_what_makes_it(workspace: Workspace) -> None:
    with pytest.raises(ToolError, match="make run"):
        Stage.known(workspace, "local")
    assert Stage.known(workspace, "dev").endpoint_url is None


def test_an_unknown_service_is_told_the_known_ones(workspace: Workspace) -> None:
    with pytest.raises(ToolError, match="clean, ingest, query"):
        workspace.service("cleen")


def test_every_service_is_told_where_the_emulator_is(workspace: Workspace) -> None:
    write_env_files(workspace, "http://127.0.0.1:4999")
    text = (workspace.service("query") / ".env.local").read_text()
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:4999\n" in text


def test_the_users_own_account_stays_out() -> None:
    assert without_aws({"AWS_PROFILE": "work", "AWS_SECRET_ACCESS_KEY": "x", "HOME": "/h"}) == {"HOME": "/h"}
