"""The zips: the same bytes from the same sources, never stale, and nothing in them that no function needs."""

import hashlib
import importlib.util
import re
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from tests.templates.conftest import Packages

from sluice_tools import interpreters, packages
from sluice_tools.packages import Package
from sluice_tools.sizes import Size, table
from sluice_tools.workspace import LOCAL, SERVICES, Workspace

PROVIDED_BY_LAMBDA = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
UNCHECKED_HASH = 0b01  # PEP 552


def sha256(package: Package) -> str:
    return hashlib.sha256(package.zip.read_bytes()).hexdigest()


def names(package: Package) -> list[str]:
    with zipfile.ZipFile(package.zip) as archive:
        return archive.namelist()


@pytest.mark.parametrize("service", SERVICES)
def test_two_checkouts_at_two_times_give_the_same_bytes(packaged: Packages, service: str) -> None:
    assert sha256(packaged[service, "dev"]) == sha256(packaged[service, "prod"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_zip_holds_what_the_function_imports_and_no_more(packaged: Packages, service: str) -> None:
    held = names(packaged[service, "prod"])
    assert len(held) == len(set(held))
    tops = {PurePosixPath(name).parts[0] for name in held}
    assert tops >= {f"sluice_{service}", "sluice", "pydantic", "aws_lambda_powertools"}
    assert not [name for name in tops if name.partition(".")[0] in PROVIDED_BY_LAMBDA]
    others = {f"sluice_{other}" for other in SERVICES} - {f"sluice_{service}"}
    assert not tops & others
    assert not [name for name in held if name.endswith((".pyi", ".md", ".h"))]
    assert not [name for name in held if {"tests", "test", "bin"} & set(PurePosixPath(name).parts)]


@pytest.mark.parametrize("service", SERVICES)
def test_native_code_is_for_lambdas_machine(packaged: Packages, service: str) -> None:
    libraries = [name for name in names(packaged[service, "prod"]) if re.search(r"\.cpython-.*\.so$", name)]
    assert libraries
    assert [name for name in libraries if "cpython-313-aarch64-linux-gnu" not in name] == []


@pytest.mark.parametrize(("service", "stage"), [("clean", LOCAL), *((service, "prod") for service in SERVICES)])
def test_every_module_comes_with_its_byte_code_once(packaged: Packages, service: str, stage: str) -> None:
    if stage == "prod" and interpreters.find("3.13") is None:
        pytest.skip("no Python 3.13 here: packages for AWS are made without byte code, and say so")
    with zipfile.ZipFile(packaged[service, stage].zip) as archive:
        held = archive.namelist()
        compiled = [name for name in held if name.endswith(".pyc")]
        flags = {archive.read(name)[4:8] for name in compiled}
    sources = {re.sub(r"__pycache__/(.+)\.cpython-\d+\.pyc$", r"\1.py", name) for name in compiled}
    # the plugin leaves out the byte code of modules at the top: they are two
    modules = {name for name in held if name.endswith(".py") and "/" in name}
    assert sources == modules
    assert flags == {UNCHECKED_HASH.to_bytes(4, "little")}


def test_byte_code_is_that_of_the_source_beside_it(packaged: Packages) -> None:
    with zipfile.ZipFile(packaged["clean", LOCAL].zip) as archive:
        compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
        for name in compiled:
            source = archive.read(re.sub(r"__pycache__/(.+)\.cpython-\d+\.pyc$", r"\1.py", name))
            assert archive.read(name)[8:16] == importlib.util.source_hash(source), name


@pytest.mark.parametrize("service", SERVICES)
def test_a_zip_fits_into_lambda(packaged: Packages, service: str) -> None:
    package = packaged[service, "prod"]
    assert package.zip.stat().st_size < packages.LAMBDA_UPLOAD_LIMIT
    assert package.unzipped_bytes() < packages.LAMBDA_UNZIPPED_LIMIT


def test_a_change_in_shared_is_in_the_next_zip_and_nothing_is_downloaded(packaged: Packages, tmp_path: Path) -> None:
    checkout: Workspace = packaged.checkouts["prod"]
    clock = checkout.root / "shared" / "sluice" / "clock.py"
    before = clock.read_text()
    cached = _third_party(checkout)
    try:
        clock.write_text(before + "\nCHANGED = True\n")
        (checkout.root / "shared" / "sluice" / "added.py").write_text("")
        changed = packages.make(checkout, "ingest", "prod", tmp_path / "changed", settings={"UV_OFFLINE": "1"})
    finally:
        clock.write_text(before)
        (checkout.root / "shared" / "sluice" / "added.py").unlink()
    with zipfile.ZipFile(changed.zip) as archive:
        assert b"CHANGED = True" in archive.read("sluice/clock.py")
        assert "sluice/added.py" in archive.namelist()
    again = packages.make(checkout, "ingest", "prod", tmp_path / "again", settings={"UV_OFFLINE": "1"})
    assert sha256(again) == sha256(packaged["ingest", "prod"])
    assert _third_party(checkout) == cached


def _third_party(checkout: Workspace) -> dict[str, int]:
    """The installed third-party packages, by lock and platform, and when they were installed."""
    return {path.name: path.stat().st_mtime_ns for path in (checkout.root / ".cache" / "packages").iterdir()}


def test_sizes_are_shown_as_a_table() -> None:
    shown = table([Size("clean", "dev", 31_456_667, 86_525_143, 7.44)]).splitlines()
    assert " ".join(shown[0].split()) == "service stage zip MB unzipped MB of the limit packaged in s"
    assert shown[1].split() == ["clean", "dev", "31.5", "86.5", "33%", "7.4"]
