"""A deployed stage whose functions are started by hand, so that what is denied is seen at once."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx

from sluice.catalog import CatalogReader, due
from sluice.catalog.items import dataset_pk, run_sk
from sluice.catalog.items import key as item_key
from sluice.catalog.replays import Replays
from sluice.clock import now_iso
from sluice.models.replay import Replay
from sluice.models.run import Run
from sluice.object_keys import LoadTask, RangeTask, RawKey, ReplayOrder
from sluice.redrive import REDRIVEN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

_RECORDED = Path(__file__).parents[1] / "events" / "s3_put.json"
_SECONDS = 60
# How S3, DynamoDB and DuckDB word a refusal.
_OVERDUE = "2020-01-01T00:00:00.000Z"
_REFUSALS = ("AccessDenied", "Forbidden", "403", "not authorized")


class DeniedError(Exception):
    """A function couldn't do its work, as without a permission."""


@dataclass(frozen=True)
class File:
    """A version of an object in the raw bucket."""

    dataset: str
    name: str
    version_id: str


@dataclass(frozen=True)
class Stage:
    """The stage, by its APIs and, as root, by its buckets, tables and functions."""

    profile: dict[str, str]
    ingest: httpx.Client
    query: httpx.Client
    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    functions: "LambdaClient"

    @classmethod
    @contextmanager
    def open(cls, profile: dict[str, str]) -> Iterator["Stage"]:
        """The stage of a profile; boto3 finds the emulator by `AWS_ENDPOINT_URL`."""
        with _client(profile, "ingest") as ingest, _client(profile, "query") as query:
            yield cls(profile, ingest, query, boto3.client("s3"), boto3.client("dynamodb"), boto3.client("lambda"))

    @contextmanager
    def without_events(self) -> Iterator[None]:
        """Meanwhile buckets start no function: retries of what was denied would spoil the next look."""
        buckets = (self.profile["raw_bucket"], self.profile["clean_bucket"])
        deployed: dict[str, Any] = {}
        for bucket in buckets:
            answer = self.s3.get_bucket_notification_configuration(Bucket=bucket)
            deployed[bucket] = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
            assert deployed[bucket], f"{bucket} starts no function"
        try:
            for bucket in buckets:
                self.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
            yield
        finally:
            for bucket, kept in deployed.items():
                self.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=kept)

    def put(self, body: bytes, dataset: str = "", name: str = "a.csv") -> File:
        """Put a file into a dataset; if not told which, one that nobody used before."""
        target = RawKey(dataset or f"p-{uuid.uuid4().hex[:16]}", name)
        answer = self.s3.put_object(Bucket=self.profile["raw_bucket"], Key=target.key, Body=body)
        return File(target.dataset, target.name, answer["VersionId"])

    def put_again(self, file: File, body: bytes) -> None:
        """Put a new version of a file."""
        self.s3.put_object(Bucket=self.profile["raw_bucket"], Key=RawKey(file.dataset, file.name).key, Body=body)

    def clean(self, file: File) -> None:
        """Let the clean function look at a file.

        Raises:
            DeniedError: It was refused something.
        """
        key = RawKey(file.dataset, file.name).key
        self._notify("clean", self.profile["raw_bucket"], key, file.version_id)

    def clean_range(self, task: RangeTask) -> None:
        """Let the clean function carry out a step of cleaning a large file.

        Raises:
            DeniedError: It was refused something.
        """
        self._notify("clean", self.profile["clean_bucket"], task.key, None)

    def load(self, dataset: str, run: str) -> None:
        """Let the load function look at the first part of a run.

        Raises:
            DeniedError: It was refused something.
        """
        self._notify("load", self.profile["clean_bucket"], LoadTask(dataset, run, 0).key, None)

    def sweep(self) -> None:
        """Let the sweep function look at what is due.

        Raises:
            DeniedError: It was refused something.
        """
        self._invoke("sweep", {})

    def begin_replay(self, dataset: str) -> None:
        """Let the replay function begin a replay of a dataset.

        Raises:
            DeniedError: It was refused something.
        """
        order = ReplayOrder(dataset, uuid.uuid4().hex)
        Replays(self.dynamodb, self.profile["catalog_table"]).request(
            Replay(replay=order.replay, dataset=dataset, requested_at=now_iso())
        )
        self._notify("replay", self.profile["clean_bucket"], order.key, None)

    def publish_last(self, file: File) -> None:
        """Let the feed function see a file's run as if it were new; what it can't publish it raises.

        Raises:
            DeniedError: It was refused something.
        """
        key = item_key(dataset_pk(file.dataset), run_sk(self.run_of(file).run))
        item = self.dynamodb.get_item(TableName=self.profile["catalog_table"], Key=key)["Item"]
        self._invoke("feed", {"Records": [{"dynamodb": {"Keys": key, "NewImage": item}}], REDRIVEN: True})

    def publish(self, record: dict[str, Any]) -> None:
        """Let the feed function see a record of the stream.

        Raises:
            DeniedError: It was refused something.
        """
        self._invoke("feed", {"Records": [record]})

    def merge(self) -> None:
        """Let the merge function look at what is due.

        Raises:
            DeniedError: It was refused something.
        """
        self._invoke("merge", {})

    def make_due(self, dataset: str, sk: str, outbox: set[str] | None = None, partition: str = due.shard(0)) -> None:
        """Have an item swept now, and an object's outbox filled. What is long to be merged is an error to a sweep."""
        values: dict[str, Any] = {
            ":shard": {"S": partition},
            ":past": {"S": _OVERDUE if partition != due.MERGE else due.after(-1)},
        }
        update = "SET due_pk = :shard, due_at = :past"
        if outbox:
            values[":outbox"] = {"SS": sorted(outbox)}
            update += ", outbox = :outbox"
        self.dynamodb.update_item(
            TableName=self.profile["catalog_table"],
            Key=item_key(dataset_pk(dataset), sk),
            UpdateExpression=update,
            ExpressionAttributeValues=values,
        )

    def let_settle(self, dataset: str, run: str) -> None:
        """Have a run end long ago."""
        self.dynamodb.update_item(
            TableName=self.profile["catalog_table"],
            Key=item_key(dataset_pk(dataset), f"RUN#{run}"),
            UpdateExpression="SET ended_at = :past",
            ExpressionAttributeValues={":past": {"S": _OVERDUE}},
        )

    def has(self, dataset: str, sk: str) -> bool:
        """Whether the catalog holds an item."""
        key = item_key(dataset_pk(dataset), sk)
        return "Item" in self.dynamodb.get_item(TableName=self.profile["catalog_table"], Key=key, ConsistentRead=True)

    def data_files(self, dataset: str) -> list[str]:
        """The keys of a dataset's Parquet files."""
        answer = self.s3.list_objects_v2(Bucket=self.profile["clean_bucket"], Prefix=f"data/{dataset}/")
        return [listed["Key"] for listed in answer.get("Contents", [])]

    @property
    def catalog(self) -> CatalogReader:
        """The catalog, seen by root: what a probe checks must not hang on another role."""
        return CatalogReader(self.dynamodb, self.profile["catalog_table"])

    def run_of(self, file: File) -> Run:
        """The one run of a file."""
        (run,) = (run for run in self.catalog.runs(file.dataset, limit=10).items if run.object == file.name)
        assert run.version_id == file.version_id
        return run

    def get(self, path: str, **params: Any) -> Any:
        """Read JSON through the query API.

        Raises:
            DeniedError: It fails inside.
        """
        return _checked(self.query.get(path, params=params), httpx.codes.OK)

    def send(self, method: str, path: str, status: int, **request: Any) -> Any:
        """Write through the ingest API.

        Raises:
            DeniedError: It fails inside.
        """
        return _checked(self.ingest.request(method, path, **request), status)

    def remove(self, file: File) -> None:
        """Delete a file; a version of it stays."""
        key = RawKey(file.dataset, file.name).key
        self.s3.delete_object(Bucket=self.profile["raw_bucket"], Key=key)

    def items(self, run: str) -> list[dict[str, Any]]:
        """What the records table holds of a run."""
        answer: Any = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.profile["records_table"],
            FilterExpression="#run = :run",
            ExpressionAttributeNames={"#run": "run"},
            ExpressionAttributeValues={":run": {"S": run}},
        )
        return [item for page in answer for item in page["Items"]]

    def forget_signing_key(self) -> None:
        """Delete the key that signs page tokens, from the table and from the processes that know it."""
        self.dynamodb.delete_item(TableName=self.profile["catalog_table"], Key=item_key("SYSTEM", "SIGNING_KEY"))
        name = f"sluice-query-{self.profile['stage']}-api"
        timeout = self.functions.get_function_configuration(FunctionName=name)["Timeout"]
        # Set to what it is: any setting of its processes makes Lambda start new ones.
        self.functions.update_function_configuration(FunctionName=name, Timeout=timeout)

    def _notify(self, function: str, bucket: str, key: str, version_id: str | None) -> None:
        event = json.loads(_RECORDED.read_text())
        (record,) = event["Records"]
        record["s3"]["bucket"] = {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}
        record["s3"]["object"] |= {"key": key, "versionId": version_id}
        self._invoke(function, event)

    def _invoke(self, function: str, event: dict[str, Any]) -> None:
        answer = self.functions.invoke(
            FunctionName=f"sluice-clean-{self.profile['stage']}-{function}", Payload=json.dumps(event).encode()
        )
        said = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            assert any(refusal in said for refusal in _REFUSALS), said
            raise DeniedError(said)


def _client(profile: dict[str, str], service: str) -> httpx.Client:
    headers = {"x-api-key": profile[f"{service}_key"], "content-type": "application/octet-stream"}
    return httpx.Client(base_url=profile[f"{service}_url"], headers=headers, timeout=_SECONDS)


def _checked(answer: httpx.Response, status: int) -> Any:
    if answer.is_server_error:
        raise DeniedError(answer.text)
    assert answer.status_code == status, answer.text
    return answer.json()
