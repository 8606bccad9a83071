"""A time of day that only moves when a test says so, or by a millisecond when it is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from unittest.mock import patch

from sluice.clock import to_iso


class Clock:
    """The time of all that Sluice's own code asks."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    @property
    def seconds(self) -> float:
        """Seconds since some moment."""
        return self.time.timestamp()

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def second(self) -> str:
        """A moment as S3 tells it: to the second, and later than any before."""
        self.advance(1)
        return to_iso(self.time.replace(microsecond=0))

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Sluice's clock, and the waits between tries of a commit, go by this one."""
        clock = self

        class Now(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Now":
                clock.advance(0.001)
                return cls.fromtimestamp(clock.time.timestamp(), tz)

        timer = SimpleNamespace(monotonic=lambda: clock.seconds, sleep=clock.advance)
        with patch("sluice.clock.datetime", Now), patch("sluice.catalog.commit.time", timer):
            yield
