"""The address of the next page, as far as an event tells what address the client used."""

from typing import Any
from urllib.parse import urlencode

from sluice_query.parameters import NEXT, Parameters


def next_url(event: dict[str, Any], parameters: Parameters, token: str, *, emulated: bool) -> str:
    """The URL of the request with another page token; relative (`?…`) where the host is not known.

    Args:
        event: API Gateway's REST event.
        parameters: the request's query parameters.
        token: the next page's.
        emulated: whether an emulator stands in for AWS: its gateway has addresses of its own.
    """
    pairs = [(name, value) for name, values in parameters.items() if name != NEXT for value in values]
    query = "?" + urlencode([*pairs, (NEXT, token)])
    return _address(event, emulated=emulated) + query


def _address(event: dict[str, Any], *, emulated: bool) -> str:
    context = event.get("requestContext") or {}
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    host, path = headers.get("host", ""), str(event.get("path", ""))
    if not host or not path:
        return ""
    api, stage = str(context.get("apiId", "")), str(context.get("stage", ""))
    if not emulated:
        return f"{headers.get('x-forwarded-proto', 'https')}://{host}{context.get('path') or path}"
    if host.startswith(f"{api}."):
        return f"http://{host}/{stage}{path}"
    return f"http://{host}/_aws/execute-api/{api}/{stage}{path}"
