"""Benchmarks print figures; they judge nothing. They need a warm stage: `make bench`."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest


@pytest.fixture(scope="session")
def profile() -> dict[str, str]:
    path = Path(os.environ.get("SLUICE_PROFILE", ".sluice/local.json"))
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


@pytest.fixture(scope="session")
def query(profile: dict[str, str]) -> Iterator[httpx.Client]:
    headers = {"x-api-key": profile["query_key"]}
    with httpx.Client(base_url=profile["query_url"], headers=headers, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def put(profile: dict[str, str]) -> "PutObject":
    return PutObject(profile)


class PutObject:
    """Puts files straight into the raw bucket."""

    def __init__(self, profile: dict[str, str]) -> None:
        # An emulator takes any credentials; on AWS the caller's own are used.
        credentials = "test" if profile.get("endpoint_url") else None
        session = boto3.Session(credentials, credentials, region_name=profile["region"])
        self._client = session.client("s3", endpoint_url=profile.get("endpoint_url"))
        self._bucket = profile["raw_bucket"]

    def __call__(self, dataset: str, name: str, body: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=f"raw/{dataset}/{name}", Body=body)
