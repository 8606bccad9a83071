# ruff: noqa: S608 - SQL is built of the tests' own names
"""Suggestions applied, and the score."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from sluice_clean.engine.insight import Counts, Suggestion, choose_repairs, examine, repaired_sql
from sluice_clean.engine.insight.quality import WEIGHTS

from .insight_tables import Dirty, Record, columns_of, hospitals, look, misspelt, seeded, store


def suggestion(column: str, row: int, value: str, suggested: str | None, confidence: float = 0.95) -> Suggestion:
    return Suggestion(
        column=column, row=row, value=value, suggested=suggested, confidence=confidence, rule="dependency", reason="so"
    )


def test_the_sure_ones_are_chosen_and_keys_are_left_alone() -> None:
    found = [
        suggestion("a", 1, "x", "y", 0.95),
        suggestion("a", 2, "x", "z", 0.89),
        suggestion("a", 3, "x", None, 0.99),
        suggestion("key", 4, "x", "y", 0.99),
    ]
    chosen = choose_repairs(found, 0.9, protected=["key"])
    assert set(chosen) == {"a"}
    assert chosen["a"].by_row == {1: ("x", "y")}
    assert (chosen["a"].count, chosen["a"].examples) == (1, [(1, "x", "y")])


def test_a_text_that_is_wrong_everywhere_is_replaced_everywhere() -> None:
    one = suggestion("a", 5, "Bonm", "Bonn").model_copy(update={"everywhere": True, "cells": 40})
    other = one.model_copy(update={"row": 3})
    repair = choose_repairs([one, other, suggestion("a", 9, "Köln", "Bonn")], 0.9)["a"]
    assert repair.by_value == {"Bonm": "Bonn"}
    assert repair.count == 41
    assert [example[0] for example in repair.examples] == [3, 5, 9]


@pytest.mark.parametrize(
    ("stored", "before", "after", "other"),
    [
        ("VARCHAR", "it's", 'say "hi" \\', "x"),
        ("BIGINT", "4500", "45", "7"),
        ("DOUBLE", "1720.0", "172.0", "1.5"),
        ("DECIMAL(18,2)", "1.50", "150.00", "3.25"),
        ("DATE", "2024-11-03", "2024-03-11", "2024-01-01"),
        ("TIMESTAMP", "2024-11-03T10:00:00", "2024-03-11T10:00:00", "2024-01-01T00:00:00"),
        ("BOOLEAN", "true", "false", "false"),
    ],
)
def test_values_of_every_type_are_put_right(stored: str, before: str, after: str, other: str) -> None:
    repair = choose_repairs([suggestion("v", 2, before, after), suggestion("v", 3, before, after)], 0.9)["v"]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t (_row BIGINT, v {stored})")
        connection.execute("INSERT INTO t VALUES (1, ?), (2, ?), (3, ?), (4, NULL)", [before, before, other])
        ours = connection.execute(f"SELECT {repaired_sql('v', stored, repair)} FROM t ORDER BY _row").fetchall()
        expected = connection.execute(
            f"SELECT unnest([?::{stored}, ?::{stored}, ?::{stored}, NULL])", [before, after, other]
        ).fetchall()
        untouched = repaired_sql("v", stored, repair, within=(10, 20))
    assert ours == expected, "row 2 changes; row 3 does not hold what the suggestion says, so it stays"
    assert untouched == "v"


def test_repairs_bring_back_what_was_there(tmp_path: Path) -> None:
    rng = seeded(21)
    clean = hospitals(rng)
    dirty = Dirty([dict(record) for record in clean])
    for column in ("city", "state", "condition", "measure_name", "hospital_name"):
        dirty.spoil(column, rng.sample(range(1, 1001), 20), misspelt(rng))
    chosen = choose_repairs(look(dirty.records, tmp_path).repairs, 0.9)
    with duckdb.connect() as connection:
        path = store(connection, dirty.records, tmp_path / "part.parquet")
        cells = [
            repaired_sql(name, stored, chosen[name]) if name in chosen else name
            for name, _, stored in columns_of(dirty.records)
        ]
        found = connection.execute(f"SELECT {', '.join(cells)} FROM read_parquet('{path}') ORDER BY _row").fetchall()
    cleaned, as_found = ([tuple(record.values()) for record in records] for records in (clean, dirty.records))
    wrong, changed = (
        sum(a != b for ours, theirs in zip(found, others, strict=True) for a, b in zip(ours, theirs, strict=True))
        for others in (cleaned, as_found)
    )
    assert changed == sum(repair.count for repair in chosen.values())
    assert wrong <= len(dirty.truth) * 0.1


def test_the_score_is_what_its_formula_says(tmp_path: Path) -> None:
    records: list[Record] = [
        {"a": n if n % 10 else None, "town": ("Gotham", "Metropolis")[n % 2], "d": date(2024, 1, 1)}
        for n in range(1, 401)
    ]
    records[6]["town"] = "Metropolsi"
    with duckdb.connect() as connection:
        path = store(connection, records, tmp_path / "part.parquet")
        counts = Counts(rows_in=500, rows_rejected=60, rows_duplicate=40, invalid={"a": 20})
        quality = examine(connection, [path], columns_of(records), counts).quality
    filled = 1200 - 40
    parts = {
        "completeness": filled / 1200,
        "validity": filled / (filled + 20),
        "uniqueness": 1 - 40 / 500,
        "consistency": 1 - 60 / 500,
        "plausibility": 1 - 1 / filled,
    }
    assert {name: getattr(quality, name) for name in parts} == pytest.approx(parts, abs=1e-5)
    assert quality.score == pytest.approx(100 * sum(WEIGHTS[name] * part for name, part in parts.items()), abs=0.05)
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert all(name in quality.formula for name in parts)


def test_the_report_is_json(tmp_path: Path) -> None:
    insight = look(hospitals(seeded(3), 200), tmp_path)
    assert type(insight).model_validate_json(insight.model_dump_json()) == insight
