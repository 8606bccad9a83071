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


class Grown(NamedTuple):
    """What `RawTable` wants: see there."""

    chunks: Iterator[Chunk]
    sample: str
    sampled_all: bool


class GrowingTable:
    """Takes records in order, each with as many cells as it has.

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
        self._begin(width)
        self.width = width

    def _begin(self, width: int) -> None:
        if width > self._work.settings.max_columns:
            raise TooManyColumnsError(f"{width:,} columns; the limit is {self._work.settings.max_columns:,}")
        # Some room, so that columns which come one by one do not make a file each.
        self._room = width + width // 4 + 4
        self._writer = TableWriter(self._work, self._room, f"{self._name}-{len(self._writers)}")
        self._writers.append((self._writer, self._room))

    @property
    def records(self) -> int:
        """How many there are so far."""
        return sum(writer.records for writer, _ in self._writers)

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
        self.width = max(self.width, len(cells))
        if len(cells) > self._room:
            self._begin(len(cells))
        if len(self._filled) < self.width:
            self._filled.update(place for place, cell in enumerate(cells) if cell is not None)
        self._writer.add([*cells, *[None] * (self._room - len(cells))], line, text)

    def refuse(self, code: str, reason: str, raw: str, line: int | None = None) -> None:
        """Appends a record that can't be read."""
        self._writer.refuse(code, reason, raw, line)

    def finish(self, columns: Sequence[int]) -> Grown:
        """Closes the table.

        Args:
            columns: Those that are kept, in order.
        """
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
