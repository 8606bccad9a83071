"""What the gateway answers instead of a function is a problem too (services/gateway.yml)."""

import httpx
import pytest


@pytest.mark.parametrize("api", ["ingest_url", "query_url"])
@pytest.mark.parametrize(
    ("path", "key", "slug", "status"),
    [
        ("/v1/datasets", None, "forbidden", 403),
        ("/v1/datasets", "wrong", "forbidden", 403),
        ("/nothing/here", None, "not-found", 404),
    ],
)
def test_the_gateway_answers_with_problems(
    profile: dict[str, str], api: str, path: str, key: str | None, slug: str, status: int
) -> None:
    answer = httpx.get(profile[api] + path, headers={"x-api-key": key} if key else {}, timeout=60)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["status"]) == (f"urn:sluice:problem:{slug}", status)
    assert answer.headers["x-request-id"]
    assert problem["instance"] == f"urn:sluice:request:{answer.headers['x-request-id']}"
