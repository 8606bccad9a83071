"""The edge of a deployed function: clients of AWS and DuckDB, each made when it is first needed."""

from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from sluice.catalog import CatalogReader
from sluice.settings import load_settings
from sluice_query.edge.clean_bucket import CleanBucket
from sluice_query.edge.records_table import RecordsTable
from sluice_query.edge.signing_key import SigningKey
from sluice_query.settings import QuerySettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from sluice_query.edge.database import Database


class AwsEdge:
    """AWS and DuckDB, as the function's settings name them."""

    @cached_property
    def settings(self) -> QuerySettings:
        """The settings of this process."""
        settings: QuerySettings = load_settings(QuerySettings)
        return settings

    @cached_property
    def _dynamodb(self) -> "DynamoDBClient":
        return boto3.client("dynamodb")

    @cached_property
    def catalog(self) -> CatalogReader:
        """The catalog."""
        return CatalogReader(self._dynamodb, self.settings.catalog_table)

    @cached_property
    def items(self) -> RecordsTable:
        """The records table."""
        return RecordsTable(self._dynamodb, self.settings.records_table)

    @cached_property
    def files(self) -> CleanBucket:
        """The clean bucket."""
        return CleanBucket(self.settings.clean_bucket)

    @cached_property
    def database(self) -> "Database":
        """DuckDB with S3."""
        # The dearest import of all, and most routes do without.
        from sluice_query.edge.s3_database import s3_database

        return s3_database(self.settings)

    @cached_property
    def _signing_key(self) -> SigningKey:
        return SigningKey(self._dynamodb, self.settings.catalog_table)

    def signing_key(self) -> bytes:
        """The key that signs page tokens."""
        return self._signing_key()
