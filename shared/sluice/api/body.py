"""Request bodies, checked: gateways differ in what they let through."""

import base64
import binascii
import json
from typing import TypeVar

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from pydantic import BaseModel, ValidationError

from sluice.api.problems import validation_items
from sluice.errors import EmptyBodyError, InvalidRequestError, MalformedJsonError, PayloadTooLargeError

MAX_JSON_BYTES = 1_000_000

Model = TypeVar("Model", bound=BaseModel)


def raw_body(event: APIGatewayProxyEvent, limit: int) -> bytes:
    """The body's bytes.

    Raises:
        EmptyBodyError: there are none.
        InvalidRequestError: the gateway passed on something else than was sent.
        PayloadTooLargeError: more than `limit` bytes.
    """
    text = event.body or ""
    try:
        body = base64.b64decode(text, validate=True) if event.is_base64_encoded else text.encode()
    except binascii.Error as error:
        raise InvalidRequestError("The gateway passed on a body that is not base64.") from error
    if not body:
        raise EmptyBodyError("The body is empty; it must be the raw file or JSON that this call takes.")
    _check_whole(event, body)
    if len(body) > limit:
        raise PayloadTooLargeError(f"The body has {len(body):,} bytes; this call takes {limit:,} at most.")
    return body


def _check_whole(event: APIGatewayProxyEvent, body: bytes) -> None:
    """A gateway that takes a body for text replaces the bytes that are none, for good: refuse what is left."""
    sent = event.headers.get("content-length", "")
    if sent.isdigit() and int(sent) != len(body):
        raise InvalidRequestError(
            f"{int(sent):,} bytes were sent and {len(body):,} arrived: the gateway took the body for text. "
            "Send it with 'Content-Type: application/octet-stream'."
        )


def json_body(event: APIGatewayProxyEvent, model: type[Model], limit: int = MAX_JSON_BYTES) -> Model:
    """The body, read as JSON and validated.

    Raises:
        MalformedJsonError: it is not JSON; the detail names line and column.
        InvalidRequestError: it is JSON, but not what the model takes; each fault has its pointer.
        EmptyBodyError, PayloadTooLargeError: as `raw_body`.
    """
    try:
        document = json.loads(raw_body(event, limit))
    except UnicodeDecodeError as error:
        raise MalformedJsonError(f"The body is not UTF-8 text: byte {error.start} is not valid.") from error
    except json.JSONDecodeError as error:
        raise MalformedJsonError(
            f"The body is not JSON: {error.msg}, line {error.lineno} column {error.colno}."
        ) from error
    except RecursionError as error:
        raise MalformedJsonError("The body is nested too deeply.") from error
    try:
        return model.model_validate(document)
    except ValidationError as error:
        items = validation_items(error)
        detail = "; ".join(f"{item.pointer}: {item.detail}" for item in items)
        raise InvalidRequestError(detail, errors=items) from error
