"""Cells without a value that other records tell: what is suggested, and what is left alone."""

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]

PLACES = [("10115", "Berlin"), ("80331", "Munich"), ("20095", "Hamburg"), ("50667", "Cologne")]
SITES = [f"site{number}" for number in range(10)]


def people(rows: int, lacking: set[int]) -> str:
    """People in four towns; some records do not say the town."""
    lines = []
    for number in range(rows):
        code, town = PLACES[number % 4]
        lines.append(f"p{number},{code},{'' if number in lacking else town}")
    return "person,zip,town\n" + "\n".join(lines) + "\n"


def missing(outcome: Any) -> dict[tuple[int, str], tuple[str, float]]:
    return {
        (one.row, one.column): (one.suggested, one.confidence)
        for one in outcome.report.insight.repairs
        if one.rule == "missing"
    }


def test_a_value_that_all_others_with_the_same_code_have_is_told_and_put_in(run: Run) -> None:
    content = people(120, {10, 25})
    outcome = run(content)
    found = missing(outcome)
    assert {cell: value for cell, (value, _) in found.items()} == {(11, "town"): "Hamburg", (26, "town"): "Munich"}
    assert min(confidence for _, confidence in found.values()) >= 0.9
    assert [one.value for one in outcome.report.insight.suggestions] == ["", ""]
    repaired = run(content, repair=0.9)
    assert repaired.column("town")[10] == "Hamburg"
    assert repaired.column("town")[25] == "Munich"
    assert repaired.column("town").count(None) == 0


def test_a_large_table_is_asked_as_a_whole(run: Run) -> None:
    outcome = run(people(24_000, {12_345, 23_999}))
    assert outcome.report.insight.sampled_rows < 24_000
    assert {cell: value for cell, (value, _) in missing(outcome).items()} == {
        (12_346, "town"): "Munich",
        (24_000, "town"): "Cologne",
    }


def test_a_value_that_many_have_not_is_not_missing(run: Run) -> None:
    """A voucher that a customer has used twice was not used with the other orders."""
    lines = [f"o{n},c{n % 20},{f'V{n % 20}' if n % 60 < 20 else ''}" for n in range(240)]
    assert missing(run("order,customer,voucher\n" + "\n".join(lines) + "\n")) == {}


def test_records_that_contradict_each_other_tell_nothing(run: Run) -> None:
    lines = [f"{n},{PLACES[n % 4][0]},{'' if n == 50 else PLACES[n * 7 % 3][1]}" for n in range(120)]
    assert missing(run("id,zip,town\n" + "\n".join(lines) + "\n")) == {}


def test_records_without_a_code_have_nothing_in_common(run: Run) -> None:
    lines = people(120, set()).splitlines() + [f"q{n},,{'' if n == 3 else 'Potsdam'}" for n in range(8)]
    assert missing(run("\n".join(lines) + "\n")) == {}


def told(label: str, opening: Callable[[int, int], str]) -> str:
    """When shops open, as ten sites tell it."""
    lines = [f"{site},shop {shop},{opening(shop, place)}" for shop in range(20) for place, site in enumerate(SITES)]
    return f"{label},shop,opens\n" + "\n".join(lines) + "\n"


def silent_and_wrong(shop: int, place: int) -> str:
    """Half of the sites say nothing, one in ten says something else."""
    if place % 2:
        return ""
    return f"{8 + shop % 3}:{shop + 10 + (place == 4 and shop % 2)}"


def test_a_source_that_is_silent_does_not_contradict_the_others(run: Run) -> None:
    outcome = run(told("source", silent_and_wrong))
    found = missing(outcome)
    assert len(found) == 100
    assert [found[row, "opens"][0] for row in (2, 12, 22, 200)] == ["08:10:00", "09:11:00", "10:12:00", "09:29:00"]
    (known,) = [one for one in outcome.report.insight.dependencies if one.dependent == "opens"]
    assert (known.determinant, known.source) == (["shop"], "source")
    wrong = [one for one in outcome.report.insight.repairs if one.rule == "dependency"]
    assert len(wrong) == 10


@pytest.mark.parametrize("label", ["month", "branch", "data_site"])
def test_only_a_name_says_that_a_column_names_sources(run: Run, label: str) -> None:
    """Every other month a shop may be shut, and open later in another."""
    assert missing(run(told(label, silent_and_wrong))) == {}


def test_amounts_may_differ_from_source_to_source(run: Run) -> None:
    outcome = run(told("source", lambda shop, place: "" if place % 2 else f"{shop + 10 + (place == 4) * 0.5}"))
    assert missing(outcome) == {}
