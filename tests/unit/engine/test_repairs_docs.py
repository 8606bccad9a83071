"""docs/repairs.md: its rules are those that there are, and its numbers the code's."""

import re
from pathlib import Path
from typing import get_args

from sluice_clean.engine.insight import sources, table
from sluice_clean.engine.insight.finders import suspicion
from sluice_clean.engine.insight.model import RuleName

PAGE = Path("docs/repairs.md").read_text()


def test_every_rule_is_explained() -> None:
    assert set(re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)) == set(get_args(RuleName))


def test_the_limits_are_the_codes() -> None:
    for number in (suspicion.PER_COLUMN, suspicion.MAX_CELLS, suspicion.LEAST, table.WHOLE_ROWS, table.SAMPLE_ROWS):
        assert f"{number:,}" in PAGE


def test_the_names_of_sources_are_the_codes() -> None:
    (sentence,) = re.findall(r"whose name ends in (.+?) says", PAGE.replace("\n", " "))
    assert set(re.findall(r"`(\w+)`", sentence)) == sources.WORDS - {"sources"}
