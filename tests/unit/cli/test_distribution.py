"""What installing the command brings along."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
OURS = {"sluice", "sluice_clean", "sluice_cli"}
HEAVY = {"boto3", "botocore", "aws-lambda-powertools", "aws-xray-sdk"}


def engine_requirements() -> list[str]:
    lines = (ROOT / "services/clean/engine.in").read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def cli_requirements() -> list[str]:
    project = tomllib.loads((ROOT / "cli/pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["aws"]]
    return [requirement for requirement in named if "@" not in requirement]


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def imported(folder: str) -> set[str]:
    """The distributions that a package's modules import from."""
    found = {module for path in (ROOT / folder).rglob("*.py") for module in _modules(path)}
    third_party = found - OURS - sys.stdlib_module_names
    by_module = packages_distributions()
    return {canonicalize_name(by_module[module][0]) for module in third_party if module in by_module}


def _modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_engine_imports_what_its_list_names() -> None:
    missing = imported("services/clean/sluice_clean/engine") - names(engine_requirements()) - {"pydantic"}
    assert not missing, f"add to services/clean/engine.in: {', '.join(sorted(missing))}"


def test_the_command_imports_what_its_package_names() -> None:
    brought = {"duckdb", "pydantic", "botocore"}  # by the engine, by ours, by boto3
    assert not imported("cli/sluice_cli") - names(cli_requirements()) - brought


def closure(distribution: str) -> set[str]:
    """All that installing a distribution brings along, extras left out."""
    found: set[str] = set()
    waiting = [distribution]
    while waiting:
        for requirement in map(Requirement, requires(waiting.pop()) or ()):
            name = canonicalize_name(requirement.name)
            wanted = not requirement.marker or requirement.marker.evaluate({"extra": ""})
            if wanted and name not in found:
                found.add(name)
                waiting.append(name)
    return found


@pytest.mark.parametrize("distribution", ["sluice-cli", "sluice-clean", "sluice"])
def test_no_aws_comes_along(distribution: str) -> None:
    brought = closure(distribution)
    assert "pydantic" in brought
    assert not brought & HEAVY
