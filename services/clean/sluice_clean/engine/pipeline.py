"""Runs a table's chunks through, side by side, in bounded memory."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Semaphore
from types import TracebackType
from typing import Self

import duckdb

from sluice_clean.engine.chunk_job import Shared, clean_chunk
from sluice_clean.engine.ledger import AbandonedError
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.readers.base import Chunk

_AHEAD = 2  # chunks that wait, cut but not yet taken up
_WIDE = 400  # columns from which on a chunk's memory goes by their number


def run_chunks(shared: Shared, raw: RawTable, progress: Callable[[int], None] | None = None) -> None:
    """Cleans every chunk; results are in ``shared``.

    Raises:
        EngineError: As the chunks and their reading raise; the first of them in file order.
        duckdb.Error: Likewise.
    """
    with _Workers(shared, progress) as workers:
        for number, chunk in enumerate(raw.chunks):
            workers.take_up(number, chunk)
            if workers.failed:
                break
    for error in workers.failures():
        raise error
    shared.parts.sort(key=lambda part: part.url)


class _Workers:
    """A thread and a cursor for each chunk that is under way."""

    def __init__(self, shared: Shared, progress: Callable[[int], None] | None) -> None:
        self._shared = shared
        self._progress = progress
        count = max(1, shared.work.settings.threads)
        if len(shared.plan.columns) > _WIDE:
            count = 1
            # It compares each expression with each other: minutes, for two thousand columns.
            shared.work.connection.execute("SET disabled_optimizers = 'common_subexpressions'")
        self._cursors = [shared.work.connection.cursor() for _ in range(count)]
        self._free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        for cursor in self._cursors:
            self._free.put(cursor)
        self._room = Semaphore(count + _AHEAD)
        self._pool = ThreadPoolExecutor(max_workers=count)
        self._started: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Waits for the chunks that are under way; whoever interrupts the run does not wait for their end."""
        if error is not None:
            self._shared.ledger.abandon()
            for cursor in self._cursors:
                cursor.interrupt()
        self._pool.shutdown(wait=True, cancel_futures=error is not None)
        for cursor in self._cursors:
            cursor.close()

    @property
    def failed(self) -> bool:
        """Whether a chunk failed: there is no use in reading on."""
        recent = self._started[-2 * len(self._cursors) - _AHEAD :]
        return any(future.done() and future.exception() for future in recent)

    def take_up(self, number: int, chunk: Chunk) -> None:
        """Starts a chunk, as soon as few enough wait."""
        self._room.acquire()
        self._started.append(self._pool.submit(self._clean, number, chunk))

    def _clean(self, number: int, chunk: Chunk) -> None:
        cursor = self._free.get()
        try:
            clean_chunk(self._shared, cursor, number, chunk)
        except BaseException:
            self._shared.ledger.abandon()
            raise
        finally:
            self._free.put(cursor)
            self._room.release()
        if self._progress is not None:
            self._progress(number)

    def failures(self) -> list[BaseException]:
        """What chunks failed with, those first that did not fail because another did."""
        found = [error for future in self._started if (error := future.exception()) is not None]
        return sorted(found, key=lambda error: isinstance(error, AbandonedError))
