"""Bad input: each a clear problem or a failed run with a reason; nothing hangs, nothing is lost."""

import gzip
from typing import Any

import httpx
import pytest

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000") + bytes(range(256)) * 4

FILES = [
    ("empty.csv", b"", "empty-file"),
    ("blank.csv", b"\n\n  \n\r\n", "blank-file"),
    ("header.csv", b"id,name\n", "no-records"),
    ("picture.csv", PNG, "binary-file"),
    ("broken.json", b'[{"a": 1}, {"a": ', "malformed-json"),
    ("cut.csv.gz", gzip.compress(b"id,name\n" + b"1,Ada\n" * 5_000)[:-20], "corrupt-gzip"),
]


@pytest.mark.parametrize(("name", "body", "reason"), FILES, ids=[file[0] for file in FILES])
def test_a_file_that_cannot_be_cleaned_ends_as_a_failed_run_with_a_reason(
    sluice: Any, dataset: str, name: str, body: bytes, reason: str
) -> None:
    version = sluice.put_object(dataset, name, body)
    (run,) = sluice.eventually(
        lambda: sluice.runs(dataset), lambda runs: bool(runs) and runs[0]["status"] == "failed", "a failed run"
    )
    assert run["version_id"] == version
    assert run["error"]["type"] == reason
    assert run["error"]["detail"]
    assert "Traceback" not in run["error"]["detail"]
    assert "://" not in run["error"]["detail"]
    stored = sluice.s3.get_object(Bucket=sluice.profile["raw_bucket"], Key=f"raw/{dataset}/{name}", VersionId=version)
    assert stored["Body"].read() == body


def test_a_broken_new_version_leaves_the_last_good_one_served(sluice: Any, dataset: str) -> None:
    sluice.done(dataset, "a.csv", b"id,name\n1,Ada\n")
    run = sluice.finished(dataset, sluice.post(dataset, "a.csv", PNG))
    assert (run["status"], run["error"]["type"]) == ("failed", "binary-file")
    assert [record["name"] for record in sluice.records(dataset)] == ["Ada"]


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:sluice:problem:{slug}"
    assert body["status"] == status
    assert "Traceback" not in answer.text
    return body


@pytest.mark.parametrize(
    "path", ["", "/schema", "/records", "/records/k", "/objects", "/runs", "/runs/r", "/runs/r/report"]
)
def test_an_unknown_dataset(sluice: Any, path: str) -> None:
    problem(sluice.query.get(f"/v1/datasets/nowhere{path}"), 404, "dataset-not-found")


def test_an_unknown_record_run_and_address(sluice: Any, dataset: str) -> None:
    sluice.done(dataset, "a.csv", b"id,name\n1,Ada\n")
    problem(sluice.record(dataset, "nobody"), 404, "record-not-found")
    problem(sluice.query.get(f"/v1/datasets/{dataset}/runs/nothing"), 404, "run-not-found")
    problem(sluice.query.get("/v1/elsewhere"), 404, "not-found")
    problem(sluice.query.post("/v1/datasets"), 405, "method-not-allowed")


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"nme": "Ada"}, "nme"),
        ({"name__like": "A"}, "like"),
        ({"id": "one"}, "id"),
        ({"_size": "0"}, "_size"),
        ({"_size": "many"}, "_size"),
        ({"_sort": "nme"}, "nme"),
        ({"_limit": "1"}, "_limit"),
    ],
)
def test_an_unknown_column_operator_or_parameter(sluice: Any, people: str, params: dict[str, str], named: str) -> None:
    body = problem(sluice.query.get(f"/v1/datasets/{people}/records", params=params), 400, "invalid-request")
    assert named in body["detail"]
    assert body["errors"]


@pytest.fixture(scope="module")
def people(sluice: Any) -> str:
    import uuid

    name = f"t-{uuid.uuid4().hex[:16]}"
    sluice.done(name, "a.csv", b"id,name\n1,Ada\n2,Grace\n3,Alan\n")
    return name


def test_a_token_that_was_altered_or_belongs_elsewhere(sluice: Any, people: str) -> None:
    path = f"/v1/datasets/{people}/records"
    token = sluice.get(path, _size=1)["next"]
    problem(sluice.query.get(path, params={"_size": 1, "_next": token[:-2] + "xx"}), 400, "invalid-token")
    problem(sluice.query.get(path, params={"_size": 1, "_next": token, "id__gt": 0}), 400, "invalid-token")
    problem(sluice.query.get(path, params={"_next": "nonsense"}), 400, "invalid-token")


def test_a_media_type_that_is_not_given(sluice: Any, people: str) -> None:
    answer = sluice.query.get(f"/v1/datasets/{people}/records", headers={"accept": "image/png"})
    problem(answer, 406, "not-acceptable")


def test_a_body_that_a_gateway_mangled_is_refused_or_whole(sluice: Any, dataset: str) -> None:
    body = gzip.compress(b"id,name\n1,Ada\n")
    url = f"{sluice.profile['ingest_url']}/v1/datasets/{dataset}/objects?name=a.csv.gz"
    answer = httpx.post(url, headers={"x-api-key": sluice.profile["ingest_key"]}, content=body, timeout=60)
    if answer.status_code == 202:
        assert sluice.finished(dataset, answer.json()["run"])["status"] == "done"
    else:
        assert "Content-Type" in problem(answer, 400, "invalid-request")["detail"]


def test_bad_calls_of_the_write_side(sluice: Any, dataset: str) -> None:
    ingest = sluice.ingest
    problem(ingest.put("/v1/datasets/Bad.Name", json={}), 400, "invalid-name")
    problem(ingest.put(f"/v1/datasets/{dataset}", content=b'{"title": '), 400, "malformed-json")
    problem(ingest.put(f"/v1/datasets/{dataset}", json={"schema": {"fields": []}}), 400, "invalid-request")
    problem(ingest.post(f"/v1/datasets/{dataset}/objects", params={"name": "a.csv"}), 400, "empty-body")
    problem(ingest.post(f"/v1/datasets/{dataset}/objects", content=b"x"), 400, "invalid-request")
    problem(ingest.post(f"/v1/datasets/{dataset}/objects", params={"name": "../a"}, content=b"x"), 400, "invalid-name")
    too_large = ingest.post(f"/v1/datasets/{dataset}/objects", params={"name": "a.csv"}, content=b"x" * 4_600_000)
    problem(too_large, 413, "payload-too-large")
    problem(sluice.query.get(f"/v1/datasets/{dataset}"), 404, "dataset-not-found")
