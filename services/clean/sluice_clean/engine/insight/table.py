# ruff: noqa: S608 - SQL is built of column names quoted by sql.py and of literals quoted by it
"""The clean records as the finders see them: a relation to ask, and a bounded sample to look at closely."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import duckdb

from sluice_clean.engine.insight.footers import Stretch, read_stretches
from sluice_clean.engine.sql import identifier, literal

WHOLE_ROWS = 20_000  # a table of no more is looked at as a whole
SAMPLE_ROWS = 6_000
_CELLS = 600_000  # a table of 2,000 columns is looked at in 300 rows
_SAMPLE_BYTES = 48 << 20  # of Parquet pages to unpack: what a sample costs is unpacking
_MIN_STRETCHES = 2
_MAX_STRETCHES = 16
_LONG = 2_000  # bytes; longer texts are looked at by their beginning
_KEPT = 500  # characters of such a text
_FLOATS = ("DOUBLE", "FLOAT", "REAL")
_PLAIN = ("VARCHAR", "BOOLEAN", "DATE", "TIME", *_FLOATS)
_PLAIN_STARTS = ("TIMESTAMP", "DECIMAL")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


class Column(NamedTuple):
    """A column: its name, its Table Schema type, and how it is stored."""

    name: str
    type: str
    sql_type: str

    @property
    def sql(self) -> str:
        """The column as SQL names it."""
        return identifier(self.name)

    @property
    def is_text(self) -> bool:
        """Its values are plain texts."""
        return self.sql_type == "VARCHAR"

    @property
    def is_number(self) -> bool:
        """Its values can be added."""
        return self.sql_type in (*_WHOLE, *_FLOATS) or self.sql_type.startswith("DECIMAL")

    @property
    def is_day(self) -> bool:
        """Its values have a day, a month and a year."""
        return self.sql_type == "DATE" or self.sql_type.startswith("TIMESTAMP")

    @property
    def is_plain(self) -> bool:
        """Its values are no lists, structs or maps; those are looked at as text."""
        return self.sql_type in (*_PLAIN, *_WHOLE) or self.sql_type.startswith(_PLAIN_STARTS)


@dataclass
class Cells:
    """A column's values in the sample, in the order of its rows.

    Attributes:
        column: The column.
        values: A value per row; None where there is none.
    """

    column: Column
    values: list[Any]

    @cached_property
    def counts(self) -> Counter[Any]:
        """How often each value occurs."""
        found = Counter(self.values)
        found.pop(None, None)
        return found

    @cached_property
    def filled(self) -> int:
        """Rows with a value."""
        return self.counts.total()

    @cached_property
    def ordered(self) -> list[Any]:
        """The values in order, without those that have no place in it: NaN, infinity, years beyond Python's."""
        found = [value for value in self.values if value is not None]
        if self.column.is_day:  # a year beyond Python's comes as text
            found = [value for value in found if isinstance(value, date)]
        elif self.column.sql_type in _FLOATS:
            found = [value for value in found if math.isfinite(value)]
        return sorted(found)

    @cached_property
    def sameness(self) -> float:
        """The chance that two rows with a value have the same."""
        same = sum(count * (count - 1) for count in self.counts.values())
        return same / max(1, self.filled * (self.filled - 1))

    @cached_property
    def codes(self) -> list[int]:
        """A number per row, the same for the same value; -1 where there is none."""
        numbers = {value: number for number, value in enumerate(self.counts)}
        numbers[None] = -1
        return [numbers[value] for value in self.values]


@dataclass
class Sample:
    """Some rows of the table, or all.

    Attributes:
        rows: Their record numbers.
        cells: Their values, column by column.
        complete: These are all the rows that there are.
        source: SQL of the sampled rows, for what is better asked there.
    """

    rows: list[int]
    cells: dict[str, Cells]
    complete: bool
    source: str

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Cells:
        return self.cells[name]


@dataclass
class Table:
    """Clean records in Parquet parts or in any relation, with the columns that are looked at and ``_row``.

    Attributes:
        connection: Reads them.
        columns: What is looked at.
        source: SQL that stands after FROM.
        rows: How many records there are.
        stretches: The parts' row groups; none for a relation.
    """

    connection: duckdb.DuckDBPyConnection
    columns: list[Column]
    source: str
    rows: int
    stretches: list[Stretch] = field(default_factory=list)

    @classmethod
    def open(
        cls, connection: duckdb.DuckDBPyConnection, data: Sequence[str] | str, columns: Iterable[tuple[str, str, str]]
    ) -> "Table":
        """The table of some Parquet files (a list of paths or URLs), or of a query (a text)."""
        kept = [Column(*column) for column in columns]
        if isinstance(data, str):
            source = f"({data}) AS t"
            (rows,) = connection.execute(f"SELECT count(*) FROM {source}").fetchall()[0]
            return cls(connection, kept, source, rows)
        if not data:
            return cls(connection, kept, _nothing(kept), 0)
        stretches = read_stretches(connection, data)
        return cls(connection, kept, parquet(data), sum(stretch.rows for stretch in stretches), stretches)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query whose result is known to be small."""
        return self.connection.execute(query).fetchall()

    def where(self, columns: Iterable[str], condition: str, limit: int) -> list[tuple[Any, ...]]:
        """``_row`` and the SQL expressions ``columns`` of the first ``limit`` records that meet a condition."""
        cells = "".join(f", {column}" for column in columns)
        return self.ask(f"SELECT _row{cells} FROM {self.source} WHERE {condition} ORDER BY _row LIMIT {int(limit)}")

    def sample(self, given: str | None = None) -> Sample:
        """All rows of a small table; else some from places spread over it, the same ones each time.

        Args:
            given: A query for a sample that somebody has taken already.
        """
        affordable = max(_CELLS // max(1, len(self.columns)), 100)
        complete = self.rows <= min(WHOLE_ROWS, affordable) and self._bytes() <= _SAMPLE_BYTES
        wanted = min(SAMPLE_ROWS, affordable)
        if complete:
            source = self.source
        elif given is not None:
            source = f"(FROM ({given}) AS g LIMIT {wanted}) AS t"
        else:
            source = self._stripes(wanted)
        found = self.ask(f"SELECT _row{''.join(f', {_shown(column)}' for column in self.columns)} FROM {source}")
        numbers, *values = map(list, zip(*found, strict=True)) if found else ([], *([] for _ in self.columns))
        cells = {c.name: Cells(c, column) for c, column in zip(self.columns, values, strict=True)}
        return Sample(numbers, cells, complete, source)

    def _bytes(self) -> int:
        return sum(stretch.size for stretch in self.stretches)

    def _stripes(self, wanted: int) -> str:
        """SQL of a sample: the first rows of some row groups, or every n-th row of a relation."""
        if not self.stretches:
            step = -(-self.rows // wanted)
            return f"(FROM {self.source} WHERE _row % {step} = 0 LIMIT {wanted}) AS t"
        chosen = _spread(self.stretches)
        each = -(-wanted // len(chosen))
        names = ", ".join(["_row", *(column.sql for column in self.columns)])
        return f"({' UNION ALL '.join(_stripe(stretch, names, each) for stretch in chosen)}) AS t"


def parquet(files: Sequence[str], *, numbered: bool = False) -> str:
    """SQL that reads Parquet files and takes nothing from their paths."""
    listed = ", ".join(literal(file) for file in files)
    number = ", file_row_number = true" if numbered else ""
    return f"read_parquet([{listed}], hive_partitioning = false{number})"


def _spread(stretches: list[Stretch]) -> list[Stretch]:
    """Row groups at even distances, as many as may be unpacked, but two if there are two."""
    mean = max(1, sum(stretch.size for stretch in stretches) // len(stretches))
    count = min(len(stretches), _MAX_STRETCHES, max(_MIN_STRETCHES, _SAMPLE_BYTES // mean))
    return [stretches[place * len(stretches) // count] for place in range(count)]


def _stripe(stretch: Stretch, names: str, rows: int) -> str:
    """SQL of the first rows of a row group; a LIMIT costs half of what a condition does, where it serves."""
    if stretch.first == 0:
        return f"(SELECT {names} FROM {parquet([stretch.file])} LIMIT {min(rows, stretch.rows)})"
    end = stretch.first + min(rows, stretch.rows)
    source = parquet([stretch.file], numbered=True)
    return f"(SELECT {names} FROM {source} WHERE file_row_number >= {stretch.first} AND file_row_number < {end})"


def _shown(column: Column) -> str:
    """SQL of a value as it is looked at: long texts by their beginning, nested values as text."""
    if column.is_text:
        return (
            f"CASE WHEN strlen({column.sql}) > {_LONG} THEN substring({column.sql}, 1, {_KEPT}) ELSE {column.sql} END"
        )
    return column.sql if column.is_plain else f"left(({column.sql})::VARCHAR, {_KEPT})"


def _nothing(columns: list[Column]) -> str:
    cells = "".join(f", NULL::{column.sql_type} AS {column.sql}" for column in columns)
    return f"(SELECT 0::BIGINT AS _row{cells} WHERE false) AS t"
