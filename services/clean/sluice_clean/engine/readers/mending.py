"""What DuckDB could not read of a chunk: `RecordReader` recovers what is sound in it, and refuses the rest.

A file may have hundreds of thousands of them, nearly all of one line: that line is tried by itself first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from sluice_clean.engine.readers.base import Gap, UnprovenError
from sluice_clean.engine.readers.table_writer import TableWriter
from sluice_clean.engine.records import Record, RecordReader
from sluice_clean.engine.stream import Repairs, decode, lines

_LOOK_AHEAD = 256 << 10  # bytes
_BLOCK = 4 << 10


# Plain tuples, for they are many. What DuckDB could not read: records that it read before it, first byte, bytes up to
# the line end.
Fault = tuple[int, int, int]
# Whole lines that hold one fault or several: records read before them, first byte, end.
Stretch = tuple[int, int, int]


def stretches(faults: Sequence[Fault], data: bytes) -> list[Stretch]:
    """The lines that the faults are in. Those that touch are one stretch.

    Raises:
        UnprovenError: DuckDB and we do not speak of the same lines.
    """
    found: list[Stretch] = []
    reached = -1
    for index, start, length in faults:
        stop = start + length
        end = data.find(b"\n", stop) + 1 or len(data)
        if (start > 0 and data[start - 1 : start] != b"\n") or data[stop:end].strip(b"\r\n"):
            raise UnprovenError
        if data[start : start + 1] in (b"\n", b"\r"):
            raise UnprovenError  # a blank line, which DuckDB counts as a record
        if start < reached:
            raise UnprovenError
        if start == reached:
            found[-1] = (found[-1][0], found[-1][1], end)
        else:
            found.append((index, start, end))
        reached = end
    return found


def are_counted(found: Sequence[Stretch], data: bytes) -> bool:
    """Whether before each stretch there are as many lines outside of stretches as records are said to be."""
    lines = at = 0
    for index, start, end in found:
        lines += data.count(b"\n", at, start)
        if lines != index:
            return False
        at = end
    return True


def write_record(writer: TableWriter, record: Record, number: int, line: int) -> None:
    """Hands a record, read or refused, over."""
    if record.fields is None:
        writer.refuse(record.code, record.reason, record.raw, line, number)
    else:
        writer.add(record.fields, line, record.raw.rstrip("\r\n"), number)


@dataclass(frozen=True)
class Mender:
    """Reads stretches of some bytes.

    Attributes:
        data: The bytes.
        reader: Reads the records.
        writer: Gets them.
        limit: Characters of one record, at most.
        repairs: Counts what had to be mended in the bytes.
    """

    data: bytes
    reader: RecordReader
    writer: TableWriter
    limit: int
    repairs: Repairs

    def mend(self, found: Sequence[Stretch], first_line: int, *, even: bool) -> list[Gap]:
        """The gap that each stretch is among the records read.

        Args:
            found: The stretches.
            first_line: Number of the line with which the bytes begin.
            even: Whether every record outside of them is known to be one line.

        Raises:
            UnprovenError: A record of a stretch goes on after it.
        """
        gaps, number, read, line, at = [], 0, 0, first_line, 0
        for index, start, end in found:
            line += index - read if even else self.data.count(b"\n", at, start)
            number += index - read
            count, used = self._read(start, end, line, number)
            gaps.append(Gap(index, count, used))
            number, read, line, at = number + count, index, line + used, end
        return gaps

    def _read(self, start: int, end: int, line: int, number: int) -> tuple[int, int]:
        """Reads one stretch; its records and its lines."""
        own = self._lines_of(self.data[start:end])
        record = self.reader.alone(own[0]) if len(own) == 1 else None
        if record is not None:
            write_record(self.writer, record, number + 1, line)
            return 1, 1
        count = 0
        for record in self.reader.read(chain(own, self._following(end))):
            if record.line > len(own):
                break
            last = record.line - 1 + (record.raw.rstrip("\r\n").count("\n") if record.fields is not None else 0)
            if last >= len(own):
                raise UnprovenError
            count += 1
            write_record(self.writer, record, number + count, line + record.line - 1)
            if last + 1 == len(own):
                break  # before the reader asks for the lines after the stretch
        return count, len(own)

    def _following(self, end: int) -> Iterator[str]:
        """The lines after a stretch: only an unclosed quote asks for them. What is wrong in them counts elsewhere."""
        blocks = (self.data[at : at + _BLOCK] for at in range(end, min(end + _LOOK_AHEAD, len(self.data)), _BLOCK))
        return lines(decode(blocks, "utf-8", Repairs()), self.limit)

    def _lines_of(self, stretch: bytes) -> list[str]:
        """The lines of a stretch; nearly always it is valid UTF-8 with plain line ends, and short."""
        try:
            text = stretch.decode("utf-8")
        except UnicodeDecodeError:
            return self._decoded(stretch)
        if "\r" in text or len(text) > self.limit:
            return self._decoded(stretch)
        return [line + "\n" for line in text.removesuffix("\n").split("\n")]

    def _decoded(self, stretch: bytes) -> list[str]:
        return list(lines(decode(iter([stretch]), "utf-8", self.repairs), self.limit))
