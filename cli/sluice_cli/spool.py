"""Copies a stream of unknown length to a file, within limits."""

import io
import select
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from sluice_cli.errors import CliError

CHUNK_BYTES = 1 << 20
_WAIT_SECONDS = 0.5

Tell = Callable[[float | None, str], None]
"""Told how far a piece of work is (0..1; None where that isn't known) and what it is doing."""


@dataclass(frozen=True)
class Limits:
    """What a source that is no file may cost.

    Attributes:
        max_bytes: Bytes read from a URL or a pipe, at most.
        max_seconds: Seconds that a download may take.
    """

    max_bytes: int
    max_seconds: float


def spool(chunks: Iterator[bytes], path: Path, label: str, limits: Limits, *, timed: bool = False) -> None:
    """Writes the chunks to ``path``.

    Raises:
        CliError: There are more bytes than the limit, or (``timed``) it takes too long.
    """
    deadline = time.monotonic() + limits.max_seconds
    count = 0
    with path.open("wb") as file:
        for chunk in chunks:
            count += len(chunk)
            if count > limits.max_bytes:
                raise CliError(f"{label}: more than {limits.max_bytes:,} bytes; --max-input allows more")
            if timed and time.monotonic() > deadline:
                raise CliError(f"{label}: not there after {limits.max_seconds:g} s; --timeout allows more")
            file.write(chunk)


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """A stream's bytes, as they come."""
    while True:
        _await(stream)
        # Not read(): it goes on waiting for more when a signal came between two of the system's answers.
        chunk = cast("io.BufferedReader", stream).read1(CHUNK_BYTES)
        if not chunk:
            return
        yield chunk


def _await(stream: BinaryIO) -> None:
    """Waits until there is something to read, or the end: for a moment at a time.

    A signal that comes right before a read begins is heeded when the read has ended, which may be never.
    """
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:
        return
    while not select.select([number], [], [], _WAIT_SECONDS)[0]:
        pass
