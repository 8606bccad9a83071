"""Packages for functions: exact, never stale, the same bytes twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sluice_tools import packaging
from sluice_tools.packaging import Target

UNCHECKED_HASH = 0b01  # PEP 552: byte code that is never compared with its source's time

PYPROJECT = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "house"
version = "1"
[tool.setuptools.packages.find]
include = ["house*"]
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A local package with a module, a test folder and the leftovers of an earlier build."""
    package = tmp_path / "house-source" / "house"
    package.mkdir(parents=True)
    (package.parent / "pyproject.toml").write_text(PYPROJECT)
    (package / "__init__.py").write_text("")
    (package / "door.py").write_text("OPEN = True\n")
    stale = package.parent / "build" / "lib" / "house"
    stale.mkdir(parents=True)
    (stale / "removed_long_ago.py").write_text("")
    return package.parent


def build(source: Path, target: Path) -> dict[str, bytes]:
    """Package `source` into `target`, as the plugin would; the files by their names."""
    target.mkdir(exist_ok=True)
    requirements = target / "requirements.txt"
    requirements.write_text(f"{source}\n")
    assert packaging.main(["-m", "pip", "install", "-t", str(target), "-r", str(requirements)]) == 0
    files = (path for path in target.rglob("*") if path.is_file() and path != requirements)
    return {str(path.relative_to(target)): path.read_bytes() for path in files}


def test_a_local_package_is_built_from_its_sources_only(source: Path, tmp_path: Path) -> None:
    built = build(source, tmp_path / "target")
    assert "house/door.py" in built
    assert "house/removed_long_ago.py" not in built
    assert not [name for name in built if Path(name).name in {"RECORD", "direct_url.json", "INSTALLER"}]


def test_a_changed_or_deleted_module_is_never_stale(source: Path, tmp_path: Path) -> None:
    build(source, tmp_path / "target")
    (source / "house" / "door.py").unlink()
    (source / "house" / "__init__.py").write_text("DOORS = 0\n")
    built = build(source, tmp_path / "target")
    assert built["house/__init__.py"] == b"DOORS = 0\n"
    assert not [name for name in built if "door" in name]


def test_the_same_source_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    first = build(source, tmp_path / "first")
    (source / "house" / "door.py").touch()
    assert build(source, tmp_path / "second") == first


def test_byte_code_is_shipped_and_bound_to_no_file_time(source: Path, tmp_path: Path) -> None:
    built = build(source, tmp_path / "target")
    tag = sys.implementation.cache_tag
    compiled = built[f"house/__pycache__/door.{tag}.pyc"]
    assert int.from_bytes(compiled[4:8], "little") == UNCHECKED_HASH


def test_no_umask_shows(source: Path, tmp_path: Path) -> None:
    (source / "house" / "door.py").chmod(0o664)
    before = os.umask(0o002)
    try:
        build(source, tmp_path / "target")
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "target").rglob("*") if path.is_file()}
    assert modes == {0o644}


def test_a_services_own_modules_are_compiled_too(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = tmp_path / "service" / "sluice_kitchen"
    service.mkdir(parents=True)
    (service / "__init__.py").write_text("")
    (service / "oven.py").write_text("HOT = True\n")
    monkeypatch.chdir(service.parent)
    built = build(source, tmp_path / "target")
    tag = sys.implementation.cache_tag
    assert f"sluice_kitchen/__pycache__/oven.{tag}.pyc" in built
    assert "sluice_kitchen/oven.py" not in built  # the Serverless CLI packages the sources


def test_what_lambda_has_is_not_installed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    requirements = target / "requirements.txt"
    requirements.write_text("Python_DateUtil==2.9.0 --hash=sha256:00\nboto3==1.0 --hash=sha256:00\n")
    assert packaging.main(["-m", "pip", "install", "-t", str(target), "-r", str(requirements)]) == 0
    assert list(target.iterdir()) == [requirements]


def test_a_package_that_cannot_be_built_says_why(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "pyproject.toml").write_text("[project\n")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{source}\n")
    (tmp_path / "target").mkdir()
    status = packaging.main(["-m", "pip", "install", "-t", str(tmp_path / "target"), "-r", str(requirements)])
    assert status == 1
    assert "pyproject.toml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("platform", "expected"),
    [("manylinux_2_28_aarch64", "aarch64-manylinux_2_28"), ("manylinux_2_28_x86_64", "x86_64-manylinux_2_28")],
)
def test_pip_platforms_are_told_to_uv_in_its_words(platform: str, expected: str) -> None:
    arguments = Target("3.13", platform).uv_arguments()
    assert arguments[arguments.index("--python-platform") + 1] == expected
    assert arguments[arguments.index("--python-version") + 1] == "3.13"
    assert ":all:" in arguments


def test_a_local_target_takes_the_running_interpreter() -> None:
    assert Target().uv_arguments() == []
    assert Target().interpreter() == sys.executable


def test_byte_code_is_left_out_rather_than_made_for_another_version() -> None:
    assert Target("3.99", "manylinux_2_28_aarch64").interpreter() is None


def test_it_is_no_pip_for_anything_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert packaging.main(["-m", "pip", "uninstall", "sluice"]) == 2
    assert "only installs" in capsys.readouterr().err


def test_the_plugin_finds_no_debian_option() -> None:
    command = [sys.executable, "-m", "sluice_tools.packaging", "-m", "pip", "help", "install"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--system" not in answer.stdout
