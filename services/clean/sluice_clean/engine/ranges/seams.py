"""Where records begin: guessed from the bytes around a place, and proven from the records before it.

Nobody can tell from the middle of a file whether a quote is open there. So a cut is guessed: the first line from which
on the lines are records of the right width. Whoever reads the records before the cut knows, at its end, whether one
begins there; if not, it says where the next one does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, chain

from sluice_clean.engine.dialect import Shape
from sluice_clean.engine.model import Source
from sluice_clean.engine.records import RecordReader

_GOOD = 20  # records in a row that make a place credible
_WINDOW, _ENOUGH, _WIDEST = 64 << 10, 1 << 20, 16 << 20  # bytes looked at for one
_BLOCK = 64 << 10


@dataclass(frozen=True)
class Records:
    """How the records of some bytes are read.

    Attributes:
        shape: The dialect; None where each line is a record.
        encoding: Of the bytes; LF must be a byte of its own in it.
        limit: Characters of a record, at most.
    """

    shape: Shape | None
    encoding: str
    limit: int

    @property
    def are_lines(self) -> bool:
        """Whether no record goes on after the end of its line."""
        return self.shape is None or (self.shape.form.quote is None and self.shape.form.escape is None)

    def reader(self, shape: Shape) -> RecordReader:
        """Reads the lines."""
        noise = shape.is_noise if shape.comment or shape.rules else None
        return RecordReader(shape.form, shape.width, self.limit, noise)

    def text(self, line: bytes) -> str:
        """A line, cut as `stream.lines` does it where it is too long."""
        found = line.decode(self.encoding, "replace")
        return found if len(found) <= self.limit else found[: self.limit + 1]


def guess_cuts(source: Source, span: tuple[int, int], size: int, records: Records) -> tuple[int, ...]:
    """Cuts a span into ranges of about ``size`` bytes.

    Returns:
        The span's beginning, the guessed cuts, and its end. Where no record seems to begin for long, a cut is left out.
    """
    first, last = span
    cuts = [first]
    for wanted in range(first + size, last - size // 4, size):
        cut = _guess(source, wanted, last, records) if wanted > cuts[-1] else None
        if cut is not None and cuts[-1] < cut < last:
            cuts.append(cut)
    return (*cuts, last)


def _guess(source: Source, wanted: int, last: int, records: Records) -> int | None:
    """The first credible beginning of a record from ``wanted`` on."""
    size, best = _WINDOW, None
    while size <= _WIDEST:
        data = source.read(wanted - 1, min(size, last - wanted + 1))
        whole = wanted - 1 + len(data) >= last
        if records.shape is None:
            found = data.find(b"\n") + 1 or None
        else:
            found, best = _credible(data, records, records.shape, whole=whole)
        if found is not None or whole or (best is not None and size >= _ENOUGH):
            break
        size *= 4
    place = found if found is not None else best
    return None if place is None else wanted - 1 + place


def _credible(data: bytes, records: Records, shape: Shape, *, whole: bool) -> tuple[int | None, int | None]:
    """Where the first record begins that many good ones follow; and the one that the most good ones follow."""
    begin = data.find(b"\n") + 1
    if not begin:
        return None, None
    reader = records.reader(shape)
    raw = data[begin:].splitlines(keepends=True)
    if raw and not whole:
        raw.pop()
    starts = list(accumulate(map(len, raw), initial=begin))
    texts = [records.text(line) for line in raw]
    best, most = None, 0
    for place in range(len(texts)):
        if data[starts[place] - 1 : starts[place]] != b"\n":
            continue
        first, good, ended = _good_records((texts[at] for at in range(place, len(texts))), reader)
        if first is None:
            continue
        if good >= _GOOD or (whole and ended):
            return starts[place + first], None
        if good > most:
            best, most = starts[place + first], good
    return None, best


def _good_records(texts: Iterator[str], reader: RecordReader) -> tuple[int | None, int, bool]:
    """The line of the first record, how many follow without a fault, and whether the lines end with them."""
    first, good = None, 0
    for record in reader.read(texts):
        if record.fields is None:
            return first, good, False
        first = record.line - 1 if first is None else first
        good += 1
        if good >= _GOOD:
            break
    return first, good, good < _GOOD


def true_end(before: bytes, source: Source, end: int, last: int, records: Records) -> int:
    """Where the first record from a cut on begins.

    Args:
        before: The bytes before the cut, in UTF-8, from the beginning of a record on.
        source: The object.
        end: The cut.
        last: Where the object's last record ends.
        records: How they are read.
    """
    if end >= last or records.shape is None or records.are_lines:
        return end
    own = [line.decode("utf-8", "replace") for line in before.splitlines(keepends=True)]
    own = [line if len(line) <= records.limit else line[: records.limit + 1] for line in own]
    starts = [end]

    def following() -> Iterator[str]:
        for line, size in _lines(source, end, last, records.limit):
            starts.append(starts[-1] + size)
            yield records.text(line)

    for record in records.reader(records.shape).read(chain(own, following())):
        if record.line > len(own):
            return starts[record.line - 1 - len(own)]
    return last


def _lines(source: Source, start: int, last: int, limit: int) -> Iterator[tuple[bytes, int]]:
    """The lines from a place on, each with its size; of one that is far too long the beginning only."""
    held, size = b"", 0
    most = limit * 4 + 1
    for block in _blocks(source, start, last):
        pieces = block.splitlines(keepends=True)
        for piece in pieces:
            if held.endswith(b"\r") and piece != b"\n":
                yield held, size
                held, size = b"", 0
            size += len(piece)
            held += piece[: max(0, most - len(held))]
            if piece.endswith(b"\n"):
                yield held, size
                held, size = b"", 0
    if size:
        yield held, size


def _blocks(source: Source, start: int, last: int) -> Iterator[bytes]:
    for at in range(start, last, _BLOCK):
        yield source.read(at, min(_BLOCK, last - at))
