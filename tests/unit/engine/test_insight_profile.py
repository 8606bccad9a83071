"""Figures of columns: exact where all is looked at, and told apart where not."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice_clean.engine.insight import ColumnProfile, Counts, Insight, examine

from .insight_tables import Record, columns_of, look, seeded, store


def figures(insight: Insight, name: str) -> ColumnProfile:
    return next(one for one in insight.columns if one.name == name)


def numbered(rows: int) -> list[Record]:
    rng = seeded(7)
    start = datetime(2024, 1, 1, 12)  # noqa: DTZ001 - what Sluice stores are UTC timestamps without a zone
    return [
        {
            "n": number,
            "half": number / 2 if number % 10 else None,
            "money": Decimal(number) / 4,
            "day": date(2024, 1, 1) + timedelta(days=number % 366),
            "moment": start + timedelta(seconds=number),
            "kind": rng.choice(("red", "green", "blue", "blue")),
            "words": "x" * (number % 40 + 1),
            "flag": number % 4 == 0,
        }
        for number in range(1, rows + 1)
    ]


def test_all_figures_of_a_small_table_are_exact(tmp_path: Path) -> None:
    insight = look(numbered(1000), tmp_path)
    assert (insight.rows, insight.sampled_rows) == (1000, 1000)
    assert all(one.sampled == [] for one in insight.columns)
    n = figures(insight, "n")
    assert (n.count, n.nulls, n.distinct, n.minimum, n.maximum, n.mean) == (1000, 0, 1000, 1, 1000, 500.5)
    assert n.quantiles == {"0.05": 50, "0.25": 250, "0.5": 500, "0.75": 750, "0.95": 950}
    half = figures(insight, "half")
    assert (half.count, half.nulls, half.minimum, half.maximum) == (900, 100, 0.5, 499.5)
    assert figures(insight, "money").maximum == "250.00"
    day = figures(insight, "day")
    assert (day.minimum, day.maximum, day.distinct) == ("2024-01-01", "2024-12-31", 366)
    assert figures(insight, "moment").maximum == "2024-01-01T12:16:40"
    assert figures(insight, "flag").top[0].model_dump() == {"value": False, "count": 750}


@pytest.mark.parametrize("name", ["n", "half", "money", "day", "moment"])
def test_a_histogram_holds_every_value_once(tmp_path: Path, name: str) -> None:
    found = figures(look(numbered(1000), tmp_path), name)
    assert len(found.histogram) == 20
    assert sum(bucket.count for bucket in found.histogram) == found.count
    edges = [bucket.low for bucket in found.histogram] + [found.histogram[-1].high]
    assert edges == sorted(edges, key=lambda edge: edge if isinstance(edge, float) else str(edge))
    assert str(edges[-1]).startswith(str(found.maximum).rstrip("0").rstrip("."))


def test_texts_have_lengths_and_top_values(tmp_path: Path) -> None:
    insight = look(numbered(1000), tmp_path)
    words = figures(insight, "words").length
    assert words is not None
    assert (words.minimum, words.maximum, words.mean) == (1, 40, 20.5)
    kind = figures(insight, "kind")
    assert kind.distinct == 3
    assert kind.top[0].value == "blue"
    assert sum(one.count for one in kind.top) == 1000


def test_long_texts_are_measured_whole(tmp_path: Path) -> None:
    records: list[Record] = [{"note": "é" * 5_000}, {"note": "ab"}]
    length = figures(look(records, tmp_path), "note").length
    assert length is not None
    assert (length.minimum, length.maximum) == (2, 5_000)


def test_a_large_table_is_sampled_and_says_what_is(tmp_path: Path) -> None:
    records = numbered(30_000)
    insight = look(records, tmp_path, group=2_048)
    assert insight.rows == 30_000
    assert 1_000 < insight.sampled_rows < 10_000
    n = figures(insight, "n")
    assert (n.minimum, n.maximum, n.nulls) == (1, 30_000, 0), "from the footers"
    assert n.distinct == 30_000, "an estimate, and a good one for a key"
    assert set(n.sampled) >= {"distinct", "top", "mean", "quantiles", "histogram"}
    assert not {"minimum", "maximum", "nulls"} & set(n.sampled)
    assert figures(insight, "half").nulls == 3_000
    median = n.quantiles["0.5"]
    assert isinstance(median, int)
    assert abs(median - 15_000) < 2_500, "the sample is spread over the file"


def test_categories_of_a_large_table_are_counted_in_all_records(tmp_path: Path) -> None:
    records = numbered(30_000)
    kind = figures(look(records, tmp_path, group=2_048), "kind")
    assert kind.distinct == 3
    assert {one.value: one.count for one in kind.top} == {
        value: sum(1 for record in records if record["kind"] == value) for value in ("red", "green", "blue")
    }
    assert not {"distinct", "top"} & set(kind.sampled)


def test_the_same_records_give_the_same_account(tmp_path: Path) -> None:
    records = numbered(25_000)
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        path = store(connection, records, tmp_path / "part.parquet", 2_048)
        first, *others = [
            examine(connection, [path], columns_of(records), Counts(rows_in=1)).model_dump_json() for _ in range(4)
        ]
    assert all(other == first for other in others)


def test_a_query_does_as_well_as_files(tmp_path: Path) -> None:
    records = numbered(500)
    with duckdb.connect() as connection:
        path = store(connection, records, tmp_path / "part.parquet")
        ours = examine(connection, [path], columns_of(records), Counts(rows_in=500))
        theirs = examine(connection, f"FROM read_parquet('{path}')", columns_of(records), Counts(rows_in=500))
    assert ours == theirs


def test_a_large_query_is_sampled(tmp_path: Path) -> None:
    records = numbered(25_000)
    with duckdb.connect() as connection:
        path = store(connection, records, tmp_path / "part.parquet")
        insight = examine(connection, f"FROM read_parquet('{path}')", columns_of(records), Counts(rows_in=25_000))
    assert insight.sampled_rows < 10_000
    assert figures(insight, "n").maximum == 25_000
    assert figures(insight, "kind").distinct == 3


def test_a_sample_that_is_at_hand_is_taken(tmp_path: Path) -> None:
    records = numbered(25_000)
    with duckdb.connect() as connection:
        path = store(connection, records, tmp_path / "part.parquet")
        given = f"FROM read_parquet('{path}') WHERE _row % 100 = 0"
        insight = examine(connection, [path], columns_of(records), Counts(rows_in=1), sample=given)
    assert insight.sampled_rows == 250


@pytest.mark.parametrize("data", [[], "SELECT 1::BIGINT AS _row, 'x' AS a WHERE false"])
def test_nothing_is_looked_at_where_nothing_is(data: Any) -> None:
    with duckdb.connect() as connection:
        insight = examine(connection, data, [("a", "string", "VARCHAR")], Counts(rows_in=0))
    assert (insight.rows, insight.columns[0].count, insight.quality.score) == (0, 0, 100.0)
    assert insight.suggestions == []


def test_values_beyond_pythons_are_borne() -> None:
    data = """SELECT * FROM (VALUES
        (1::BIGINT, 'NaN'::DOUBLE, DATE '12000-01-01', [1, 2], {'a': 1}, NULL::VARCHAR, (2::HUGEINT ** 126)::HUGEINT),
        (2, 'Infinity', DATE '2020-01-01', [3], {'a': 2}, NULL, 1),
        (3, 1.5, DATE '2020-01-02', NULL, NULL, NULL, NULL)) AS t(_row, x, d, l, s, none, big)"""
    columns = [
        *(("x", "number", "DOUBLE"), ("d", "date", "DATE"), ("l", "array", "INTEGER[]")),
        *(("s", "object", "STRUCT(a INTEGER)"), ("none", "string", "VARCHAR"), ("big", "integer", "HUGEINT")),
    ]
    with duckdb.connect() as connection:
        insight = examine(connection, data, columns, Counts(rows_in=3))
    assert '"nulls":3' in insight.model_dump_json()
    assert figures(insight, "big").maximum == 2**126
    assert figures(insight, "l").nulls == 1


def test_odd_names_and_texts_are_quoted(tmp_path: Path) -> None:
    records: list[Record] = [{"a \"b\" 'c'": f"it's {number % 3} \\"} for number in range(60)]
    found = look(records, tmp_path).columns[0]
    assert found.distinct == 3
