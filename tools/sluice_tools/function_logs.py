"""What the functions of a deployed service wrote to their logs."""

import time
from datetime import UTC, datetime
from operator import itemgetter

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sluice_tools.errors import ToolError
from sluice_tools.stage import Stage

_FUNCTIONS = {"clean": ("clean", "load", "replay", "feed", "sweep", "merge"), "ingest": ("api",), "query": ("api",)}
_SECONDS = 3600
_MOST_EVENTS = 10_000


def show(stage: Stage, service: str) -> None:
    """Print the last hour, oldest first, one line an entry with the function before it.

    Raises:
        ToolError: There is no such service, or the logs can't be read.
    """
    stage.workspace.service(service)
    try:
        entries = [entry for function in _FUNCTIONS[service] for entry in _read(stage, service, function)]
    except (ClientError, BotoCoreError) as error:
        raise ToolError(f"the logs of {service} on {stage.name} can't be read: {error}") from error
    for moment, function, message in sorted(entries, key=itemgetter(0)):  # lines of one moment stay in order
        print(f"{datetime.fromtimestamp(moment / 1000, UTC):%H:%M:%S.%f} {function}  {message}")


def _read(stage: Stage, service: str, function: str) -> list[tuple[int, str, str]]:
    logs = boto3.client("logs", **stage.client_arguments)
    start = int((time.time() - _SECONDS) * 1000)
    found: dict[tuple[int, str, str], None] = {}
    while True:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/sluice-{service}-{stage.name}-{function}", startTime=start
        )
        events = [event for page in pages for event in page["events"]]
        known = len(found)
        found |= {(event["timestamp"], function, event["message"].rstrip()): None for event in events}
        # MiniStack cuts an answer at its limit and gives no token to go on with: go on by time.
        if len(events) % _MOST_EVENTS or len(found) == known:
            return list(found)
        start = max(event["timestamp"] for event in events)
