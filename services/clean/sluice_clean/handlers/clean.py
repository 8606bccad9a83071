"""Raw bucket notifications: each names a key whose catalog entry is brought to what the bucket holds."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice.logs import get_logger
from sluice.object_keys import LoadTask, parse_raw_key
from sluice_clean import notifications
from sluice_clean.cleaning import Cleaner
from sluice_clean.edge import edge
from sluice_clean.reconcile import Reconciler


@cache
def reconciler() -> Reconciler:
    """Made once per process."""
    parts = edge()

    def enqueue(tasks: Iterable[LoadTask]) -> None:
        for task in tasks:
            parts.clean.put_json(task.key, "{}")

    return Reconciler(parts.catalog, parts.raw, Cleaner(parts.raw, parts.clean, parts.settings, parts.connect), enqueue)


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Entry point of the function; an exception makes Lambda retry the event, and park it after the last try."""
    logger = get_logger()
    for seen in notifications.parse(event):
        logger.append_keys(request_id=context.aws_request_id, key=seen.key)
        logger.info("event", extra={"event_name": seen.event, "sequencer": seen.sequencer})
        if seen.key.endswith("/"):
            continue  # a "folder" that a console made
        reconciler().reconcile(parse_raw_key(seen.key), seen.event, seen.version_id)
