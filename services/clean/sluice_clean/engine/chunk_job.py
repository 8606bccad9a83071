# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Cleans one chunk: typed once into a table in memory, proven, judged, deduplicated, written, and counted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb

from sluice_clean.engine.amend import WITHHELD, Amender
from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.contract import Violation
from sluice_clean.engine.counting import Counter
from sluice_clean.engine.dedupe import Deduplicator
from sluice_clean.engine.judge import Judge
from sluice_clean.engine.ledger import Ledger, Turn
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.model import Target
from sluice_clean.engine.parts import Span, write_part
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.readers.base import Checked, Chunk, Refusal, UnprovenError
from sluice_clean.engine.readers.table_writer import write_refusals
from sluice_clean.engine.report import Part
from sluice_clean.engine.second_reading import SecondReading
from sluice_clean.engine.sql import integer_list
from sluice_clean.engine.tally import Tally
from sluice_clean.engine.totals import Found, Totals
from sluice_clean.engine.unique import Unique
from sluice_clean.engine.work import Workspace


@dataclass
class Shared:
    """What the chunks of one run have in common."""

    work: Workspace
    plan: Plan
    target: Target
    ledger: Ledger
    deduplicator: Deduplicator
    judge: Judge
    amender: Amender
    unique: Unique
    totals: Totals
    second_reading: SecondReading
    tally: Tally
    parts: list[Part] = field(default_factory=list)
    multiline: set[int] = field(default_factory=set)  # columns that line ends were found in

    @property
    def violations(self) -> list[Violation]:
        """What rows are refused for, by the numbers that ``bad`` has."""
        return self.judge.violations


def clean_chunk(shared: Shared, cursor: duckdb.DuckDBPyConnection, number: int, chunk: Chunk) -> None:
    """Carries one chunk through.

    Args:
        shared: The run.
        cursor: A connection of this worker's own to the run's database.
        number: Its 0-based place among the file's chunks.
        chunk: The chunk; its files are removed at the end.
    """
    job = _Job(shared, cursor, chunk)
    try:
        job.load()
        job.judge()
        with shared.ledger.turn(number) as turn:
            job.take_turn(turn)
        job.write()
    finally:
        job.chunk.close()


class _Job:
    """The steps, over the temporary tables of one cursor.

    ``t``: the typed rows, numbered by rowid: v0, o0, v1, o1, … and _id, what tells duplicates (see `Plan`).
    ``numbers``: of each row, its record's place in the chunk, in the order of ``t``.
    ``bad``: rows that are refused, by the index of the violation. ``dropped``: duplicates.
    ``nulled``: values that become null, by the index of the violation.

    In the end ``t`` and ``numbers`` hold what is delivered, still row beside row.
    """

    def __init__(self, shared: Shared, cursor: duckdb.DuckDBPyConnection, chunk: Chunk) -> None:
        self.shared = shared
        self.cursor = cursor
        self.chunk = chunk
        self.plan = shared.plan
        self.checked = Checked(0)
        self.marks = Marks()
        self.first_row = 0
        self.suspects: list[int] = []
        self.totals = Found()
        self.jobs: list[tuple[str, Span]] = []

    def load(self) -> None:
        """Reads and types the chunk; every record of it is accounted for afterwards."""
        try:
            self._read_quickly()
        except (UnprovenError, duckdb.InvalidInputException, duckdb.ConversionException):
            careful = self.chunk.slowly()
            if careful is self.chunk:
                raise
            self.chunk.close()
            self.chunk = careful
            self._read()

    def _read_quickly(self) -> None:
        if not self.chunk.is_plain:
            raise UnprovenError
        self._read()

    def _read(self) -> None:
        self.marks = self.chunk.marks()
        self._execute(f"CREATE OR REPLACE TEMP TABLE t AS {self._typed(self.chunk)}")
        (accepted,) = self._row("SELECT count(*) FROM t")
        self.checked = self.chunk.check(self.cursor, accepted, self._breaks)
        if self.checked.recovered is not None:
            self._execute(f"INSERT INTO t {self._typed(self.checked.recovered)}")
        self.shared.second_reading.read(self.cursor, self.marks)
        self._number(accepted)

    def _typed(self, chunk: Chunk) -> str:
        return self.plan.typed(chunk.relation, self.marks, numbered=chunk.numbered)

    def _breaks(self, expected: int) -> tuple[int, int]:
        """Line ends within the cells of the rows: all, and most in one row.

        The likeliest columns are looked at first. If these have as many as are expected the others have none: rows may
        be missing, which makes the number too large, but none is there twice.
        """
        likely = [column for column in self.plan.present if column.index in self.shared.multiline]
        texts = [column for column in self.plan.present if column.is_text]
        for columns in filter(None, (likely, texts, self.plan.present)):
            found = self._count_breaks(columns)
            if found[0] == expected:
                break
        if columns is not likely:
            self.shared.multiline |= self._multiline(columns)
        return found

    def _multiline(self, columns: list[ColumnPlan]) -> set[int]:
        """Those of some columns that have line ends in their cells."""
        counts = self._row(f"SELECT {', '.join(f'count(nullif({_has_break(c)}, false))' for c in columns)} FROM t")
        return {column.index for column, count in zip(columns, counts, strict=True) if count}

    def _count_breaks(self, columns: list[ColumnPlan]) -> tuple[int, int]:
        there = " OR ".join(map(_has_break, columns))
        total, most = self._row(f"""SELECT coalesce(sum(x), 0), coalesce(max(x), 0)
            FROM (SELECT {_breaks_in(columns)} AS x FROM t WHERE {there})""")
        return int(total), int(most)

    def _number(self, accepted: int) -> None:
        """Fills ``numbers``."""
        self._execute("CREATE OR REPLACE TEMP TABLE numbers (idx BIGINT, n BIGINT)")
        if self.chunk.numbered:
            self._execute("INSERT INTO numbers SELECT rowid, _n FROM t")
            return
        firsts, shifts = [0], [1]
        for gap in self.checked.gaps:
            firsts.append(gap.index)
            shifts.append(shifts[-1] + gap.count)
        # Unnested row by row, so that they are in the order of `t`.
        self._execute(f"""INSERT INTO numbers SELECT idx, idx + shift FROM (
            SELECT unnest(range(first, until)) AS idx, shift FROM (SELECT unnest({integer_list(firsts)}) AS first,
                unnest({integer_list([*firsts[1:], accepted])}) AS until, unnest({integer_list(shifts)}) AS shift))""")
        if self.checked.recovered is not None:
            self.cursor.execute("INSERT INTO numbers SELECT rowid, _n FROM t WHERE rowid >= $1", [accepted])

    def judge(self) -> None:
        """Fills ``bad`` and, as far as this chunk alone tells, ``dropped``; amends the values."""
        self.shared.judge.judge(self.cursor, self.marks)
        self.totals = self.shared.totals.look(self.cursor)
        self.shared.amender.amend(self.cursor, self.marks)
        self.shared.deduplicator.within_chunk(self.cursor)

    def take_turn(self, turn: Turn) -> None:
        """What depends on the chunks before: duplicates of theirs, and the numbers of rows and parts."""
        self.first_row = turn.first_row
        turn.records = self.checked.records
        if self.shared.totals.take_turn(self.cursor, self.totals):
            self.shared.deduplicator.within_chunk(self.cursor)
        self.shared.deduplicator.across_chunks(self.cursor)
        self.suspects = self.shared.unique.take_turn(self.cursor, self.marks, self.first_row)
        rows, bad, duplicates = self._row(
            "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM bad), (SELECT count(*) FROM dropped)"
        )
        self.jobs = list(self._ranges(rows - bad - duplicates, turn))
        turn.parts = len(self.jobs)
        self.shared.tally.add_rows(self.checked.records, duplicates)

    def _ranges(self, rows: int, turn: Turn) -> Iterator[tuple[str, Span]]:
        """Of each part: its address, and its records."""
        size = self.shared.work.settings.part_rows
        count = -(-rows // size)
        found: list[tuple[int, int]] = [(1, self.checked.records)] * count
        if count > 1:
            found = self._rows(f"""SELECT min(n), max(n) FROM (
                SELECT n, (row_number() OVER (ORDER BY n) - 1) * {count} // {rows} AS part
                FROM numbers ANTI JOIN bad USING (idx) ANTI JOIN dropped USING (idx))
                GROUP BY part ORDER BY part""")
        ordered = self.shared.work.settings.ordered_parts
        for place, (first, last) in enumerate(found):
            yield (
                f"{self.shared.target.data_prefix}part-{turn.first_part + place:05}.parquet",
                Span(first, last, whole=count == 1, ordered=ordered),
            )

    def write(self) -> None:
        """Writes the parts and the refused, and counts what was changed."""
        self._refuse()
        for table, row in (("t", "rowid"), ("numbers", "idx")):
            self._execute(f"DELETE FROM {table} WHERE {row} IN (SELECT idx FROM bad UNION ALL SELECT idx FROM dropped)")
        parts = [
            write_part(self.cursor, self.plan, self.shared.target, url, self.first_row, span) for url, span in self.jobs
        ]
        self.shared.parts += parts
        Counter(self.cursor, self.plan, self.shared.tally, self.marks, self.first_row).count(parts)

    def _refuse(self) -> None:
        refusals = [*self.checked.refusals, *self._judged()]
        if self.plan.is_private:
            refusals = [refusal._replace(raw=WITHHELD) for refusal in refusals]
        if refusals:
            write_refusals(self.cursor, self.shared.work.folder, refusals, self.first_row)
        if self.suspects:
            write_refusals(self.cursor, self.shared.work.folder, self._noted(), self.first_row, "suspects")

    def _noted(self) -> list[Refusal]:
        """The rows of which only the end of the run tells whether they are refused."""
        wanted = f"(SELECT unnest({integer_list(self.suspects)}) AS idx)"
        found = self._rows(f"SELECT idx, n FROM numbers SEMI JOIN {wanted} USING (idx) ORDER BY idx")
        places = self._places([idx for idx, _ in found])
        return [
            Refusal(n, line, "unique", "", WITHHELD if self.plan.is_private else text)
            for (_, n), (line, text) in zip(found, places, strict=True)
        ]

    def _judged(self) -> Iterator[Refusal]:
        found = self._rows("SELECT b.idx, n, violation FROM bad b JOIN numbers USING (idx) ORDER BY n")
        places = self._places([idx for idx, _, _ in found]) if found else []
        for (_, n, index), (line, text) in zip(found, places, strict=True):
            violation = self.shared.violations[index]
            yield Refusal(n, line, violation.code, violation.reason, text, violation.column)

    def _places(self, rows: list[int]) -> list[tuple[int | None, str]]:
        """Line and original text of some rows of ``t``."""
        if self.chunk.numbered:
            return self._numbered_places(self.chunk, rows)
        (accepted,) = self._row("SELECT count(*) FROM t WHERE _n IS NULL")
        found: dict[int, tuple[int | None, str]] = {}
        read = [row for row in rows if row < accepted]
        if read:
            found |= dict(zip(read, self._read_places(read), strict=True))
        mended = [row for row in rows if row >= accepted]
        if mended and self.checked.recovered is not None:
            found |= dict(zip(mended, self._numbered_places(self.checked.recovered, mended), strict=True))
        return [found[row] for row in rows]

    def _numbered_places(self, chunk: Chunk, rows: list[int]) -> list[tuple[int | None, str]]:
        self._execute("CREATE OR REPLACE TEMP TABLE wanted (idx BIGINT, n BIGINT)")
        asked = f"(SELECT unnest({integer_list(rows)}) AS idx)"
        self._execute(f"INSERT INTO wanted SELECT idx, n FROM {asked} JOIN numbers USING (idx)")
        joined = self.plan.joined()
        found = self._rows(
            f"SELECT w.idx, _line, coalesce(_text, {joined}) FROM {chunk.relation} r JOIN wanted w ON r._n = w.n"
        )
        places = {idx: (line, text) for idx, line, text in found}
        return [places[row] for row in rows]

    def _read_places(self, rows: list[int]) -> list[tuple[int | None, str]]:
        """Of rows that DuckDB read from the file: their lines follow from the line ends before them."""
        breaks = _breaks_in(self.plan.present)
        gaps = self.checked.gaps
        found = self._rows(f"""SELECT idx, before, size FROM (
                SELECT rowid AS idx, 1 + {breaks} AS size, sum(1 + {breaks}) OVER (ORDER BY rowid) AS upto,
                    upto - size AS before FROM t WHERE _n IS NULL)
            SEMI JOIN (SELECT unnest({integer_list(rows)}) AS idx) USING (idx) ORDER BY idx""")
        lines, skipped, place = [], 0, 0
        for idx, before, size in found:
            while place < len(gaps) and gaps[place].index <= idx:
                skipped += gaps[place].lines
                place += 1
            lines.append((self.chunk.first_line + int(before) + skipped, int(size)))
        by_row = dict(zip([row[0] for row in found], zip(lines, self.chunk.texts(lines), strict=True), strict=True))
        return [(by_row[row][0][0], by_row[row][1]) for row in rows]

    def _execute(self, statement: str) -> None:
        self.cursor.execute(statement)

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.cursor.execute(query).fetchall()

    def _row(self, query: str) -> tuple[Any, ...]:
        (found,) = self._rows(query)
        return found


def _raw(column: ColumnPlan) -> str:
    """SQL over ``t``: the cell as it stood."""
    return f"coalesce(o{column.index}::VARCHAR, v{column.index})" if column.is_text else f"o{column.index}"


def _has_break(column: ColumnPlan) -> str:
    """SQL over ``t``: there is a line end within the cell."""
    return f"contains({_raw(column)}, chr(10))"


def _breaks_in(columns: list[ColumnPlan]) -> str:
    """SQL over ``t``: line ends within the cells of a row."""
    cells = [_raw(column) for column in columns]
    return " + ".join(f"coalesce(strlen({cell}) - strlen(replace({cell}, chr(10), '')), 0)" for cell in cells)
