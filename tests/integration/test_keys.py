"""API keys: each API has its own; a read key can't write."""

from typing import Any

import httpx
import pytest

PUBLIC = ["/v1/health", "/v1/openapi.json"]
WRITES = [("PUT", "/v1/datasets/stolen"), ("POST", "/v1/datasets/stolen/objects?name=a.csv")]
READS = [("GET", "/v1/datasets"), ("GET", "/v1/datasets/stolen/records")]


def call(url: str, method: str, path: str, key: str | None) -> httpx.Response:
    headers = {"x-api-key": key} if key else {}
    body = b"a,b\n1,2\n" if method != "GET" else None
    return httpx.request(method, url + path, headers=headers, content=body, timeout=60)


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("api", ["ingest_url", "query_url"])
def test_health_and_documents_are_public(profile: dict[str, str], api: str, path: str) -> None:
    assert call(profile[api], "GET", path, None).status_code == 200


@pytest.mark.parametrize("key", [None, "wrong", "query_key"])
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_writing_wants_the_ingest_key(profile: dict[str, str], method: str, path: str, key: str | None) -> None:
    given = profile.get(key, key) if key else None
    assert call(profile["ingest_url"], method, path, given).status_code == 403


@pytest.mark.parametrize("key", [None, "wrong", "ingest_key"])
@pytest.mark.parametrize(("method", "path"), READS)
def test_reading_wants_the_query_key(profile: dict[str, str], method: str, path: str, key: str | None) -> None:
    given = profile.get(key, key) if key else None
    assert call(profile["query_url"], method, path, given).status_code == 403


def test_nothing_was_written_without_the_key(sluice: Any) -> None:
    assert sluice.query.get("/v1/datasets/stolen").status_code == 404


def test_both_keys_differ(profile: dict[str, str]) -> None:
    assert profile["ingest_key"] != profile["query_key"]
