"""A look, every five minutes, at which datasets have so many small files that they are worth merging."""

import time
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice.telemetry import get_logger, get_tracer
from sluice_clean.edge import edge
from sluice_clean.merging import Merger, write_pack

# No merge is begun later: one takes a minute or two.
_MARGIN_SECONDS = 300.0


@cache
def merger() -> Merger:
    """Made once per process."""
    parts = edge()
    return Merger(parts.catalog, parts.clean.url, partial(write_pack, parts.connect))


@get_tracer().capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:  # noqa: ARG001 - the schedule says nothing
    """Entry point of the function; gives how many runs are read from other files now, by dataset."""
    get_logger().append_keys(request_id=context.aws_request_id)
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_SECONDS
    return merger().merge_all(deadline)
