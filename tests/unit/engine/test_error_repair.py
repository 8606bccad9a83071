"""Suspected errors in tables like those that error repair is measured with: what is suggested as certain is right."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from tests.bench.engine import erroneous

Run = Callable[..., Any]

# The least share of all errors that is repaired. What no reader of one table can know is among them: a blank time, a
# free number with a digit gone, a name of a person. Of flights nothing is repaired where sources contradict each other
# more often than a dependency may be broken (5 %): prices and the like differ as often, and rightly.
RECALL = {"hospital": 0.72, "flights": 0.0, "beers": 0.6, "tax": 0.7}


def content(table: erroneous.Erroneous) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([table.header, *table.dirty])
    return out.getvalue()


def repairs(outcome: Any, least: float) -> dict[tuple[int, str], str]:
    """By record and column, what should stand there; a value that is wrong everywhere, in all its records."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for record in outcome.records:
        for column in outcome.columns:
            rows[column, str(record[column])].append(record["_row"])
    found: dict[tuple[int, str], str] = {}
    for one in sorted(outcome.report.insight.repairs, key=lambda one: one.confidence):
        if one.suggested is not None and one.confidence >= least:
            for row in rows[one.column, one.value] if one.everywhere else [one.row]:
                found[row, one.column] = one.suggested
    return found


@pytest.mark.parametrize("make", erroneous.ALL, ids=lambda make: make.__name__)
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_certain_is_right(run: Run, make: Callable[[int], erroneous.Erroneous], seed: int) -> None:
    table = make(seed)
    outcome = run(content(table))
    precision, recall = erroneous.measured(table, repairs(outcome, 0.9))
    assert precision >= 0.97
    assert recall >= RECALL[table.name]
    assert erroneous.measured(table, repairs(outcome, 0.5))[0] >= 0.95


@pytest.mark.parametrize("make", erroneous.ALL, ids=lambda make: make.__name__)
def test_hardly_anything_is_suggested_where_nothing_is_wrong(
    run: Run, make: Callable[[int], erroneous.Erroneous]
) -> None:
    table = make(3)
    right = erroneous.Erroneous(table.name, table.header, table.clean, table.clean)
    assert len(repairs(run(content(right)), 0.5)) <= len(table.clean) // 1_000


def test_a_unit_behind_some_numbers_is_told_but_names_of_things_are_not(run: Run) -> None:
    sizes = ["12.0", "16.0", "19.2"] * 40
    rows = [*sizes, "12.0 oz", "16.0 ounce", "12.0 OZ."]
    outcome = run("id,size\n" + "".join(f"{number},{size}\n" for number, size in enumerate(rows)))
    assert {(row, value) for (row, _), value in repairs(outcome, 0.9).items()} == {
        (121, "12.0"),
        (122, "16.0"),
        (123, "12.0"),
    }
    gates = ["1", "2", "3"] * 40 + ["7 A", "8 B", "9 C", "10 D"]
    outcome = run("id,gate\n" + "".join(f"{number},{gate}\n" for number, gate in enumerate(gates)))
    assert repairs(outcome, 0.5) == {}


def test_a_slip_in_one_of_two_words_is_told(run: Run) -> None:
    words = ["yes", "no", "yes"] * 60 + ["yxs", "nx", "n/a", "on request"]
    outcome = run("id,open\n" + "".join(f"{number},{word}\n" for number, word in enumerate(words)))
    assert sorted(repairs(outcome, 0.9).values()) == ["no", "yes"]
