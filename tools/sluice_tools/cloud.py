"""An emulator that runs, as deployments and tests see it."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Cloud:
    """A running emulator.

    Attributes:
        name: `ministack` or `localstack`.
        endpoint_url: Where it answers.
        deployment: Variables that a deployment onto it needs besides its address.
    """

    name: str
    endpoint_url: str
    deployment: Mapping[str, str] = field(default_factory=dict)


def answers(url: str, seconds: float, alive: Callable[[], bool]) -> bool:
    """Wait until an address answers 200.

    Args:
        url: An http address.
        seconds: How long at most.
        alive: Whether it may still come.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and alive():
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - always http, never a file
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(_POLL_SECONDS)
    return False
