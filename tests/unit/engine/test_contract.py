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
        ("duration", "P1DT2H", "soon", "type"),
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
        (("object", {"minLength": 2}), '{"a":1,"b":2}', '{"a":1}', "min-length"),
        ("year", "2020", "20200", "type"),
        ("year", "-0044", "MMXX", "type"),
        (("year", {"minimum": 1990}), "1990", "1989", "minimum"),
        ("yearmonth", "2020-12", "2020-13", "type"),
        (("yearmonth", {"maximum": "2020-06"}), "2020-06", "2020-07", "maximum"),
        ("geopoint", "100.5, 45.5", "45.5, 100.5", "type"),
        ("geojson", '{"type":"Point","coordinates":[1,2]}', '{"type":"Dot"}', "type"),
    ],
)
def test_a_violation_refuses_the_row(run: Run, declared: Any, good: str, bad: str, code: str) -> None:
    outcome = run(f"id;v\n1;{good}\n2;{bad}\n3;{good}\n", schema=fields(id="integer", v=declared))
    assert outcome.column("id") == [1, 3]
    (refused,) = outcome.rejects
    assert (refused["row"], refused["line"], refused["code"], refused["column"]) == (2, 3, code, "v")
    assert refused["raw"] == f"2;{bad}"
    assert "v " in refused["reason"]


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("email", "ada@example.org", "ada@example"),
        ("email", "jörg.o'neill+x@sub.bücher.example", "a b@example.org"),
        ("email", "x" * 64 + "@example.org", "x" * 65 + "@example.org"),
        ("email", "a@b.co", "a..b@c.de"),
        ("uri", "https://example.org/a%20b?q=1&r[]=2#top".replace("[]", "%5B%5D"), "https://example.org/a b"),
        ("uri", "urn:isbn:0451450523", "example.org/a"),
        ("uri", "mailto:ada@example.org", "https://"),
        ("uri", "http://[2001:db8::1]:8080/", "http://example.org/%zz"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000"),
        ("uuid", "123E4567-E89B-12D3-A456-426614174000", "123e4567-e89b-12d3-a456-42661417400g"),
        ("binary", "aGVsbG8=", "aGVsbG8"),
        ("binary", "aGk+/w==", "aGk-_w=="),
    ],
)
def test_formats_of_strings(run: Run, form: str, good: str, bad: str) -> None:
    schema = {"fields": [{"name": "id", "type": "integer"}, {"name": "v", "type": "string", "format": form}]}
    text = f"id;v\n1;{good}\n2;{bad}\n3;\n"
    outcome = run(text, schema=schema)
    assert outcome.rows == [(1, good), (3, None)]
    (refused,) = outcome.rejects
    assert (refused["row"], refused["code"], refused["column"]) == (2, "format", "v")
    assert f"format {form}" in refused["reason"]
    schema["fields"][1]["sluice:on_violation"] = "null"
    outcome = run(text, schema=schema)
    assert outcome.rows == [(1, good), (2, None), (3, None)]
    assert [(issue["row"], issue["code"], issue["text"]) for issue in outcome.issues] == [(2, "format", bad)]


@pytest.mark.parametrize(
    ("kind", "form", "known"),
    [("string", "date-time", "email"), ("geopoint", "wkt", "array"), ("geojson", "kml", "topojson")],
)
def test_an_unknown_format_is_one_clear_error(run: Run, kind: str, form: str, known: str) -> None:
    with pytest.raises(EngineError, match=f"v: its format '{form}' is none of default.*{known}") as raised:
        run("v\nx\n", schema={"fields": [{"name": "v", "type": kind, "format": form}]})
    assert raised.value.code == "bad-schema"


@pytest.mark.parametrize(
    ("field", "texts", "values"),
    [
        ({}, ["13.4, 52.5", "POINT(13.4 52.5)"], ["13.4,52.5", "13.4,52.5"]),
        ({"sluice:order": "lat,lon"}, ["52.5, 13.4", "POINT(13.4 52.5)"], ["52.5,13.4", "52.5,13.4"]),
        ({"format": "array"}, ["[13.4, 52.5]", "[1, 2]", "[13.4, 95]"], ["[13.4, 52.5]", "[1, 2]"]),
        ({"format": "object"}, ['{"lon": 13.4, "lat": 52.5}', '{"lon": 13.4}'], ['{"lon": 13.4, "lat": 52.5}']),
    ],
)
def test_geopoints_are_longitude_first_unless_stated(
    run: Run, field: dict[str, Any], texts: list[str], values: list[str]
) -> None:
    rows = [f"{number};{text}" for number, text in enumerate(texts)]
    schema = {"fields": [{"name": "id", "type": "integer"}, {"name": "v", "type": "geopoint", **field}]}
    outcome = run("id;v\n" + "\n".join(rows) + "\n", schema=schema)
    assert outcome.column("v") == values
    assert set(outcome.report.rejects_by_code) == ({"type"} if len(values) < len(texts) else set())


def test_a_declared_currency_is_the_only_one(run: Run) -> None:
    field = {"name": "v", "type": "number", "sluice:currency": "EUR"}
    outcome = run("id;v\n1;$5\n2;5 €\n3;6\n4;7 EUR\n", schema={"fields": [{"name": "id"}, field]})
    assert outcome.column("v") == [5.0, 6.0, 7.0]
    assert outcome.report.rejects_by_code == {"type": 1}


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
    with pytest.raises(EngineError, match=r"b: .*required; c: .*primary key") as raised:
        run("a,x\n1,2\n", schema=schema)
    assert raised.value.code == "schema-mismatch"
    assert raised.value.missing == ("b", "c")  # type: ignore[attr-defined] # SchemaMismatchError has it


@pytest.mark.parametrize(
    "declared",
    [
        ("string", {"pattern": "(["}),
        ("integer", {"minimum": "low"}),
        ("date", {"enum": ["soon"]}),
        ("duration", {"minimum": "P1D"}),
        ("array", {"maximum": "[1]"}),
    ],
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


def test_money_places_and_offsets_are_in_the_inferred_schema_and_read_back_the_same(run: Run) -> None:
    rows = [
        f'{n},"${n},000.50","({50 + n / 100:.2f}, +13.4)",2020-01-0{n}T10:00:00+0{n}:00,{n} €,{n}%\n'
        for n in range(1, 9)
    ]
    text = "id,price,place,at,cost,share\n" + "".join(rows)
    first = run(text)
    described = {field["name"]: field for field in first.report.table_schema.to_json()["fields"]}
    assert (described["price"]["type"], described["price"]["sluice:currency"]) == ("number", "USD")
    assert (described["cost"]["type"], described["cost"]["sluice:currency"]) == ("number", "EUR")
    assert (described["place"]["type"], described["place"]["sluice:order"]) == ("geopoint", "lat,lon")
    assert "sluice:currency" not in described["share"]
    assert "sluice:currency" not in described["id"]
    assert first.column("place")[0] == "50.01,13.4"
    assert first.report_of("place").changes["geo-form"].count == 8
    assert first.column("at_offset") == [60 * n for n in range(1, 9)]
    second = run(text, schema=first.report.table_schema.to_json())
    assert second.rows == first.rows
    assert second.columns == first.columns
    assert second.report.table_schema == first.report.table_schema
    assert second.report.drift == []
    assert second.report.warnings == first.report.warnings


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


def issue(outcome: Any) -> list[tuple[int, str, str, str]]:
    return [(one["row"], one["column"], one["code"], one["text"]) for one in outcome.issues]


def test_every_cell_that_became_null_is_an_issue(run: Run) -> None:
    rows = "".join(f"{n},2020-01-0{n % 9 + 1}\n" for n in range(300))
    outcome = run(f"n,day\n{rows}x1,soon\n7, 2020-02-31 \n")
    assert outcome.types() == {"n": "integer", "day": "date"}
    assert issue(outcome) == [
        (301, "n", "type", "x1"),
        (301, "day", "type", "soon"),
        (302, "day", "type", " 2020-02-31 "),
    ]
    assert outcome.issues[0]["reason"] == "n is not of type integer"
    assert (outcome.issues[0]["_object"], outcome.issues[0]["_run"]) == ("a/b.csv", "r1")
    assert outcome.report.issues == 3


@pytest.mark.parametrize(
    ("declared", "bad", "code"),
    [
        ("integer", "5.5", "type"),
        (("string", {"enum": ["5", "blue"]}), "green", "enum"),
        (("integer", {"minimum": 1}), "0", "minimum"),
        (("string", {"pattern": "[0-9]"}), "DEU", "pattern"),
        (("string", {"maxLength": 2}), "abc", "max-length"),
        (("date", {"maximum": "2020-12-31"}), "2021-01-01", "maximum"),
    ],
)
def test_a_violation_can_make_the_value_null(run: Run, declared: Any, bad: str, code: str) -> None:
    good = "2020-01-01" if declared[0] == "date" else "5"
    schema = fields(id="integer", v=declared)
    schema["fields"][1]["sluice:on_violation"] = "null"
    outcome = run(f"id;v\n1;{good}\n2;{bad}\n3;{good}\n4;\n", schema=schema)
    assert outcome.column("id") == [1, 2, 3, 4]
    assert [value is None for value in outcome.column("v")] == [False, True, False, True]
    assert issue(outcome) == [(2, "v", code, bad)]
    assert outcome.report_of("v").invalid == 1
    assert outcome.report_of("v").nulls == 2
    assert outcome.report_of("v").changes["invalid"].examples[0].before == bad


def test_rows_that_are_alike_once_a_value_is_null_are_duplicates(run: Run) -> None:
    schema = fields(id="integer", v=("string", {"enum": ["a"]}))
    schema["fields"][1]["sluice:on_violation"] = "null"
    outcome = run("id,v\n1,x\n1,\n1,a\n", schema=schema)
    assert outcome.rows == [(1, None), (1, "a")]
    assert len(set(outcome.column("_key"))) == 2
    assert outcome.report.rows_duplicate == 1


def test_required_values_and_keys_refuse_the_row_all_the_same(run: Run) -> None:
    schema = fields(id="integer", v=("integer", {"required": True})) | {"primaryKey": "id"}
    for field in schema["fields"]:
        field["sluice:on_violation"] = "null"
    outcome = run("id,v\n1,5\n2,x\n3,\ny,6\n5,7\n6,8\n", schema=schema)
    assert outcome.column("id") == [1, 5, 6]
    assert outcome.report.rejects_by_code == {"required": 1, "type": 2}


def test_a_default_stands_where_nothing_does(run: Run) -> None:
    schema = fields(
        id="integer", country="string", n=("integer", {"required": True}), ok="boolean", day="date", gone="number"
    )
    for field, default in zip(schema["fields"][1:], ("DE", 0, True, "2020-01-01", 1.5), strict=True):
        field["sluice:default"] = default
    outcome = run(
        "id,country,n,ok,day\n1, FR,5,no,2021-02-03\n2,,,,\n3,null, , ,\n4,DE,7,yes,2020-01-01\n", schema=schema
    )
    default = ("DE", 0, True, date(2020, 1, 1), 1.5)
    assert outcome.rows == [
        (1, "FR", 5, False, date(2021, 2, 3), 1.5),
        (2, *default),
        (3, *default),
        (4, "DE", 7, True, date(2020, 1, 1), 1.5),
    ]
    changes = {column.name: column.changes for column in outcome.report.columns}
    assert [changes[name]["default"].count for name in ("country", "n", "ok", "day")] == [2, 2, 2, 2]
    assert "date-form" not in changes["day"]


def test_an_empty_row_does_not_get_defaults(run: Run) -> None:
    schema = fields(a="integer", b="string")
    schema["fields"][1]["sluice:default"] = "x"
    outcome = run("a,b\n1,\n,\n2,y\n", schema=schema)
    assert outcome.rows == [(1, "x"), (2, "y")]
    assert outcome.report.rejects_by_code == {"empty-row": 1}


def test_a_default_that_is_no_value_of_the_type(run: Run) -> None:
    for kind, default in (("integer", 1.5), ("date", "soon"), ("boolean", "perhaps")):
        schema = fields(v=kind)
        schema["fields"][0]["sluice:default"] = default
        with pytest.raises(EngineError, match="v: its sluice:default") as raised:
            run("v\n\n1\n", schema=schema)
        assert raised.value.code == "bad-schema"
