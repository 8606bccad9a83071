# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""The chunks of a JSON file whose records have been staged: their values cut into cells by DuckDB."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from sluice_clean.engine.errors import CountMismatchError
from sluice_clean.engine.json_stream import fault_of
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.readers.base import Checked, Chunk, Refusal
from sluice_clean.engine.readers.json_digits import SCALAR
from sluice_clean.engine.readers.json_rows import Rows, stage_rows
from sluice_clean.engine.sql import text_list
from sluice_clean.engine.work import Workspace

_SAMPLED = 5_000
_CHUNK_ROWS = 50_000
# A record that is no object (a number, a list) is one of a single key.
OBJECT = f"CASE WHEN json_type(_read) = 'OBJECT' THEN _read ELSE json_object('{SCALAR}', _read::JSON)::VARCHAR END"


@dataclass(frozen=True)
class Cells:
    """The records of a view such as ``texts``, cut into cells.

    Attributes:
        work: The run.
        labels: What the cells are called.
        total: Records.
        texts: The view.
        value: SQL of the JSON value that holds the cells.
        pointers: Where the cells are in it.
        rows: Tells why an array is no record, where arrays are; else None.
    """

    work: Workspace
    labels: tuple[str | None, ...]
    total: int
    texts: str
    value: str
    pointers: Sequence[str]
    rows: Rows | None = None

    @property
    def sampled(self) -> int:
        """Records that types are guessed from: the first two in a hundred, or all of a small file."""
        return min(self.total, max(_SAMPLED, self.total // 40))

    def relation(self, first: int, last: int) -> str:
        """SQL of the well-formed records from ``first`` to ``last``."""
        cells = ", ".join(f"v[{index + 1}] AS c{index}" for index in range(len(self.labels)))
        return f"""(SELECT _row - {first - 1} AS _n, _line, _text, {cells} FROM (
            SELECT *, json_extract_string({self.value}, {text_list(self.pointers)}) AS v
            FROM {self.texts} WHERE _valid AND _row BETWEEN {first} AND {last}))"""

    def fault(self, text: str) -> tuple[str, str]:
        """Code and reason of a record that is refused."""
        refusal = self.rows.refusal(text) if self.rows else None
        return refusal or ("malformed-json", fault_of(text))

    def chunks(self) -> Iterator[Chunk]:
        """The records in chunks."""
        for first in range(1, self.total + 1, _CHUNK_ROWS):
            yield _JsonChunk(self, first, min(self.total, first + _CHUNK_ROWS - 1))


def key_cells(work: Workspace, keys: Sequence[str], total: int) -> Cells:
    """The cells of objects: a value for each key."""
    pointers = ["/" + key.replace("~", "~0").replace("/", "~1") for key in keys]
    return Cells(work, tuple(keys), total, work.named("texts"), OBJECT, pointers)


def row_cells(work: Workspace, rows: Rows, total: int) -> Cells:
    """The cells of arrays: a value for each place."""
    return Cells(work, tuple(rows.labels), total - rows.headed, stage_rows(rows, work), "_read", rows.pointers, rows)


@dataclass
class _JsonChunk:
    """See `Chunk`."""

    cells: Cells
    first: int
    last: int
    is_plain: bool = True
    numbered: bool = True
    first_line: int = 0

    @property
    def relation(self) -> str:
        """See `Chunk`."""
        return self.cells.relation(self.first, self.last)

    def marks(self) -> Marks:
        """Anything: in JSON any character may be written as an escape."""
        return Marks()

    def check(
        self,
        connection: duckdb.DuckDBPyConnection,
        accepted: int,
        breaks: Callable[[int], tuple[int, int]],  # noqa: ARG002 - as in Chunk
    ) -> Checked:
        """See `Chunk`.

        Raises:
            CountMismatchError: Records are missing.
        """
        records = self.last - self.first + 1
        refused = connection.execute(
            f"""SELECT _row, _line, _text FROM {self.cells.texts}
            WHERE NOT _valid AND _row BETWEEN {self.first} AND {self.last} ORDER BY _row"""
        ).fetchall()
        if accepted + len(refused) != records:
            raise CountMismatchError(f"{records} records were staged, {accepted + len(refused)} arrived")
        refusals = [Refusal(row - self.first + 1, line, *self.cells.fault(text), text) for row, line, text in refused]
        return Checked(records, refusals=refusals)

    def slowly(self) -> Chunk:
        """This is the slow way already."""
        return self

    def texts(self, places: Sequence[tuple[int, int]]) -> list[str]:
        """Not asked for: the relation has the texts."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing of its own."""
