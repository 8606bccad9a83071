# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""JSON: a value per line, an array of records or of rows, records inside an envelope, one record, values in a row.

Whatever the layout, the file first becomes one relation of records as text; keys and values are taken from it by
DuckDB, over all records: a key that appears in the last one only is a column too.
"""

import json
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from sluice_clean.engine.errors import (
    MalformedJsonError,
    NoRecordsError,
    TooLargeError,
    TooManyColumnsError,
)
from sluice_clean.engine.json_stream import Item, JsonStream, arrays_of_records, columns_in, fault_of
from sluice_clean.engine.model import Source
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.json_chunks import OBJECT, key_cells, row_cells
from sluice_clean.engine.readers.json_digits import SCALAR, dumps, exact, loads, suspects
from sluice_clean.engine.readers.json_padding import padding_of, unpadded
from sluice_clean.engine.readers.json_repeats import Repeats, keys_twice
from sluice_clean.engine.readers.json_rows import find_rows
from sluice_clean.engine.readers.json_shapes import shape_of
from sluice_clean.engine.readers.spool import CANT_READ, CanonicalFile, plain_file, reported_encoding
from sluice_clean.engine.sql import literal
from sluice_clean.engine.stream import Repairs, lines, text_chunks
from sluice_clean.engine.values.nested import is_json
from sluice_clean.engine.work import Workspace

_OPENS = re.compile(r"""\s*(?:\{\s*["}]|\[\s*(?:[\[{"\]\-0-9]|true\b|false\b|null\b))""")
_NAMED = re.compile(r"\.(?:json|geojson|ndjson|jsonl|json5?l)(?:\.gz)?$", re.IGNORECASE)
_SAMPLE_LINES = 50
_FETCHED = 1_000  # records held at once where they are written anew
_LINE_IS_JSON, _TEXT_IS_JSON = is_json("l"), is_json("_text")
_IS_OBJECT = "prefix(_text, '{')"


class JsonReader:
    """Takes text that opens like a JSON object or array, or that is called JSON."""

    def recognises(self, sample: Sample) -> bool:
        """Whether the text is JSON, well-formed or not."""
        if _NAMED.search(sample.source.name):
            return True
        padding = padding_of(sample)
        return _OPENS.match(sample.head, padding) is not None and _reads_as_json(sample, padding)

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """Opens the file; see `RawTable`."""
        by_line, repeats = is_by_line(sample), Repeats()
        with work.timed("read"):
            encoding = _stage_lines(sample, work) if by_line else _stage_document(sample, work, repeats)
            total = _check_any_valid(work)
            rows = find_rows(work)
            _keep_digits(work, repeats, in_rows=rows is not None)
            cells = row_cells(work, rows, total) if rows else key_cells(work, _keys(work, repeats), total)
            repeats.tell(work)
        return RawTable(
            labels=list(cells.labels),
            chunks=cells.chunks(),
            sample=cells.relation(1, cells.sampled),
            sampled_all=cells.sampled == cells.total,
            format="ndjson" if by_line else "json",
            encoding=encoding,
            nested=True,
        )


def read_lines(path: Path, work: Workspace, labels: Sequence[str] | None = None) -> tuple[RawTable, list[str]]:
    """Opens a piece of a file with a JSON value per line.

    Args:
        path: The piece: whole lines, in UTF-8.
        work: The run.
        labels: The columns; None: the keys of its records.

    Returns:
        Its table, all records of which are its sample, and the keys of its records. A piece may have neither.

    Raises:
        TooManyColumnsError: Its records have more keys than the settings allow.
    """
    source = Source.local(path)
    sample = Sample(source, "utf-8", marked=False, head="", whole=False, later=(), plain=True)
    keys: list[str] = []
    total, repeats = 0, Repeats()
    with work.timed("read"), suppress(NoRecordsError):
        _stage_lines(sample, work)
        (total,) = work.row(f"SELECT count(*) FROM {work.named('texts')}")
        _keep_digits(work, repeats)
        keys = _keys(work, repeats)
        repeats.tell(work, numbered=False)
    cells = key_cells(work, keys if labels is None else labels, total)
    table = RawTable(
        labels=list(cells.labels),
        chunks=cells.chunks(),
        sample=cells.relation(1, total),
        sampled_all=False,
        format="ndjson",
        encoding="utf-8",
        nested=True,
    )
    return table, keys


def _reads_as_json(sample: Sample, padding: int) -> bool:
    """Whether the first value parses as far as the sample goes: `{a};{b}` and `["a"],b` are no JSON."""
    if not padding and is_by_line(sample):
        return True
    head = "".join(unpadded(iter([sample.head]), padding)) if padding and sample.whole else sample.head[padding:]
    items = JsonStream(iter([head]), len(head)).items()
    try:
        # Of a call all is looked at: there may be another behind it.
        deque(islice(items, None if padding and sample.whole else 1), maxlen=0)
    except MalformedJsonError:
        # Broken JSON is still JSON; delimited text with a brace in it breaks on its first line.
        return bool(re.match(r"\s*(?:\{\s*\"[^\"]*\"\s*:|\[\s*\{\s*\"[^\"]*\"\s*:)", head))
    return True


def is_by_line(sample: Sample) -> bool:
    """Whether most lines are a JSON object or array each, and there are at least two."""
    found = [line for line in sample.head[: 1 << 18].split("\n") if line.strip()]
    if len(found) > 1 and not sample.whole:
        found.pop()
    found = found[:_SAMPLE_LINES]
    values = sum(line.lstrip()[:1] in "{[" and _is_json(line) for line in found)
    return len(found) > 1 and values * 2 > len(found)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _stage_lines(sample: Sample, work: Workspace) -> str:
    """The view ``texts`` (_row, _line, _text, _valid) of a file with a value per line."""
    plain = plain_file(sample, work)
    path = literal(str(work.folder / "lines.parquet"))
    relation = (
        f"read_csv({literal(plain.url)}, delim='', quote='', escape='', header=false, columns={{'l': 'VARCHAR'}},"
        f" auto_detect=false, compression='none', max_line_size={max(2_000_000, work.settings.max_record_bytes * 4)})"
    )
    try:
        work.connection.execute(f"COPY (SELECT l FROM {relation}) TO {path} (COMPRESSION lz4_raw)")
        total, filled, objects, valid = work.row(
            f"SELECT count(*), count(nullif(l, '')), count(CASE WHEN ltrim(l) LIKE '{{%' THEN 1 END),"
            f" count(CASE WHEN {_LINE_IS_JSON} THEN 1 END) FROM read_parquet({path})"
        )
    except CANT_READ:
        return _stage_lines_slowly(sample, work)
    if not total == filled == valid or 0 < objects < total:
        return _stage_lines_slowly(sample, work)
    work.connection.execute(f"""CREATE OR REPLACE VIEW {work.named("texts")} AS
        SELECT file_row_number + 1 AS _row, file_row_number + 1 AS _line, l AS _text, l AS _read, true AS _valid
        FROM read_parquet({path}, file_row_number = true)""")
    return plain.encoding


def _stage_lines_slowly(sample: Sample, work: Workspace) -> str:
    """The same, line by line, for files with blank, broken or odd lines."""
    repairs, limit = Repairs(), work.settings.max_record_bytes
    chunks = text_chunks(sample.source, sample.encoding, repairs)

    def items() -> Iterator[Item]:
        for number, line in enumerate(lines(chunks, limit), 1):
            if line.strip():
                yield Item(line.strip(" \t\r\n"), number)

    _write_items(items(), work, alike=True)
    return reported_encoding(sample.encoding, repairs, work)


def _stage_document(sample: Sample, work: Workspace, repeats: Repeats) -> str:
    """The view ``texts`` of a document: an array, an envelope, one record, or values one after another."""
    repairs, settings = Repairs(), work.settings
    chunks, padding = text_chunks(sample.source, sample.encoding, repairs), padding_of(sample)
    if padding:
        chunks = unpadded(chunks, padding)
    if sample.head[padding:].lstrip("\ufeff \t\r\n").startswith("{"):
        _write_items(_envelope(chunks, work, repeats), work)
    else:
        _write_items(JsonStream(chunks, settings.max_document_bytes).items(), work)
    return reported_encoding(sample.encoding, repairs, work)


def _envelope(chunks: Iterator[str], work: Workspace, repeats: Repeats) -> Iterator[Item]:
    """The records of a document that begins with an object: all of it, its longest array of objects, or it is one."""
    stream = JsonStream(chunks, work.settings.max_document_bytes).items()
    first = next(stream)
    second = next(stream, None)
    document, twice = loads(first.text, as_text=work.settings.as_text) if second is None else (None, False)
    found = arrays_of_records(document)
    if columns := columns_in(document):
        work.warnings.append("the document's arrays were read as columns")
        if twice:
            _note(repeats, document)
        yield from (Item(dumps(dict(zip(columns, row, strict=True))), 0) for row in zip(*columns.values(), strict=True))
        return
    if shape := shape_of(document):
        work.warnings.append(shape.told)
        if twice:
            _note(repeats, document)
        yield from (Item(dumps(record), 0) for record in shape.records)
        return
    if found:
        path = max(found, key=lambda name: len(found[name]))
        work.warnings += [f"records were taken from {path}; left aside: {name}" for name in found if name != path]
        if twice:
            _note(repeats, document, found[path])
        yield from (Item(dumps(record), 0) for record in found[path])
        return
    yield first
    if second is not None:
        yield second
        yield from stream


def _note(repeats: Repeats, document: Any, records: Sequence[Any] = ()) -> None:  # noqa: ANN401 - any JSON value
    """Notes the keys that occur twice in a document: in its records, or around them."""
    within = [(number, key) for number, record in enumerate(records, 1) for key in dict.fromkeys(keys_twice(record))]
    around = Counter(keys_twice(document)) - Counter(key for record in records for key in keys_twice(record))
    for number, key in [*((0, key) for key in around), *within]:
        repeats.add(key, number)


def _write_items(items: Iterator[Item], work: Workspace, *, alike: bool = False) -> None:
    """The view ``texts`` of some values; ``alike``: if one of them is an object, what is none is no record."""
    file = CanonicalFile(work, "texts.csv", ["_row", "_line", "_text"])
    for number, item in enumerate(items, 1):
        if len(item.text) > work.settings.max_document_bytes:
            raise TooLargeError(f"record {number} is longer than {work.settings.max_document_bytes:,} characters")
        file.add((number, item.line or None, item.text))
    relation, path = file.relation(), literal(str(work.folder / "lines.parquet"))
    if file.rows == 0:
        raise NoRecordsError("the JSON document holds no record", format="json", labels=(SCALAR,))
    work.connection.execute(
        f"COPY (SELECT *, {_TEXT_IS_JSON} AS _valid FROM {relation}) TO {path} (COMPRESSION lz4_raw)"
    )
    valid, stored = "_valid", f"read_parquet({path})"
    if alike and work.row(f"SELECT count(*) FROM {stored} WHERE _valid AND {_IS_OBJECT}") != (0,):
        valid = f"_valid AND {_IS_OBJECT} AS _valid"
    work.connection.execute(f"""CREATE OR REPLACE VIEW {work.named("texts")} AS
        SELECT _row, _line, _text, _text AS _read, {valid} FROM {stored}""")


def _keep_digits(work: Workspace, repeats: Repeats, *, in_rows: bool = False) -> None:
    """Writes the records anew, as ``_read``, if DuckDB would round a number in one of them."""
    texts, as_text = work.named("texts"), work.settings.as_text
    suspected = f"_valid AND regexp_matches(_text, {literal(suspects(as_text=as_text))})"
    if work.row(f"SELECT count(*) FROM {texts} WHERE {suspected}") == (0,):
        return
    file = CanonicalFile(work, "digits.csv", ["_row", "_line", "_text", "_read", "_valid"])
    found = work.connection.cursor().execute(
        f"SELECT _row, _line, _text, _read, _valid, {suspected} FROM {texts} ORDER BY _row"
    )
    while rows := found.fetchmany(_FETCHED):
        for row, line, text, read, valid, lossy in rows:
            kept, value = exact(text, as_text=as_text, in_rows=in_rows) if lossy else (read, None)
            file.add((row, line, text, kept, valid))
            for key in dict.fromkeys(keys_twice(value)):
                repeats.add(key, row)
    path = literal(str(work.folder / "exact.parquet"))
    work.connection.execute(
        f"COPY (SELECT * REPLACE (_valid = 'True' AS _valid) FROM {file.relation()}) TO {path} (COMPRESSION lz4_raw)"
    )
    work.connection.execute(f"CREATE OR REPLACE VIEW {texts} AS FROM read_parquet({path})")


def _check_any_valid(work: Workspace) -> int:
    """The number of all records.

    Raises:
        MalformedJsonError: None is JSON.
    """
    texts = work.named("texts")
    total, valid = work.row(f"SELECT count(*), count(CASE WHEN _valid THEN 1 END) FROM {texts}")
    if total and not valid:
        ((first, line),) = work.rows(f"SELECT _text, _line FROM {texts} ORDER BY _row LIMIT 1")
        raise MalformedJsonError(f"no record is JSON; the first, in line {line}: {fault_of(first)}", line=line)
    return int(total)


def _keys(work: Workspace, repeats: Repeats) -> list[str]:
    """Every key of every record, in the order in which they first appear."""
    limit, forms = work.settings.max_columns, work.named("forms")
    # Few records differ in their keys, and what differs is all that is looked at.
    work.connection.execute(f"""CREATE OR REPLACE TABLE {forms} AS
        SELECT json_keys({OBJECT}) AS keys, min(_row) AS _row, count(*) AS records
        FROM {work.named("texts")} WHERE _valid GROUP BY keys""")
    found = work.rows(f"""
        SELECT key, min((_row, place)) AS first
        FROM (SELECT _row, unnest(keys) AS key, generate_subscripts(keys, 1) AS place FROM {forms})
        GROUP BY key ORDER BY first LIMIT {limit + 1}""")
    if len(found) > limit:
        raise TooManyColumnsError(f"the records have more than {limit:,} different keys")
    if not found:
        raise NoRecordsError("the JSON document holds no record with a key", format="json", labels=(SCALAR,))
    for key, row, records in work.rows(f"""
        SELECT key, min(_row), sum(records)::BIGINT FROM (
            SELECT key, _row, records FROM (
                SELECT unnest(keys) AS key, _row, records FROM {forms} WHERE len(list_distinct(keys)) < len(keys))
            GROUP BY key, _row, records HAVING count(*) > 1)
        GROUP BY key ORDER BY min(_row)"""):
        repeats.add(key, row, records)
    work.connection.execute(f"DROP TABLE {forms}")
    return [key for key, _ in found]
