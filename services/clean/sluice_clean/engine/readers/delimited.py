# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Delimited text: CSV and its kin.

The fast path is DuckDB's own reader with everything given. Its result counts only if an independent count of the
file's records agrees; otherwise, and whenever DuckDB finds anything amiss, the plain Python reader does the work.
"""

from uuid import uuid4

from sluice_clean.engine.dialect import Shape, find_dialect
from sluice_clean.engine.errors import CountMismatchError, NoRecordsError, TooManyColumnsError
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.spool import CANT_READ, CanonicalFile, PlainFile, plain_file, reported_encoding
from sluice_clean.engine.records import RecordReader
from sluice_clean.engine.report import Dialect
from sluice_clean.engine.sql import literal
from sluice_clean.engine.stream import Repairs, lines, text_chunks
from sluice_clean.engine.work import Workspace


class DelimitedReader:
    """Takes any text."""

    def recognises(self, sample: Sample) -> bool:  # noqa: ARG002 - the last reader of the registry
        """Always: a text that is nothing else is a table of one column at least."""
        return True

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """Stages the file; see `RawTable`."""
        with work.timed("detect"):
            shape = find_dialect(sample, work.settings.max_record_bytes)
        if shape.width > work.settings.max_columns:
            raise TooManyColumnsError(f"{shape.width:,} columns; the limit is {work.settings.max_columns:,}")
        with work.timed("read"):
            fast = _read_fast(sample, shape, work)
            rows, encoding = fast or _read_slowly(sample, shape, work)
        if rows == 0:
            raise NoRecordsError("the file has a header and no records" if shape.header else "the file has no records")
        labels = list(shape.header) if shape.header else [None] * shape.width
        form = shape.form
        dialect = Dialect(
            delimiter=form.delimiter,
            quote=form.quote,
            escape=form.escape,
            header=shape.header is not None,
            score=shape.score,
        )
        excess = [label for label in shape.lead[shape.width :] if label.strip()] if shape.header else []
        warnings = [f"labels that no record has a field for: {', '.join(excess)}"] if excess else []
        return RawTable(list(labels), rows, "csv", encoding, dialect=dialect, warnings=warnings)


def _read_fast(sample: Sample, shape: Shape, work: Workspace) -> tuple[int, str] | None:
    """Stages the file with DuckDB; None when the result can't be proven complete."""
    plain = plain_file(sample, work)
    try:
        return _stage_fast(plain, shape, work), plain.encoding
    except (*CANT_READ, _UnprovenError):
        return None


class _UnprovenError(Exception):
    """The fast path's rows are not as many as the file's records."""


def _stage_fast(plain: PlainFile, shape: Shape, work: Workspace) -> int:
    """Copies the records into the run's folder.

    Raises:
        duckdb.Error: DuckDB found a record that it can't read.
        _UnprovenError: It found none, but the count is wrong.
    """
    path, limit = work.folder / "raw.parquet", work.settings.max_record_bytes
    ((rows,),) = work.rows(
        f"COPY (FROM {_fast_relation(plain, shape, limit)}) TO {literal(str(path))} (COMPRESSION lz4_raw)"
    )
    header = 1 if shape.header is not None else 0
    count, lines_match = _count_records(plain, shape, work)
    if count != rows + header:
        raise _UnprovenError
    # Physical lines are known when every record is one line and no line is blank.
    line = f"file_row_number + {header + 1}" if lines_match else "NULL::BIGINT"
    cells = ", ".join(f"c{index}" for index in range(shape.width))
    work.connection.execute(f"""CREATE OR REPLACE TEMP VIEW raw AS SELECT file_row_number + 1 AS _row, {line} AS _line,
        {_joined(shape)} AS _text, {cells} FROM read_parquet({literal(str(path))}, file_row_number = true)""")
    return int(rows)


def _fast_relation(plain: PlainFile, shape: Shape, limit: int) -> str:
    types = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(shape.width))
    form = shape.form
    # A null text that no cell has: an empty cell stays an empty text here, what is null is decided by the rules.
    no_null = uuid4().hex
    return (
        f"read_csv({literal(plain.url)}, delim={literal(form.delimiter or '')}, quote={literal(form.quote or '')},"
        f" escape={literal(form.escape or '')}, header={shape.header is not None}, columns={{{types}}},"
        f" max_line_size={limit}, auto_detect=false, compression='none', nullstr={literal(no_null)}, strict_mode=true)"
    )


def _count_records(plain: PlainFile, shape: Shape, work: Workspace) -> tuple[int, bool]:
    """Records in the file, header included, counted by its lines alone; and whether each line is a record.

    A line belongs to the record before it when an odd number of quotes has been opened so far.
    """
    lines_of = (
        f"read_csv({literal(plain.url)}, delim='', quote='', escape='', header=false, columns={{'l': 'VARCHAR'}},"
        " auto_detect=false, compression='none')"
    )
    quote, escape = shape.form.quote, shape.form.escape
    if quote is None:
        total, filled = work.row(f"SELECT count(*), count(nullif(l, '')) FROM {lines_of}")
        return filled, total == filled
    text = "l" if escape in (quote, None) else f"replace(l, {literal(str(escape) + quote)}, '')"
    mark = literal(quote)
    count = f"length({text}) - length(replace({text}, {mark}, ''))"
    odd = f"coalesce(contains(l, {mark}) AND ({count}) % 2 = 1, false)"
    total, filled, crossing = work.row(
        f"SELECT count(*), count(nullif(l, '')), count(*) FILTER ({odd}) FROM {lines_of}"
    )
    if crossing == 0:
        return filled, total == filled
    (records,) = work.row(f"""SELECT count(*) FROM (
        SELECT l, sum({odd}::INT) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS opened
        FROM (SELECT l, row_number() OVER () AS n FROM {lines_of}))
        WHERE coalesce(opened, 0) % 2 = 0 AND nullif(l, '') IS NOT NULL""")
    return records, False


def _joined(shape: Shape) -> str:
    """A record's text, put together again from its cells."""
    cells = ", ".join(f"coalesce(c{index}, '')" for index in range(shape.width))
    return f"concat_ws({literal(shape.form.delimiter or '')}, {cells})"


def _read_slowly(sample: Sample, shape: Shape, work: Workspace) -> tuple[int, str]:
    """Stages the file record by record; every record is accepted or refused with a reason."""
    repairs, limit = Repairs(), work.settings.max_record_bytes
    cells = [f"c{index}" for index in range(shape.width)]
    good = CanonicalFile(work, "raw.csv", ["_row", "_line", *cells])
    bad = CanonicalFile(work, "refused.csv", ["row", "line", "code", "reason", "raw"])
    chunks = text_chunks(sample.source, sample.compression, sample.encoding, work.settings, repairs)
    number = 0 if shape.header is None else -1
    for line, fields, code, reason, raw in RecordReader(shape.form, shape.width, limit).read(lines(chunks, limit)):
        number += 1
        if number == 0:
            continue  # the header
        if fields is None:
            bad.add((number, line, code, reason, raw))
        else:
            good.add((number, line, *fields))
    _load(good, bad, shape, work)
    return max(number, 0), reported_encoding(sample, repairs, work)


def _load(good: CanonicalFile, bad: CanonicalFile, shape: Shape, work: Workspace) -> None:
    path = literal(str(work.folder / "raw.parquet"))
    work.connection.execute(f"COPY (FROM {good.relation()}) TO {path} (COMPRESSION lz4_raw)")
    (loaded,) = work.row(f"SELECT count(*) FROM read_parquet({path})")
    if loaded != good.rows:
        raise CountMismatchError(f"{good.rows} records were staged, {loaded} arrived")
    cells = ", ".join(f"c{index}" for index in range(shape.width))
    work.connection.execute(f"""CREATE OR REPLACE TEMP VIEW raw AS
        SELECT _row, _line, {_joined(shape)} AS _text, {cells} FROM read_parquet({path})""")
    refused = bad.relation()
    if bad.rows:
        work.connection.execute(f'INSERT INTO rejects SELECT "row", line, code, reason, NULL, raw FROM {refused}')
