"""The documentation says what the code does."""

import re
from pathlib import Path

from sluice.errors import problem_slugs
from sluice_clean import whole
from sluice_clean.engine.errors import EngineError
from sluice_query.operators import operators_markdown

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "api.md"


def section(title: str) -> str:
    return DOCS.read_text().split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([a-z-]+)` \|", text, flags=re.MULTILINE)


def codes(error: type[EngineError]) -> set[str]:
    return {error.code}.union(*(codes(child) for child in error.__subclasses__()))


def test_the_list_of_problems_is_the_closed_list() -> None:
    assert first_cells(section("Problems")) == problem_slugs()


def test_every_reason_of_a_failed_run_is_listed() -> None:
    ours = {"internal-error", "no-valid-rows", "worker-lost"}
    assert set(first_cells(section("Runs that fail"))) == (codes(EngineError) - {EngineError.code}) | ours


def test_the_table_of_operators_is_the_one_in_the_code() -> None:
    found = re.search(r"<!-- operators -->\n(.*)\n<!-- /operators -->", DOCS.read_text(), flags=re.DOTALL)
    assert found
    assert found[1] == operators_markdown()


def test_the_largest_objects_are_those_that_are_let_in() -> None:
    text = (ROOT / "docs" / "formats.md").read_text()
    found = re.search(r"<!-- largest -->\n(.*)\n<!-- /largest -->", text, flags=re.DOTALL)
    assert found
    told = dict(re.findall(r"^\| ([a-z ]+) \| (\d+) \|", found[1], flags=re.MULTILINE))
    limits = whole.LIMITS | {"a container": whole.CONTAINER_LIMIT}
    assert told == {kind: str(limit // whole.MB) for kind, limit in limits.items()}
    assert f"may have {whole.RANGED_LIMIT >> 30} GiB" in text


def test_every_alarm_has_its_page_in_the_runbook() -> None:
    pages = set(re.findall(r"^## ([a-z-]+)$", (ROOT / "docs" / "runbook.md").read_text(), flags=re.MULTILINE))
    named: set[str] = set()
    for operations in ROOT.glob("services/*/operations.yml"):
        alarms = operations.read_text().count("Type: AWS::CloudWatch::Alarm")
        anchors = re.findall(r"docs/runbook\.md#([a-z-]+)", operations.read_text())
        assert len(anchors) == alarms > 0
        named |= set(anchors)
    assert named == pages
