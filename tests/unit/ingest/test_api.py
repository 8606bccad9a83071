"""The write side of the API, event in, answer out, with S3 and DynamoDB behind it (moto)."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sluice.catalog import Commit
from sluice.errors import problem_slugs
from sluice.ids import run_id
from sluice.models.run import Run
from sluice.settings import load_settings
from sluice_ingest.handlers import api
from sluice_ingest.storage import RawBucket

RAW = "unit-raw"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


Call = Callable[..., Answer]


@pytest.fixture
def call(aws: Any, recorded: Callable[[str], dict[str, Any]], context: Any) -> Iterator[Call]:
    assert aws
    api.edge.cache_clear()
    load_settings.cache_clear()

    def send(method: str, path: str, body: bytes | None = None, **query: str) -> Answer:
        event = recorded("apigateway_rest") | {"httpMethod": method, "path": path}
        event["queryStringParameters"] = query or None
        event["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()} or None
        if body is not None:
            event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        answer = api.handler(event, context)
        headers = {name.lower(): values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(answer["statusCode"], headers, json.loads(answer["body"]))

    yield send
    api.edge.cache_clear()
    load_settings.cache_clear()


def test_health_needs_nothing(call: Call) -> None:
    answer = call("GET", "/v1/health")
    assert (answer.status, answer.body) == (200, {"status": "ok"})
    assert answer.headers["x-request-id"] == "6f1c9d5e-0000-4000-8000-000000000001"


def test_a_dataset_is_made_and_changed(call: Call) -> None:
    schema = {"fields": [{"name": "id", "type": "integer"}], "primaryKey": "id"}
    made = call("PUT", "/v1/datasets/prices", json.dumps({"title": "Prices", "schema": schema}).encode())
    assert made.status == 200
    assert made.body["schema"]["primaryKey"] == ["id"]
    assert made.body["generation"] == 0
    changed = call("PUT", "/v1/datasets/prices", b'{"description": "Daily"}')
    assert (changed.body["title"], changed.body["description"]) == ("Prices", "Daily")


def test_a_raw_file_is_stored_and_its_run_announced(call: Call, aws: Any) -> None:
    answer = call("POST", "/v1/datasets/prices/objects", b"a,b\n1,2\n", name="2026/a b.csv")
    stored = aws.s3.get_object(Bucket=RAW, Key="raw/prices/2026/a b.csv")
    contract = aws.catalog.dataset("prices").contract
    assert answer.status == 202
    assert stored["Body"].read() == b"a,b\n1,2\n"
    assert answer.body["version_id"] == stored["VersionId"]
    assert answer.body["run"] == run_id(RAW, "raw/prices/2026/a b.csv", stored["VersionId"], contract)
    assert answer.body["status_url"] == f"/v1/datasets/prices/runs/{answer.body['run']}"
    run = aws.catalog.run("prices", answer.body["run"])
    assert (run.status, run.correlation_id) == ("received", answer.headers["x-request-id"])
    assert stored["Metadata"] == {"sluice-correlation-id": answer.headers["x-request-id"]}


BAD = [
    ("PUT", "/v1/datasets/Bad%20Name", b"{}", {}, 400, "invalid-name"),
    ("PUT", "/v1/datasets/prices", b"", {}, 400, "empty-body"),
    ("PUT", "/v1/datasets/prices", b'{"title": ', {}, 400, "malformed-json"),
    ("PUT", "/v1/datasets/prices", b"\xff\xfe{", {}, 400, "malformed-json"),
    ("PUT", "/v1/datasets/prices", b"[" * 100_000, {}, 400, "malformed-json"),
    ("PUT", "/v1/datasets/prices", b"[]", {}, 400, "invalid-request"),
    ("PUT", "/v1/datasets/prices", b'{"titel": "x"}', {}, 400, "invalid-request"),
    ("PUT", "/v1/datasets/prices", b'{"schema": {"fields": []}}', {}, 400, "invalid-request"),
    (
        "PUT",
        "/v1/datasets/prices",
        b'{"schema": {"fields": [{"name": "a", "type": "int"}]}}',
        {},
        400,
        "invalid-request",
    ),
    ("PUT", "/v1/datasets/prices", b'{"title": "%s"}' % (b"x" * 1_000_001), {}, 413, "payload-too-large"),
    ("POST", "/v1/datasets/prices/objects", b"", {"name": "a.csv"}, 400, "empty-body"),
    ("POST", "/v1/datasets/prices/objects", b"x", {}, 400, "invalid-request"),
    ("POST", "/v1/datasets/prices/objects", b"x", {"name": "../a.csv"}, 400, "invalid-name"),
    ("POST", "/v1/datasets/prices/objects", b"x" * 4_500_001, {"name": "a.csv"}, 413, "payload-too-large"),
    ("GET", "/v1/nowhere", None, {}, 404, "not-found"),
    ("DELETE", "/v1/datasets/prices/objects", None, {}, 405, "method-not-allowed"),
]


@pytest.mark.parametrize(("method", "path", "body", "query", "status", "slug"), BAD)
def test_bad_input_is_a_problem_that_says_what_was_wrong(
    call: Call, aws: Any, method: str, path: str, body: bytes | None, query: dict[str, str], status: int, slug: str
) -> None:
    answer = call(method, path, body, **query)
    assert answer.status == answer.body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["type"] == f"urn:sluice:problem:{slug}"
    assert slug in problem_slugs()
    assert answer.body["detail"]
    assert "Traceback" not in json.dumps(answer.body)
    assert answer.headers["x-request-id"]
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=RAW)


def test_each_fault_of_a_body_is_pointed_at(call: Call) -> None:
    answer = call("PUT", "/v1/datasets/prices", b'{"titel": "x", "schema": {"fields": [{"name": ""}]}}')
    assert {item["pointer"] for item in answer.body["errors"]} == {"/titel", "/schema/fields/0/name"}


def test_a_method_that_is_not_there_tells_which_are(call: Call) -> None:
    answer = call("DELETE", "/v1/datasets/prices/objects")
    assert answer.headers["allow"] == "POST"


def test_a_fault_behind_the_api_shows_nothing_of_itself(call: Call, aws: Any) -> None:
    aws.dynamodb.delete_table(TableName="unit-catalog")
    answer = call("POST", "/v1/datasets/prices/objects", b"x", name="a.csv")
    assert (answer.status, answer.body["type"]) == (500, "urn:sluice:problem:internal-error")
    assert "unit-catalog" not in json.dumps(answer.body)


def test_the_openapi_document_lists_every_route_with_its_key_and_its_problems(call: Call) -> None:
    document = call("GET", "/v1/openapi.json").body
    assert set(document["paths"]) >= {"/v1/health", "/v1/datasets/{dataset}", "/v1/datasets/{dataset}/objects"}
    post = document["paths"]["/v1/datasets/{dataset}/objects"]["post"]
    assert {parameter["name"] for parameter in post["parameters"]} == {"dataset", "name"}
    assert "application/problem+json" in post["responses"]["default"]["content"]
    assert document["components"]["securitySchemes"]["apiKey"]["name"] == "x-api-key"


SCHEMA = {"fields": [{"name": "id", "type": "integer"}]}


def test_a_replay_is_noted_and_the_clean_service_is_rung_for(aws: Any, call: Call) -> None:
    aws.catalog.ensure_dataset("prices")
    ordered = call("POST", "/v1/datasets/prices/replays", b'{"rejects_only": true}')
    assert ordered.status == 202
    replay = ordered.body["replay"]
    assert ordered.body["status_url"] == f"/v1/datasets/prices/replays/{replay}"
    assert aws.s3.list_objects_v2(Bucket="unit-clean")["Contents"][0]["Key"] == f"replays/prices/{replay}.json"
    seen = call("GET", ordered.body["status_url"])
    assert seen.status == 200
    assert (seen.body["status"], seen.body["rejects_only"], seen.body["rows_recovered"]) == ("received", True, 0)


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("/v1/datasets/nowhere/replays", b"{}", 404, "no dataset named 'nowhere'"),
        ("/v1/datasets/prices/replays", b'{"runs": ["abc"]}', 404, "no run 'abc'"),
        ("/v1/datasets/prices/replays", b'{"runs": []}', 400, "/runs"),
        ("/v1/datasets/prices/replays", b'{"run": "abc"}', 400, "/run"),
        ("/v1/datasets/prices/replays", b"", 400, "empty"),
    ],
)
def test_a_replay_of_nothing_is_refused(aws: Any, call: Call, path: str, body: bytes, status: int, told: str) -> None:
    aws.catalog.ensure_dataset("prices")
    answer = call("POST", path, body)
    assert answer.status == status
    assert told in answer.body["detail"]
    assert "Contents" not in aws.s3.list_objects_v2(Bucket="unit-clean")


def test_a_dataset_that_is_being_deleted_is_not_replayed(aws: Any, call: Call) -> None:
    aws.catalog.ensure_dataset("prices")
    aws.catalog.delete_dataset("prices")
    answer = call("POST", "/v1/datasets/prices/replays", b"{}")
    assert (answer.status, answer.body["type"]) == (409, "urn:sluice:problem:dataset-being-deleted")


def test_an_unknown_replay_is_told(aws: Any, call: Call) -> None:
    aws.catalog.ensure_dataset("prices")
    answer = call("GET", "/v1/datasets/prices/replays/abc")
    assert (answer.status, answer.body["detail"]) == (404, "Dataset 'prices' has no replay 'abc'.")


def test_a_change_of_how_files_are_cleaned_offers_a_replay_where_there_are_files(aws: Any, call: Call) -> None:
    path, change = "/v1/datasets/prices", json.dumps({"schema": SCHEMA}).encode()
    assert "replay_url" not in call("PUT", path, change).body
    pointer = aws.catalog.take_fence("prices", "a.csv")
    run = Run(run="r1", dataset="prices", object="a.csv", version_id="v1", received_at="2026", fence=pointer.fence)
    aws.catalog.start_run(run)
    aws.catalog.commit(Commit("prices", "a.csv", pointer.fence, run))
    assert "replay_url" not in call("PUT", path, change).body
    assert "replay_url" not in call("PUT", path, b'{"title": "Prices"}').body
    assert call("PUT", path, b'{"settings": {"as_text": true}}').body["replay_url"] == f"{path}/replays"


def test_a_dataset_is_marked_for_deletion_and_refuses_what_comes(call: Call) -> None:
    call("PUT", "/v1/datasets/prices", b'{"title": "Prices"}')
    answer = call("DELETE", "/v1/datasets/prices")
    assert answer.status == 202
    assert answer.body["deleting_at"]
    for late in (
        call("POST", "/v1/datasets/prices/objects", b"a\n1\n", name="a.csv"),
        call("PUT", "/v1/datasets/prices", b"{}"),
        call("DELETE", "/v1/datasets/prices/objects/a.csv"),
    ):
        assert (late.status, late.body["type"]) == (409, "urn:sluice:problem:dataset-being-deleted")
    assert call("DELETE", "/v1/datasets/prices").body["deleting_at"] == answer.body["deleting_at"]


def test_a_file_posted_while_its_dataset_is_deleted_announces_no_run(
    call: Call, aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("PUT", "/v1/datasets/prices", b"{}")
    put = RawBucket.put

    def put_and_delete_all(self: Any, *arguments: Any) -> str:
        version = put(self, *arguments)
        aws.catalog.delete_dataset("prices")
        return version

    monkeypatch.setattr(RawBucket, "put", put_and_delete_all)
    assert call("POST", "/v1/datasets/prices/objects", b"a\n1\n", name="a.csv").status == 409
    assert aws.catalog.runs("prices", 10).items == []


@pytest.mark.parametrize("path", ["2026/a b%.csv", "2026/a%20b%25.csv", "2026%2Fa%20b%25.csv"])
def test_an_object_is_deleted_by_a_name_with_any_characters(call: Call, aws: Any, path: str) -> None:
    call("POST", "/v1/datasets/prices/objects", b"a\n1\n", name="2026/a b%.csv")
    answer = call("DELETE", f"/v1/datasets/prices/objects/{path}")
    assert (answer.status, answer.body["object"]) == (202, "2026/a b%.csv")
    (marker,) = aws.s3.list_object_versions(Bucket=RAW)["DeleteMarkers"]
    assert (marker["Key"], marker["VersionId"]) == ("raw/prices/2026/a b%.csv", answer.body["version_id"])


def test_a_name_that_is_known_as_it_came_is_not_decoded(call: Call, aws: Any) -> None:
    call("PUT", "/v1/datasets/prices", b"{}")
    aws.catalog.take_fence("prices", "a%20b.csv")
    assert call("DELETE", "/v1/datasets/prices/objects/a%20b.csv").body["object"] == "a%20b.csv"


def test_what_is_not_there_cannot_be_deleted(call: Call) -> None:
    for path in ("/v1/datasets/prices", "/v1/datasets/prices/objects/a.csv"):
        answer = call("DELETE", path)
        assert (answer.status, answer.body["type"]) == (404, "urn:sluice:problem:dataset-not-found")
