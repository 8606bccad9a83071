"""Exceptions to problem+json: the one mapper."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from sluice.errors import (
    ErrorItem,
    InternalError,
    InvalidRequestError,
    MethodNotAllowedError,
    NotFoundError,
    SluiceError,
    UnavailableError,
)
from sluice.models.problem import MEDIA_TYPE, Problem
from sluice.telemetry import get_logger

_BUSY = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
        "TransactionConflictException",
    }
)


def validation_items(error: ValidationError | RequestValidationError, *, skip: int = 0) -> list[ErrorItem]:
    """The single faults of a failed validation; `skip` leading parts of the location are left out."""
    return [
        ErrorItem("/" + "/".join(str(part) for part in fault["loc"][skip:]), str(fault["msg"]))
        for fault in error.errors()
    ]


def as_sluice_error(error: Exception) -> SluiceError:
    """Any exception as an error that a user may see; what is unknown is logged and becomes internal-error."""
    if isinstance(error, SluiceError):
        return error
    if isinstance(error, RequestValidationError) and not _is_about_the_answer(error):
        items = validation_items(error)
        return InvalidRequestError("; ".join(f"{item.pointer}: {item.detail}" for item in items), errors=items)
    if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in _BUSY:
        get_logger().warning("throttled", exc_info=error)
        return UnavailableError("A service behind this call is busy; try again in a moment.")
    kind = "aws call failed" if isinstance(error, (ClientError, BotoCoreError)) else "unexpected error"
    get_logger().error(kind, exc_info=error)
    return InternalError("The fault is ours; the request id leads to it in the logs.")


def _is_about_the_answer(error: RequestValidationError) -> bool:
    """Powertools tells with the same exception that a route of ours answered with the wrong type."""
    return any("response" in fault["loc"][:1] for fault in error.errors())


def problem_response(error: SluiceError, instance: str) -> Response[str]:
    """The answer to an error."""
    body = Problem.of(error, instance).model_dump_json(exclude_none=True)
    return Response(status_code=error.status, content_type=MEDIA_TYPE, body=body)


def install(app: APIGatewayRestResolver) -> None:
    """Make the app answer every exception, and every unknown address, with a problem."""

    def answer(error: Exception) -> Response[str]:
        return problem_response(as_sluice_error(error), app.current_event.path)

    def no_route(_: NoRouteError) -> Response[str]:
        event = app.current_event
        allowed = _methods_at(app, event.path)
        if not allowed:
            return problem_response(NotFoundError(f"There is nothing at {event.path}."), event.path)
        error = MethodNotAllowedError(f"{event.http_method} is not possible at {event.path}; {', '.join(allowed)} is.")
        response = problem_response(error, event.path)
        response.headers["Allow"] = ", ".join(allowed)
        return response

    register: Callable[[Any], Callable[[Any], Any]] = app.exception_handler
    register([SluiceError, RequestValidationError, Exception])(answer)
    app.not_found(no_route)


def _methods_at(app: APIGatewayRestResolver, path: str) -> list[str]:
    # The resolver has no public list of its routes; the OpenAPI document would be dear to build here.
    routes = [*app._static_routes, *app._dynamic_routes]
    return sorted({str(route.method) for route in routes if route.rule.match(path)})
