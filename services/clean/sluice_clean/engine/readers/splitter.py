"""Cuts a delimited file into chunk files, at record boundaries, without reading a single record.

A cut is made at the end of a line where no quote is open: the chunk holds an even number of quotes so far, and the
lines on either side are whole records by themselves. Where there is no such place the chunk grows. A line that is
longer than any record may be is a chunk of its own, of which only the beginning is kept.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from threading import Lock

from sluice_clean.engine.marks import USUAL, unusual
from sluice_clean.engine.readers.raggedness import is_ragged
from sluice_clean.engine.records import Form, RecordReader

SMALLEST = 6 << 20
_MOST_UNUSUAL = 1 << 20  # bytes that a piece holds in memory
_LINES = 300  # lines before the wanted place that are tried
_BYTES = 4  # of a character, at most
_MARGIN = 64 << 10  # bytes held beyond a cut, so that the line after it is whole


class Shelf:
    """Keeps the files of chunks that are through: to write over one takes a third of the time of a new one.

    It has no more of them than chunks were under way at once, and none once it is closed.
    """

    def __init__(self) -> None:
        self._files: list[Path] = []
        self._lock = Lock()
        self._is_open = True

    def put(self, path: Path) -> None:
        """Takes a file that nobody reads any more."""
        with self._lock:
            if self._is_open:
                self._files.append(path)
                return
        path.unlink(missing_ok=True)

    def write(self, path: Path, data: memoryview) -> None:
        """Makes a file that holds the bytes."""
        with self._lock:
            used = self._files.pop() if self._files else None
        if used is not None:
            used.rename(path)
        with path.open("wb" if used is None else "r+b") as out:
            out.write(data)
            out.truncate()

    def close(self) -> None:
        """No further file will be written."""
        with self._lock:
            self._is_open = False
        for path in self._files:
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Piece:
    """One chunk's file.

    Attributes:
        path: Where it lies.
        first_line: 1-based number, in the whole file, of its first line.
        lines: Line ends in it; a last line without one counts too.
        shelf: Where its file goes afterwards.
        unusual: What is `unusual` in it, so that most chunks are not read again; None where it is not known, or much.
        ragged: Whether it `is_ragged`; None where it is not known.
    """

    path: Path
    first_line: int
    lines: int
    shelf: Shelf | None = None
    unusual: bytes | None = None
    ragged: bool | None = None

    def close(self) -> None:
        """The file is not needed any more."""
        if self.shelf is None:
            self.path.unlink(missing_ok=True)
        else:
            self.shelf.put(self.path)


class _Held:
    """What is in memory of the file: its bytes, and those of them that are counted.

    Line ends and quotes are counted among the latter: one pass over all bytes, with what `unusual` would take. Each
    question is about the bytes before a cut, behind which there are few.
    """

    def __init__(self, quote: bytes) -> None:
        self._left_out = USUAL.translate(None, b"\n" + quote)
        self.data = bytearray()
        self.quote = quote
        self._counted = bytearray()

    def read(self, file: BufferedReader, size: int) -> None:
        """Holds so many bytes of a file instead, in the same place: new memory costs more than reading does."""
        if len(self.data) < size:
            self.data = bytearray(size)
        del self.data[size:]
        del self.data[file.readinto(self.data) :]
        self._counted = self.data.translate(None, self._left_out)

    def read_on(self, file: BufferedReader, size: int) -> None:
        """Holds some more of the file."""
        data = file.read(size)
        self.data += data
        self._counted += data.translate(None, self._left_out)

    def quotes(self, cut: int) -> int:
        """How many quotes there are."""
        if len(self.quote) > 1:  # bytes of broken characters could meet where others are left out
            return self.data.count(self.quote, 0, cut)
        return self._counted.count(self.quote) - self.data.count(self.quote, cut)

    def lines(self, cut: int) -> int:
        """How many lines there are; a last one without an end counts too."""
        ends = self._counted.count(b"\n") - self.data.count(b"\n", cut)
        return ends + (cut > 0 and self.data[cut - 1 : cut] != b"\n")

    def unusual(self, cut: int) -> bytes | None:
        """What is `unusual`; None where it is much."""
        if len(self._counted) - self._counted.count(b"\n") > _MOST_UNUSUAL:
            return None
        rest = self.data[cut:].translate(None, self._left_out)
        return unusual(bytes(self._counted[: len(self._counted) - len(rest)]))


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
    held = _Held(form.quote.encode() if form.quote else b"")
    with path.open("rb") as file, closing(Shelf()) as shelf:
        while at < end or number == 0:
            file.seek(at)
            cut = _next(file, held, end - at, (size, longest), form, width)
            skipped = _rest_of_line(file, end - at - cut) if _is_overlong(held.data, cut, longest, end - at) else 0
            target = folder / f"chunk-{number:05}.csv"
            with memoryview(held.data) as data:
                shelf.write(target, data[:cut])
            lines = held.lines(cut)
            ragged = is_ragged(held.data, cut, form, width)
            yield Piece(target, line, lines, shelf, held.unusual(cut), ragged)
            at, line, number = at + cut + skipped, line + lines, number + 1


def _is_overlong(data: bytearray, cut: int, longest: int, left: int) -> bool:
    """Whether the chunk is the beginning of a line that goes on behind it."""
    return longest < cut < left and data[cut - 1 : cut] != b"\n"


def _rest_of_line(file: BufferedReader, left: int) -> int:
    """How many bytes, of those that ``left`` bytes are left of, come up to the end of the line: they are read over."""
    read = 0
    while read < left:
        data = file.read(min(left - read, SMALLEST))
        end = data.find(b"\n") + 1
        if end or not data:
            return read + end
        read += len(data)
    return read


def _next(file: BufferedReader, held: _Held, left: int, sizes: tuple[int, int], form: Form, width: int) -> int:
    """Reads what comes next; how many bytes of it are the next chunk. ``left`` are left to be read.

    ``sizes``: of a chunk, and of the longest record.
    """
    wanted, longest = sizes
    held.read(file, min(left, wanted + _MARGIN))
    while len(held.data) < left:
        cut = _cut(held, wanted, form, width)
        if cut:
            return cut
        begins = held.data.rfind(b"\n") + 1
        if len(held.data) - begins > longest and b"\r" not in held.data[begins:]:
            return begins or len(held.data)  # no record has so long a line, whatever quote may be open
        held.read_on(file, min(left - len(held.data), wanted))  # no sound place: a longer chunk may have one
        wanted *= 2
    return len(held.data)


def _cut(held: _Held, size: int, form: Form, width: int) -> int:
    """Where to cut, in bytes; 0 where there is no sound place yet."""
    data, quote = held.data, held.quote
    end = data.rfind(b"\n", 0, size) + 1
    if not quote or end == 0:
        return end
    parity = held.quotes(end) % 2
    place, reserve = end, 0
    for _ in range(_LINES):
        if place == 0:
            break
        before = data.rfind(b"\n", 0, place - 1) + 1
        after = data.find(b"\n", place) + 1 or len(data)
        if (parity == 0 or reserve == 0) and all(
            _is_record(line, form, width) for line in (data[before:place], data[place:after])
        ):
            if parity == 0:
                return place
            reserve = place
        parity ^= data.count(quote, before, place) % 2
        place = before
    # An odd number of quotes all along: one was opened for ever, and counting them tells nothing any more.
    return reserve


def _is_record(line: bytearray, form: Form, width: int) -> bool:
    """Whether a line by itself is a record of the right number of fields, with its quotes closed."""
    record = next(RecordReader(form, width, len(line) + 1).read(iter([line.decode("utf-8", "replace")])), None)
    return record is not None and record.fields is not None
