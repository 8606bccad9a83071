# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Delimited text: CSV and its kin."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from sluice_clean.engine.dialect import Shape, find_dialect
from sluice_clean.engine.errors import NoRecordsError, TooManyColumnsError
from sluice_clean.engine.model import Source
from sluice_clean.engine.mojibake import repair
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import Chunk, RawTable
from sluice_clean.engine.readers.delimited_chunk import DelimitedChunk
from sluice_clean.engine.readers.splitter import Piece, split
from sluice_clean.engine.readers.spool import CANT_READ, local_text, reported_encoding
from sluice_clean.engine.records import RecordReader
from sluice_clean.engine.report import Dialect
from sluice_clean.engine.stream import Repairs, decode, lines, raw_chunks
from sluice_clean.engine.work import Workspace

_HEAD = 0.025  # share of the file's bytes, from its beginning, that types are guessed from
_LEAST_HEAD, _MOST_HEAD = 1 << 19, 128 << 20
_FURTHER = 8  # stretches from further on
_FURTHER_BYTES = 64 << 10
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BLOCK = 1 << 16
_LOOK = 1 << 20


class DelimitedReader:
    """Takes any text."""

    def recognises(self, sample: Sample) -> bool:  # noqa: ARG002 - the last reader of the registry
        """Always: a text that is nothing else is a table of one column at least."""
        return True

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """Opens the file; see `RawTable`."""
        repairs = Repairs()
        path, sample = local_text(sample, work, repairs)
        table, shape, span = open_delimited(sample, Source.local(path), "utf-8", work)
        table.chunks = cut_chunks(path, span, shape, repairs, work)

        def settle() -> None:
            table.encoding = reported_encoding(sample.encoding, repairs, work)

        table.settle = settle
        return table


@dataclass(frozen=True)
class Span:
    """Where the records lie: first and last byte, and the line with which the first one begins."""

    first: int
    last: int
    line: int


def open_delimited(sample: Sample, source: Source, encoding: str, work: Workspace) -> tuple[RawTable, Shape, Span]:
    """Finds out how a file is written, from its beginning and some places further on.

    Args:
        sample: What the probe found.
        source: The bytes, in which LF ends a line.
        encoding: Of these bytes, which may be a UTF-8 copy of what the sample tells of.
        work: The run.

    Returns:
        The table without its chunks, its shape, and where its records lie among the bytes.

    Raises:
        TooManyColumnsError: It has more columns than the settings allow.
        NoRecordsError: It has none.
    """
    with work.timed("detect"):
        shape = find_dialect(sample, work.settings.max_record_bytes)
    if work.settings.as_text and shape.form.padded and not shape.quoted:
        shape = replace(shape, form=replace(shape.form, padded=False))  # blanks stay where they stood
    if shape.width > work.settings.max_columns:
        raise TooManyColumnsError(f"{shape.width:,} columns; the limit is {work.settings.max_columns:,}")
    with work.timed("read"):
        span = _find_records(source, encoding, shape, work)
        relation, sampled_all = _sample(source, encoding, span, shape, work)
    table = RawTable(
        labels=[repair(label)[0] for label in shape.header] if shape.header else [None] * shape.width,
        chunks=iter(()),
        sample=relation,
        sampled_all=sampled_all,
        format="csv",
        encoding=sample.encoding,
        dialect=_dialect(shape),
        warnings=_warnings(shape),
    )
    return table, shape, span


def _dialect(shape: Shape) -> Dialect:
    form = shape.form
    return Dialect(
        delimiter=form.mark,
        padded=form.padded or form.mark != form.delimiter,
        quote=form.quote,
        escape=form.escape,
        header=shape.header is not None,
        score=shape.score,
        confidence=shape.confidence,
        skipped_lines=shape.skip,
        header_rows=shape.header_rows,
        comment=shape.comment,
        footer_lines=shape.footer or 0,
    )


def _warnings(shape: Shape) -> list[str]:
    excess = [label for label in shape.lead[shape.width :] if label.strip()] if shape.header else []
    found = [f"labels that no record has a field for: {', '.join(excess)}"] if excess else []
    if shape.form.optional == 1:
        found.append("the last field of a record may be lacking: it is empty then")
    elif shape.form.optional:
        found.append(f"the last {shape.form.optional} fields of a record may be lacking: they are empty then")
    found += [f"{shape.skip} lines before the table were set aside"] if shape.skip else []
    found += [f"{shape.footer} lines after the table were set aside"] if shape.footer else []
    return found


def _find_records(source: Source, encoding: str, shape: Shape, work: Workspace) -> Span:
    """Sets aside what comes before the first record and after the last.

    Raises:
        NoRecordsError: There is none.
    """
    limit = work.settings.max_record_bytes
    text = lines(decode(raw_chunks(source, _BLOCK), encoding, Repairs()), limit)
    for _ in range(shape.skip):
        next(text, None)
    noise = shape.is_noise if shape.comment or shape.rules else None
    found = list(islice(RecordReader(shape.form, shape.width, limit, noise).read(text), shape.header_rows + 1))
    nothing = NoRecordsError("the file has a header and no records", format="csv", labels=shape.header or ())
    if len(found) <= shape.header_rows:
        raise nothing if shape.header else NoRecordsError("the file has no records")
    line = shape.skip + found[-1].line
    first, last = _after_lines(source, line - 1), source.size - _footer_bytes(source, shape.footer or 0)
    if first >= last:
        raise nothing
    return Span(first, last, line)


def _after_lines(source: Source, count: int) -> int:
    """The byte after some physical lines, which may end in different ways: LF, CRLF, or a lone CR."""
    at = 3 if source.read(0, 3) == b"\xef\xbb\xbf" else 0
    while count and (block := source.read(at, _LOOK)):
        if len(block) == _LOOK and block.endswith(b"\r"):
            block = block[:-1]  # half of a CRLF, perhaps: it is looked at with what follows
        for end in _LINE_END.finditer(block):
            count -= 1
            if not count:
                return at + end.end()
        at += len(block)
    return at


def _footer_bytes(source: Source, count: int) -> int:
    if not count:
        return 0
    start = max(0, source.size - _LOOK)
    tail = source.read(start, source.size - start)
    kept = tail.splitlines(keepends=True)[:-count]
    return len(tail) - sum(map(len, kept))


def _sample(source: Source, encoding: str, span: Span, shape: Shape, work: Workspace) -> tuple[str, bool]:
    """SQL of the first records and of some from further on; and whether these are all."""
    target, name = work.folder / "sample.csv", work.named("sample")
    whole = copy_sample(source, encoding, (span.first, span.last), target)
    lines_in_it = target.read_bytes().count(b"\n") + 1
    chunk = DelimitedChunk(Piece(target, span.line, lines_in_it), shape, work, Repairs())
    cells = ", ".join(f"c{index}" for index in range(shape.width))
    try:
        if chunk.is_plain:
            (found,) = work.row(f"CREATE OR REPLACE TABLE {name} AS SELECT {cells} FROM {chunk.relation}")
            if found * 2 > lines_in_it:
                return name, whole
    except CANT_READ:
        pass  # the careful reader below says what there is to say
    work.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {cells} FROM {chunk.slowly().relation}")
    return name, whole


def copy_sample(source: Source, encoding: str, span: tuple[int, int], target: Path) -> bool:
    """Writes the head and some stretches, cut to whole lines, in UTF-8; whether that is the whole table.

    Args:
        source: The bytes.
        encoding: Theirs.
        span: Where the first record begins, and where the last ends.
        target: The file to write.
    """
    size = span[1] - span[0]
    head = min(max(_LEAST_HEAD, int(size * _HEAD)), _MOST_HEAD)
    rest = size - head
    with target.open("wb") as out:
        data = source.read(span[0], min(head, size))
        out.write(_as_utf8(data if rest <= 0 else data[: data.rfind(b"\n") + 1], encoding))
        for place in range(1, _FURTHER + 1) if rest > 0 else ():
            data = source.read(span[0] + head + rest * place // (_FURTHER + 1), _FURTHER_BYTES)
            out.write(_as_utf8(data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1], encoding))
    return rest <= 0


def _as_utf8(data: bytes, encoding: str) -> bytes:
    return data if encoding == "utf-8" else "".join(decode(iter([data]), encoding, Repairs())).encode()


def cut_chunks(path: Path, span: Span, shape: Shape, repairs: Repairs, work: Workspace) -> Iterator[Chunk]:
    """The records of a file in UTF-8, in chunks."""
    limits = (work.settings.chunk_bytes, work.settings.max_record_bytes)
    for piece in split(path, (span.first, span.last), shape.form, shape.width, work.folder, span.line, limits):
        yield DelimitedChunk(piece, shape, work, repairs)
