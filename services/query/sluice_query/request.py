"""What the routes need of an API Gateway event, whichever gateway sent it."""

import re
from typing import Any
from urllib.parse import quote

from sluice_query.parameters import Parameters

Event = dict[str, Any]
_BY_KEY = re.compile(r"(/v1/datasets/[^/]+/records/)(.+)", re.DOTALL)


def with_key_as_one_segment(event: Event) -> Event:
    """The event with the key in `…/records/{key}` quoted, so that a key may hold any character, `/` too."""
    found = _BY_KEY.fullmatch(str(event.get("path", "")))
    return {**event, "path": found[1] + quote(found[2], safe="")} if found else event


def query_parameters(event: Event) -> Parameters:
    """Every query parameter with all its values, in the order in which the gateway gives them."""
    several = event.get("multiValueQueryStringParameters") or {}
    if several:
        return {str(name): [str(value or "") for value in values or [""]] for name, values in several.items()}
    single = event.get("queryStringParameters") or {}
    return {str(name): [str(value or "")] for name, value in single.items()}


def header(event: Event, name: str) -> str | None:
    """A header's value; gateways differ in how they write its name."""
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), None)


def matches_etag(event: Event, etag: str) -> bool:
    """Whether the client has this version already (`If-None-Match`, RFC 9110)."""
    given = header(event, "if-none-match")
    if given is None:
        return False
    listed = [tag.strip().removeprefix("W/") for tag in given.split(",")]
    return "*" in listed or etag in listed
