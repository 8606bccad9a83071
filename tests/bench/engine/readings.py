"""What readers of CSV make of a text by themselves: ours, and those it is measured against."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType

from tests.bench.engine.wild import Row, Wild

from sluice_clean.engine.dialect import Shape, find_dialect
from sluice_clean.engine.dialect.text import physical_lines
from sluice_clean.engine.model import Source
from sluice_clean.engine.probe import probe
from sluice_clean.engine.records import RecordReader

LIMIT = 1 << 20


@dataclass(frozen=True)
class Reading:
    """What a reader found, and what it read with that."""

    delimiter: str | None
    quote: str | None
    escape: str | None
    header: Row | None
    records: list[Row]
    refused: int = 0


Reader = Callable[[str], Reading]


def shape_of(text: str) -> Shape:
    """Our search's answer for a text."""
    data = text.encode()
    source = Source("memory", "text", len(data), lambda start, length: data[start : start + length])
    return find_dialect(probe(source), LIMIT)


def read_by_shape(shape: Shape, text: str) -> tuple[list[Row], int]:
    """The records of a text that a shape describes, and how many were refused: what the engine does, without it."""
    lines = physical_lines(text.removeprefix("\ufeff"))
    lines = lines[shape.skip : len(lines) - (shape.footer or 0)]
    found = RecordReader(shape.form, shape.width, LIMIT, shape.is_noise).read(iter(lines))
    records = list(islice(found, shape.header_rows, None))
    good = [record.fields for record in records if record.fields is not None]
    return [fields for fields in good if fields != shape.header], sum(record.fields is None for record in records)


def ours(text: str) -> Reading:
    """Our own."""
    shape = shape_of(text)
    records, refused = read_by_shape(shape, text)
    form = shape.form
    delimiter = form.delimiter if shape.width > 1 else None
    return Reading(delimiter, form.quote, form.escape, shape.header, records, refused)


def standard_library(text: str) -> Reading:
    """csv.Sniffer, csv.reader and has_header."""
    sniffer = csv.Sniffer()
    dialect = sniffer.sniff(text[:200_000])
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), dialect) if row]
    header = rows.pop(0) if sniffer.has_header(text[:200_000]) else None
    escape = '"' if dialect.doublequote else dialect.escapechar
    return Reading(dialect.delimiter, dialect.quotechar, escape, header, rows)


def clever_of(clevercsv: ModuleType) -> Reader:
    """CleverCSV: detection, its reader, and its own header detection."""

    def read(text: str) -> Reading:
        dialect = clevercsv.Detector().detect(text[:200_000])
        if dialect is None:
            raise ValueError("no dialect")
        rows = [row for row in clevercsv.reader(io.StringIO(text, newline=""), dialect) if row]
        header = rows.pop(0) if clevercsv.Detector().has_header(text[:200_000]) else None
        escape = dialect.escapechar or dialect.quotechar
        return Reading(dialect.delimiter or None, dialect.quotechar or None, escape or None, header, rows)

    return read


def duckdb_of(folder: Path) -> Reader:
    """DuckDB's sniffer, and its reader with what the sniffer found; every value as text."""
    import duckdb

    path = folder / "sniffed.csv"

    def read(text: str) -> Reading:
        path.write_bytes(text.encode())
        with duckdb.connect() as connection:
            sniffed = connection.execute(
                "SELECT Delimiter, Quote, Escape, HasHeader FROM sniff_csv(?)", [str(path)]
            ).fetchone()
            relation = connection.execute(
                f"FROM read_csv('{path}', all_varchar = true, null_padding = false, strict_mode = true)"
            )
            labels = [item[0] for item in relation.description or ()]
            rows = [["" if cell is None else cell for cell in row] for row in relation.fetchall()]
        delimiter, quote, escape, has_header = sniffed or ("", "", "", False)
        none = {"(empty)": None, "": None, "\x00": None}
        return Reading(
            none.get(delimiter, delimiter),
            none.get(quote, quote),
            none.get(escape, escape),
            labels if has_header else None,
            rows,
        )

    return read


def is_dialect_right(truth: Wild, found: Reading) -> bool:
    """Whether delimiter, quote and escape are those of the file, as far as it uses them."""
    same = found.delimiter == truth.delimiter
    if truth.padded and found.delimiter and truth.delimiter:
        same = found.delimiter.strip() == truth.delimiter.strip()
    if len(truth.records[0]) == 1:
        same = found.delimiter is None or all(len(row) == 1 for row in found.records)
    quoted = truth.quote is None or found.quote == truth.quote
    return same and quoted and (truth.escape is None or found.escape == truth.escape)


def are_records_right(truth: Wild, found: Reading) -> bool:
    """Whether every record of the file was read, cell for cell, and nothing else."""
    return _cells(truth, found.records) == _cells(truth, truth.records)


def is_header_right(truth: Wild, found: Reading) -> bool:
    """Whether the labels are those of the file; outer white space doesn't count."""
    return _stripped(found.header) == _stripped(truth.header)


def _cells(truth: Wild, rows: list[Row]) -> list[Row]:
    return [[cell.strip() for cell in row] for row in rows] if truth.padded else rows


def _stripped(row: Row | None) -> Row | None:
    return None if row is None else [cell.strip() for cell in row]
