"""The parts of AWS that the clean service talks to, made once per process."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import NoCredentialsError

from sluice.catalog.keeper import CatalogKeeper
from sluice.settings import load_settings
from sluice_clean.buckets import CleanBucket, RawBucket
from sluice_clean.dynamodb_wire import BatchWriteItem
from sluice_clean.settings import CleanServiceSettings

if TYPE_CHECKING:
    import duckdb
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Edge:
    """Adapters to S3, DynamoDB and the settings of this process."""

    settings: CleanServiceSettings
    raw: RawBucket
    clean: CleanBucket
    catalog: CatalogKeeper
    dynamodb: "DynamoDBClient"

    def batch_write(self) -> BatchWriteItem:
        """BatchWriteItem where the DynamoDB client's calls go, with the credentials of this process."""
        meta = self.dynamodb.meta
        credentials = boto3.Session().get_credentials()
        if credentials is None:
            raise NoCredentialsError
        return BatchWriteItem(meta.endpoint_url, meta.region_name, credentials)

    def put_aside(self, message: str) -> None:
        """Send a message to this function's failure queue."""
        # Made when it is needed: a client is dear, and nearly no call fails.
        boto3.client("sqs").send_message(QueueUrl=self.settings.failure_queue_url, MessageBody=message)

    def connect(self) -> "duckdb.DuckDBPyConnection":
        """A DuckDB connection that reads and writes S3 with the function's role."""
        # DuckDB is dear to import; events that need no cleaning do without.
        from sluice import duckdb_s3

        return duckdb_s3.connect(
            memory_limit=self.settings.memory_limit,
            threads=self.settings.threads,
            temp_dir=self.settings.temp_dir,
            endpoint=self.settings.endpoint_url,
        )

    def refresh(self, connection: "duckdb.DuckDBPyConnection") -> None:
        """Give a connection of `connect` the credentials that the function has now."""
        from sluice import duckdb_s3

        duckdb_s3.refresh_secret(connection, self.settings.endpoint_url)


@cache
def edge() -> Edge:
    """The edge of this process: clients are dear to make and safe to keep."""
    settings = load_settings(CleanServiceSettings)
    s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
    return Edge(
        settings,
        RawBucket(s3, settings.raw_bucket),
        CleanBucket(s3, settings.clean_bucket),
        CatalogKeeper(dynamodb, settings.catalog_table, settings.limits),
        dynamodb,
    )
