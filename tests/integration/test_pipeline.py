"""Raw files in, clean records out: the main road."""

import gzip
import json
from typing import Any

import pytest

CITIES = (
    "Name, Founded ,Population,Rainy?,Updated\n"
    "Köln,0050-01-01,1084831,yes,2024-05-06T07:08:09Z\n"
    " Aachen ,0800-12-25,252769,no,2024-05-06\n"
    "Bonn,,336465,yes,\n"
)
PEOPLE = [
    {"id": 1, "name": "Ada", "tags": ["a", "b"], "height": 1.65},
    {"id": 2, "name": "Grace", "tags": [], "height": None},
]


def csv(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()


def test_a_posted_csv_is_cleaned_typed_and_served_both_ways(sluice: Any, dataset: str) -> None:
    run = sluice.done(dataset, "cities.csv", CITIES.encode())
    assert (run["rows_in"], run["rows_out"], run["rows_rejected"], run["rows_duplicate"]) == (3, 3, 0, 0)
    assert (run["format"], run["status"], run["parts_loaded"], run["progress"]) == ("csv", "done", 1, 1.0)
    schema = sluice.get(f"/v1/datasets/{dataset}/schema")
    assert [(f["name"], f["type"]) for f in schema["fields"]] == [
        ("name", "string"),
        ("founded", "date"),
        ("population", "integer"),
        ("rainy", "boolean"),
        ("updated", "datetime"),
    ]
    records = sluice.records(dataset)
    assert [record["name"] for record in records] == ["Köln", "Aachen", "Bonn"]
    assert records[0]["population"] == 1084831
    assert records[0]["rainy"] is True
    assert records[2]["founded"] is None
    for record in records:
        assert record["_object"] == "cities.csv"
        assert record["_run"] == run["run"]
        assert sluice.record(dataset, record["_key"]).json() == record


@pytest.mark.parametrize(
    ("name", "body", "form"),
    [
        ("a.csv", csv("id;name", "1;Ada", "2;Grace"), "csv"),
        ("a.tsv", csv("id\tname", "1\tAda", "2\tGrace"), "csv"),
        ("a.txt", csv("id|name", "1|Ada", "2|Grace"), "csv"),
        ("a.csv.gz", gzip.compress(csv("id,name", "1,Ada", "2,Grace")), "csv"),
        ("a.json", json.dumps(PEOPLE).encode(), "json"),
        ("a.json.gz", gzip.compress(json.dumps(PEOPLE).encode()), "json"),
        ("a.ndjson", "\n".join(map(json.dumps, PEOPLE)).encode(), "ndjson"),
        ("without-extension", gzip.compress("\n".join(map(json.dumps, PEOPLE)).encode()), "ndjson"),
    ],
    ids=["semicolons", "tabs", "bars", "csv.gz", "json", "json.gz", "ndjson", "ndjson.gz"],
)
def test_every_format_is_known_by_its_content(sluice: Any, dataset: str, name: str, body: bytes, form: str) -> None:
    run = sluice.done(dataset, name, body)
    assert run["format"] == form
    assert (run["rows_in"], run["rows_out"]) == (2, 2)
    assert [(record["id"], record["name"]) for record in sluice.records(dataset)] == [(1, "Ada"), (2, "Grace")]


def test_nested_json_comes_back_as_json(sluice: Any, dataset: str) -> None:
    sluice.done(dataset, "people.json", json.dumps(PEOPLE).encode())
    records = sluice.records(dataset)
    assert [record["tags"] for record in records] == [["a", "b"], []]
    assert sluice.record(dataset, records[0]["_key"]).json()["tags"] == ["a", "b"]


def test_a_file_put_into_the_bucket_is_as_good_as_a_call(sluice: Any, dataset: str) -> None:
    sluice.put_object(dataset, "deep/er/ü b+c [1]*.csv", csv("id,name", "1,Ada"))
    runs = sluice.eventually(lambda: sluice.runs(dataset), bool, f"a run of {dataset}")
    run = sluice.finished(dataset, runs[0]["run"])
    assert (run["status"], run["object"]) == ("done", "deep/er/ü b+c [1]*.csv")
    assert sluice.records(dataset)[0]["_object"] == "deep/er/ü b+c [1]*.csv"


def test_what_is_refused_is_kept_with_its_line_and_reason(sluice: Any, dataset: str) -> None:
    run = sluice.done(dataset, "a.csv", csv("id,name", "1,Ada", "2", "3,Grace,extra,more", "4,Alan"))
    assert (run["rows_in"], run["rows_out"], run["rows_rejected"]) == (4, 2, 2)
    rejects = sluice.get(f"/v1/datasets/{dataset}/runs/{run['run']}/rejects")["rejects"]
    assert [(reject["row"], reject["line"], reject["code"], reject["raw"]) for reject in rejects] == [
        (2, 3, "wrong-field-count", "2"),
        (3, 4, "wrong-field-count", "3,Grace,extra,more"),
    ]
    assert all(reject["reason"] for reject in rejects)
    assert [record["_row"] for record in sluice.records(dataset)] == [1, 4]


def test_the_report_tells_what_was_changed(sluice: Any, dataset: str) -> None:
    run = sluice.done(dataset, "a.csv", csv("Full Name, n", " Ada ,1", "Grace,NA", "Grace,NA"))
    assert (run["rows_out"], run["rows_duplicate"]) == (2, 1)
    report = sluice.get(f"/v1/datasets/{dataset}/runs/{run['run']}/report")
    name = report["columns"][0]
    assert (name["name"], name["original"]) == ("full_name", "Full Name")
    assert sum(change["count"] for change in name["changes"].values()) == 1
    assert report["columns"][1]["nulls"] == 1


def test_a_contract_types_keys_and_refuses(sluice: Any, dataset: str) -> None:
    schema = {
        "fields": [
            {"name": "id", "type": "string"},
            {"name": "price", "type": "number", "constraints": {"minimum": 0}},
            {"name": "day", "type": "date", "constraints": {"required": True}},
        ],
        "primaryKey": "id",
    }
    answer = sluice.ingest.put(f"/v1/datasets/{dataset}", json={"title": "Prices", "schema": schema})
    assert answer.status_code == 200, answer.text
    body = csv(
        "ID,Price,Day", "007,1.5,2024-01-02", "008,-1,2024-01-02", "009,2,", "007,2.5,2024-01-03", "010,x,2024-01-02"
    )
    run = sluice.done(dataset, "a.csv", body)
    assert (run["rows_in"], run["rows_out"], run["rows_rejected"], run["rows_duplicate"]) == (5, 1, 3, 1)
    rejects = sluice.get(f"/v1/datasets/{dataset}/runs/{run['run']}/rejects")["rejects"]
    assert [(reject["row"], reject["code"]) for reject in rejects] == [(2, "minimum"), (3, "required"), (5, "type")]
    record = sluice.record(dataset, "007").json()
    assert (record["id"], record["price"], record["day"]) == ("007", 2.5, "2024-01-03")
    listed = {entry["name"]: entry for entry in all_datasets(sluice)}[dataset]
    assert (listed["title"], listed["rows"], listed["objects"], listed["generation"]) == ("Prices", 1, 1, 1)


def all_datasets(sluice: Any) -> list[dict[str, Any]]:
    found, token = [], None
    while True:
        page = sluice.get("/v1/datasets", **({"_next": token} if token else {}))
        found += page["datasets"]
        token = page.get("next")
        if not token:
            return found


def test_keys_of_any_shape_find_their_record(sluice: Any, dataset: str) -> None:
    keys = ["a/b", "a b", "ä%20ö", "x?y=1&z", "#1", "semi;colon", "plus+"]
    sluice.ingest.put(
        f"/v1/datasets/{dataset}", json={"schema": {"fields": [{"name": "k", "type": "string"}], "primaryKey": "k"}}
    )
    sluice.done(dataset, "a.json", json.dumps([{"k": key, "n": n} for n, key in enumerate(keys)]).encode())
    for number, key in enumerate(keys):
        answer = sluice.record(dataset, key)
        assert answer.status_code == 200, (key, answer.text)
        assert (answer.json()["k"], answer.json()["n"]) == (key, number)


def test_filters_sorting_and_pages(sluice: Any, dataset: str) -> None:
    sluice.done(dataset, "a.csv", csv("id,kind,price", *(f"{i},{'ab'[i % 2]},{i / 4}" for i in range(100))))
    assert len(sluice.records(dataset, kind="a")) == 50
    assert [r["id"] for r in sluice.records(dataset, price__gte="24", _sort_desc="id")] == [99, 98, 97, 96]
    assert [r["id"] for r in sluice.records(dataset, id__in="3,5,1000")] == [3, 5]
    assert sluice.get(f"/v1/datasets/{dataset}/records", id__lt=10, _extra="count", _size=3)["count"] == 10
    seen, token = [], None
    while True:
        page = sluice.get(
            f"/v1/datasets/{dataset}/records", _size=30, _sort_desc="id", **({"_next": token} if token else {})
        )
        seen += [record["id"] for record in page["records"]]
        token = page["next"]
        if token is None:
            break
    assert seen == list(range(99, -1, -1))


def test_an_answer_that_did_not_change_is_not_sent_again(sluice: Any, dataset: str) -> None:
    sluice.done(dataset, "a.csv", csv("id,name", "1,Ada"))
    path = f"/v1/datasets/{dataset}/records"
    tag = sluice.query.get(path).headers["etag"]
    assert sluice.query.get(path, headers={"if-none-match": tag}).status_code == 304
    sluice.done(dataset, "b.csv", csv("id,name", "2,Grace"))
    again = sluice.query.get(path, headers={"if-none-match": tag})
    assert (again.status_code, len(again.json()["records"])) == (200, 2)
