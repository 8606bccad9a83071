"""A table whose columns become known while its records are read."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sluice_clean.engine.errors import TooManyColumnsError
from sluice_clean.engine.readers.base import Chunk
from sluice_clean.engine.readers.projected import ProjectedChunk, project
from sluice_clean.engine.readers.table_writer import TableWriter, sample_of
from sluice_clean.engine.sql import literal
from sluice_clean.engine.work import Workspace

TOO_LONG = "record-too-long"
_HELD_CHARACTERS = 4 << 20


class _Record(NamedTuple):
    """A record that waits for the table's width."""

    cells: Sequence[str | None]
    line: int | None
    text: str | None


class _Refused(NamedTuple):
    """A refusal that waits with the records."""

    code: str
    reason: str
    raw: str
    line: int | None


class Grown(NamedTuple):
    """What `RawTable` wants: see there."""

    chunks: Iterator[Chunk]
    sample: str
    sampled_all: bool


class GrowingTable:
    """Takes records in order, each with as many cells as it has.

    The first records wait until some megabytes of them have told their columns: of a table whose columns come one by
    one, each file of another width would be a chunk, and chunks of many columns are dear to plan.

    Args:
        work: The run.
        width: Columns that are known already.
        name: Tells the files of one run apart.
    """

    def __init__(self, work: Workspace, width: int = 0, name: str = "table") -> None:
        self._work = work
        self._name = name
        self._writers: list[tuple[TableWriter, int]] = []
        self._filled: set[int] = set()
        self._held: list[_Record | _Refused] = []
        self._held_size = 0
        self.width = self.records = 0
        self._see_width(width)

    def _see_width(self, width: int) -> None:
        if width > self._work.settings.max_columns:
            raise TooManyColumnsError(f"{width:,} columns; the limit is {self._work.settings.max_columns:,}")
        self.width = max(self.width, width)

    def _begin(self, room: int) -> None:
        self._writers.append((TableWriter(self._work, room, f"{self._name}-{len(self._writers)}"), room))

    def _hold(self, one: _Record | _Refused, size: int) -> None:
        self._held.append(one)
        self._held_size += size
        if self._held_size > _HELD_CHARACTERS:
            self._settle(self._with_room())

    def _with_room(self) -> int:
        """A width for columns that come one by one not to make a file each."""
        return self.width + self.width // 4 + 4

    def _settle(self, room: int) -> None:
        """Writes what has waited."""
        self._begin(room)
        for one in self._held:
            self._write(one)
        self._held.clear()

    def _write(self, one: _Record | _Refused) -> None:
        writer, room = self._writers[-1]
        if isinstance(one, _Refused):
            writer.refuse(*one)
        else:
            writer.add([*one.cells, *[None] * (room - len(one.cells))], one.line, one.text)

    @property
    def filled(self) -> set[int]:
        """The columns that have a value in some record."""
        return self._filled

    def add(self, cells: Sequence[str | None], line: int | None = None, text: str | None = None) -> None:
        """Appends a record; one that is longer than the settings allow is refused.

        Args:
            cells: Texts by column, as many as there are; None where there is no value.
            line: Its 1-based line or row in the file.
            text: The record as it stood, if that is more than its cells joined.

        Raises:
            TooManyColumnsError: There are more cells than columns may be.
        """
        limit = self._work.settings.max_record_bytes
        size = sum(len(cell) for cell in cells if cell is not None)
        if size > limit:
            raw = text if text is not None else ",".join(cell or "" for cell in cells)
            self.refuse(TOO_LONG, f"{size:,} characters; the limit is {limit:,}", raw[:limit], line)
            return
        self._see_width(len(cells))
        if self._writers and len(cells) > self._writers[-1][1]:
            self._begin(self._with_room())
        if len(self._filled) < self.width:
            self._filled.update(place for place, cell in enumerate(cells) if cell is not None)
        kept = cells if self._writers else tuple(cells)  # readers fill the same list again
        self._take(_Record(kept, line, text), size + len(cells))

    def refuse(self, code: str, reason: str, raw: str, line: int | None = None) -> None:
        """Appends a record that can't be read."""
        self._take(_Refused(code, reason, raw, line), len(raw))

    def _take(self, one: _Record | _Refused, size: int) -> None:
        self.records += 1
        if self._writers:
            self._write(one)
        else:
            self._hold(one, size)

    def finish(self, columns: Sequence[int]) -> Grown:
        """Closes the table.

        Args:
            columns: Those that are kept, in order.
        """
        if not self._writers:
            self._settle(max(1, self.width))
        chunks: list[Chunk] = []
        samples, all_sampled = [], True
        for writer, room in self._writers:
            sources = [column if column < room else None for column in columns]
            written = writer.chunks()
            if not written:
                continue
            chunks += [ProjectedChunk(chunk, room, sources) for chunk in written]
            sample, complete = sample_of(written)
            samples.append(project(sample, sources))
            all_sampled = all_sampled and complete
        if not samples:
            empty = ", ".join(f"{literal('')} AS c{place}" for place in range(len(columns))) or "1 AS c0"
            return Grown(iter(()), f"(SELECT {empty} WHERE false)", True)
        return Grown(iter(chunks), f"({' UNION ALL '.join(f'FROM {sample}' for sample in samples)})", all_sampled)
