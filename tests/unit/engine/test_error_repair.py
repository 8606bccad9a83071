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
# free number with a digit gone, a name of a person. Of flights, most sites tell another moment of departure than the
# airline, and agree: what is left are the times in the schedule.
RECALL = {"hospital": 0.8, "flights": 0.08, "beers": 0.98, "tax": 0.7}
RECALL_OF_ALL_TOLD = {"hospital": 0.8, "flights": 0.33, "beers": 0.98, "tax": 0.85}


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
    precision, recall = erroneous.measured(table, repairs(outcome, 0.5))
    assert precision >= 0.95
    assert recall >= RECALL_OF_ALL_TOLD[table.name]


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


def spilling(cities: list[str]) -> str:
    lines = [f"{number},{city},{state}" for number, (city, state) in enumerate([("Austin", "TX"), ("Reno", "NV")] * 30)]
    return "id,city,state\n" + "\n".join([*lines, *(f'{100 + n},"{city}",' for n, city in enumerate(cities))]) + "\n"


def test_a_value_at_the_end_of_the_column_before_its_own_is_told_and_put_in_its_place(run: Run) -> None:
    content = spilling(["Austin TX", "Reno, NV", "Reno TX"])
    insight = run(content).report.insight
    assert insight is not None
    assert [(one.rule, one.column, one.suggested) for one in insight.repairs] == [
        ("spilled", "city", "Austin"),
        ("spilled", "city", "Reno"),
        ("spilled", "city", "Reno"),
        ("spilled", "state", "TX"),
        ("spilled", "state", "NV"),
        ("spilled", "state", "TX"),
    ]
    assert run(content, repair=0.9).rows[-3:] == [(100, "Austin", "TX"), (101, "Reno", "NV"), (102, "Reno", "TX")]


@pytest.mark.parametrize(
    "cities",
    [
        ["Austin TX", "Reno NV", "Paris", "Rome"],  # most have no state at all
        ["Fort Alba TX", "New Bern NV", "Old Town TX"],  # what is left is no city that is known
        ["Austin QQ", "Reno WW", "Reno EE"],
        ["Austin TX", "Reno NV"],
    ],
)
def test_a_place_without_a_state_may_be_just_that(run: Run, cities: list[str]) -> None:
    insight = run(spilling(cities)).report.insight
    assert insight is not None
    assert [one for one in insight.repairs if one.rule == "spilled"] == []


def test_a_slip_beside_a_number_is_told(run: Run) -> None:
    cells = [f"{number * 7} patients" for number in range(1, 150)] + [
        "12 pateints",
        "1,204 patient5",
        "7x patients",
        "9 patios",
    ]
    outcome = run("id,sample\n" + "".join(f'{number},"{cell}"\n' for number, cell in enumerate(cells)))
    assert repairs(outcome, 0.5) == {(150, "sample"): "12 patients"}


def test_a_sign_before_a_number_is_no_slip(run: Run) -> None:
    """Numbers smaller than any that can be computed with stay texts."""
    cells = [f"-2.41907520218{number}e-312" for number in range(101, 160)] + ["2.41907520218459e-312"]
    outcome = run("id,eps\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells)))
    assert outcome.types()["eps"] == "string"
    assert repairs(outcome, 0.5) == {}


def test_a_letter_behind_a_number_makes_another_house_of_it(run: Run) -> None:
    houses = [str(number % 20 + 1) for number in range(200)] + ["3A", "7A", "7B", "9A", "12A"]
    outcome = run("id,house\n" + "".join(f"{number},{house}\n" for number, house in enumerate(houses)))
    assert repairs(outcome, 0.5) == {}


def test_a_number_that_a_computer_wrote_too_exactly_is_the_one_that_was_meant(run: Run) -> None:
    rates = ["0.052", "0.082", "0.059"] * 40
    rows = [*rates, "0.052000000000000005%", "0.08199999999999999%", "0.059%"]
    outcome = run("id,rate\n" + "".join(f"{number},{rate}\n" for number, rate in enumerate(rows)))
    assert list(repairs(outcome, 0.9).values()) == ["0.052", "0.082", "0.059"]


def test_values_that_two_other_units_would_have_to_explain_are_no_mix_of_units(run: Run) -> None:
    clock = [hour * 100 + minute for hour in range(7, 24) for minute in range(0, 60, 5)] * 3
    rows = [*clock, 10, 15, 20, 25, 25, 30, 35, 35, 45, 50, 50, 50, 55]  # 25 past midnight, and so on
    outcome = run("id,arr_time\n" + "".join(f"{number},{time}\n" for number, time in enumerate(rows)))
    insight = outcome.report.insight
    assert insight is not None
    assert [one for one in insight.repairs if one.rule == "unit-mix"] == []


def test_amounts_decide_nothing(run: Run) -> None:
    goods = [("rifle", "499.5"), ("lamp", "58.7"), ("rope", "12.3"), ("tent", "80.2")] * 20 + [("magazines", "499.5")]
    outcome = run("id,item,total\n" + "".join(f"{n},{item},{total}\n" for n, (item, total) in enumerate(goods)))
    insight = outcome.report.insight
    assert insight is not None
    assert [(one.determinant, one.dependent) for one in insight.dependencies] == [(["item"], "total")]
    assert insight.repairs == []


def column(cells: list[str]) -> str:
    return "id,cell\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))


def test_a_range_that_a_spreadsheet_took_for_a_date_is_told_and_put_right(run: Run) -> None:
    sizes = ["9-Jan", "Oct-49", "50-249", "250+", "50-249"] * 12
    assert set(repairs(run(column(sizes)), 0.9).values()) == {"1-9", "10-49"}
    repaired = run(column(sizes), repair=0.9)
    assert sorted(set(repaired.column("cell"))) == ["1-9", "10-49", "250+", "50-249"]
    pages = [f"{100 + 7 * n}-{100 + 7 * n + 5}" for n in range(40)] + ["283-4", "S40", "22-Dec", "4-Jul"]
    assert repairs(run(column(pages)), 0.5) == {(43, "cell"): "12-22", (44, "cell"): "4-7"}


@pytest.mark.parametrize(
    "cells",
    [
        [f"{n % 28 + 1}-{month}" for n, month in enumerate(("Jan", "Feb", "Mar") * 20)],  # days
        [f"{1000 + n * 37}-{1200 + n * 91}" for n in range(60)] + ["Jan-68"],  # codes: what was lost is unknown
        [f"{n}-{n + 9}" for n in range(60)] + ["Jan-05"],  # 1-5 would have become 5-Jan
        [f"{n % 9 + 2}-{n % 7}" for n in range(60)] + ["3-Feb"],  # results of games: either side may have won
        ["ready", "5-6", "7-8", "9-12", "no", "late", "open"] * 9 + ["4-Jul"],  # something else for the most part
    ],
)
def test_other_days_of_a_month_are_left_alone(run: Run, cells: list[str]) -> None:
    insight = run(column(cells)).report.insight
    assert insight is not None
    assert [one for one in insight.repairs if one.rule == "spreadsheet-date"] == []
