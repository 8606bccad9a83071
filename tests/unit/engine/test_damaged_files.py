"""Damage anywhere in a file of any format: a table or a reason comes out, nothing else, and in time."""

import bz2
import gzip
import io
import lzma
import random
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import fastavro
import openpyxl
import pytest

from sluice_clean.engine import CleanSettings, local_connection
from sluice_clean.engine.errors import EngineError
from sluice_clean.engine.readers import open_table
from sluice_clean.engine.work import Workspace

from .tabular import file_source
from .test_workbook import XLS, cell, ods_tables, row, xlsb

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TABLE = b"id,name,day\n" + b"".join(b"%d,Ada %d,2024-01-%02d\n" % (n, n, n % 28 + 1) for n in range(60))
MUTATIONS = 60


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for number in range(30):
        sheet.append([number, f"name {number}", number / 7, number % 2 == 0])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", TABLE)
        archive.writestr("b.csv", TABLE)
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in ("a.csv", "b.csv"):
            info = tarfile.TarInfo(name)
            info.size = len(TABLE)
            archive.addfile(info, io.BytesIO(TABLE))
    return file.getvalue()


def parquet() -> bytes:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        query = "SELECT i AS id, md5(i::VARCHAR) AS h, [i] AS l FROM range(200) t(i)"
        connection.execute(f"COPY ({query}) TO '{folder}/t.parquet'")
        return Path(folder, "t.parquet").read_bytes()


def avro() -> bytes:
    file = io.BytesIO()
    fields = [{"name": "id", "type": "long"}, {"name": "tags", "type": {"type": "array", "items": "string"}}]
    schema = {"type": "record", "name": "R", "fields": fields}
    fastavro.writer(file, schema, [{"id": n, "tags": ["x"] * (n % 3)} for n in range(60)], codec="deflate")
    return file.getvalue()


def xml() -> bytes:
    records = "".join(f'<r id="{n}"><a>{n}</a><b><c>x</c><c>y</c></b></r>' for n in range(40))
    return f'<?xml version="1.0" encoding="utf-8"?><l>{records}</l>'.encode()


def html() -> bytes:
    rows = "".join(f"<tr><td>{n}</td><td rowspan=2 colspan=2>v{n}</td></tr>" for n in range(40))
    return f"<!doctype html><html><table><tr><th>id</th><th>v</th></tr>{rows}</table></html>".encode()


def ods() -> bytes:
    return ods_tables(f'<table:table table:name="D">{row(cell("a"), cell("b")) * 20}</table:table>')


def binary_book() -> bytes:
    rows: list[tuple[int, list[tuple[int, str | float]]]] = [(0, [(0, "id"), (1, "x")])]
    rows += [(number, [(0, float(number)), (1, "v")]) for number in range(1, 30)]
    return xlsb(*rows)


FILES: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: gzip.compress(TABLE),
    "zstd": lambda: zstd.compress(TABLE),
    "bzip2": lambda: bz2.compress(TABLE),
    "xz": lambda: lzma.compress(TABLE),
    "zip": zipped,
    "tar": tarred,
    "xlsx": xlsx,
    "ods": ods,
    "xls": lambda: XLS,
    "xlsb": binary_book,
    "parquet": parquet,
    "avro": avro,
    "xml": xml,
    "html": html,
}


def damaged(data: bytes, rng: random.Random) -> bytes:
    """One of: bytes changed, cut off, a stretch left out, a stretch put in, a stretch twice."""
    at = rng.randrange(len(data))
    length = rng.choice([1, 4, 50])
    kind = rng.randrange(5)
    if kind == 0:
        return data[:at] + rng.randbytes(length) + data[at + length :]
    if kind == 1:
        return data[: at + 1]
    if kind == 2:
        return data[:at] + data[at + length :]
    if kind == 3:
        return data[:at] + rng.randbytes(length) + data[at:]
    return data[: at + length] + data[at:]


@pytest.mark.parametrize("kind", FILES)
def test_damage_has_a_reason(kind: str, tmp_path: Path) -> None:
    whole = FILES[kind]()
    settings = CleanSettings(temp_dir=tmp_path, max_expanded_bytes=64 << 20)
    rng = random.Random(kind)
    for number in range(MUTATIONS + 1):
        reason = ""
        data = damaged(whole, rng) if number else whole
        with Workspace(local_connection(settings), settings) as work:
            try:
                table, _ = open_table(file_source(tmp_path / "file", data), work)
                for chunk in table.chunks:
                    rows = work.rows(f"SELECT {', '.join(table.columns)} FROM {chunk.relation}")  # noqa: S608
                    assert number or rows
            except EngineError as error:
                reason = str(error)
            except duckdb.Error:
                assert number  # of delimited text and Parquet: the pipeline makes a reason of it
        assert number or not reason, "the undamaged file is read"
        assert "\n" not in reason
