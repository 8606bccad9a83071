"""Interpreters count only once they have run."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluice_tools import interpreters

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """What was found is remembered by the process: not between tests."""
    interpreters.find.cache_clear()
    yield
    interpreters.find.cache_clear()


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_running_one_needs_no_search() -> None:
    assert interpreters.find(HERE) == sys.executable


def test_a_shim_that_fails_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "shims" / "python3.98", "exit 127")
    real = program(tmp_path / "bin" / "python3.98", "echo 3.98")
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:{tmp_path / 'bin'}:/usr/bin:/bin")
    assert interpreters.find("3.98") == str(real)


def test_a_version_that_nobody_chose_is_found_in_the_version_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = program(tmp_path / "versions" / "3.98.2" / "bin" / "python3.98", "echo 3.98")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert interpreters.find("3.98") == str(real)


def test_one_that_lies_about_its_version_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "python3.98", "echo 3.12")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert interpreters.find("3.98") is None


def test_one_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = program(tmp_path / "mine", "echo 3.98")
    monkeypatch.setenv("PYTHON398", str(real))
    assert interpreters.find("3.98") == str(real)
