"""Workers that take one step at a time: whoever holds the baton runs until its next call to AWS."""

import threading
from collections.abc import Callable

_current = threading.local()


class Killed(BaseException):
    """The worker's process ended: nothing of it can catch that and go on."""


class Worker:
    """A thread that runs only while it is being stepped.

    Args:
        work: what it does; its calls to AWS call `pause`.
        started: when it began, by the test's clock.
    """

    def __init__(self, work: Callable[[], None], started: float) -> None:
        self.started = started
        self.done = False
        self.error: BaseException | None = None
        self._work = work
        self._killed = False
        self._turn = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Let it go on to right before its next call, or to its end."""
        if not self.done:
            self._turn.release()
            self._back.acquire()

    def finish(self) -> None:
        """Let it go on to its end."""
        while not self.done:
            self.step()

    def kill(self) -> None:
        """End it where it is."""
        self._killed = True
        self.finish()

    def _run(self) -> None:
        _current.worker = self
        self._turn.acquire()
        try:
            self.check()
            self._work()
        except (Exception, Killed) as error:  # noqa: BLE001 - the test looks at it
            self.error = error
        finally:
            self.done = True
            self._back.release()

    def check(self) -> None:
        if self._killed:
            raise Killed

    def pause(self) -> None:
        self.check()
        self._back.release()
        self._turn.acquire()
        self.check()


def pause(_: str = "") -> None:
    """Give the baton back; what is no worker goes right on."""
    worker: Worker | None = getattr(_current, "worker", None)
    if worker:
        worker.pause()
