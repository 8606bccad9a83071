"""cfn-lint and checkov have nothing against the templates but what is accepted beside each resource, with its reason.

They look at the templates as packaged, and again without the lists of what is accepted: what they then say must be
those lists, so that none holds an objection that isn't raised any more.
"""

import copy
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.templates.conftest import AWS_STAGES, Packages

from sluice_tools.workspace import Workspace

BIN = Workspace.here().root / ".venv-templates" / "bin"
SHORTEST_REASON = 20
Objection = tuple[str, str, str]  # template, logical id, check


def _without_accepted(template: dict[str, Any]) -> dict[str, Any]:
    bare = copy.deepcopy(template)
    for resource in bare["Resources"].values():
        resource.pop("Metadata", None)
    return bare


@pytest.fixture(scope="module")
def templates(packaged: Packages, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Each template as packaged, and as `bare-…` without what is accepted."""
    folder = tmp_path_factory.mktemp("templates")
    for package in packaged:
        if package.stage in AWS_STAGES:
            name = f"{package.service}-{package.stage}.json"
            (folder / name).write_text(json.dumps(package.template, indent=1))
            (folder / f"bare-{name}").write_text(json.dumps(_without_accepted(package.template), indent=1))
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def accepted(packaged: Packages) -> dict[Objection, str]:
    """What is accepted, and why."""
    found: dict[Objection, str] = {}
    for package in packaged:
        for logical_id, resource in package.template["Resources"].items():
            metadata = resource.get("Metadata", {})
            file = f"{package.service}-{package.stage}.json"
            for entry in metadata.get("checkov", {}).get("skip", []):
                found[file, logical_id, entry["id"]] = entry["comment"]
            for check in metadata.get("cfn-lint", {}).get("config", {}).get("ignore_checks", []):
                found[file, logical_id, check] = "a comment in services/common.yml"
    return {objection: reason for objection, reason in found.items() if not objection[0].endswith("-local.json")}


@pytest.fixture(scope="module")
def objections(templates: list[Path]) -> set[Objection]:
    return _cfn_lint(templates) | _checkov(templates)


def _cfn_lint(templates: list[Path]) -> set[Objection]:
    answer = _run([BIN / "cfn-lint", "--format", "json", "--regions", "eu-central-1", "--", *templates])
    said = json.loads(answer or "[]")
    return {(Path(one["Filename"]).name, str(one["Location"]["Path"][1]), one["Rule"]["Id"]) for one in said}


def _checkov(templates: list[Path]) -> set[Objection]:
    files = [word for template in templates for word in ("--file", template)]
    # --skip-download: it would ask its maker's platform for explanations
    options = ["--framework", "cloudformation", "--skip-download", "--quiet", "--output", "json"]
    report = json.loads(_run([BIN / "checkov", *options, *files]))
    assert report["summary"]["parsing_errors"] == 0
    return {
        (Path(one["file_path"]).name, one["resource"].rpartition(".")[2], one["check_id"])
        for one in report["results"]["failed_checks"]
    }


def _run(command: list[str | Path]) -> str:
    if not Path(command[0]).exists():
        pytest.fail(f"{command[0]} is missing: `make templates` installs it")
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout or not done.returncode, done.stderr
    return done.stdout


def test_there_are_no_findings(objections: set[Objection]) -> None:
    assert sorted(one for one in objections if not one[0].startswith("bare-")) == []


def test_the_linters_do_look(objections: set[Objection], templates: list[Path]) -> None:
    assert {one[0] for one in objections} == {path.name for path in templates if path.name.startswith("bare-")}


def test_nothing_is_accepted_that_is_no_objection(objections: set[Objection], accepted: dict[Objection, str]) -> None:
    raised = {(file.removeprefix("bare-"), logical_id, check) for file, logical_id, check in objections}
    # what only dev or only prod raises may stand in both: they are one file
    anywhere = {(file.partition("-")[0], logical_id, check) for file, logical_id, check in raised}
    idle = [one for one in accepted if (one[0].partition("-")[0], *one[1:]) not in anywhere]
    assert idle == []


def test_every_acceptance_has_a_reason(accepted: dict[Objection, str]) -> None:
    assert [one for one, reason in accepted.items() if len(reason) < SHORTEST_REASON] == []
