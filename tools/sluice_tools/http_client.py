"""The two APIs over HTTP, as any client sees them."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from sluice_tools.errors import ToolError

_SECONDS = 60


@dataclass(frozen=True)
class Api:
    """One of the two APIs.

    Attributes:
        url: Its address, up to `/v1`.
        key: The API key.
    """

    url: str
    key: str

    def call(self, method: str, path: str, body: bytes | None = None) -> Any:  # noqa: ANN401 - whatever JSON comes
        """Make a call and read its JSON answer.

        Raises:
            ToolError: The API can't be reached, or answers with an error.
        """
        headers = {"x-api-key": self.key, "content-type": "application/octet-stream"}
        request = urllib.request.Request(self.url + path, body, headers, method=method)  # noqa: S310 - from the profile
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - from the profile
                return json.load(answer)
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")
            raise ToolError(f"{method} {path} answered {error.code}: {detail}") from error
        except OSError as error:
            raise ToolError(f"{method} {self.url}{path} can't be reached: {error}") from error
