"""Gets a URL into a file: http and https alone, redirects included."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult

import httpx

from sluice_cli.errors import CliError
from sluice_cli.spool import CHUNK_BYTES, Limits, Tell, spool

_SILENCE = 30.0  # seconds without a byte
_MAX_REDIRECTS = 10


def download(url: SplitResult, label: str, path: Path, limits: Limits, tell: Tell) -> None:
    """Downloads ``url`` to ``path``; ``label`` is what messages call it.

    Raises:
        CliError: It can't be had, or not within the limits.
    """
    try:
        with (
            httpx.Client(follow_redirects=True, max_redirects=_MAX_REDIRECTS, timeout=_SILENCE) as client,
            client.stream("GET", url.geturl()) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise CliError(f"{label}: the server answers {response.status_code} {response.reason_phrase}")
            _check_length(response, label, limits)
            spool(_counted(response, tell), path, label, limits, timed=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CliError(f"{label}: {_reason(error)}") from error


def _check_length(response: httpx.Response, label: str, limits: Limits) -> None:
    length = int(response.headers.get("content-length", "0"))
    if length > limits.max_bytes:
        raise CliError(f"{label}: {length:,} bytes; --max-input allows {limits.max_bytes:,}")


def _counted(response: httpx.Response, tell: Tell) -> Iterator[bytes]:
    """The body, undone of its transfer's compression; what is told counts the bytes of the transfer."""
    length = int(response.headers.get("content-length", "0"))
    for chunk in response.iter_bytes(CHUNK_BYTES):
        yield chunk
        tell(response.num_bytes_downloaded / length if length else None, "downloading")


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"no answer for {_SILENCE:g} s"
    if isinstance(error, httpx.UnsupportedProtocol):
        return "it leads to an address that is neither http nor https"
    if isinstance(error, httpx.TooManyRedirects):
        return f"more than {_MAX_REDIRECTS} redirects"
    return str(error) or type(error).__name__
