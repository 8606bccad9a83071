"""Runs a table's chunks through, side by side, in bounded memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Semaphore

import duckdb

from sluice_clean.engine.chunk_job import Shared, clean_chunk
from sluice_clean.engine.ledger import AbandonedError
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.readers.base import Chunk

_AHEAD = 2  # chunks that wait, cut but not yet taken up


@contextmanager
def _stopping(shared: Shared, cursors: list[duckdb.DuckDBPyConnection]) -> Iterator[None]:
    """Whoever interrupts the run does not wait for the chunks that are under way."""
    try:
        yield
    except BaseException:
        shared.ledger.abandon()
        for cursor in cursors:
            cursor.interrupt()
        raise


def run_chunks(shared: Shared, raw: RawTable, progress: Callable[[int], None] | None = None) -> None:
    """Cleans every chunk; results are in ``shared``.

    Raises:
        EngineError: As the chunks and their reading raise; the first of them in file order.
        duckdb.Error: Likewise.
    """
    workers = max(1, shared.work.settings.threads)
    cursors: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    opened = [shared.work.connection.cursor() for _ in range(workers)]
    for cursor in opened:
        cursors.put(cursor)
    room = Semaphore(workers + _AHEAD)

    def job(number: int, chunk: Chunk) -> None:
        cursor = cursors.get()
        try:
            clean_chunk(shared, cursor, number, chunk)
        except BaseException:
            shared.ledger.abandon()
            raise
        finally:
            cursors.put(cursor)
            room.release()
        if progress is not None:
            progress(number)

    started: list[Future[None]] = []
    try:
        with ThreadPoolExecutor(max_workers=workers) as pool, _stopping(shared, opened):
            for number, chunk in enumerate(raw.chunks):
                room.acquire()
                started.append(pool.submit(job, number, chunk))
                if any(future.done() and future.exception() for future in started[-2 * workers - _AHEAD :]):
                    break
            wait(started)
    finally:
        for cursor in opened:
            cursor.close()
    failures = [error for future in started if (error := future.exception()) is not None]
    for error in [*(e for e in failures if not isinstance(e, AbandonedError)), *failures]:
        raise error
    shared.parts.sort(key=lambda part: part.url)
