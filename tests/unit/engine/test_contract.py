# ruff: noqa: DTZ001 - what Sluice stores are UTC timestamps without a zone
"""Contracts, keys and duplicates: what a row is refused for, and which of several rows is the record."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from sluice_clean.engine import EngineError

Run = Callable[..., Any]


def fields(**types: Any) -> dict[str, Any]:
    """A schema from name=type or name=(type, constraints)."""
    made = []
    for name, kind in types.items():
        field, constraints = kind if isinstance(kind, tuple) else (kind, None)
        made.append({"name": name, "type": field} | ({"constraints": constraints} if constraints else {}))
    return {"fields": made}


def test_declared_types_win_over_what_would_be_inferred(run: Run) -> None:
    schema = fields(code="string", day="date", at="datetime", ok="boolean", n="number", meta="object", list="array")
    text = (
        'code;day;at;ok;n;meta;list\n7;2020-01-02;2020-01-02T10:00:00+01:00;1;5;{"a": 1};[1]\n'
        "8;2020-01-03;2020-01-03;no;6;{};[]\n"
    )
    outcome = run(text, schema=schema)
    assert outcome.rows == [
        ("7", date(2020, 1, 2), datetime(2020, 1, 2, 9), True, 5.0, '{"a": 1}', "[1]"),
        ("8", date(2020, 1, 3), datetime(2020, 1, 3), False, 6.0, "{}", "[]"),
    ]
    assert outcome.types()["meta"] == "object"


@pytest.mark.parametrize(
    ("declared", "good", "bad", "code"),
    [
        ("integer", "5", "5.5", "type"),
        ("number", "5.5", "five", "type"),
        ("boolean", "yes", "maybe", "type"),
        ("date", "2020-01-31", "2020-02-31", "type"),
        ("datetime", "2020-01-31T10:00:00", "soon", "type"),
        ("time", "10:00", "25:00", "type"),
        ("object", '{"a":1}', "[1]", "type"),
        ("array", "[1]", "{", "type"),
        ("duration", "P1DT2H", "1 day", "type"),
        (("string", {"required": True}), "x", "", "required"),
        (("string", {"enum": ["red", "blue"]}), "red", "green", "enum"),
        (("integer", {"enum": [1, 2]}), "2", "3", "enum"),
        (("integer", {"minimum": 1}), "1", "0", "minimum"),
        (("number", {"maximum": "2.5"}), "2.5", "2.51", "maximum"),
        (("date", {"minimum": "2020-01-01"}), "2020-01-01", "2019-12-31", "minimum"),
        (("string", {"pattern": "[A-Z]{2}"}), "DE", "DEU", "pattern"),
        (("string", {"minLength": 2}), "ab", "a", "min-length"),
        (("string", {"maxLength": 2}), "ab", "abc", "max-length"),
        (("array", {"maxLength": 1}), "[1]", "[1,2]", "max-length"),
    ],
)
def test_a_violation_refuses_the_row(run: Run, declared: Any, good: str, bad: str, code: str) -> None:
    outcome = run(f"id;v\n1;{good}\n2;{bad}\n3;{good}\n", schema=fields(id="integer", v=declared))
    assert outcome.column("id") == [1, 3]
    (refused,) = outcome.rejects
    assert (refused["row"], refused["line"], refused["code"], refused["column"]) == (2, 3, code, "v")
    assert refused["raw"] == f"2;{bad}"
    assert "v " in refused["reason"]


def test_columns_match_by_name_title_or_cleaned_label(run: Run) -> None:
    schema = {
        "fields": [
            {"name": "amount", "type": "number", "title": "Total Amount (EUR)"},
            {"name": "first_name", "type": "string"},
            {"name": "later", "type": "date"},
        ]
    }
    outcome = run("First Name,Total Amount (EUR),Extra\nAnn,1.5,x\n", schema=schema)
    assert outcome.columns == ["amount", "first_name", "later", "extra"]
    assert outcome.rows == [(1.5, "Ann", None, "x")]
    assert outcome.report.table_schema.fields[1].title == "First Name"
    assert any("later" in warning for warning in outcome.report.warnings)
    assert any("extra" in warning for warning in outcome.report.warnings)


def test_a_required_field_that_the_file_lacks_is_one_clear_error(run: Run) -> None:
    schema = fields(a="integer", b=("integer", {"required": True}), c="string") | {"primaryKey": "c"}
    with pytest.raises(EngineError, match="b, c") as raised:
        run("a,x\n1,2\n", schema=schema)
    assert raised.value.code == "schema-mismatch"
    assert raised.value.missing == ("b", "c")  # type: ignore[attr-defined] # SchemaMismatchError has it


@pytest.mark.parametrize(
    "declared", [("string", {"pattern": "(["}), ("integer", {"minimum": "low"}), ("date", {"enum": ["soon"]})]
)
def test_a_contract_that_can_not_be_applied(run: Run, declared: Any) -> None:
    with pytest.raises(EngineError) as raised:
        run("v\n2020-01-01\n", schema=fields(v=declared))
    assert raised.value.code == "bad-schema"


def test_unique_keeps_the_first(run: Run) -> None:
    schema = fields(id="integer", mail=("string", {"unique": True}))
    outcome = run("id,mail\n1,a\n2,b\n3,a\n4,\n5,\n1,a\n", schema=schema)
    assert outcome.column("id") == [1, 2, 4, 5]
    assert outcome.report.rows_duplicate == 1
    (refused,) = outcome.rejects
    assert (refused["row"], refused["code"], refused["column"]) == (3, "unique", "mail")


def test_numbers_are_never_rounded_to_fit_a_contract(run: Run) -> None:
    outcome = run("n\n12345678901234567.25\n1.5\n", schema=fields(n="number"))
    assert [str(value) for value in outcome.column("n")] == ["12345678901234567.25", "1.50"]
    outcome = run("n\n99999999999999999999\n1\n", schema=fields(n="integer"))
    assert [int(value) for value in outcome.column("n")] == [99999999999999999999, 1]


def test_the_inferred_schema_is_a_contract_that_the_file_meets(run: Run) -> None:
    text = "Id,Born,Size,Note\n1,2020-01-01,1.5,x\n2,2021-02-03,2,NA\n"
    first = run(text)
    second = run(text, schema=first.report.table_schema.to_json())
    assert second.rows == first.rows
    assert second.columns == first.columns
    assert second.column("_key") == first.column("_key")


def test_exact_duplicates_keep_the_first(run: Run) -> None:
    outcome = run("a,b\n1,x\n2,y\n1,x\n3,z\n2,y\n 1 ,x\n")
    assert outcome.column("_row") == [1, 2, 4]
    assert outcome.report.rows_duplicate == 3


def test_by_key_the_last_wins(run: Run) -> None:
    schema = fields(id="integer", v="string") | {"primaryKey": ["id"]}
    outcome = run("id,v\n1,a\n2,b\n1,c\n3,d\n,e\n2,f\n", schema=schema)
    assert outcome.rows == [(1, "c"), (3, "d"), (2, "f")]
    assert outcome.column("_key") == ["1", "3", "2"]
    assert outcome.column("_row") == [3, 4, 6]
    assert outcome.report.rows_duplicate == 2
    assert outcome.report.rejects_by_code == {"key-missing": 1}


def test_composite_keys_are_unambiguous(run: Run) -> None:
    schema = fields(a="string", b="string") | {"primaryKey": ["a", "b"]}
    outcome = run('a,b\n"x,y",z\nx,"y,z"\n~,1\n~7E,1\n', schema=schema)
    assert outcome.column("_key") == ["x~2Cy,z", "x,y~2Cz", "~7E,1", "~7E7E,1"]


def test_a_key_too_long_for_the_table_is_hashed(run: Run) -> None:
    long = "é" * 600
    outcome = run(f"id\n{long}\nshort\n", schema=fields(id="string") | {"primaryKey": "id"})
    assert outcome.column("_key") == [hashlib.md5(long.encode(), usedforsecurity=False).hexdigest(), "short"]


def test_a_dates_key_is_iso(run: Run) -> None:
    schema = fields(at="datetime", day="date") | {"primaryKey": ["at", "day"]}
    assert run("at,day\n2020-01-02 10:00,2020-01-02\n", schema=schema).column("_key") == [
        "2020-01-02T10:00:00,2020-01-02"
    ]


def test_keys_by_content_tell_null_from_nothing_else(run: Run) -> None:
    outcome = run("a,b,c\nx,,y\nx,y,\n,x,y\n")
    assert len(set(outcome.column("_key"))) == 3
    assert all(len(key) == 32 for key in outcome.column("_key"))


def test_lineage_is_on_every_record(run: Run) -> None:
    outcome = run("a\n1\n2\n")
    assert set(outcome.column("_object")) == {"a/b.csv"}
    assert set(outcome.column("_run")) == {"r1"}
    assert set(outcome.column("_sk")) == {"2026-01-01T00:00:00Z#r1"}
    assert list(outcome.records[0]) == ["a", "_key", "_object", "_run", "_row", "_sk"]
