"""A sign of life, at intervals, while something long is done."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def kept(renew: Callable[[], object], every: float) -> Iterator[None]:
    """Call `renew` every so many seconds until the block ends.

    A renewal that fails is not the work's fault: the next one may succeed, and a lease that runs out is taken up
    again by it.
    """
    over = threading.Event()

    def beat() -> None:
        while not over.wait(every):
            _quietly(renew)

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _quietly(renew: Callable[[], object]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    from sluice.telemetry import get_logger

    try:
        renew()
    except (BotoCoreError, ClientError) as error:
        get_logger().warning("lease not renewed", extra={"reason": str(error)})
