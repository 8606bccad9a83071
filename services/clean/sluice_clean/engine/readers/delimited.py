# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Delimited text: CSV and its kin."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from sluice_clean.engine.dialect import Shape, find_dialect
from sluice_clean.engine.errors import NoRecordsError, TooManyColumnsError
from sluice_clean.engine.mojibake import repair
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import Chunk, RawTable
from sluice_clean.engine.readers.delimited_chunk import DelimitedChunk
from sluice_clean.engine.readers.splitter import Piece, split
from sluice_clean.engine.readers.spool import CANT_READ, local_text, reported_encoding
from sluice_clean.engine.records import RecordReader
from sluice_clean.engine.report import Dialect
from sluice_clean.engine.stream import Repairs, decode, lines
from sluice_clean.engine.work import Workspace

_HEAD = 0.025  # share of the file's bytes, from its beginning, that types are guessed from
_LEAST_HEAD = 1 << 19
_FURTHER = 8  # stretches from further on
_FURTHER_BYTES = 64 << 10


class DelimitedReader:
    """Takes any text."""

    def recognises(self, sample: Sample) -> bool:  # noqa: ARG002 - the last reader of the registry
        """Always: a text that is nothing else is a table of one column at least."""
        return True

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """Opens the file; see `RawTable`."""
        repairs = Repairs()
        path, sample = local_text(sample, work, repairs)
        with work.timed("detect"):
            shape = find_dialect(sample, work.settings.max_record_bytes)
        if work.settings.as_text and shape.form.padded and not shape.quoted:
            shape = replace(shape, form=replace(shape.form, padded=False))  # blanks stay where they stood
        if shape.width > work.settings.max_columns:
            raise TooManyColumnsError(f"{shape.width:,} columns; the limit is {work.settings.max_columns:,}")
        with work.timed("read"):
            span = _find_records(path, shape, work)
            relation, sampled_all = _sample(path, span, shape, work)
        table = RawTable(
            labels=[repair(label)[0] for label in shape.header] if shape.header else [None] * shape.width,
            chunks=_chunks(path, span, shape, repairs, work),
            sample=relation,
            sampled_all=sampled_all,
            format="csv",
            encoding=sample.encoding,
            dialect=_dialect(shape),
            warnings=_warnings(shape),
        )

        def settle() -> None:
            table.encoding = reported_encoding(sample, repairs, work)

        table.settle = settle
        return table


def _dialect(shape: Shape) -> Dialect:
    form = shape.form
    return Dialect(
        delimiter=form.delimiter,
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
    found += [f"{shape.skip} lines before the table were set aside"] if shape.skip else []
    found += [f"{shape.footer} lines after the table were set aside"] if shape.footer else []
    return found


@dataclass(frozen=True)
class _Span:
    """Where the records lie: first and last byte, and the line with which the first one begins."""

    first: int
    last: int
    line: int


def _find_records(path: Path, shape: Shape, work: Workspace) -> _Span:
    """Sets aside what comes before the first record and after the last.

    Raises:
        NoRecordsError: There is none.
    """
    size, limit = path.stat().st_size, work.settings.max_record_bytes
    with path.open("rb") as file:
        text = lines(decode(iter(lambda: file.read(1 << 16), b""), "utf-8", Repairs()), limit)
        for _ in range(shape.skip):
            next(text, None)
        noise = shape.is_noise if shape.comment or shape.rules else None
        found = list(islice(RecordReader(shape.form, shape.width, limit, noise).read(text), shape.header_rows + 1))
    if len(found) <= shape.header_rows:
        raise NoRecordsError("the file has a header and no records" if shape.header else "the file has no records")
    line = shape.skip + found[-1].line
    first, last = _after_lines(path, line - 1), size - _footer_bytes(path, size, shape.footer or 0)
    if first >= last:
        raise NoRecordsError("the file has a header and no records")
    return _Span(first, last, line)


def _after_lines(path: Path, count: int) -> int:
    """The byte after some physical lines; a CR alone ends one too."""
    at = 0
    with path.open("rb") as file:
        head = file.read(3)
        at = 3 if head == b"\xef\xbb\xbf" else 0
        file.seek(at)
        text = file.read(1 << 20)
        alone = b"\n" not in text and b"\r" in text
        file.seek(at)
        if alone:
            whole = file.read()
            for _ in range(count):
                at, whole = at + whole.find(b"\r") + 1, whole[whole.find(b"\r") + 1 :]
            return at
        for _ in range(count):
            at += len(file.readline())
    return at


def _footer_bytes(path: Path, size: int, count: int) -> int:
    if not count:
        return 0
    with path.open("rb") as file:
        file.seek(max(0, size - (1 << 20)))
        tail = file.read()
    kept = tail.splitlines(keepends=True)[:-count]
    return len(tail) - sum(map(len, kept))


def _sample(path: Path, span: _Span, shape: Shape, work: Workspace) -> tuple[str, bool]:
    """SQL of the first records and of some from further on; and whether these are all."""
    target, name = work.folder / "sample.csv", work.named("sample")
    whole = _copy_sample(path, span, target)
    lines_in_it = target.read_bytes().count(b"\n") + 1
    chunk = DelimitedChunk(Piece(target, span.line, lines_in_it), shape, work, Repairs())
    cells = ", ".join(f"c{index}" for index in range(shape.width))
    try:
        if chunk.is_plain:
            work.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {cells} FROM {chunk.relation}")
            (found,) = work.row(f"SELECT count(*) FROM {name}")
            if found * 2 > lines_in_it:
                return name, whole
    except CANT_READ:
        pass  # the careful reader below says what there is to say
    work.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {cells} FROM {chunk.slowly().relation}")
    return name, whole


def _copy_sample(path: Path, span: _Span, target: Path) -> bool:
    """Writes the head and some stretches, cut to whole lines; whether that is the whole table."""
    size = span.last - span.first
    head = max(_LEAST_HEAD, int(size * _HEAD))
    rest = size - head
    with path.open("rb") as file, target.open("wb") as out:
        file.seek(span.first)
        data = file.read(min(head, size))
        out.write(data if rest <= 0 else data[: data.rfind(b"\n") + 1])
        for place in range(1, _FURTHER + 1) if rest > 0 else ():
            file.seek(span.first + head + rest * place // (_FURTHER + 1))
            data = file.read(_FURTHER_BYTES)
            out.write(data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1])
    return rest <= 0


def _chunks(path: Path, span: _Span, shape: Shape, repairs: Repairs, work: Workspace) -> Iterator[Chunk]:
    for piece in split(path, (span.first, span.last), shape.form, shape.width, work.folder, span.line):
        yield DelimitedChunk(piece, shape, work, repairs)
