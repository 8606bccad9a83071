"""The key that signs page tokens: made once per stage by the first function that needs it."""

import secrets
from functools import cached_property
from typing import TYPE_CHECKING

from sluice.catalog.items import key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = key("SYSTEM", "SIGNING_KEY")
_BYTES = 32


class SigningKey:
    """Reads the key when it is first needed, and keeps it."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def __call__(self) -> bytes:
        """The key."""
        return self._value

    @cached_property
    def _value(self) -> bytes:
        return self._read() or self._make()

    def _read(self) -> bytes | None:
        answer = self._client.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        return bytes(answer["Item"]["secret"]["B"]) if "Item" in answer else None

    def _make(self) -> bytes:
        made = secrets.token_bytes(_BYTES)
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**_KEY, "secret": {"B": made}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            # Another function was first: its key is the key.
            return self._read() or made
        return made
