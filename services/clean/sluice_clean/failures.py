"""What becomes of an event that could not be handled: tried again, or put aside for a person to look at.

`SluiceError.transient` decides. What may work later is raised, and Lambda tries the event again; what never will goes
to the function's failure queue at once, as Lambda itself would put it there after its last try. Either way the other
records of the event are handled first: nothing waits for a poisonous one.
Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice.clock import now_iso
from sluice.errors import SluiceError
from sluice.redrive import REDRIVEN
from sluice.telemetry import get_logger

Event = Mapping[str, Any]


def handle_each(
    event: Event, context: LambdaContext, handle: Callable[[Event], None], put_aside: Callable[[str], None]
) -> None:
    """Handle the records of an event one by one.

    Args:
        event: an event of S3, or of anything that has `Records`.
        context: of the function's call.
        handle: handles an event of a single record.
        put_aside: sends a message to the function's failure queue.

    Raises:
        Exception: the first error that may be gone later; or any, when the event comes from the failure queue, where
            its message still lies.
    """
    first: Exception | None = None
    for record in event.get("Records", []):
        single = {**event, "Records": [record]}
        try:
            _handle_one(single, context, handle, put_aside)
        except Exception as error:  # noqa: BLE001 - of one record; raised below, when the others are done
            get_logger().exception("not handled")
            first = first or error
    if first:
        raise first


def _handle_one(
    event: Event, context: LambdaContext, handle: Callable[[Event], None], put_aside: Callable[[str], None]
) -> None:
    try:
        handle(event)
    except SluiceError as error:
        if error.transient or event.get(REDRIVEN):
            raise
        get_logger().exception("put aside")
        put_aside(message(event, context, error))


def message(event: Event, context: LambdaContext, error: Exception) -> str:
    """What Lambda writes into an on-failure destination."""
    return json.dumps(
        {
            "version": "1.0",
            "timestamp": now_iso(),
            "requestContext": {
                "requestId": context.aws_request_id,
                "functionArn": context.invoked_function_arn,
                "condition": "NotTransient",
                "approximateInvokeCount": 1,
            },
            "requestPayload": event,
            "responsePayload": {"errorType": type(error).__name__, "errorMessage": str(error)},
        }
    )
