"""Totals, subtotals and repeated headers are no records; what only looks like one is."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

Run = Callable[..., Any]


def set_aside(outcome: Any) -> list[tuple[int, str]]:
    return [(one["row"], one["code"]) for one in outcome.rejects]


@pytest.mark.parametrize(
    "label",
    ["Total", "TOTAL:", "Grand Total", "Total 2020", "Summe", "Gesamt", "Totale", "Итого", "合計", "Nord Summe", "Sum"],
)
def test_a_total_in_any_language(run: Run, label: str) -> None:
    outcome = run(f"item,kind,n,price\na,x,1,1.10\nb,y,2,2.20\nc,x,3,0.07\n{label},,6,3.37\n")
    assert outcome.column("item") == ["a", "b", "c"]
    assert set_aside(outcome) == [(4, "total-row")]
    assert outcome.rejects[0]["raw"] == f"{label},,6,3.37"
    assert outcome.rejects[0]["line"] == 5


@pytest.mark.parametrize(
    "last",
    [
        "Total,,7,3.3",  # not the sum
        "Total,,3,3.31",
        "Total,x,3,3.3",  # another text
        "Lager,,3,3.3",  # does not say so
        "Totally,,3,3.3",
        "Total,,0,0",
    ],
)
def test_what_only_looks_like_a_total_stays(run: Run, last: str) -> None:
    outcome = run(f"item,kind,n,price\na,x,1,1.1\nb,y,2,2.2\n{last}\n")
    assert outcome.report.rows_out == 3
    assert outcome.rejects == []


def test_one_row_is_no_sum(run: Run) -> None:
    outcome = run("item,price\nApple,5\nTotal,5\n")
    assert outcome.rows == [("Apple", 5), ("Total", 5)]


def test_subtotals_of_several_levels(run: Run) -> None:
    outcome = run(
        "region,city,n\nN,a,1\nN,b,2\nSubtotal,,3\nN,c,4\nN,d,5\nSubtotal,,9\nTotal N,,12\n"
        "S,e,6\nSubtotal,,6\nTotal S,,6\nGrand total,,18\n"
    )
    assert outcome.column("n") == [1, 2, 4, 5, 6]
    assert set_aside(outcome) == [(row, "total-row") for row in (3, 6, 7, 9, 10, 11)]


def test_a_total_does_not_spoil_the_type_of_its_column(run: Run) -> None:
    rows = "".join(f"2020-01-{day:02},{day}\n" for day in range(1, 21))
    outcome = run(f"day,n\n{rows}Total,210\n")
    assert outcome.types() == {"day": "date", "n": "integer"}
    assert outcome.column("day")[0] == date(2020, 1, 1)
    assert set_aside(outcome) == [(21, "total-row")]
    assert outcome.report.issues == 0


def test_a_total_over_many_chunks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluice_clean.engine.readers.splitter.chunk_size", lambda *_: 20_000)
    rows = "".join(f"item {n},{n},{n}.25\n" for n in range(5000))
    total = f"{sum(range(5000))},{sum(range(5000)) + 1250}"
    outcome = run(f"item,n,price\n{rows}Total,{total}\nTotal,{total}\n", threads=4)
    assert outcome.report.rows_out == 5000
    assert set_aside(outcome) == [(5001, "total-row"), (5002, "total-row")]


def test_a_contract_sees_a_total_as_one(run: Run) -> None:
    schema = {
        "fields": [{"name": "id", "type": "integer"}, {"name": "who"}, {"name": "n", "type": "number"}],
        "primaryKey": "id",
    }
    outcome = run("id,who,n\n1,a,1.5\n2,b,2.5\n,Total,4\n,c,4\n", schema=schema)
    assert outcome.column("id") == [1, 2]
    assert set_aside(outcome) == [(3, "total-row"), (4, "key-missing")]


def test_repeated_headers(run: Run) -> None:
    outcome = run("id,day,what\n1,2020-01-01,a\nid,day,what\n2,2020-01-02,b\n id , day,what\n3,2020-01-03,what\n")
    assert outcome.rows == [
        (1, date(2020, 1, 1), "a"),
        (2, date(2020, 1, 2), "b"),
        (3, date(2020, 1, 3), "what"),
    ]
    assert set_aside(outcome) == [(2, "repeated-header"), (4, "repeated-header")]


@pytest.mark.parametrize("plain", ["7", "7.5", "2020-01-02", "true"])
def test_a_row_with_a_value_in_the_unnamed_column_is_no_header(run: Run, plain: str) -> None:
    rows = "".join(f"{n},2020-01-{n % 28 + 1:02},{plain}\n" for n in range(200))
    outcome = run(f"id,day,\n{rows}id,day,{plain}\n")
    assert outcome.report.rows_out == 201
    assert set_aside(outcome) == []


def test_a_value_may_be_its_columns_name(run: Run) -> None:
    outcome = run("name\nname\nother\n")
    assert outcome.column("name") == ["name", "other"]


def test_as_text_sets_nothing_aside(run: Run) -> None:
    outcome = run("item,n\na,1\nb,2\nTotal,3\nitem,n\n", as_text=True)
    assert outcome.report.rows_out == 4
