"""The records table: one item per record and run, the newest first."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sluice.models.record import record_pk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FEW = 5


class RecordsTable:
    """Reads items of the records table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def items(self, dataset: str, key: str) -> Iterator[dict[str, Any]]:
        """The items under a key, as DynamoDB writes them, the greatest sort key first: Queries of a few items."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            ScanIndexForward=False,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": record_pk(dataset, key)}},
            PaginationConfig={"PageSize": _FEW},
        )
        for page in pages:
            yield from page["Items"]
