"""Notifications of load tasks: each names a part whose records are brought in line with the catalog."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice.object_keys import parse_load_task
from sluice.telemetry import get_logger, get_tracer
from sluice_clean import failures, notifications
from sluice_clean.edge import edge
from sluice_clean.kept import KeptDuckDB
from sluice_clean.loading import Loader
from sluice_clean.parts import ParquetParts
from sluice_clean.records_table import RecordsTable


@cache
def loader() -> Loader:
    """Made once per process."""
    parts = edge()
    return Loader(
        parts.catalog,
        RecordsTable(parts.batch_write(), parts.settings.records_table),
        ParquetParts(parts.clean, KeptDuckDB(parts.connect, parts.refresh).cursor),
    )


@get_tracer().capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Entry point of the function; an exception makes Lambda retry the event, and park it after the last try."""

    def handle(single: Mapping[str, Any]) -> None:
        for seen in notifications.parse(single):
            get_logger().append_keys(request_id=context.aws_request_id, key=seen.key)
            loader().handle(parse_load_task(seen.key))

    failures.handle_each(event, context, handle, edge().put_aside)
