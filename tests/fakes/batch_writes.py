"""BatchWriteItem's wire, answered by a DynamoDB client of this process: boto3's, or one that acts like it."""

from typing import Any

import orjson
from botocore.exceptions import ClientError

from sluice_clean.dynamodb_wire import Answer


class ClientWire:
    """Stands where `dynamodb_wire.BatchWriteItem` does; boto3 checks that the body is what the API takes."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __call__(self, body: bytes) -> Answer:
        try:
            answer = self._client.batch_write_item(**orjson.loads(body))
        except ClientError as error:
            fault = error.response["Error"]
            said = {"__type": f"com.amazonaws.dynamodb.v20120810#{fault['Code']}", "message": fault["Message"]}
            return Answer(error.response["ResponseMetadata"]["HTTPStatusCode"], orjson.dumps(said))
        return Answer(200, orjson.dumps({"UnprocessedItems": answer.get("UnprocessedItems", {})}))
