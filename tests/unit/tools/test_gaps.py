"""The table of emulator gaps: who is skipped, with which words, and what in it is stale."""

from pathlib import Path

import pytest
from tests.integration.gaps import GAPS, Gap, reason_to_skip, unknown

from sluice_tools.workspace import Workspace

HERE = "test_gaps.py::test_a_gap_skips_on_its_emulator_only"
GAP = Gap("localstack", HERE, "sequencers are constant")


def test_a_gap_skips_on_its_emulator_only() -> None:
    assert reason_to_skip("localstack", HERE, [GAP]) == "localstack: sequencers are constant"
    assert reason_to_skip("ministack", HERE, [GAP]) is None
    assert reason_to_skip("", HERE, [GAP]) is None
    assert reason_to_skip("localstack", "test_gaps.py::test_other", [GAP]) is None


@pytest.mark.parametrize(
    "gap",
    [
        Gap("localstack", "test_gaps.py::test_renamed_since", "gone"),
        Gap("localstack", "test_nowhere.py::test_x", "gone"),
        Gap("localstak", HERE, "misspelt"),
    ],
    ids=["test", "file", "emulator"],
)
def test_an_entry_that_names_nothing_is_told(gap: Gap) -> None:
    assert unknown(Path(__file__).parent, [GAP, gap]) == [f"{gap.emulator}: {gap.test}"]


def test_the_table_names_tests_that_are_there_and_reasons() -> None:
    assert unknown(Workspace.here().root / "tests" / "integration") == []
    assert all(gap.reason for gap in GAPS)
