"""Suspected errors: nearly all that are told are errors, and the value told is what stood there before."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice_clean.engine.insight import Counts, Insight, Suggestion, examine
from sluice_clean.engine.insight.finders.neighbours import LONG, distance, neighbours

from .insight_tables import (
    Dirty,
    Record,
    columns_of,
    hospitals,
    look,
    measure,
    misspelt,
    orders,
    seeded,
    store,
    words,
)

SEEDS = (11, 12, 13)


def swap(day: date) -> date:
    """The day with day and month exchanged, where that is one."""
    return day.replace(month=day.day, day=day.month) if day.day <= 12 else day


def of_rule(insight: Insight, *rules: str) -> list[Suggestion]:
    return [one for one in insight.repairs if one.rule in rules]


def check(dirty: Dirty, insight: Insight, name: str, precision: float, recall: float, least: float = 0.9) -> None:
    """From a confidence on, so many suggestions are right and so many errors are found; prints both."""
    found = measure(insight.repairs, dirty.truth, least)
    told = sum(1 for one in insight.repairs if one.confidence >= least)
    print(f"{name}: precision {found[0]:.3f}, recall {found[1]:.3f}, {told} told, {len(dirty.truth)} errors")  # noqa: T201
    assert found[0] >= precision
    assert found[1] >= recall


@pytest.mark.parametrize("seed", SEEDS)
def test_misspelt_cells_of_a_table_of_many_dependencies(tmp_path: Path, seed: int) -> None:
    rng = seeded(seed)
    dirty = Dirty(hospitals(rng))
    for column in ("hospital_name", "city", "state", "measure_code", "condition", "measure_name"):
        dirty.spoil(column, rng.sample(range(1, 1001), 25), misspelt(rng))
    check(dirty, look(dirty.records, tmp_path), "misspelt", precision=0.95, recall=0.9)


@pytest.mark.parametrize("seed", SEEDS)
def test_valid_values_in_the_wrong_place(tmp_path: Path, seed: int) -> None:
    rng = seeded(seed)
    dirty = Dirty(hospitals(rng))
    for column in ("city", "state", "zip_code", "phone_number", "condition"):
        values = sorted({record[column] for record in dirty.records})
        dirty.spoil(column, rng.sample(range(1, 1001), 20), lambda _, known=values: rng.choice(known))  # type: ignore[misc]
    check(dirty, look(dirty.records, tmp_path), "misplaced", precision=0.95, recall=0.8)


Change = Callable[[random.Random], tuple[str, int, Callable[[Any], Any]]]
# Single numbers with a slipped point are told, but never as certain: many columns have tails.
SINGLE = ("point moved right", "point moved left")
KINDS: dict[str, tuple[str, int, Callable[[random.Random], Callable[[Any], Any]], float]] = {
    "typo": ("city", 60, misspelt, 0.9),
    "upper-case": ("city", 25, lambda _: str.upper, 0.9),
    "spaces": ("city", 25, lambda _: lambda v: v[:3] + " " + v[3:], 0.9),
    "inches": ("height_cm", 60, lambda _: lambda v: round(v / 2.54, 2), 0.9),
    "kilograms": ("weight_g", 40, lambda _: lambda v: round(v / 1000, 4), 0.9),
    "fahrenheit": ("temperature", 40, lambda _: lambda v: round(v * 1.8 + 32, 2), 0.9),
    "point moved right": ("temperature", 20, lambda _: lambda v: round(v * 10, 1), 0.9),
    "point moved left": ("weight_g", 8, lambda _: lambda v: round(v / 100, 3), 0.9),
    "day and month": ("shipped", 150, lambda _: swap, 0.75),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_error_alone(tmp_path: Path, kind: str) -> None:
    column, count, change, recall = KINDS[kind]
    for seed in SEEDS[:2]:
        rng = seeded(seed)
        dirty = Dirty(orders(rng, 2_000))
        dirty.spoil(column, rng.sample(range(1, 2_001), count), change(rng))
        least = 0.6 if kind in SINGLE else 0.9
        check(dirty, look(dirty.records, tmp_path), kind, precision=0.95, recall=recall, least=least)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_kinds_of_errors_together(tmp_path: Path, seed: int) -> None:
    rng = seeded(seed)
    dirty = Dirty(orders(rng))
    for name, (column, count, change, _) in KINDS.items():
        if name not in ("fahrenheit", "point moved left"):  # another error of the same column would be undone by it
            dirty.spoil(column, rng.sample(range(1, 3_001), count), change(rng))
    check(dirty, look(dirty.records, tmp_path), "together", precision=0.95, recall=0.75)


def tails(rng: random.Random, rows: int) -> list[Record]:
    """Clean columns that tempt: long tails, close names, small numbers, two kinds of things."""
    names = (
        *("Anna", "Anne", "Hanna", "Jan", "Jana", "Jon", "John", "Joan", "Maria", "Marie", "Marta", "Martha", "Mark"),
        *(
            "Karl",
            "Carl",
            "Carla",
            "Erik",
            "Eric",
            "Stefan",
            "Stephan",
            "Steffen",
            "Stephen",
            "Steven",
            "Meier",
            "Meyer",
        ),
        *("Maier", "Mayer", "Hansen", "Hanson", "Johnson", "Johnston"),
    )
    lands = ("Austria", "Australia", "Gambia", "Zambia", "Niger", "Nigeria", "Slovakia", "Slovenia", "Iran", "Iraq")
    models = ("Model 100", "Model 200", "Model 100x", "Widget A", "Widget B", "Engine V6", "Engine V8", "Class B")

    def rare(values: Any) -> Any:
        return rng.choices(values, [1 / (place + 1) ** 2 for place in range(len(values))])[0]

    start = date(2020, 1, 1)
    return [
        {
            "name": rare(names),
            "land": rare(lands),
            "model": rare(models),
            "pareto": rng.paretovariate(1.2),
            "lognormal": rng.lognormvariate(3, 2),
            "exponential": rng.expovariate(1),
            "uniform": rng.random(),
            "normal": rng.gauss(0, 1),
            "two_kinds": rng.gauss(10, 1) if rng.random() < 0.9 else rng.gauss(100, 5),
            "cubed": int(rng.random() ** 3 * 1e7) / 100,
            "count": int(rng.expovariate(0.3)) + 1,
            "opened": start + timedelta(days=int(rng.expovariate(0.01))),
            "born": start - timedelta(days=rng.randrange(25_000)),
        }
        for _ in range(rows)
    ]


def test_clean_tables_are_hardly_suspected(tmp_path: Path) -> None:
    cells = suspected = 0
    for seed, rows in ((1, 400), (2, 1_500), (3, 3_000)):
        records = tails(seeded(seed), rows)
        sure = [one for one in look(records, tmp_path).repairs if one.confidence >= 0.9]
        assert [one for one in sure if one.suggested is not None] == []
        cells, suspected = cells + rows * len(records[0]), suspected + len(sure)
    assert suspected <= cells / 10_000
    for seed in SEEDS:
        assert look(orders(seeded(seed), 2_000), tmp_path).repairs == []
        assert look(hospitals(seeded(seed)), tmp_path).repairs == []


def test_outliers_are_suspected_without_a_suggestion(tmp_path: Path) -> None:
    rng = seeded(5)
    records: list[Record] = [{"age": rng.randrange(18, 90), "seen": date(2024, 1, 1)} for _ in range(500)]
    for record in records:
        record["seen"] += timedelta(days=rng.randrange(300))
    records[9]["age"], records[19]["seen"] = 9_999, date(1900, 1, 1)
    found = {(one.column, one.row): one for one in look(records, tmp_path).repairs}
    assert set(found) == {("age", 10), ("seen", 20)}
    assert all(one.rule == "outlier" and one.suggested is None for one in found.values())
    assert "no value" in found["age", 10].reason


def test_a_date_out_of_range_is_turned_round(tmp_path: Path) -> None:
    rng = seeded(6)
    records: list[Record] = [{"n": n, "at": date(2024, 3, rng.randrange(1, 32))} for n in range(300)]
    records[4]["at"] = date(2024, 11, 3)
    (found,) = look(records, tmp_path).repairs
    assert (found.row, found.value, found.suggested, found.rule) == (5, "2024-11-03", "2024-03-11", "swapped-date")


def test_a_suggestion_says_why(tmp_path: Path) -> None:
    records: list[Record] = [{"town": ("Gotham", "Metropolis", "Smallville")[n % 3]} for n in range(300)]
    records[7]["town"] = "Metropolsi"
    (found,) = look(records, tmp_path).suggestions
    assert (found.column, found.row, found.value, found.suggested) == ("town", 8, "Metropolsi", "Metropolis")
    assert (found.rule, found.everywhere, found.cells) == ("typo", True, 1)
    assert found.reason == 'one edit away: 99 records have "Metropolis", 1 "Metropolsi"'


def test_a_misplaced_value_says_by_what_it_was_found(tmp_path: Path) -> None:
    records: list[Record] = [{"zip": str(10_000 + n % 20), "town": f"town of {n % 20:03}"} for n in range(400)]
    records[25]["town"] = "nowhere"
    (found,) = look(records, tmp_path).suggestions
    assert (found.row, found.suggested, found.rule) == (26, "town of 005", "dependency")
    assert found.reason == '19 of 20 records with zip "10005" have "town of 005"'


def test_codes_are_not_spelt_right(tmp_path: Path) -> None:
    records: list[Record] = [{"code": f"AB-{1000 + n % 20}"} for n in range(400)]
    records[3]["code"] = "AB-1030"
    assert look(records, tmp_path).suggestions == []


def test_suggestions_are_limited_and_the_rest_is_counted(tmp_path: Path) -> None:
    rng = seeded(8)
    dirty = Dirty([{"word": word} for word in rng.choices(words(seeded(1), 30, 5), k=8_000)])
    dirty.spoil("word", rng.sample(range(1, 8_001), 300), misspelt(rng))
    insight = look(dirty.records, tmp_path)
    assert len(insight.suggestions) == 100
    assert insight.suspected["word"] == len(insight.repairs) > 250
    assert insight.suggestions == sorted(insight.suggestions, key=lambda one: (-one.confidence, one.row))
    assert "repairs" not in insight.model_dump()


def test_a_large_table_is_suspected_in_all_its_records(tmp_path: Path) -> None:
    """The patterns come from a sample, the errors from everywhere."""
    rng = seeded(9)
    dirty = Dirty(hospitals(rng, 40_000))
    places = rng.sample(range(20_000, 40_001), 60)
    dirty.spoil("city", places[:30], misspelt(rng))
    dirty.spoil("condition", places[30:], misspelt(rng))
    for number, record in enumerate(dirty.records):
        record["size"] = round(rng.gauss(172, 9), 1)
        record["seen"] = date(2024, 1, 1) + timedelta(days=number % 200)
    dirty.spoil("size", rng.sample(range(1, 40_001), 12), lambda v: round(v * 10, 1))
    insight = look(dirty.records, tmp_path, group=2_048)
    assert insight.sampled_rows < 10_000
    check(dirty, insight, "large", precision=0.95, recall=0.9, least=0.6)


def test_the_same_suggestions_whatever_the_threads_do(tmp_path: Path) -> None:
    rng = seeded(10)
    dirty = Dirty(hospitals(rng, 25_000))
    dirty.spoil("city", rng.sample(range(1, 25_001), 200), misspelt(rng))
    told = set()
    with duckdb.connect() as connection:
        path = store(connection, dirty.records, tmp_path / "part.parquet", 2_048)
        for threads in (1, 2, 8):
            connection.execute(f"SET threads = {threads}")
            insight = examine(connection, [path], columns_of(dirty.records), Counts(rows_in=1))
            told.add(insight.model_dump_json())
    assert len(told) == 1


def brute(a: str, b: str) -> int:
    """Optimal string alignment distance by the whole table (Boytsov, 2011)."""
    table = [[max(i, j) if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            ways = [table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1])]
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                ways.append(table[i - 2][j - 2] + 1)
            table[i][j] = min(ways)
    return table[-1][-1]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("abc", max_size=12), min_size=2, max_size=12, unique=True))
def test_neighbours_are_those_that_comparing_all_finds(texts: list[str]) -> None:
    found = set(neighbours(texts, texts))
    pairs = {(a, b, brute(a, b)) for a in texts for b in texts if a != b}
    assert {one for one in found if one[2] == 1} == {one for one in pairs if one[2] == 1}
    assert found <= pairs
    assert all(min(len(a), len(b)) >= LONG for a, b, edits in found if edits == 2)
    assert all(distance(a, b) == (edits if edits <= 2 else None) for a, b, edits in pairs)
