"""Notifications of replays: each names one whose objects are to be cleaned again."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice.catalog.replays import Replays
from sluice.object_keys import parse_replay_order
from sluice.telemetry import get_logger, get_tracer
from sluice_clean import failures, notifications
from sluice_clean.edge import edge
from sluice_clean.replaying import Replayer


@cache
def replayer() -> Replayer:
    """Made once per process."""
    parts = edge()
    functions = boto3.client("lambda")

    def send(event: dict[str, Any]) -> None:
        payload = json.dumps(event).encode()
        functions.invoke(FunctionName=parts.settings.clean_function, InvocationType="Event", Payload=payload)

    ledger = Replays(parts.dynamodb, parts.settings.catalog_table)
    return Replayer(parts.catalog, ledger, parts.settings.raw_bucket, send)


@get_tracer().capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Entry point of the function; an exception makes Lambda retry the event, and park it after the last try."""

    def handle(single: Mapping[str, Any]) -> None:
        for seen in notifications.parse(single):
            get_logger().append_keys(request_id=context.aws_request_id, key=seen.key)
            order = parse_replay_order(seen.key)
            replayer().begin(order.dataset, order.replay)

    failures.handle_each(event, context, handle, edge().put_aside)
