# ruff: noqa: S608 - SQL is built by the engine
"""Applies the engine's rules to texts, and parses the examples of docs/values.md."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from sluice_clean.engine.values import RULES, Decision
from sluice_clean.engine.values.choices import Choices

PAGE = Path(__file__).parents[3] / "docs" / "values.md"


@cache
def connection() -> duckdb.DuckDBPyConnection:
    found = duckdb.connect(config={"threads": 1})
    found.execute("SET TimeZone = 'UTC'")
    return found


def decision_of(rule: str, **choices: str) -> Decision:
    """A decision as docs/values.md writes its choices."""
    stated: dict[str, Any] = {"stored": RULES[rule].sql_type, **choices}
    if "compact" in stated:
        stated["compact"] = stated["compact"] == "true"
    if rule == "boolean":
        stated |= {"true": ("true", "yes"), "false": ("false", "no")}
    return Decision(rule, Choices(**stated))


def values_of(decision: Decision, texts: list[str], *, quick: bool = False) -> list[Any]:
    """What the engine's SQL makes of the texts."""
    value = decision.quick_value("text") if quick else decision.value("text")
    query = f"SELECT {value} FROM (SELECT unnest($1::VARCHAR[]) AS text)"
    return [row[0] for row in connection().execute(query, [texts]).fetchall()]


@dataclass(frozen=True)
class Example:
    """A row of a table of the page; `value` is None where it says "not read"."""

    rule: str
    choices: tuple[tuple[str, str], ...]
    text: str
    value: str | None


def examples() -> Iterator[Example]:
    rule = ""
    choices: tuple[tuple[str, str], ...] = ()
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        marked = re.fullmatch(r"<!-- rule: (\w+) ?(.*) -->", line)
        row = re.fullmatch(r"\| `(.*)` \| (.*) \|", line)
        if marked:
            pairs = (pair.partition("=") for pair in marked[2].split())
            rule, choices = marked[1], tuple((name, value) for name, _, value in pairs)
        elif line.startswith("#"):
            rule = ""
        elif row and rule:
            yield Example(rule, choices, row[1], None if row[2] == "not read" else row[2])
