# ruff: noqa: S608 - SQL is built of generated names and of literals quoted by sql.py
"""For readers that find records in Python: they hand them over one by one and get a `RawTable`'s chunks."""

from collections.abc import Callable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from uuid import uuid4

import duckdb

from sluice_clean.engine.errors import CountMismatchError
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.readers.base import Checked, Chunk, Refusal
from sluice_clean.engine.sql import literal
from sluice_clean.engine.work import Workspace

CHUNK_ROWS = 50_000
CHUNK_CHARACTERS = 24 << 20
_DEFAULT_LINE = 2_000_000  # DuckDB's own limit; raising it raises the size of its buffers
_NULL = uuid4().hex  # a text that no cell has: an empty cell is not an absent one


class WrittenChunk:
    """Records that were written to a file of one fixed form, read by DuckDB without any guess."""

    is_plain = True
    numbered = True
    first_line = 0

    def __init__(self, path: Path, rows: int, records: int, refusals: list[Refusal], longest: int, width: int) -> None:
        self._path = path
        self.rows = rows
        self._records = records
        self.refusals = refusals
        self._longest = longest
        self._width = width

    @property
    def relation(self) -> str:
        """See `Chunk`."""
        texts = ["_text", *(f"c{index}" for index in range(self._width))]
        types = ", ".join(["'_n': 'BIGINT'", "'_line': 'BIGINT'", *(f"{literal(name)}: 'VARCHAR'" for name in texts)])
        # Every character may take four bytes, and quotes are doubled already in what was counted.
        line = max(_DEFAULT_LINE, self._longest * 4)
        return (
            f"read_csv({literal(str(self._path))}, delim=',', quote='\"', escape='\"', header=false, auto_detect=false,"
            f" new_line='\\n', nullstr={literal(_NULL)}, allow_quoted_nulls=true,"
            f" max_line_size={line}, columns={{{types}}})"
        )

    def marks(self) -> Marks:
        """See `Chunk`."""
        return Marks.of(self._path.read_bytes())

    def check(
        self,
        connection: duckdb.DuckDBPyConnection,  # noqa: ARG002 - as in Chunk
        accepted: int,
        breaks: Callable[[int], tuple[int, int]],  # noqa: ARG002 - as in Chunk
    ) -> Checked:
        """See `Chunk`.

        Raises:
            CountMismatchError: What arrived is not what was written.
        """
        if accepted != self.rows:
            raise CountMismatchError(f"{self.rows} records were staged, {accepted} arrived")
        return Checked(self._records, refusals=self.refusals)

    def slowly(self) -> Chunk:
        """This is the slow way already."""
        return self

    def texts(self, places: Sequence[tuple[int, int]]) -> list[str]:
        """Not asked for: the relation has the texts."""
        raise NotImplementedError

    def close(self) -> None:
        """See `Chunk`."""
        self._path.unlink(missing_ok=True)


def _csv_row(values: Sequence[str | None]) -> str:
    """A line of CSV, all quoted: what the standard library's writer makes character by character, ten times as fast."""
    cells = [_NULL if value is None else value for value in values]
    joined = '","'.join(cells)
    if joined.count('"') > 2 * len(cells) - 2:
        joined = '","'.join([cell.replace('"', '""') for cell in cells])
    return f'"{joined}"\n'


class TableWriter:
    """Takes the records of a table of known width, in order, and makes chunks of them.

    Args:
        work: The run.
        width: Cells of a record.
        name: Tells the files of one run apart.
        whole: Make one chunk, however long it gets.
    """

    def __init__(self, work: Workspace, width: int, name: str = "table", *, whole: bool = False) -> None:
        self._work = work
        self._whole = whole
        self._width = width
        self._name = name
        self._chunks: list[WrittenChunk] = []
        self.records = 0
        self._begin()

    def _begin(self) -> None:
        self._path = self._work.folder / f"{self._name}-{len(self._chunks):05}.csv"
        self._file: TextIOWrapper = self._path.open("w", encoding="utf-8", newline="", errors="replace")
        self._work.files.callback(self._file.close)  # in case that reading breaks off
        self._rows = self._in_chunk = self._size = self._longest = 0
        self._refusals: list[Refusal] = []

    def add(
        self,
        cells: Sequence[str | None],
        line: int | None = None,
        text: str | None = None,
        number: int | None = None,
    ) -> None:
        """Appends a record.

        Args:
            cells: One text per column; None where there is no value.
            line: Its 1-based line in the file, if it has one.
            text: The record as it stood, if that is more than its cells joined.
            number: Its place in the chunk, where records are left out; else it is the next.
        """
        self._count(number)
        row = _csv_row((str(self._in_chunk), _NULL if line is None else str(line), text, *cells))
        self._file.write(row)
        self._rows += 1
        self._size += len(row)
        self._longest = max(self._longest, len(row))

    def refuse(self, code: str, reason: str, raw: str, line: int | None = None, number: int | None = None) -> None:
        """Appends a record that can't be read; it will be in the rejects."""
        self._count(number)
        self._refusals.append(Refusal(self._in_chunk, line, code, reason, raw))
        self._size += len(raw)

    def _count(self, number: int | None) -> None:
        if not self._whole and (self._in_chunk >= CHUNK_ROWS or self._size >= CHUNK_CHARACTERS):
            self._end()
            self._begin()
        self._in_chunk = self._in_chunk + 1 if number is None else number
        self.records += 1

    def _end(self) -> None:
        self._file.close()
        if self._in_chunk or self._whole:
            self._chunks.append(
                WrittenChunk(self._path, self._rows, self._in_chunk, self._refusals, self._longest, self._width)
            )

    def whole_chunk(self) -> WrittenChunk:
        """Closes a table that was to be one chunk."""
        (chunk,) = self.chunks()
        return chunk

    def chunks(self) -> list[WrittenChunk]:
        """Closes the table; its chunks, in order. ``sample`` and ``sampled_all`` of `RawTable`: see `sample_of`."""
        self._end()
        return self._chunks


def sample_of(chunks: Sequence[WrittenChunk]) -> tuple[str, bool]:
    """SQL of the records of every twentieth chunk, the first among them; and whether these are all."""
    chosen = chunks[:: max(1, len(chunks) // 20)]
    relations = " UNION ALL ".join(f"(FROM {chunk.relation})" for chunk in chosen)
    return f"({relations})", len(chosen) == len(chunks)


def table_chunks(chunks: Sequence[WrittenChunk]) -> Iterator[Chunk]:
    """The chunks as `RawTable` wants them."""
    return iter(chunks)


_REFUSALS = ("number", "line", "code", "reason", "raw", "column")


def write_refusals(
    cursor: duckdb.DuckDBPyConnection,
    folder: Path,
    refusals: Sequence[Refusal],
    first_row: int,
    table: str = "rejects",
) -> None:
    """Appends refused records to a table; ``first_row`` records come before their chunk."""
    path = folder / f"refusals-{uuid4().hex}.csv"
    longest = 0
    with path.open("w", encoding="utf-8", newline="", errors="replace") as file:
        for number, line, *texts in refusals:
            row = _csv_row((str(number), None if line is None else str(line), *texts))
            file.write(row)
            longest = max(longest, len(row))
    types = ", ".join(f"'{name}': '{'BIGINT' if name in _REFUSALS[:2] else 'VARCHAR'}'" for name in _REFUSALS)
    cursor.execute(f"""INSERT INTO {table} SELECT number + {first_row}, line, code, reason, "column", raw FROM read_csv(
        {literal(str(path))}, delim=',', quote='"', escape='"', header=false, auto_detect=false, new_line='\\n',
        nullstr={literal(_NULL)}, allow_quoted_nulls=true, columns={{{types}}},
        max_line_size={max(_DEFAULT_LINE, longest * 4)})""")
    path.unlink()
