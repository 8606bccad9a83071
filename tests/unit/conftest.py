"""AWS in this process (moto), with tables made from the very serverless.yml that deploys them."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml
from aws_lambda_powertools.utilities.typing import LambdaContext
from hypothesis import settings
from moto import mock_aws
from tests.accounts import unaccounted

from sluice.catalog import CatalogWriter
from sluice.catalog.items import from_item, run_sk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "tests" / "events"

# The same examples each time; HYPOTHESIS_PROFILE=default looks for others.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

RAW, CLEAN, CATALOG, RECORDS = "unit-raw", "unit-clean", "unit-catalog", "unit-records"


class _CloudFormation(yaml.SafeLoader):
    """YAML with CloudFormation's tags, whose values the tests don't need."""


_CloudFormation.add_multi_constructor("!", lambda _loader, _tag, _node: None)


def _table_properties(logical_id: str) -> dict[str, Any]:
    text = (ROOT / "services" / "clean" / "serverless.yml").read_text()
    stack = yaml.load(text, Loader=_CloudFormation)  # noqa: S506 - a SafeLoader
    properties = stack["resources"]["Resources"][logical_id]["Properties"]
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {name: properties[name] for name in wanted if name in properties}


@dataclass(frozen=True)
class Aws:
    """Clients of the AWS in this process."""

    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    catalog: CatalogWriter


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """Both buckets (raw is versioned) and both tables, empty."""
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "SLUICE_STAGE": "unit",
        "SLUICE_SERVICE": "unit",
        "SLUICE_RAW_BUCKET": RAW,
        "SLUICE_CLEAN_BUCKET": CLEAN,
        "SLUICE_CATALOG_TABLE": CATALOG,
        "SLUICE_RECORDS_TABLE": RECORDS,
        "POWERTOOLS_SERVICE_NAME": "unit",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        for bucket in (RAW, CLEAN):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=RAW, VersioningConfiguration={"Status": "Enabled"})
        dynamodb.create_table(TableName=CATALOG, **_table_properties("CatalogTable"))
        dynamodb.create_table(TableName=RECORDS, **_table_properties("RecordsTable"))
        yield Aws(s3, dynamodb, CatalogWriter(dynamodb, CATALOG))
        assert unaccounted(_runs(dynamodb)) == []


def _runs(dynamodb: "DynamoDBClient") -> Iterator[dict[str, Any]]:
    """Every run that a test left in the catalog, if it left the catalog."""
    if CATALOG not in dynamodb.list_tables()["TableNames"]:
        return
    for page in dynamodb.get_paginator("scan").paginate(TableName=CATALOG):
        yield from (from_item(item) for item in page["Items"] if item["sk"]["S"].startswith(run_sk("")))


@pytest.fixture
def recorded() -> Callable[[str], dict[str, Any]]:
    """Events as AWS recorded them, by file name."""

    def load(name: str) -> dict[str, Any]:
        event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
        return event

    return load


@pytest.fixture
def context() -> LambdaContext:
    """What Lambda hands to a handler beside the event."""
    context = LambdaContext()
    context._aws_request_id = "unit-request"
    context._function_name = "unit"
    context._memory_limit_in_mb = 128
    context._invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:unit"
    return context
