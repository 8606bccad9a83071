"""Page tokens: opaque to clients, signed, and good only for the query that they came from."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import orjson

from sluice.errors import InvalidTokenError

_MAC_BYTES = 16


def fingerprint(*parts: object) -> str:
    """A short name for what a token or an ETag belongs to: equal parts, equal name."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


class Tokens:
    """Writes and reads tokens; the signing key is asked for when it is first needed."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def write(self, bound_to: str, payload: dict[str, Any]) -> str:
        """A token that carries the payload and is good only together with `bound_to`."""
        body = orjson.dumps(payload)
        return base64.urlsafe_b64encode(self._mac(bound_to, body) + body).decode().rstrip("=")

    def read(self, bound_to: str, token: str) -> dict[str, Any]:
        """The payload of a token.

        Raises:
            InvalidTokenError: it was altered, or belongs to something else.
        """
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidTokenError("The page token is not one of this service's.") from error
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(bound_to, body)):
            raise InvalidTokenError("The page token was altered, or belongs to another dataset or query.")
        payload: dict[str, Any] = orjson.loads(body)
        return payload

    def _mac(self, bound_to: str, body: bytes) -> bytes:
        return hmac.digest(self._secret(), bound_to.encode() + b"\0" + body, "sha256")[:_MAC_BYTES]
