"""Cuts a delimited file into chunk files, at record boundaries, without reading a single record.

A cut is made at the end of a line where no quote is open: the chunk holds an even number of quotes so far, and the
lines on either side are whole records by themselves. Where there is no such place the chunk grows. A line that is
longer than any record may be is a chunk of its own, of which only the beginning is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sluice_clean.engine.records import Form, RecordReader

SMALLEST = 6 << 20
_LINES = 300  # lines before the wanted place that are tried
_BYTES = 4  # of a character, at most
_MARGIN = 64 << 10  # bytes held beyond a cut, so that the line after it is whole


@dataclass(frozen=True)
class Piece:
    """One chunk's file.

    Attributes:
        path: Where it lies.
        first_line: 1-based number, in the whole file, of its first line.
        lines: Line ends in it; a last line without one counts too.
    """

    path: Path
    first_line: int
    lines: int


def chunk_size(total: int, largest: int) -> int:
    """Bytes of a chunk for a file of ``total`` bytes: depends on nothing but settings, so that parts don't either.

    A chunk costs a tenth of a second however small it is, so they are few; and even in number, for two threads. Cuts
    are made before the place that is wanted: the margin keeps what adds up from being a chunk of its own.
    """
    if total <= SMALLEST:
        return SMALLEST
    return total // (2 * -(-total // (2 * largest))) + _MARGIN


def split(
    path: Path, span: tuple[int, int], form: Form, width: int, folder: Path, first_line: int, limits: tuple[int, int]
) -> Iterator[Piece]:
    """Writes the chunk files one by one.

    Args:
        path: The file, in UTF-8 but for strays.
        span: Where the first record begins, and where the last ends, in bytes.
        form: The dialect.
        width: Fields of a record.
        folder: Where the chunk files go.
        first_line: Number of the line with which the first record begins.
        limits: Bytes of a chunk, and characters that a record may have.
    """
    (at, end), line, number, longest = span, first_line, 0, limits[1] * _BYTES
    size = chunk_size(end - at, limits[0])
    with path.open("rb") as file:
        while at < end or number == 0:
            file.seek(at)
            data, cut = _next(file, end - at, (size, longest), form, width)
            skipped = _rest_of_line(file, end - at - cut) if _is_overlong(data, cut, longest, end - at) else 0
            target = folder / f"chunk-{number:05}.csv"
            with target.open("wb") as out:
                out.write(memoryview(data)[:cut])
            lines = data.count(b"\n", 0, cut) + (cut > 0 and data[cut - 1 : cut] != b"\n")
            yield Piece(target, line, lines)
            at, line, number = at + cut + skipped, line + lines, number + 1


def _is_overlong(data: bytes, cut: int, longest: int, left: int) -> bool:
    """Whether the chunk is the beginning of a line that goes on behind it."""
    return longest < cut < left and data[cut - 1 : cut] != b"\n"


def _rest_of_line(file: BinaryIO, left: int) -> int:
    """How many bytes, of those that ``left`` bytes are left of, come up to the end of the line: they are read over."""
    read = 0
    while read < left:
        data = file.read(min(left - read, SMALLEST))
        end = data.find(b"\n") + 1
        if end or not data:
            return read + end
        read += len(data)
    return read


def _next(file: BinaryIO, left: int, sizes: tuple[int, int], form: Form, width: int) -> tuple[bytes, int]:
    """The bytes from here on, and how many of them are the next chunk; ``left`` are left to be read.

    ``sizes``: of a chunk, and of the longest record.
    """
    wanted, longest = sizes
    data = file.read(min(left, wanted + _MARGIN))
    while len(data) < left:
        cut = _cut(data, wanted, form, width)
        if cut:
            return data, cut
        begins = data.rfind(b"\n") + 1
        if len(data) - begins > longest and b"\r" not in data[begins:]:
            return data, begins or len(data)  # no record has so long a line, whatever quote may be open
        data += file.read(min(left - len(data), wanted))  # no sound place: a longer chunk may have one
        wanted *= 2
    return data, len(data)


def _cut(held: bytes, size: int, form: Form, width: int) -> int:
    """Where to cut, in bytes; 0 where there is no sound place yet."""
    quote = form.quote.encode() if form.quote else None
    end = held.rfind(b"\n", 0, size) + 1
    if quote is None or end == 0:
        return end
    parity = held.count(quote, 0, end) % 2
    place, reserve = end, 0
    for _ in range(_LINES):
        if place == 0:
            break
        before = held.rfind(b"\n", 0, place - 1) + 1
        after = held.find(b"\n", place) + 1 or len(held)
        if (parity == 0 or reserve == 0) and all(
            _is_record(line, form, width) for line in (held[before:place], held[place:after])
        ):
            if parity == 0:
                return place
            reserve = place
        parity ^= held.count(quote, before, place) % 2
        place = before
    # An odd number of quotes all along: one was opened for ever, and counting them tells nothing any more.
    return reserve


def _is_record(line: bytes, form: Form, width: int) -> bool:
    """Whether a line by itself is a record of the right number of fields, with its quotes closed."""
    record = next(RecordReader(form, width, len(line) + 1).read(iter([line.decode("utf-8", "replace")])), None)
    return record is not None and record.fields is not None
