# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""A chunk of delimited text: read by DuckDB, its faults by the Python reader, every line accounted for.

DuckDB tells of each record that it can't read where it stands. Those stretches are read again by `RecordReader`,
which recovers what is sound in them (the lines that an unclosed quote swallowed, say) and refuses the rest with a
reason. In the end every physical line of the chunk must belong to a record that was read, recovered or refused;
if one doesn't, or if records are cut otherwise than `RecordReader` would, the whole chunk is read by `RecordReader`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import uuid4

import duckdb

from sluice_clean.engine.dialect import Shape
from sluice_clean.engine.marks import Marks, unusual
from sluice_clean.engine.mojibake import is_suspicious, repair
from sluice_clean.engine.readers.base import Checked, Chunk, UnprovenError
from sluice_clean.engine.readers.mending import Fault, Mender, are_counted, stretches, write_record
from sluice_clean.engine.readers.raggedness import is_ragged
from sluice_clean.engine.readers.splitter import Piece
from sluice_clean.engine.readers.table_writer import TableWriter
from sluice_clean.engine.records import MAX_RECORD_LINES, RecordReader
from sluice_clean.engine.sql import literal
from sluice_clean.engine.stream import Repairs, decode, lines
from sluice_clean.engine.work import Workspace

_MAX_FAULTS = 0.2  # share of a chunk's bytes in faulty stretches above which one slow reading is the faster way
_MARK = "\ufeff".encode()
_NO_CELL = "\ufdd0"  # a noncharacter: no text holds it
_BEYOND_ASCII = bytes(range(128, 256))
_UNSOUND = ("LINE SIZE OVER MAXIMUM", "INVALID STATE", "CAST")


@dataclass
class DelimitedChunk:
    """See `Chunk`.

    Attributes:
        piece: Its file.
        shape: The dialect.
        work: The run.
        repairs: What had to be mended in the bytes; shared by the chunks of a table.
    """

    piece: Piece
    shape: Shape
    work: Workspace
    repairs: Repairs
    numbered: bool = False
    _tag: str = field(default_factory=lambda: uuid4().hex)

    @property
    def relation(self) -> str:
        """See `Chunk`."""
        types = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(self.shape.width))
        form, limit = self.shape.form, self.work.settings.max_record_bytes
        # A null text that no cell has: an empty cell stays an empty text here, what is null is decided by the rules.
        # No cell may be its beginning either: a field too many that is one, DuckDB 1.5.5 drops without a word.
        read = (
            f"read_csv({literal(str(self.piece.path))}, delim={literal(form.delimiter or '')},"
            f" quote={literal(form.quote or '')}, escape={literal(form.escape or '')}, header=false,"
            f" columns={{{types}}}, max_line_size={limit}, auto_detect=false, compression='none',"
            f" nullstr={literal(_NO_CELL + self._tag)}, strict_mode=true, parallel=false, store_rejects=true,"
            f" rejects_table='faults_{self._tag}', rejects_scan='scans_{self._tag}'"
        )
        return self._projected(self._filled_up(read) if form.optional else f"{read})")

    def _projected(self, relation: str) -> str:
        """SQL: the records, read in all their columns.

        Those without a label may be left out, if they have no value. DuckDB 1.5.5 ends in an internal error where it
        need not read a column and finds bytes that are no text in a later one.
        """
        unnamed = [index for index, label in enumerate(self.shape.header or ()) if not label.strip()]
        there = " AND ".join(f"c{index} IS NOT NULL" for index in unnamed)  # all cells are: see above
        return f"(FROM {relation} WHERE {there})" if there else relation

    def _filled_up(self, read: str) -> str:
        """SQL: the records, with empty cells for those that they may lack; without those that lack more.

        DuckDB fills up any record, with nulls, which no cell is otherwise. What it takes for records, and what not, is
        less sure so; but every line is accounted for afterwards.
        """
        width = self.shape.width
        least = width - self.shape.form.optional
        cells = [f"c{index}" for index in range(least)]
        cells += [f"coalesce(c{index}, '') AS c{index}" for index in range(least, width)]
        return f"(SELECT {', '.join(cells)} FROM {read}, null_padding=true) WHERE c{least - 1} IS NOT NULL)"

    @property
    def first_line(self) -> int:
        """See `Chunk`."""
        return self.piece.first_line

    def marks(self) -> Marks:
        """See `Chunk`."""
        return Marks.of(self._unusual)

    @cached_property
    def _unusual(self) -> bytes:
        """Those of its bytes that most questions are about; text that was encoded twice is set right first."""
        rare = self.piece.unusual
        if rare is None:
            rare = unusual(self.piece.path.read_bytes())
        return rare if self.work.settings.as_text or not is_suspicious(rare) else self._repaired(rare)

    def _repaired(self, rare: bytes) -> bytes:
        data = self.piece.path.read_bytes()
        if not is_suspicious(data):
            return rare
        text, changed = repair(data.decode("utf-8", "surrogateescape"))
        if not changed:
            return rare
        data = text.encode("utf-8", "surrogateescape")
        self.piece.path.write_bytes(data)
        self.repairs.twice += changed
        return unusual(data)

    @cached_property
    def _data(self) -> bytes:
        """The chunk's bytes, set right: of most chunks they are not asked for."""
        self._unusual  # noqa: B018 - sets them right
        return self.piece.path.read_bytes()

    @property
    def is_plain(self) -> bool:
        """Whether DuckDB reads such text as `RecordReader` does, but for faults that it tells of."""
        plain = self.shape.form.common and not (self.shape.comment or self.shape.rules)
        return plain and not self._has_odd_bytes() and not self._is_ragged()

    def _is_ragged(self) -> bool:
        known, shape = self.piece.ragged, self.shape
        return is_ragged(self._data, len(self._data), shape.form, shape.width) if known is None else known

    def _has_odd_bytes(self) -> bool:
        """Line ends of more than one kind, NUL bytes, or a byte order mark before a quote that opens a field."""
        returns = self._unusual.count(b"\r")
        if b"\x00" in self._unusual or (returns > 0 and returns != self._data.count(b"\r\n")):
            return True
        quote = self.shape.form.quote
        return quote is not None and _MARK in self._unusual and _MARK + quote.encode() in self._data

    def check(
        self, connection: duckdb.DuckDBPyConnection, accepted: int, breaks: Callable[[int], tuple[int, int]]
    ) -> Checked:
        """See `Chunk`."""
        faults = self._faults(connection)
        repairs = Repairs()
        result = self._mend(faults, accepted, repairs) if faults else Checked(0)
        fault_lines = sum(gap.lines for gap in result.gaps)
        if accepted + fault_lines != self.piece.lines:
            inner, most = breaks(self.piece.lines - accepted - fault_lines)
            if accepted + fault_lines + inner != self.piece.lines or most >= MAX_RECORD_LINES:
                raise UnprovenError
        result.records = accepted + sum(gap.count for gap in result.gaps)
        self._add(repairs)
        return result

    def _add(self, repairs: Repairs) -> None:
        """Counts what was mended, now that the chunk will not be read again."""
        if repairs.stray:
            # What DuckDB read was valid: about one character to every two bytes beyond ASCII.
            valid = (len(self._unusual) - len(self._unusual.translate(None, _BEYOND_ASCII))) // 2
            self.repairs.stray += repairs.stray
            self.repairs.beyond_ascii += repairs.beyond_ascii + valid

    def _faults(self, connection: duckdb.DuckDBPyConnection) -> list[Fault]:
        """Of each stretch that DuckDB could not read: records before it, first byte, bytes."""
        table = f"faults_{self._tag}"
        try:
            found = connection.execute(f"""
                SELECT line, min(line_byte_position), max(strlen(csv_line)), bool_or(error_type IN {_UNSOUND})
                FROM {table} GROUP BY line""").fetchall()
        except duckdb.CatalogException:
            return []  # DuckDB makes the table where it has something to tell
        connection.execute(f"DROP TABLE {table}; DROP TABLE scans_{self._tag}")
        if any(unsound or start is None for _, start, _, unsound in found):
            raise UnprovenError
        found.sort()
        return [(line - 1 - before, start - 1, length) for before, (line, start, length, _) in enumerate(found)]

    def _mend(self, faults: list[Fault], accepted: int, repairs: Repairs) -> Checked:
        """Reads the faulty stretches."""
        data = self._data
        if sum(length for _, _, length in faults) > _MAX_FAULTS * len(data):
            raise UnprovenError
        found = stretches(faults, data)
        even = accepted + sum(data.count(b"\n", start, end) for _, start, end in found) == self.piece.lines
        if self._may_be_miscounted(data) and not (even and are_counted(found, data)):
            raise UnprovenError
        writer = TableWriter(self.work, self.shape.width, f"mended-{self._tag}", whole=True)
        mender = Mender(data, self._reader(), writer, self.work.settings.max_record_bytes, repairs)
        gaps = mender.mend(found, self.piece.first_line, even=even)
        mended = writer.whole_chunk()
        return Checked(0, gaps, mended.refusals, mended if mended.rows else None)

    def _may_be_miscounted(self, data: bytes) -> bool:
        """Whether CRLF ends some lines but not the first: DuckDB 1.5.5 counts that after an empty field twice."""
        return b"\r" in self._unusual and data[: data.find(b"\n")][-1:] != b"\r"

    def _reader(self) -> RecordReader:
        shape = self.shape
        noise = shape.is_noise if shape.comment or shape.rules else None
        return RecordReader(shape.form, shape.width, self.work.settings.max_record_bytes, noise)

    def slowly(self) -> Chunk:
        """See `Chunk`."""
        self._unusual  # noqa: B018 - sets the bytes right
        writer = TableWriter(self.work, self.shape.width, f"slow-{self._tag}", whole=True)
        reader = self._reader()
        with self.piece.path.open("rb") as file:
            chunks = iter(lambda: file.read(4 << 20), b"")
            text = decode(chunks, "utf-8", self.repairs)
            for number, record in enumerate(reader.read(lines(text, self.work.settings.max_record_bytes)), 1):
                write_record(writer, record, number, self.piece.first_line + record.line - 1)
        return writer.whole_chunk()

    def texts(self, places: Sequence[tuple[int, int]]) -> list[str]:
        """See `Chunk`."""
        found = self._data.split(b"\n")
        first = self.piece.first_line
        stretches = (b"\n".join(found[line - first : line - first + count]) for line, count in places)
        return ["".join(decode(iter([stretch]), "utf-8", Repairs())).rstrip("\r") for stretch in stretches]

    def close(self) -> None:
        """See `Chunk`."""
        self.piece.close()
