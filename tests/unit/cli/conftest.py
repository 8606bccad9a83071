"""The command line in this process, in an empty folder with a temporary folder of its own."""

import gc
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.unit.cli.terminal import Ran, Sluice, Write

from sluice_cli.app import app


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(gc, "freeze", lambda: None)  # this process goes on, and its garbage is to be collected
    return work


@pytest.fixture
def sluice(folder: Path) -> Sluice:
    """Runs a command line, which may leave nothing in the temporary folder and nothing half-written."""

    def run(*arguments: object, stdin: bytes | None = None) -> Ran:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        assert list(Path(tempfile.gettempdir()).iterdir()) == []
        assert list(folder.rglob(".*")) == []
        return Ran(result.exit_code, result.stdout_bytes, result.stderr)

    return run


@pytest.fixture
def write(folder: Path) -> Write:
    """Makes a file in the working folder."""

    def make(name: str, content: str | bytes) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make
