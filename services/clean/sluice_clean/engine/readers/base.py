"""What every reader gives: a table of texts, in chunks that are cleaned side by side."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import duckdb

from sluice_clean.engine.marks import Marks
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.report import Dialect
from sluice_clean.engine.work import Workspace


class Refusal(NamedTuple):
    """A record that isn't delivered.

    ``number`` is its 1-based place in its chunk, ``line`` its line in the file, ``column`` the one that is to blame.
    """

    number: int
    line: int | None
    code: str
    reason: str
    raw: str
    column: str | None = None


@dataclass(slots=True)  # frozen, it would take four times as long to make: a file may have very many
class Gap:
    """A stretch that a chunk's relation leaves out before its row ``index`` (0-based): records, and physical lines."""

    index: int
    count: int
    lines: int


@dataclass
class Checked:
    """What a chunk holds, known once its relation was read.

    Attributes:
        records: Records of the chunk: read, recovered and refused.
        gaps: Where the relation's rows skip records, in order.
        refusals: Records that can't be read.
        recovered: A numbered chunk of the records that the first reading missed; None when there are none.
    """

    records: int
    gaps: list[Gap] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    recovered: "Chunk | None" = None


class UnprovenError(Exception):
    """The rows that were read are not all of the chunk's records: it is to be read again, slowly."""


class Chunk(Protocol):
    """Some consecutive records of a table, read by one worker over its own connection.

    Attributes:
        relation: SQL that can stand after FROM: columns c0, c1, … (VARCHAR), rows in order. It is read once.
        is_plain: Whether the relation can be trusted to read the chunk; else it is read `slowly` at once.
        numbered: Whether the relation also has ``_n`` (BIGINT, 1-based place in the chunk), ``_line`` (BIGINT, line in
            the file, or null) and ``_text`` (VARCHAR, the record as it stood, or null: its cells joined); such a
            relation can be read again.
        first_line: Line in the file at which it begins, for a chunk that is not numbered.
    """

    @property
    def first_line(self) -> int: ...  # noqa: D102 - see the class
    @property
    def relation(self) -> str: ...  # noqa: D102 - see the class

    @property
    def is_plain(self) -> bool: ...  # noqa: D102 - see the class
    @property
    def numbered(self) -> bool: ...  # noqa: D102 - see the class

    def marks(self) -> Marks:
        """Which unwanted characters occur in it."""
        ...

    def check(
        self, connection: duckdb.DuckDBPyConnection, accepted: int, breaks: Callable[[int], tuple[int, int]]
    ) -> Checked:
        """Accounts for every record, after the relation was read over ``connection`` and gave ``accepted`` rows.

        Args:
            connection: The one that read the relation.
            accepted: Rows that it gave.
            breaks: Counts the line ends within the cells of these rows: all, and most in one row. It is given the
                number that would account for everything, and may stop as soon as it has found as many.

        Raises:
            UnprovenError: Records are missing that nothing accounts for.
        """
        ...

    def slowly(self) -> "Chunk":
        """The same records by the reader that can't be led astray; numbered."""
        ...

    def texts(self, places: Sequence[tuple[int, int]]) -> list[str]:
        """Some records as they stood in the file, each by its first line in the file and its number of lines.

        For a chunk that is not numbered.
        """
        ...

    def close(self) -> None:
        """Removes the chunk's files."""
        ...


@dataclass
class RawTable:
    """A file's records before any cleaning.

    Attributes:
        labels: What the file calls the columns; None when it doesn't name them. One per cell c0, c1, ….
        chunks: The records, in order; read once, by several workers.
        sample: SQL of a relation (c0, c1, …) of records to guess types from: all, or the first two in a hundred and
            some from further on.
        sampled_all: Whether ``sample`` holds every record.
        format: csv, json, ndjson, xlsx, ….
        encoding: As reported: utf-8, windows-1252, utf-16-le, …; known at the latest when the chunks are through.
        nested: Whether cells may hold JSON objects and arrays.
        dialect: For delimited text.
        warnings: For people; may grow until the chunks are through.
        settle: To be called when all chunks are through; brings ``encoding`` and ``warnings`` up to date.
    """

    labels: list[str | None]
    chunks: Iterator[Chunk]
    sample: str
    sampled_all: bool
    format: str
    encoding: str
    nested: bool = False
    dialect: Dialect | None = None
    warnings: list[str] = field(default_factory=list)
    settle: Callable[[], None] = lambda: None

    @property
    def columns(self) -> list[str]:
        """The cells of a record, in order."""
        return [f"c{index}" for index in range(len(self.labels))]

    @staticmethod
    def place_of(cell: str) -> int:
        """Which of the columns a cell is."""
        return int(cell.removeprefix("c"))


class Reader(Protocol):
    """One format. Adding a format is adding a file with one of these, and a line in the registry."""

    def recognises(self, sample: Sample) -> bool:
        """Whether the sample is of this format."""
        ...

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """Opens the file, or the parts of it that tell what its columns are.

        Raises:
            EngineError: The file can't be read at all.
        """
        ...
