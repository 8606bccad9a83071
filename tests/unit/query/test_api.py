"""The read side of the API: event in, answer out."""

import csv
import io
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

World = Any

FIELDS = [("id", "integer"), ("name", "string"), ("price", "number"), ("day", "date"), ("doc", "object")]
ROWS = """
    SELECT * FROM (VALUES
        (1, 'Anvil', 9.5, DATE '2020-01-31', '{"a":[1,null]}'),
        (2, 'bolt, "hex"', NULL, NULL, NULL),
        (9007199254740993, '', 1e20, DATE '2021-12-01', '{}')
    ) t(id, name, price, day, doc)
"""
TYPED = f"SELECT id::BIGINT AS id, name, price::DOUBLE AS price, day, doc FROM ({ROWS})"  # noqa: S608


@pytest.fixture
def prices(world: World) -> World:
    world.create("prices", title="Prices")
    world.add("prices", "a.csv", FIELDS, TYPED)
    return world


def test_a_record_is_typed_json(prices: World) -> None:
    answer = prices.get("/datasets/prices/records")
    lineage = {"_object": "a.csv", "_run": "run001"}
    assert answer.records == [
        {"id": 1, "name": "Anvil", "price": 9.5, "day": "2020-01-31", "doc": {"a": [1, None]}}
        | {"_key": "1", **lineage, "_row": 1},
        {"id": 2, "name": 'bolt, "hex"', "price": None, "day": None, "doc": None, "_key": "2", **lineage, "_row": 2},
        {"id": "9007199254740993", "name": "", "price": 1e20, "day": "2021-12-01", "doc": {}}
        | {"_key": "9007199254740993", **lineage, "_row": 3},
    ]
    assert answer.json["next"] is None
    assert answer.json["next_url"] is None
    assert answer.json["generation"] == "1"
    assert "count" not in answer.json


def test_datasets_are_listed_by_name(prices: World) -> None:
    prices.create("anvils")
    answer = prices.get("/datasets")
    assert [(d["name"], d["title"], d["rows"], d["objects"]) for d in answer.json["datasets"]] == [
        ("anvils", None, 0, 0),
        ("prices", "Prices", 3, 1),
    ]
    assert prices.get("/datasets/prices").json["generation"] == 1


def test_listings_are_paged(prices: World) -> None:
    for name in "bcd":
        prices.add("prices", f"{name}.csv", FIELDS, TYPED, load=False)
        prices.create(name)
    for path, members in (("/datasets", 4), ("/datasets/prices/objects", 4), ("/datasets/prices/runs", 4)):
        kind = path.rsplit("/", 1)[1]
        whole = prices.get(path).json[kind]
        assert len(whole) == members
        first = prices.get(path, {"_size": "3"}).json
        second = prices.get(path, {"_size": "3", "_next": first["next"]}).json
        assert first[kind] + second[kind] == whole
        assert second["next"] is None


def test_objects_and_runs_tell_their_state(prices: World) -> None:
    (known,) = prices.get("/datasets/prices/objects").json["objects"]
    assert (known["object"], known["state"], known["active_run"], known["rows"]) == ("a.csv", "active", "run001", 3)
    (run,) = prices.get("/datasets/prices/runs").json["runs"]
    assert run == prices.get("/datasets/prices/runs/run001").json
    assert (run["status"], run["rows_in"], run["rows_out"], run["progress"]) == ("done", 3, 3, 1.0)


def test_what_is_not_there_is_a_problem(prices: World) -> None:
    for path, slug in (
        ("/datasets/none", "dataset-not-found"),
        ("/datasets/none/records", "dataset-not-found"),
        ("/datasets/none/records/1", "dataset-not-found"),
        ("/datasets/prices/records/none", "record-not-found"),
        ("/datasets/prices/runs/none", "run-not-found"),
        ("/datasets/prices/runs/none/report", "run-not-found"),
        ("/datasets/prices/runs/run001/report", "not-found"),
        ("/datasets/prices/runs/run001/diff", "not-found"),
        ("/sql", "not-found"),
    ):
        answer = prices.get(path)
        assert (answer.status, answer.json["type"]) == (404, f"urn:sluice:problem:{slug}"), path
        assert answer.headers["content-type"] == "application/problem+json"
    assert prices.get("/datasets/Nö/records").json["type"].endswith("invalid-name")


def test_an_unread_run_tells_that_it_has_nothing_rejected(prices: World) -> None:
    assert prices.get("/datasets/prices/runs/run001/rejects").json["rejects"] == []


def test_report_and_schema_with_profile(prices: World) -> None:
    prices.add("prices", "b.csv", FIELDS, TYPED, load=False)
    for run, nulls in (("run001", 1), ("run002", 4)):
        changes = {"trim": {"count": 2, "examples": []}}
        column = {"name": "price", "original": "PRICE", "type": "number", "nulls": nulls, "invalid": 1}
        report = {"rows_out": 3, "columns": [{**column, "changes": changes}]}
        (prices.folder / f"{run}.json").write_text(json.dumps(report))
    assert prices.get("/datasets/prices/runs/run001/report").json["rows_out"] == 3
    schema = prices.get("/datasets/prices/schema").json
    assert [(f["name"], f["type"], f["title"]) for f in schema["fields"]] == [(n, t, n.upper()) for n, t in FIELDS]
    assert schema["fields"][2]["profile"] == {"rows": 6, "nulls": 5, "invalid": 2, "changed": 4}
    assert (schema["declared"], schema["runs"], schema["profiled_runs"]) == (False, 2, 2)


def test_the_declared_schema_is_the_one_in_force(prices: World) -> None:
    prices.create("prices", schema={"fields": [{"name": "id", "type": "integer"}], "primaryKey": "id"})
    schema = prices.get("/datasets/prices/schema").json
    assert (schema["declared"], schema["primaryKey"]) == (True, ["id"])
    assert [field["name"] for field in schema["fields"]] == ["id"]


def test_an_empty_dataset_has_no_records(world: World) -> None:
    world.create("empty", schema={"fields": [{"name": "id", "type": "integer"}]})
    assert world.get("/datasets/empty/records").records == []
    assert world.get("/datasets/empty/records", {"id__gt": "3", "_extra": "count"}).json["count"] == 0
    assert world.get("/datasets/empty/records", {"other": "3"}).status == 400
    assert world.get("/datasets/empty/records", {"id": "x"}).status == 400
    assert world.get("/datasets/empty/records/x").status == 404
    assert world.edge.connects == 0


def test_what_needs_no_duckdb_does_not_load_it(prices: World) -> None:
    prices.restart()
    for path in ("/datasets", "/datasets/prices", "/datasets/prices/records/1", "/datasets/prices/schema", "/docs"):
        assert prices.get(path).status == 200
    assert prices.edge.connects == 0


def test_media_types(prices: World) -> None:
    text = prices.get("/datasets/prices/records", headers={"accept": "text/csv"})
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(text.text)))
    assert rows[0] == ["id", "name", "price", "day", "doc", "_key", "_object", "_run", "_row"]
    assert rows[2][:5] == ["2", 'bolt, "hex"', "", "", ""]
    assert text.text.splitlines()[3].startswith('9007199254740993,"",1e+20,2021-12-01,{},')
    lines = prices.get("/datasets/prices/records", headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line) for line in lines.text.splitlines()] == prices.get("/datasets/prices/records").records
    browser = prices.get("/datasets/prices/records", headers={"accept": "text/html,*/*;q=0.8"})
    assert browser.headers["content-type"] == "application/json"
    for path in ("/datasets/prices/records", "/datasets", "/datasets/prices/records/1"):
        refused = prices.get(path, headers={"accept": "image/png"})
        assert (refused.status, refused.json["type"]) == (406, "urn:sluice:problem:not-acceptable")


def test_shapes_columns_and_count(prices: World) -> None:
    query = {"_shape": "arrays", "_col": ["name", "id"], "_extra": "count", "_size": "2", "id__lt": "9"}
    answer = prices.get("/datasets/prices/records", query).json
    assert answer["columns"] == ["name", "id", "_key"]
    assert answer["records"] == [["Anvil", 1, "1"], ['bolt, "hex"', 2, "2"]]
    assert answer["count"] == 2


def test_the_next_page_has_an_address(prices: World) -> None:
    query: dict[str, str | list[str]] = {"_size": "1", "name__not": "a&b"}
    first = prices.get("/datasets/prices/records", query)
    url = urlsplit(first.json["next_url"])
    assert first.headers["link"] == f'<{first.json["next_url"]}>; rel="next"'
    assert url.geturl().startswith("https://abc123.execute-api.eu-central-1.amazonaws.com/dev/v1/datasets/prices/rec")
    second = prices.get("/datasets/prices/records", dict(parse_qs(url.query)))
    assert [record["id"] for record in second.records] == [2]


def test_an_etag_saves_the_reading(prices: World) -> None:
    path, query = "/datasets/prices/records", {"id__gt": "0", "name__notnull": "1"}
    etag = prices.get(path, query).headers["etag"]
    turned = dict(reversed(query.items()))
    prices.restart()
    same = prices.get(path, turned, {"If-None-Match": f'"x", W/{etag}'})
    assert (same.status, same.text, same.headers["etag"]) == (304, "", etag)
    assert prices.edge.connects == 0
    assert prices.get(path, query, {"accept": "text/csv", "if-none-match": etag}).status == 200
    assert prices.get(path, {"id__gt": "1"}, {"if-none-match": etag}).status == 200
    prices.add("prices", "b.csv", FIELDS, TYPED, load=False)
    assert prices.get(path, query, {"if-none-match": etag}).status == 200


def test_an_answer_is_cut_to_what_lambda_can_pass_on(world: World) -> None:
    rows = "SELECT i AS id, repeat('\"', 100000) AS text FROM range(100) t(i)"
    world.add("wide", "a.csv", [("id", "integer"), ("text", "string")], rows, load=False)
    seen, token = [], None
    while True:
        answer = world.get("/datasets/wide/records", {"_next": token} if token else {})
        assert len(json.dumps(answer.text)) < 6_000_000
        seen += [record["id"] for record in answer.records]
        token = answer.json["next"]
        if token is None:
            break
    assert seen == list(range(100))


def test_a_record_too_large_for_any_answer_is_told(world: World) -> None:
    rows = "SELECT 1 AS id, repeat('x', 6000000) AS text"
    world.add("wide", "a.csv", [("id", "integer"), ("text", "string")], rows, load=False)
    answer = world.get("/datasets/wide/records")
    assert (answer.status, answer.json["type"]) == (422, "urn:sluice:problem:query-too-heavy")
    assert world.get("/datasets/wide/records", {"_col": "id"}).records == [{"id": 1, "_key": "1"}]


def test_a_query_that_takes_too_long_is_ended(world: World) -> None:
    rows = "SELECT i AS id, repeat(md5(i::VARCHAR), 20) AS text FROM range(100000) t(i)"
    world.add("big", "a.csv", [("id", "integer"), ("text", "string")], rows, load=False)
    world.edge.timed._seconds = 0.01
    answer = world.get("/datasets/big/records", {"text__contains": "aaaaaa", "_sort": "text"})
    assert (answer.status, answer.json["type"]) == (422, "urn:sluice:problem:query-too-heavy")
    world.edge.timed._seconds = 20
    assert len(world.get("/datasets/big/records", {"_size": "5"}).records) == 5


def test_rejects_are_paged(world: World) -> None:
    world.add("prices", "a.csv", FIELDS, TYPED, load=False, rows_rejected=5)
    duckdb.sql(
        f"""COPY (SELECT i + 2 AS row, i + 3 AS line, 'bad-row' AS code, 'why' AS reason, NULL::VARCHAR AS "column",
        'raw ' || i AS raw, 'a.csv' AS _object, 'run001' AS _run FROM range(5) t(i))
        TO '{world.folder}/run001-rejects.parquet' (FORMAT parquet)"""  # noqa: S608 - our own folder
    )
    path = "/datasets/prices/runs/run001/rejects"
    whole = world.get(path).json["rejects"]
    assert whole[0] == {"row": 2, "line": 3, "code": "bad-row", "reason": "why", "column": None, "raw": "raw 0"} | {
        "_object": "a.csv",
        "_run": "run001",
    }
    first = world.get(path, {"_size": "3"}).json
    second = world.get(path, {"_size": "3", "_next": first["next"]}).json
    assert first["rejects"] + second["rejects"] == whole
    assert (len(whole), second["next"]) == (5, None)
    assert world.get(path, {"code": "x"}).status == 400


def test_cell_issues_are_paged(world: World) -> None:
    world.add("prices", "a.csv", FIELDS, TYPED, load=False, issues=3)
    duckdb.sql(
        f"""COPY (SELECT i + 2 AS row, 'n' AS "column", 'type' AS code, 'why' AS reason, 'x' || i AS text,
        'a.csv' AS _object, 'run001' AS _run FROM range(3) t(i))
        TO '{world.folder}/run001-issues.parquet' (FORMAT parquet)"""  # noqa: S608 - our own folder
    )
    path = "/datasets/prices/runs/run001/issues"
    whole = world.get(path).json["issues"]
    assert whole[0] == {"row": 2, "column": "n", "code": "type", "reason": "why", "text": "x0"} | {
        "_object": "a.csv",
        "_run": "run001",
    }
    first = world.get(path, {"_size": "2"}).json
    second = world.get(path, {"_size": "2", "_next": first["next"]}).json
    assert first["issues"] + second["issues"] == whole
    assert (len(whole), second["next"]) == (3, None)


def test_a_run_without_cell_issues_has_none(prices: World) -> None:
    assert prices.get("/datasets/prices/runs/run001/issues").json["issues"] == []


def test_the_openapi_document_lists_every_route(prices: World) -> None:
    document = prices.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    d, r = "/v1/datasets/{dataset}", "/v1/datasets/{dataset}/runs/{run}"
    assert set(document["paths"]) == {
        *("/v1/health", "/v1/datasets", d, f"{d}/schema", f"{d}/records", f"{d}/records/{{key}}", f"{d}/objects"),
        *(f"{d}/runs", r, f"{r}/report", f"{r}/rejects", f"{r}/issues", f"{r}/diff"),
    }
    operation = document["paths"][f"{d}/records"]["get"]
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert names == {"dataset", "_size", "_next", "_sort", "_sort_desc", "_col", "_extra", "_shape"}
    assert all(parameter["description"] for parameter in operation["parameters"])
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "application/x-ndjson", "text/csv"}
    record = document["paths"][f"{d}/records/{{key}}"]["get"]["responses"]["200"]["content"]["application/json"]
    assert set(record["schema"]["required"]) == {"_key", "_object", "_run", "_row"}
    for operations in document["paths"].values():
        for single in operations.values():
            assert single["summary"]
            assert "default" in single["responses"]


def test_the_docs_page_shows_the_routes_and_loads_nothing(prices: World) -> None:
    page = prices.get("/docs")
    assert page.headers["content-type"] == "text/html"
    assert "/v1/datasets/{dataset}/records/{key}" in page.text
    assert "startswith" in page.text
    assert "| --- |" not in page.text
    assert "src=" not in page.text
    assert "http" not in page.text


def test_counting_needs_no_condition(prices: World) -> None:
    everything = prices.get("/datasets/prices/records", {"_size": "1000"}).json["records"]
    assert (
        prices.get("/datasets/prices/records", {"_extra": "count", "_size": "1"}).json["count"] == len(everything) > 1
    )
