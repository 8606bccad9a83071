"""Records of the catalog's stream: each may be an event of the change feed."""

from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from sluice.models.events import ChangeEvent
from sluice.redrive import REDRIVEN
from sluice.telemetry import get_logger, get_tracer
from sluice_clean import failures
from sluice_clean.edge import edge
from sluice_clean.feed import Feed, merge_commits


@cache
def feed() -> Feed:
    """Made once per process."""
    parts = edge()
    topic, sns = parts.settings.change_topic, boto3.client("sns")

    def publish(event: ChangeEvent) -> None:
        sns.publish(
            TopicArn=topic,
            Message=event.model_dump_json(),
            # what subscriptions can filter by without reading the message
            MessageAttributes={
                "type": {"DataType": "String", "StringValue": event.type},
                "dataset": {"DataType": "String", "StringValue": event.subject},
            },
        )
        get_logger().info("published", extra={"type": event.type, "dataset": event.subject, "event_id": event.id})

    return Feed(parts.catalog, publish, parts.settings.stage)


@get_tracer().capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of the function; tells Lambda from which record on to try again."""
    logger = get_logger()
    logger.append_keys(request_id=context.aws_request_id)
    for record in merge_commits(event["Records"]):
        try:
            feed().handle(record)
        except (ClientError, BotoCoreError):
            if event.get(REDRIVEN):
                raise
            logger.exception("not published")
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        except Exception as error:
            if event.get(REDRIVEN):
                raise
            # Whatever else is wrong with a record would hold up all that follow, for a day.
            logger.exception("put aside")
            edge().put_aside(failures.message({"Records": [record]}, context, error))
    return {"batchItemFailures": []}
