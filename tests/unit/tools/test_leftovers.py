"""Listing what is left of a stage."""

from pathlib import Path
from typing import Any

import pytest

from sluice_tools import leftovers
from sluice_tools.stage import Stage
from sluice_tools.workspace import Workspace


def stage(name: str, tmp_path: Path) -> Stage:
    return Stage(Workspace(tmp_path), name, None)


def test_everything_of_the_stage_is_named_and_nothing_of_another(
    aws: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The other stores are looked at on an emulator: `make emulator-test` ends with removing its stage.
    two = {kind: names for kind, names in leftovers.STORES.items() if kind in {"bucket", "table"}}
    monkeypatch.setattr(leftovers, "STORES", two)
    for bucket in (
        "sluice-dev-raw-1",
        "sluice-clean-dev-serverlessdeploymentbucket-x",
        "sluice-devel-raw-1",
        "other-dev",
    ):
        aws.s3.create_bucket(Bucket=bucket)
    key = [{"AttributeName": "pk", "AttributeType": "S"}], [{"AttributeName": "pk", "KeyType": "HASH"}]
    for table in ("sluice-dev-catalog", "sluice-prod-catalog"):
        aws.dynamodb.create_table(
            TableName=table, AttributeDefinitions=key[0], KeySchema=key[1], BillingMode="PAY_PER_REQUEST"
        )
    assert sorted(leftovers.of(stage("dev", tmp_path))) == [
        "bucket sluice-clean-dev-serverlessdeploymentbucket-x",
        "bucket sluice-dev-raw-1",
        "table sluice-dev-catalog",
    ]
    assert leftovers.of(stage("staging", tmp_path)) == []
