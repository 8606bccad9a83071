# ruff: noqa: S608 - SQL is built of generated column names and of literals and identifiers quoted by sql.py
"""Parquet, read by DuckDB where it lies.

Every value becomes text: nested ones JSON, times ISO 8601 (those with a time zone in UTC), bytes base64.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import duckdb

from sluice_clean.engine.errors import (
    CorruptFileError,
    CountMismatchError,
    EncryptedFileError,
    NoRecordsError,
    TooManyColumnsError,
)
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.model import Source
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import Checked, Chunk, RawTable
from sluice_clean.engine.readers.spool import SAFE_URL
from sluice_clean.engine.sql import identifier, literal
from sluice_clean.engine.stream import raw_chunks
from sluice_clean.engine.work import Workspace

_CHUNK_ROWS = 100_000
_SAMPLED = 20_000
_SAMPLED_SHARE = 40
_END_MARK, _ENCRYPTED_MARK = b"PAR1", b"PARE"
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
_NUMBER = "file_row_number"


class ParquetReader:
    """Takes what the probe says is Parquet."""

    def recognises(self, sample: Sample) -> bool:
        """See `Reader`."""
        return sample.kind == "parquet"

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """See `Reader`."""
        with work.timed("read"):
            _check_end(sample.source)
            url = _url(sample.source, work)
            with _told_as_damage(url):
                table = _open(url, work)
                sampled = min(table.rows, max(_SAMPLED, table.rows // _SAMPLED_SHARE))
                name = work.named("sample")
                work.connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM {table.relation(0, sampled)}")
        blobs = [name for name, kind in table.columns if kind == "BLOB"]
        return RawTable(
            labels=[name for name, _ in table.columns],
            chunks=table.chunks(),
            sample=name,
            sampled_all=sampled == table.rows,
            format="parquet",
            encoding="utf-8",
            nested=any(_is_nested(kind) for _, kind in table.columns),
            warnings=[f"bytes are given in base64: {', '.join(blobs)}"] if blobs else [],
        )


def _check_end(source: Source) -> None:
    end = source.read(max(0, source.size - len(_END_MARK)), len(_END_MARK))
    if end == _ENCRYPTED_MARK:
        raise EncryptedFileError("the Parquet file is encrypted")
    if end != _END_MARK:
        raise CorruptFileError("the Parquet file is cut off: its end mark is missing")


def _url(source: Source, work: Workspace) -> str:
    """Where DuckDB can read the file: it takes some characters of a path for a pattern."""
    if SAFE_URL.fullmatch(source.url):
        return source.url
    path = work.folder / "data.parquet"
    with path.open("wb") as file:
        for chunk in raw_chunks(source):
            file.write(chunk)
    return str(path)


@contextmanager
def _told_as_damage(url: str) -> Iterator[None]:
    """DuckDB's errors about a file that is there are the file's fault."""
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, duckdb.IOException) and not Path(url).exists():
            raise  # storage is out of reach
        reason = str(error).splitlines()[0].replace(url, "the file")
        raise CorruptFileError(f"the Parquet file is damaged: {reason}") from error


def _open(url: str, work: Workspace) -> "_Parquet":
    columns = [(str(name), str(kind)) for name, kind, *_ in work.rows(f"DESCRIBE FROM read_parquet({literal(url)})")]
    if len(columns) > work.settings.max_columns:
        raise TooManyColumnsError(f"{len(columns):,} columns; the limit is {work.settings.max_columns:,}")
    (rows,) = work.row(f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata({literal(url)})")
    if not rows:
        raise NoRecordsError("the Parquet file has no records")
    return _Parquet(url, tuple(columns), int(rows))


def _is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(_NESTED)


def _text(name: str, kind: str) -> str:
    """SQL of a column's text."""
    column = identifier(name)
    if kind == "VARCHAR":
        return column
    if _is_nested(kind):
        return f"to_json({column})::VARCHAR"
    if kind == "BLOB":
        return f"base64({column})"
    if kind == "TIMESTAMP WITH TIME ZONE":
        # Independent of the session's time zone.
        return f"replace(make_timestamp(epoch_us({column}))::VARCHAR, ' ', 'T') || 'Z'"
    if kind.startswith("TIMESTAMP"):
        return f"replace({column}::VARCHAR, ' ', 'T')"
    return f"{column}::VARCHAR"


@dataclass(frozen=True)
class _Parquet:
    """A file.

    Attributes:
        url: Where it is.
        columns: Names and types.
        rows: Records.
    """

    url: str
    columns: tuple[tuple[str, str], ...]
    rows: int

    def relation(self, first: int, count: int) -> str:
        """SQL of some records, from the 0-based ``first`` on."""
        cells = ", ".join(f"{_text(name, kind)} AS c{place}" for place, (name, kind) in enumerate(self.columns))
        if any(name.lower() == _NUMBER for name, _ in self.columns):
            # DuckDB can't number the records of a file that has a column of this name.
            read = f"(SELECT *, row_number() OVER () - 1 AS _at FROM read_parquet({literal(self.url)}))"
            number = "_at"
        else:
            read, number = f"read_parquet({literal(self.url)}, {_NUMBER} = true)", _NUMBER
        return f"""(SELECT {number} - {first} + 1 AS _n, NULL::BIGINT AS _line, NULL::VARCHAR AS _text, {cells}
            FROM {read} WHERE {number} >= {first} AND {number} < {first + count})"""

    def chunks(self) -> Iterator[Chunk]:
        """All records."""
        for first in range(0, self.rows, _CHUNK_ROWS):
            yield _ParquetChunk(self, first, min(_CHUNK_ROWS, self.rows - first))


@dataclass
class _ParquetChunk:
    """See `Chunk`."""

    file: _Parquet
    first: int
    rows: int
    is_plain: bool = True
    numbered: bool = True
    first_line: int = 0

    @property
    def relation(self) -> str:
        """See `Chunk`."""
        return self.file.relation(self.first, self.rows)

    def marks(self) -> Marks:
        """Anything: the texts were not looked at."""
        return Marks()

    def check(
        self,
        connection: duckdb.DuckDBPyConnection,  # noqa: ARG002 - as in Chunk
        accepted: int,
        breaks: Callable[[int], tuple[int, int]],  # noqa: ARG002 - as in Chunk
    ) -> Checked:
        """See `Chunk`.

        Raises:
            CountMismatchError: Records are missing.
        """
        if accepted != self.rows:
            raise CountMismatchError(f"{self.rows} records are in the file, {accepted} arrived")
        return Checked(self.rows)

    def slowly(self) -> NoReturn:
        """There is no other way to read it.

        Raises:
            CorruptFileError: DuckDB found the file damaged.
        """
        first, last = self.first + 1, self.first + self.rows
        raise CorruptFileError(f"the Parquet file is damaged among records {first:,} to {last:,}")

    def texts(self, places: Sequence[tuple[int, int]]) -> list[str]:
        """Not asked for: the relation has the texts."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to remove."""
