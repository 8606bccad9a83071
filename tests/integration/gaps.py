"""Where an emulator is not like AWS: the one table of tests that can't hold there, each with the reason.

A test that can't hold is skipped by name and said so in the closing lines; nothing is left out silently.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Gap:
    """A test that can't hold on an emulator.

    Attributes:
        emulator: `ministack` or `localstack`, as `SLUICE_EMULATOR` says.
        test: `test_file.py::test_name`, of all its parameters.
        reason: What the emulator does otherwise than AWS.
    """

    emulator: str
    test: str
    reason: str


EMULATORS = ("ministack", "localstack")

GAPS: tuple[Gap, ...] = (
    Gap(
        "localstack",
        "test_gateway.py::test_the_gateway_answers_with_problems",
        "takes the status of a gateway response, but neither its body nor its headers",
    ),
    *(
        Gap("localstack", f"test_crashes.py::{test}", "runs functions in containers, whose processes no test can kill")
        for test in (
            "test_a_worker_that_is_killed_is_followed_by_one_that_ends_its_work",
            "test_an_event_that_kills_every_worker_fails_its_run_within_a_minute_and_is_redriven",
            "test_a_load_that_kills_every_worker_is_redriven",
        )
    ),
)


def reason_to_skip(emulator: str, test: str, gaps: Iterable[Gap] = GAPS) -> str | None:
    """Why a test can't hold on an emulator, or None.

    Args:
        emulator: Who answers; empty for AWS, which has no gaps.
        test: As in the table.
        gaps: The table.
    """
    return next((f"{emulator}: {gap.reason}" for gap in gaps if (gap.emulator, gap.test) == (emulator, test)), None)


def unknown(folder: Path, gaps: Iterable[Gap] = GAPS) -> list[str]:
    """The entries that name no test, or no emulator: left behind by a renaming.

    Args:
        folder: Of the tests.
        gaps: The table.
    """
    return [
        f"{gap.emulator}: {gap.test}"
        for gap in gaps
        if gap.emulator not in EMULATORS or gap.test not in _tests(folder / gap.test.partition("::")[0])
    ]


def _tests(path: Path) -> set[str]:
    """The tests of a file, whichever of them are being run."""
    if not path.is_file():
        return set()
    return {
        f"{path.name}::{node.name}"
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
