"""Filters: every operator, every kind of column, bad input; random queries against a plain-Python reference."""

import operator as py
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice_query.columns import Column, Kind
from sluice_query.operators import OPERATORS, operators_markdown

World = Any
Row = dict[str, Any]

FIELDS = [
    ("id", "integer"),
    ("n", "integer"),
    ("x", "number"),
    ("d", "number"),
    ("b", "boolean"),
    ("day", "date"),
    ("at", "datetime"),
    ("t", "time"),
    ("s", "string"),
    ("doc", "array"),
    ("a__gt", "string"),
]
# Every column is null in places, and repeats its values, so that conditions meet and orders tie.
ROWS = """
    SELECT i AS id,
        CASE WHEN i % 7 <> 0 THEN (i * 37) % 11 - 5 END::BIGINT AS n,
        CASE WHEN i % 5 <> 0 THEN ((i * 13) % 17) / 4 - 2 END::DOUBLE AS x,
        CASE WHEN i % 6 <> 0 THEN ((i * 7) % 23) * 0.25 - 1 END::DECIMAL(10, 2) AS d,
        CASE WHEN i % 4 <> 0 THEN i % 3 = 0 END AS b,
        CASE WHEN i % 9 <> 0 THEN DATE '2020-02-27' + (i % 5)::INT END AS day,
        CASE WHEN i % 8 <> 0 THEN TIMESTAMP '2020-02-28 22:30:00.5' + INTERVAL (i % 6) HOUR END AS at,
        CASE WHEN i % 5 <> 1 THEN TIME '23:59:59' - INTERVAL (i % 4) MINUTE END AS t,
        CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'aB' WHEN 3 THEN 'ab%_' WHEN 4 THEN 'é,''x' ELSE 'b' END
            AS s,
        CASE WHEN i % 3 = 0 THEN '[' || i % 4 || ']' END AS doc,
        'g' || i % 3 AS a__gt
    FROM range(60) r(i)
"""


@pytest.fixture
def table(world: World) -> World:
    world.add("data", "a.csv", FIELDS, ROWS, load=False)
    return world


def ids(table: World, query: dict[str, Any]) -> list[int]:
    return sorted(record["id"] for record in table.get("/datasets/data/records", {"_size": "1000", **query}).records)


MATCHES: list[tuple[dict[str, Any], Callable[[Row], bool]]] = [
    ({"n": "3"}, lambda r: r["n"] == 3),
    ({"n__exact": "3"}, lambda r: r["n"] == 3),
    ({"n__not": "3"}, lambda r: r["n"] not in {3, None}),
    ({"n__gt": "1", "x__lte": "0.25"}, lambda r: None not in {r["n"], r["x"]} and r["n"] > 1 and r["x"] <= 0.25),
    ({"n__gte": ["0", "2"]}, lambda r: r["n"] is not None and r["n"] >= 2),
    ({"n__in": "1,2,-5"}, lambda r: r["n"] in {1, 2, -5}),
    ({"n__notin": "1,2"}, lambda r: r["n"] not in {1, 2, None}),
    ({"n__in": "[1, 2]"}, lambda r: r["n"] in {1, 2}),
    ({"s__in": '["é,\'x", "b"]'}, lambda r: r["s"] in {"é,'x", "b"}),
    ({"d__lt": "0.25"}, lambda r: r["d"] is not None and Decimal(r["d"]) < Decimal("0.25")),
    ({"d": "1.50"}, lambda r: r["d"] == "1.50"),
    ({"b": "TRUE"}, lambda r: r["b"] is True),
    ({"b": "0"}, lambda r: r["b"] is False),
    ({"day__gte": "2020-02-29"}, lambda r: r["day"] is not None and r["day"] >= "2020-02-29"),
    ({"day__date": "2020-02-29"}, lambda r: r["day"] == "2020-02-29"),
    ({"at__date": "2020-02-29"}, lambda r: (r["at"] or "").startswith("2020-02-29")),
    ({"at": "2020-02-29T00:30:00.5+02:00"}, lambda r: r["at"] == "2020-02-28T22:30:00.5Z"),
    ({"at__lt": "2020-02-29"}, lambda r: r["at"] is not None and r["at"] < "2020-02-29"),
    ({"t__lt": "23:58:30"}, lambda r: r["t"] is not None and r["t"] < "23:58:30"),
    ({"s": ""}, lambda r: r["s"] == ""),
    ({"s__contains": "b"}, lambda r: "b" in (r["s"] or "")),
    ({"s__contains": "%"}, lambda r: "%" in (r["s"] or "")),
    ({"s__startswith": "ab"}, lambda r: (r["s"] or "").startswith("ab")),
    ({"s__endswith": "B"}, lambda r: (r["s"] or "").endswith("B")),
    ({"s__isnull": "1"}, lambda r: r["s"] is None),
    ({"s__isnull": "0"}, lambda r: r["s"] is not None),
    ({"n__notnull": ""}, lambda r: r["n"] is not None),
    ({"s__isblank": "true"}, lambda r: not r["s"]),
    ({"n__isblank": "true"}, lambda r: r["n"] is None),
    ({"doc": "[0]"}, lambda r: r["doc"] == [0]),
    ({"doc__contains": "3"}, lambda r: r["doc"] == [3]),
    ({"a__gt": "g1"}, lambda r: r["a__gt"] == "g1"),
    ({"a__gt__gt": "g1"}, lambda r: r["a__gt"] > "g1"),
    ({"_row__lte": "5"}, lambda r: r["_row"] <= 5),
    ({"_key__in": "3,4"}, lambda r: r["_key"] in {"3", "4"}),
    ({"_object": "a.csv"}, lambda _: True),
    ({"_object__not": "a.csv"}, lambda _: False),
    ({"s": "'; DROP TABLE x; --"}, lambda _: False),
    ({"s__in": "') OR 1=1 --,\" OR 1=1 --"}, lambda _: False),
]


def test_operators(table: World, subtests: pytest.Subtests) -> None:
    everything = table.get("/datasets/data/records", {"_size": "1000"}).records
    assert len(everything) == 60
    for query, wanted in MATCHES:
        with subtests.test(query=query):
            expected = [row["id"] for row in everything if wanted(row)]
            assert ids(table, query) == expected
            counted = table.get("/datasets/data/records", {**query, "_size": "1", "_extra": "count"})
            assert counted.json["count"] == len(expected)


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"nope": "1"}, "nope", "valid: id, n, x"),
    ({"nope__gt": "1"}, "nope__gt", "no column 'nope'"),
    ({"_sk": "1"}, "_sk", "_sort_desc"),
    ({"_where": "1=1"}, "_where", "_sort_desc"),
    ({"n__like": "1"}, "n__like", "valid: exact, not, gt"),
    ({"b__gt": "true"}, "b__gt", "not possible on boolean"),
    ({"n__contains": "1"}, "n__contains", "not possible on integer"),
    ({"n": "1.5"}, "n", "whole number"),
    ({"n": ""}, "n", "whole number"),
    ({"n": "9223372036854775808"}, "n", "64 bits"),
    ({"n__in": "1,x"}, "n__in", "whole number"),
    ({"n__in": "[1"}, "n__in", "JSON array"),
    ({"n__in": "[]"}, "n__in", "JSON array"),
    ({"x": "nan"}, "x", "number"),
    ({"x__gt": "1e999"}, "x__gt", "number"),
    ({"d": "0.001"}, "d", "2 decimal places"),
    ({"d": "123456789.00"}, "d", "8 digits"),
    ({"b": "yes"}, "b", "true or false"),
    ({"day": "2020-02-30"}, "day", "2020-01-31"),
    ({"day": "20200229"}, "day", "2020-01-31"),
    ({"at": "2020-02-29T25:00"}, "at", "2020-01-31T12:00:00Z"),
    ({"at__date": "2020-02-29T00:00"}, "at__date", "2020-01-31"),
    ({"t": "24:00:00"}, "t", "12:00:00"),
    ({"s__isnull": "maybe"}, "s__isnull", "true or false"),
    ({"_sort": "nope"}, "_sort", "no column 'nope'"),
    ({"_sort_desc": 'id" DESC; --'}, "_sort_desc", "no column"),
    ({"_col": "nope"}, "_col", "no column"),
    ({"_size": "0"}, "_size", "from 1 to 1000"),
    ({"_size": "1001"}, "_size", "from 1 to 1000"),
    ({"_size": "٣"}, "_size", "from 1 to 1000"),
    ({"_size": ["1", "2"]}, "_size", "only once"),
    ({"_extra": "facets"}, "_extra", "valid: count"),
    ({"_shape": "object"}, "_shape", "valid: objects, arrays"),
    ({"_search": "x"}, "_search", "_sort"),
    ({'"; DROP': "x"}, '"; DROP', "no column"),
]


def test_bad_input_is_told_with_what_is_valid(table: World, subtests: pytest.Subtests) -> None:
    for query, pointer, tells in FAULTS:
        with subtests.test(query=query):
            answer = table.get("/datasets/data/records", query)
            assert (answer.status, answer.json["type"]) == (400, "urn:sluice:problem:invalid-request")
            (fault,) = answer.json["errors"]
            assert fault["pointer"] == pointer
            assert tells in fault["detail"]


def test_all_faults_are_told_at_once(table: World) -> None:
    answer = table.get("/datasets/data/records", {"n": "x", "nope": "1", "_size": "0"})
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["n", "nope", "_size"]


def test_strange_names_and_values_are_only_names_and_values(world: World) -> None:
    """Quotes, semicolons and percent signs in a column's name reach DuckDB as a name and nothing else."""
    name = "x'; DROP TABLE t; --%s"
    world.add("odd", "a'b.csv", [("id", "integer"), (name, "string")], f"SELECT 1 AS id, 'v' AS \"{name}\"")
    query = {name: "v", f"{name}__not": "w", "_sort": name, "_col": name}
    assert world.get("/datasets/odd/records", query).records == [{name: "v", "_key": "1"}]


# -- random queries ---------------------------------------------------------------------------------------------

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "exact": py.eq,
    "not": py.ne,
    "gt": py.gt,
    "gte": py.ge,
    "lt": py.lt,
    "lte": py.le,
    "contains": lambda cell, value: value in cell,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "in": lambda cell, value: cell in value,
    "notin": lambda cell, value: cell not in value,
}
_READ: dict[str, Callable[[Any], Any]] = {
    "d": Decimal,
    "at": lambda text: datetime.fromisoformat(text).astimezone(UTC),
    "s": lambda text: text.encode(),
}
_VALUES = {
    "n": st.integers(-6, 6).map(str),
    "x": st.integers(-9, 10).map(lambda i: str(i / 4)),
    "d": st.integers(-5, 24).map(lambda i: str(Decimal(i) / 4)),
    "day": st.sampled_from(["2020-02-26", "2020-02-28", "2020-02-29", "2020-03-01"]),
    "at": st.sampled_from(["2020-02-28T22:30:00.5Z", "2020-02-29T01:30:00.5Z", "2020-02-29T00:30:00.5Z"]),
    "t": st.sampled_from(["23:59:59", "23:57:59", "23:58:00"]),
    "s": st.sampled_from(["", "a", "b", "aB", "ab%_", "é,'x", "%", "z"]),
}
_ORDERED = ["exact", "not", "gt", "gte", "lt", "lte"]
_TEXT = ["contains", "startswith", "endswith"]


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, str]:
    column = draw(st.sampled_from(list(_VALUES)))
    name = draw(
        st.sampled_from(_ORDERED + (_TEXT if column == "s" else []) + (["in", "notin"] if column == "n" else []))
    )
    if name in {"in", "notin"}:
        return column, name, ",".join(draw(st.lists(_VALUES[column], min_size=1, max_size=4)))
    return column, name, draw(_VALUES[column])


def matches(row: Row, column: str, name: str, value: str) -> bool:
    if row[column] is None:
        return False
    kind: Callable[[Any], Any] = _READ.get(column, type(row[column]))
    if name in {"in", "notin"}:
        return _COMPARE[name](row[column], [int(one) for one in value.split(",")])
    if name in _TEXT:
        return _COMPARE[name](row[column], value)
    return _COMPARE[name](kind(row[column]), kind(value))


def sort_key(row: Row, column: str) -> Any:
    return _READ.get(column, lambda value: value)(row[column])


def reference(rows: list[Row], filters: list[tuple[str, str, str]], order: list[tuple[str, bool]]) -> list[int]:
    """Filter and sort as the API promises: nulls last, ties by key; without an order as in the source."""
    kept = [row for row in rows if all(matches(row, *one) for one in filters)]
    kept.sort(key=lambda row: row["_key"].encode() if order else row["_row"])
    for column, descending in reversed(order):
        present = [row for row in kept if row[column] is not None]
        # Python keeps ties in their order, in a reversed sort too.
        present.sort(key=lambda row: sort_key(row, column), reverse=descending)
        kept = present + [row for row in kept if row[column] is None]
    return [row["id"] for row in kept]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    filters=st.lists(conditions(), max_size=3),
    sorts=st.lists(st.sampled_from(["n", "x", "d", "b", "day", "at", "t", "s"]), max_size=2, unique=True),
    descending=st.booleans(),
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5),
)
def test_paging_gives_the_whole_sorted_result_once(
    table: World, filters: list[tuple[str, str, str]], sorts: list[str], descending: bool, sizes: list[int]
) -> None:
    rows = table.get("/datasets/data/records", {"_size": "1000"}).records
    query: dict[str, Any] = {"_sort_desc" if descending else "_sort": sorts} if sorts else {}
    for column, name, value in filters:
        query.setdefault(f"{column}__{name}", []).append(value)
    seen: list[int] = []
    token, turn = None, 0
    while True:
        page = {**query, "_size": str(sizes[turn % len(sizes)])} | ({"_next": token} if token else {})
        answer = table.get("/datasets/data/records", page)
        seen += [record["id"] for record in answer.records]
        token, turn = answer.json["next"], turn + 1
        if token is None:
            break
        assert len(answer.records) == int(page["_size"])
    assert seen == reference(rows, filters, [(column, descending) for column in sorts])


def test_mixed_sort_directions(table: World) -> None:
    rows = table.get("/datasets/data/records", {"_size": "1000"}).records
    answer = table.get("/datasets/data/records", {"_size": "1000", "_sort_desc": "s", "_sort": "n"})
    assert [row["id"] for row in answer.records] == reference(rows, [], [("s", True), ("n", False)])


# -- the table ----------------------------------------------------------------------------------------------------


def test_the_table_is_the_documented_set() -> None:
    documented = "exact not gt gte lt lte in notin contains startswith endswith isnull notnull isblank date"
    assert " ".join(OPERATORS) == documented
    for name in OPERATORS:
        assert f"| `{name}` |" in operators_markdown()


def test_kinds() -> None:
    kinds = {"VARCHAR": Kind.TEXT, "BIGINT": Kind.INTEGER, "DECIMAL(38,2)": Kind.DECIMAL, "TIMESTAMP": Kind.DATETIME}
    for sql_type, kind in kinds.items():
        assert Column("c", sql_type).kind is kind
