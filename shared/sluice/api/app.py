"""The Powertools app that every API of Sluice is built on."""

import json
import re
from typing import Any, cast
from urllib.parse import quote

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response, content_types
from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice.api import problems
from sluice.errors import InternalError
from sluice.models.problem import MEDIA_TYPE, Problem
from sluice.telemetry import get_logger

VERSION = "1"
REQUEST_ID = "x-request-id"


def make_app(title: str, description: str) -> APIGatewayRestResolver:
    """An app with the two public routes that every service has: its health and its OpenAPI document."""
    cors = CORSConfig(allow_headers=["x-api-key", "content-type"], expose_headers=[REQUEST_ID, "etag", "link"])
    app = APIGatewayRestResolver(enable_validation=True, cors=cors)
    problems.install(app)

    @app.get("/v1/health", summary="Whether the service answers", tags=["service"], security=[])
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/openapi.json", include_in_schema=False)
    def openapi() -> Response[str]:
        event = app.current_event
        url = f"https://{event.headers.get('host', '')}/{event.request_context.stage}"
        document = openapi_document(app, title, description)
        document["servers"] = [{"url": url}]
        return Response(200, content_types.APPLICATION_JSON, json.dumps(document))

    return app


def openapi_document(app: APIGatewayRestResolver, title: str, description: str) -> dict[str, Any]:
    """The app's OpenAPI 3.1 document: its routes, the key that they want, and the shape of its problems."""
    text = app.get_openapi_json_schema(title=title, version=VERSION, description=description)
    document = cast("dict[str, Any]", json.loads(text))
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"}}
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    document.setdefault("security", [{"apiKey": []}])
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            # The framework's own 422 is never answered: faults are problems.
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {
                "description": "A problem (RFC 9457)",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
    return document


def last_as_one_segment(event: dict[str, Any], collection: str) -> dict[str, Any]:
    """The event with what follows `/v1/datasets/{dataset}/{collection}/` quoted: it may hold `/` and the like."""
    found = re.fullmatch(rf"(/v1/datasets/[^/]+/{collection}/)(.+)", str(event.get("path", "")), re.DOTALL)
    return {**event, "path": found[1] + quote(found[2], safe="")} if found else event


def serve(app: APIGatewayRestResolver, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one API Gateway event; whatever happens, the answer is well-formed and carries the request id."""
    request_id = (event.get("requestContext") or {}).get("requestId") or context.aws_request_id
    logger = get_logger()
    logger.append_keys(request_id=request_id)
    logger.set_correlation_id(request_id)
    try:
        answer = app.resolve(event, context)
    except Exception:
        logger.exception("could not answer")
        path = str(event.get("path", "/"))
        failure = problems.problem_response(InternalError("The fault is ours; the request id leads to it."), path)
        answer = {"statusCode": failure.status_code, "body": failure.body, "isBase64Encoded": False}
        answer["multiValueHeaders"] = {"Content-Type": [MEDIA_TYPE]}
    answer.setdefault("multiValueHeaders", {})[REQUEST_ID] = [request_id]
    logger.info(
        "answered",
        extra={"method": event.get("httpMethod"), "path": event.get("path"), "status": answer["statusCode"]},
    )
    return answer
