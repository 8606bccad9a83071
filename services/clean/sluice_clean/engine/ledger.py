"""Lets chunks that are cleaned side by side take their turns in file order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition


class AbandonedError(Exception):
    """Another chunk failed; this one need not go on."""


@dataclass
class Turn:
    """A chunk's moment.

    Attributes:
        first_row: Records of the file before this chunk.
        first_part: Parts before this chunk's.
        records: To be set: the chunk's records.
        parts: To be set: the parts it is going to write.
    """

    first_row: int
    first_part: int
    records: int = 0
    parts: int = 0


class Ledger:
    """Counts records and parts over the chunks, in their order whichever is ready first."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._next = 0
        self._rows = 0
        self._parts = 0
        self._failed = False

    @property
    def records(self) -> int:
        """Records of the chunks so far."""
        return self._rows

    @contextmanager
    def turn(self, chunk: int) -> Iterator[Turn]:
        """Waits until all earlier chunks had their turn; the body is this one's.

        Raises:
            AbandonedError: An earlier chunk failed, so that the turn will never come.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._failed or self._next == chunk)
            if self._failed:
                raise AbandonedError
        turn = Turn(self._rows, self._parts)
        yield turn
        with self._condition:
            self._rows += turn.records
            self._parts += turn.parts
            self._next += 1
            self._condition.notify_all()

    def abandon(self) -> None:
        """Tells all who wait that their turn won't come."""
        with self._condition:
            self._failed = True
            self._condition.notify_all()
