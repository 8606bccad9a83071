"""A look, every minute, at what workers left behind."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice.object_keys import LoadTask
from sluice.telemetry import get_logger, get_tracer
from sluice_clean.deleting import Deleter
from sluice_clean.edge import edge
from sluice_clean.sweeping import Sweeper, counted

# What a sweep leaves of the function's time for what it is at.
_MARGIN_SECONDS = 30.0


@cache
def sweeper() -> Sweeper:
    """Made once per process."""
    parts = edge()

    def enqueue(tasks: Iterable[LoadTask]) -> None:
        for task in tasks:
            parts.clean.put_json(task.key, "{}")

    deleter = Deleter(parts.catalog, parts.raw, parts.clean, enqueue, parts.settings.settle_seconds)
    return Sweeper(parts.catalog, parts.clean, enqueue, deleter.step)


@get_tracer().capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:  # noqa: ARG001 - the schedule says nothing
    """Entry point of the function; gives what was done, by its kind."""
    logger = get_logger()
    logger.append_keys(request_id=context.aws_request_id)
    done = sweeper().sweep(context.get_remaining_time_in_millis() / 1000 - _MARGIN_SECONDS)
    if done:
        logger.info("sweep", extra=counted(done))
    return dict(done)
