"""A deployed stage, spoken to over HTTP and boto3 only: any emulator, or AWS.

`SLUICE_PROFILE` names the stage's profile (the file that `make run` and `make deploy-all` write); boto3 finds the
emulator by `AWS_ENDPOINT_URL`.
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import boto3
import httpx
import pytest
from tests.accounts import unaccounted
from tests.integration import gaps

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

# Long enough for a burst of cold starts on a small, busy machine; what is quicker is seen at once.
PATIENCE_SECONDS = 150.0
_POLL_SECONDS = 0.05


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a stage; what can't hold on the emulator that plays it is skipped by name."""
    here = Path(__file__).parent
    stale = gaps.unknown(here)
    if stale:
        raise pytest.UsageError(f"tests/integration/gaps.py names what isn't there: {', '.join(stale)}")
    emulator = os.environ.get("SLUICE_EMULATOR", "")
    for item in items:
        if here not in item.path.parents:
            continue
        item.add_marker("integration")
        name = f"{item.path.name}::{getattr(item, 'originalname', item.name)}"
        reason = gaps.reason_to_skip(emulator, name)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=f"{name}: {reason}"))


@dataclass(frozen=True)
class Sluice:
    """A stage, with the calls that tests make most."""

    profile: dict[str, str]
    ingest: httpx.Client
    query: httpx.Client
    s3: "S3Client"
    dynamodb: "DynamoDBClient"

    @staticmethod
    def eventually(look: Callable[[], T], good: Callable[[T], bool], what: str) -> T:
        """Look until what is seen is good.

        Raises:
            AssertionError: it was not within the deadline; tells what was seen last.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not good(seen := look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {PATIENCE_SECONDS:.0f} s; last seen: {seen}")
            time.sleep(_POLL_SECONDS)
        return seen

    def put_object(self, dataset: str, name: str, body: bytes) -> str:
        """Put a file straight into the raw bucket; gives its version."""
        answer = self.s3.put_object(Bucket=self.profile["raw_bucket"], Key=f"raw/{dataset}/{name}", Body=body)
        return answer["VersionId"]

    def post(self, dataset: str, name: str, body: bytes) -> str:
        """Send a file through the API; gives its run."""
        answer = self.ingest.post(f"/v1/datasets/{dataset}/objects", params={"name": name}, content=body)
        assert answer.status_code == 202, answer.text
        run: str = answer.json()["run"]
        return run

    def get(self, path: str, **params: Any) -> Any:
        """Read JSON through the query API."""
        answer = self.query.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def every(self, path: str, members: str) -> Iterator[dict[str, Any]]:
        """All members of a listing, page by page."""
        page: dict[str, Any] = self.get(path, _size=200)
        yield from page[members]
        while page["next"]:
            page = self.get(path, _size=200, _next=page["next"])
            yield from page[members]

    def runs(self, dataset: str) -> list[dict[str, Any]]:
        """The dataset's runs, the newest first; none while the dataset is unknown."""
        answer = self.query.get(f"/v1/datasets/{dataset}/runs")
        found: list[dict[str, Any]] = answer.json()["runs"] if answer.status_code == 200 else []
        return found

    def finished(self, dataset: str, run: str) -> dict[str, Any]:
        """Follow a run to its end."""

        def look() -> dict[str, Any]:
            answer = self.query.get(f"/v1/datasets/{dataset}/runs/{run}")
            return answer.json() if answer.status_code == 200 else {"status": f"HTTP {answer.status_code}"}

        ended = {"done", "failed", "superseded"}
        return self.eventually(look, lambda run: run["status"] in ended, f"run {run} of {dataset}")

    def done(self, dataset: str, name: str, body: bytes) -> dict[str, Any]:
        """Send a file and follow it until all its records are in."""
        run = self.finished(dataset, self.post(dataset, name, body))
        assert run["status"] == "done", run
        return run

    def records(self, dataset: str, **params: Any) -> list[dict[str, Any]]:
        """Records by filter, from Parquet."""
        answer: list[dict[str, Any]] = self.get(f"/v1/datasets/{dataset}/records", **params)["records"]
        return answer

    def record(self, dataset: str, key: str) -> httpx.Response:
        """A record by key, from DynamoDB."""
        return self.query.get(f"/v1/datasets/{dataset}/records/{quote(key, safe='')}")


def _client(url: str, key: str) -> httpx.Client:
    headers = {"x-api-key": key, "content-type": "application/octet-stream"}
    return httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="session")
def profile() -> dict[str, str]:
    path = Path(os.environ.get("SLUICE_PROFILE", ".sluice/local.json"))
    if not path.exists():
        pytest.exit(f"no stage to test: {path} does not exist; `make integration-test` deploys one", returncode=2)
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


@pytest.fixture(scope="session")
def sluice(profile: dict[str, str]) -> Iterator[Sluice]:
    endpoint, region = profile.get("endpoint_url"), profile["region"]
    session = boto3.Session(region_name=region)
    with (
        _client(profile["ingest_url"], profile["ingest_key"]) as ingest,
        _client(profile["query_url"], profile["query_key"]) as query,
    ):
        s3 = session.client("s3", endpoint_url=endpoint)
        stage = Sluice(profile, ingest, query, s3, session.client("dynamodb", endpoint_url=endpoint))
        yield stage
        # Nothing is lost silently: every run of every test accounts for every row.
        datasets = [dataset["name"] for dataset in stage.every("/v1/datasets", "datasets")]
        assert unaccounted(run for name in datasets for run in stage.every(f"/v1/datasets/{name}/runs", "runs")) == []


@pytest.fixture
def dataset() -> str:
    """A name that nobody used before."""
    return f"t-{uuid.uuid4().hex[:16]}"
