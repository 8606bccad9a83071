"""Small chunks as one: a chunk takes some hundredths of a second, however few records it has.

An archive may have a thousand files of some records each.
"""

from collections.abc import Iterator

from sluice_clean.engine.readers.base import Chunk
from sluice_clean.engine.readers.projected import Sources, project
from sluice_clean.engine.readers.table_writer import TableWriter
from sluice_clean.engine.work import Workspace

_ENOUGH = 20_000  # records


class Gathering:
    """Takes chunks of few records, in order, and makes larger ones of them.

    Args:
        work: The run.
        width: Columns of the table.
    """

    def __init__(self, work: Workspace, width: int) -> None:
        self._work = work
        self._width = width
        self._writer: TableWriter | None = None
        self._made = 0

    @property
    def is_full(self) -> bool:
        """Whether there is enough for a chunk."""
        return self._writer is not None and self._writer.records >= _ENOUGH

    def take(self, chunk: Chunk, sources: Sources, name: str | None) -> None:
        """Copies a chunk's records, and closes it.

        Args:
            chunk: The records.
            sources: What the columns are; see `project`.
            name: Put before the reasons of refusals: the member of an archive that the records come from.
        """
        if self._writer is None:
            self._writer = TableWriter(self._work, self._width, f"gathered-{self._made}")
            self._made += 1
        numbered = chunk if chunk.numbered else chunk.slowly()
        try:
            self._copy(numbered, sources, self._writer, f"{name}: " if name else "")
        finally:
            numbered.close()
            chunk.close()

    def _copy(self, chunk: Chunk, sources: Sources, writer: TableWriter, prefix: str) -> None:
        with self._work.connection.cursor() as cursor:
            relation = project(chunk.relation, sources, numbered=True)
            records = cursor.execute(f"FROM {relation}").fetchall()
            refusals = chunk.check(cursor, len(records), lambda _: (0, 0)).refusals
        refused = {one.number: one for one in refusals}
        read = {number: (line, text, cells) for number, line, text, *cells in records}
        for number in range(1, len(refused) + len(read) + 1):
            if number in refused:
                one = refused[number]
                writer.refuse(one.code, prefix + one.reason, one.raw, one.line)
            else:
                line, text, cells = read[number]
                writer.add(cells, line, text)

    def chunks(self) -> Iterator[Chunk]:
        """What was taken since the last time."""
        if self._writer is not None:
            found, self._writer = self._writer.chunks(), None
            yield from found
