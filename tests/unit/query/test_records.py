"""Several runs: hidden keys, generations, columns that differ; and by key the very same bytes as in `/records`."""

from pathlib import Path
from typing import Any

import pytest

from sluice_query.bykey import value_of
from sluice_query.columns import Column

World = Any

FIELDS = [("id", "string"), ("v", "string")]


def rows(*pairs: tuple[str, str]) -> str:
    values = ", ".join(f"('{key}', '{value}')" for key, value in pairs)
    return f"SELECT * FROM (VALUES {values}) t(id, v)"  # noqa: S608 - our own values


def served(world: World, query: dict[str, Any] | None = None) -> dict[str, str]:
    return {record["id"]: record["v"] for record in world.get("/datasets/data/records", query).records}


def by_key(world: World, *keys: str) -> dict[str, str]:
    answers = {key: world.get(f"/datasets/data/records/{key}") for key in keys}
    return {key: answer.json["v"] for key, answer in answers.items() if answer.status == 200}


def assert_same_bytes(world: World, dataset: str = "data") -> list[str]:
    answer = world.get(f"/datasets/{dataset}/records", {"_size": "1000"}, {"accept": "application/x-ndjson"})
    lines: list[str] = answer.text.splitlines()
    records = world.get(f"/datasets/{dataset}/records", {"_size": "1000"}).records
    for line, record in zip(lines, records, strict=True):
        assert world.get(f"/datasets/{dataset}/records/{record['_key']}").text == line
    assert lines
    return lines


def test_the_newest_record_of_a_key_is_served_and_a_removal_uncovers_what_it_hid(world: World) -> None:
    world.add("data", "old.csv", FIELDS, rows(("a", "1"), ("b", "1"), ("c", "1")))
    world.add("data", "new.csv", FIELDS, rows(("b", "2"), ("d", "2")))
    expected = {"a": "1", "b": "2", "c": "1", "d": "2"}
    assert served(world) == by_key(world, *"abcd") == expected
    assert world.get("/datasets/data/records", {"_extra": "count", "_size": "1"}).json["count"] == 4
    # The hidden record matches nothing, even where the one that hides it does not match.
    assert served(world, {"v": "1"}) == {"a": "1", "c": "1"}
    assert served(world, {"_key": "b"}) == {"b": "2"}
    world.remove("data", "new.csv")
    assert served(world) == by_key(world, *"abcd") == {"a": "1", "b": "1", "c": "1"}


def test_an_overwritten_object_serves_only_its_new_rows(world: World) -> None:
    world.add("data", "a.csv", FIELDS, rows(("a", "1"), ("b", "1")))
    world.add("data", "a.csv", FIELDS, rows(("b", "2")), load=False)
    # The items of the new run are on their way, those of the old one not removed yet.
    assert served(world) == by_key(world, "a", "b") == {"b": "2"}


def test_a_record_whose_item_is_on_its_way_comes_from_parquet(world: World) -> None:
    world.add("data", "a.csv", FIELDS, rows(("a", "1"), ("b", "1")))
    late = world.add("data", "b.csv", FIELDS, rows(("b", "2"), ("c", "2")), load=False)
    assert by_key(world, *"abc") == {"a": "1", "b": "2", "c": "2"}
    assert_same_bytes(world)
    world.load(late)
    world.restart()
    assert by_key(world, *"abc") == {"a": "1", "b": "2", "c": "2"}
    assert world.edge.connects == 0


def test_files_that_vanish_under_a_reader_are_a_reason_to_try_again(world: World) -> None:
    late = world.add("data", "b.csv", FIELDS, rows(("b", "2")), load=False)
    Path(world.edge.local.parts(late)[0]).unlink()
    for path in ("/datasets/data/records", "/datasets/data/records/b"):
        answer = world.get(path)
        assert (answer.status, answer.json["type"]) == (503, "urn:sluice:problem:unavailable")


def test_an_oversize_record_comes_from_parquet(world: World) -> None:
    world.add("data", "a.csv", FIELDS, "SELECT 'a' AS id, repeat('x', 400000) AS v")
    (item,) = world.edge.items.items("data", "a")
    assert item["oversize"]["BOOL"]
    assert len(by_key(world, "a")["a"]) == 400_000
    assert_same_bytes(world)


# As the gateway passes the path on, and the key that is meant.
KEYS = [
    ("a/b", "a/b"),
    ("c%2Fd", "c/d"),
    ("e%2Ff", "e%2Ff"),
    ("/lead/", "/lead/"),
    ("ü ñ+%25?&=#", "ü ñ+%25?&=#"),
    ("100%", "100%"),
    ("%C3%BC", "ü"),
    ("line\nbreak", "line\nbreak"),
    (".", "."),
    ("x#y", "x#y"),
    ("it's", "it's"),
]


def test_a_key_may_hold_any_character(world: World, subtests: pytest.Subtests) -> None:
    world.add("data", "a.csv", FIELDS, rows(*((key.replace("'", "''"), "found") for _, key in KEYS)))
    for came, key in KEYS:
        with subtests.test(came=came):
            answer = world.get(f"/datasets/data/records/{came}")
            assert (answer.status, answer.json.get("_key")) == (200, key)
            assert answer.json == world.get("/datasets/data/records", {"_key": key}).records[0]


def test_a_record_has_an_etag_of_its_own(world: World) -> None:
    world.add("data", "a.csv", FIELDS, rows(("a", "1")))
    etag = world.get("/datasets/data/records/a").headers["etag"]
    assert world.get("/datasets/data/records/a", headers={"if-none-match": etag}).status == 304
    world.add("data", "b.csv", FIELDS, rows(("a", "2")))
    assert world.get("/datasets/data/records/a", headers={"if-none-match": etag}).status == 200


# -- paging while commits happen ----------------------------------------------------------------------------------


def all_pages(world: World, token: str, query: dict[str, Any]) -> list[str]:
    seen: list[str] = []
    next_token: str | None = token
    while next_token:
        answer = world.get("/datasets/data/records", {**query, "_next": next_token})
        seen += [record["id"] for record in answer.records]
        next_token = answer.json["next"]
    return seen


def test_pages_show_the_generation_in_which_they_began(world: World) -> None:
    world.add("data", "b.csv", FIELDS, rows(*((f"k{i}", "1") for i in range(10))))
    first = world.get("/datasets/data/records", {"_size": "3"})
    world.add("data", "a.csv", FIELDS, rows(("k9", "2"), ("new", "2")))
    world.remove("data", "b.csv")
    world.restart()
    assert all_pages(world, first.json["next"], {"_size": "3"}) == [f"k{i}" for i in range(3, 10)]
    assert served(world) == {"k9": "2", "new": "2"}


def test_a_token_whose_files_are_gone_has_expired(world: World) -> None:
    run = world.add("data", "a.csv", FIELDS, rows(("a", "1"), ("b", "1")))
    token = world.get("/datasets/data/records", {"_size": "1"}).json["next"]
    world.add("data", "a.csv", FIELDS, rows(("a", "2"), ("b", "2")))
    Path(world.edge.local.parts(run)[0]).unlink()
    world.restart()
    answer = world.get("/datasets/data/records", {"_size": "1", "_next": token})
    assert (answer.status, answer.json["type"]) == (400, "urn:sluice:problem:invalid-token")
    assert "expired" in answer.json["detail"]


def test_a_token_is_good_only_for_its_own_query_and_only_as_it_was(world: World) -> None:
    for name in ("data", "other"):
        world.add(name, "a.csv", FIELDS, rows(("a", "1"), ("b", "1"), ("c", "1")), load=False)
    token = world.get("/datasets/data/records", {"_size": "1", "_sort": "v"}).json["next"]
    again = {"_size": "2", "_sort": "v", "_next": token}
    assert len(world.get("/datasets/data/records", again).records) == 2
    turned = token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]
    for path, query in (
        ("/datasets/data/records", {"_next": token}),
        ("/datasets/data/records", {"_sort": "v", "v": "1", "_next": token}),
        ("/datasets/data/records", {"_sort_desc": "v", "_next": token}),
        ("/datasets/other/records", {"_sort": "v", "_next": token}),
        ("/datasets/data/runs", {"_next": token}),
        ("/datasets", {"_next": token}),
        ("/datasets/data/records", {"_sort": "v", "_next": turned}),
        ("/datasets/data/records", {"_sort": "v", "_next": token[:-4]}),
        ("/datasets/data/records", {"_sort": "v", "_next": ""}),
        ("/datasets/data/records", {"_sort": "v", "_next": "é"}),
        ("/datasets/data/records", {"_sort": "v", "_next": "AAAA"}),
    ):
        answer = world.get(path, query)
        assert (answer.status, answer.json["type"]) == (400, "urn:sluice:problem:invalid-token"), (path, query)


def test_tokens_outlive_the_process_that_wrote_them(world: World) -> None:
    world.add("data", "a.csv", FIELDS, rows(("a", "1"), ("b", "1")), load=False)
    token = world.get("/datasets/data/records", {"_size": "1"}).json["next"]
    world.restart()
    assert all_pages(world, token, {"_size": "1"}) == ["b"]


def test_sorting_by_long_texts_keeps_tokens_short(world: World) -> None:
    text = "SELECT chr(97 + i::INT) AS id, repeat(md5((i % 3)::VARCHAR), 1000) || i AS v FROM range(9) t(i)"
    world.add("data", "a.csv", FIELDS, text, load=False)
    world.add("data", "b.csv", FIELDS, rows(("c", "~newer")), load=False)
    query = {"_sort": "v", "_size": "2"}
    whole = [record["id"] for record in world.get("/datasets/data/records", {"_sort": "v"}).records]
    first = world.get("/datasets/data/records", query)
    assert len(first.json["next"]) < 400
    assert [record["id"] for record in first.records] + all_pages(world, first.json["next"], query) == whole
    assert len(whole) == 9


# -- columns that differ ------------------------------------------------------------------------------------------

ONE = [("id", "string"), ("a", "integer"), ("b", "number"), ("c", "date"), ("only_one", "time"), ("doc", "object")]
ONE_ROWS = """SELECT * FROM (VALUES
    ('1', 7::BIGINT, 1.5::DOUBLE, DATE '2020-01-31', TIME '12:00:00.25', '{"a": [1,\n 2.50]}'),
    ('2', NULL, NULL, NULL, NULL, NULL)) t(id, a, b, c, only_one, doc)"""
TWO = [("id", "string"), ("c", "datetime"), ("b", "number"), ("a", "number"), ("doc", "array"), ("only_two", "boolean")]
TWO_ROWS = """SELECT '3' AS id, TIMESTAMP '2020-02-01 00:00:00.120' AS c, 2.0::DOUBLE AS b, 0.25::DOUBLE AS a,
    '[1]' AS doc, true AS only_two"""


@pytest.mark.parametrize("sql_types", [False, True])
def test_columns_are_unified_by_name(world: World, sql_types: bool) -> None:
    world.add("data", "1.csv", ONE, ONE_ROWS, sql_types=sql_types)
    world.add("data", "2.csv", TWO, TWO_ROWS, sql_types=sql_types)
    own = [
        {k: v for k, v in record.items() if not k.startswith("_")}
        for record in world.get("/datasets/data/records").records
    ]
    empty: dict[str, Any] = dict.fromkeys(["a", "b", "c", "only_one", "doc", "only_two"])
    assert own == [
        {"id": "1", "a": 7.0, "b": 1.5, "c": "2020-01-31", "only_one": "12:00:00.25", "doc": {"a": [1, 2.5]}}
        | {"only_two": None},
        {"id": "2", **empty},
        {"id": "3", "a": 0.25, "b": 2.0, "c": "2020-02-01T00:00:00.12Z", "only_one": None, "doc": [1]}
        | {"only_two": True},
    ]
    assert [list(record) for record in own] == [["id", "a", "b", "c", "only_one", "doc", "only_two"]] * 3
    assert_same_bytes(world)
    fields = {f["name"]: f["type"] for f in world.get("/datasets/data/schema").json["fields"]}
    assert fields["a"] == "number"
    assert fields["c"] == "string"
    assert all("sluice:sql_type" not in f for f in world.get("/datasets/data/schema").json["fields"])
    # Text compares as text now, numbers as numbers.
    assert [r["id"] for r in world.get("/datasets/data/records", {"c__gte": "2020-02"}).records] == ["3"]
    assert [r["id"] for r in world.get("/datasets/data/records", {"a__lt": "7.5", "_sort": "a"}).records] == ["3", "1"]


def test_the_order_of_a_record_is_the_contracts_and_missing_columns_are_null(world: World) -> None:
    world.add("data", "a.csv", FIELDS, rows(("a", "1")))
    fields = [{"name": "v", "type": "string"}, {"name": "later", "type": "date"}, {"name": "id", "type": "string"}]
    world.create("data", schema={"fields": fields})
    assert list(world.get("/datasets/data/records").records[0])[:3] == ["v", "later", "id"]
    assert world.get("/datasets/data/records", {"later__isnull": "1"}).records[0]["later"] is None
    assert_same_bytes(world)


MIXES = [
    ("5::BIGINT", "integer", "2.5::DOUBLE", "number", ["5.0", "2.5"]),
    ("true", "boolean", "5::BIGINT", "integer", ['"true"', '"5"']),
    ("1e16::DOUBLE", "number", "'x'", "string", ['"1e+16"', '"x"']),
    ("1.0::DOUBLE", "number", "DATE '2020-01-01'", "date", ['"1.0"', '"2020-01-01"']),
    (
        "TIMESTAMP '2020-01-01 12:00:00.5'",
        "datetime",
        "TIME '12:00:00'",
        "time",
        ['"2020-01-01T12:00:00.5Z"', '"12:00:00"'],
    ),
    ("12.50::DECIMAL(38,2)", "number", "7::BIGINT", "integer", ['"12.50"', '"7.00"']),
    ("12.50::DECIMAL(20,2)", "number", "0.125::DECIMAL(10,3)", "number", ['"12.500"', '"0.125"']),
    ("12.50::DECIMAL(38,2)", "number", "0.125::DECIMAL(38,3)", "number", ['"12.50"', '"0.125"']),
    ("123456789012345678901::DECIMAL(38,0)", "integer", "7::BIGINT", "integer", ['"123456789012345678901"', '"7"']),
    ("12.50::DECIMAL(38,2)", "number", "0.5::DOUBLE", "number", ['"12.50"', '"0.5"']),
    ("""'{"a":1}'""", "object", "'x'", "string", ['"{\\"a\\":1}"', '"x"']),
    ("1e300::DOUBLE", "number", "0.5::DOUBLE", "number", ["1e+300", "0.5"]),
    ("9007199254740993::BIGINT", "integer", "1::BIGINT", "integer", ['"9007199254740993"', "1"]),
]


def member(line: str) -> str:
    return line.split('"m":')[1].split(',"_key"', maxsplit=1)[0]


def add_mix(world: World, dataset: str, mix: tuple[str, str, str, str, list[str]], **options: Any) -> None:
    one, type_one, two, type_two, _ = mix
    world.add(dataset, "1.csv", [("id", "string"), ("m", type_one)], f"SELECT '1' AS id, {one} AS m", **options)
    world.add(dataset, "2.csv", [("id", "string"), ("m", type_two)], f"SELECT '2' AS id, {two} AS m", **options)


def test_mixed_types_meet_in_a_wider_one(world: World, subtests: pytest.Subtests) -> None:
    for number, mix in enumerate(MIXES):
        with subtests.test(mix=mix):
            add_mix(world, f"mix{number}", mix, sql_types=True)
            assert [member(line) for line in assert_same_bytes(world, f"mix{number}")] == mix[4]


def test_footers_tell_decimals_where_the_schema_does_not(world: World, subtests: pytest.Subtests) -> None:
    for number, mix in enumerate(mix for mix in MIXES if "DECIMAL" in mix[0]):
        with subtests.test(mix=mix):
            add_mix(world, f"mix{number}", mix, load=False)
            answer = world.get(f"/datasets/mix{number}/records", headers={"accept": "application/x-ndjson"})
            assert [member(line) for line in answer.text.splitlines()] == mix[4]


def test_many_parts_and_runs_without_records(world: World) -> None:
    world.add("data", "a.csv", FIELDS, rows(*((f"k{i}", "1") for i in range(20))), parts=4)
    world.add("data", "empty.csv", FIELDS, rows(("x", "1")) + " WHERE false", parts=0, load=False)
    assert [record["_row"] for record in world.get("/datasets/data/records").records] == list(range(1, 21))


@pytest.mark.parametrize(
    ("attribute", "stored", "wanted", "value"),
    [
        ({"S": "2020-01-31 12:00:00.500"}, "TIMESTAMP", "TIMESTAMP", "2020-01-31T12:00:00.5Z"),
        ({"S": "2020-01-31T12:00:00.000Z"}, "TIMESTAMP", "TIMESTAMP", "2020-01-31T12:00:00Z"),
        ({"S": "2020-01-31 12:00:00+00"}, "TIMESTAMP", "VARCHAR", "2020-01-31T12:00:00Z"),
        ({"S": "12:00:00.250000"}, "TIME", "TIME", "12:00:00.25"),
        ({"S": "1.50"}, "VARCHAR", "VARCHAR", "1.50"),
        ({"N": "1"}, "DOUBLE", "VARCHAR", "1.0"),
        ({"N": "1"}, "DOUBLE", "DOUBLE", 1.0),
        ({"NULL": True}, "DOUBLE", "DOUBLE", None),
    ],
)
def test_items_are_read_however_their_loader_wrote_them(
    attribute: dict[str, Any], stored: str, wanted: str, value: object
) -> None:
    assert repr(value_of(attribute, Column("c", stored), Column("c", wanted))) == repr(value)
