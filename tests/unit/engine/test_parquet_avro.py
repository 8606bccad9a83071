"""Parquet and Avro: every type as text, damage told."""

import io
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fastavro
import pytest

from sluice_clean.engine import CleanSettings, Source, local_connection
from sluice_clean.engine.errors import (
    CorruptFileError,
    EncryptedFileError,
    EngineError,
    NoRecordsError,
    TooLargeError,
    TooManyColumnsError,
    UnreadableError,
)
from sluice_clean.engine.probe import probe
from sluice_clean.engine.readers import READERS
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.work import Workspace

from .conftest import Run
from .tabular import file_source, rows_of


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    settings = CleanSettings(temp_dir=tmp_path, max_columns=50)
    with Workspace(local_connection(settings), settings) as workspace:
        yield workspace


def read(work: Workspace, tmp_path: Path, data: bytes, name: str = "file") -> RawTable:
    sample = probe(file_source(tmp_path / name, data))
    reader = next(reader for reader in READERS if reader.recognises(sample))
    return reader.read(sample, work)


def parquet(tmp_path: Path, query: str) -> bytes:
    path = tmp_path / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}'")
    return path.read_bytes()


def test_every_type_of_parquet(work: Workspace, tmp_path: Path) -> None:
    raw = read(
        work,
        tmp_path,
        parquet(
            tmp_path,
            """SELECT 'a' AS text, 5::UTINYINT AS small, 1.5 AS exact, 1e21::DOUBLE AS large, true AS flag,
            DATE '2024-01-31' AS day, TIMESTAMP '2024-01-31 10:05:00.25' AS moment,
            TIMESTAMPTZ '2024-01-31 10:05:00+02' AS zoned, TIME '10:05' AS clock, 'x'::BLOB AS bytes,
            {'a': 1, 'b': [1, NULL]} AS "the struct", MAP {'k': 2} AS map, ['x', 'y'] AS list, NULL::INTEGER AS nothing
            UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 7""",
        ),
    )
    assert raw.labels[:2] == ["text", "small"]
    assert raw.labels[10] == "the struct"
    first, second = rows_of(work, raw)
    assert first == (
        "a",
        "5",
        "1.5",
        "1e+21",
        "true",
        "2024-01-31",
        "2024-01-31T10:05:00.25",
        "2024-01-31T08:05:00Z",
        "10:05:00",
        "eA==",
        '{"a":1,"b":[1,null]}',
        '{"k":2}',
        '["x","y"]',
        None,
    )
    assert second == (*[None] * 13, "7")
    assert (raw.format, raw.nested, raw.warnings) == ("parquet", True, ["bytes are given in base64: bytes"])


def test_parquet_in_chunks_keeps_its_order(work: Workspace, tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT i AS id, md5(i::VARCHAR) AS h FROM range(250000) t(i)")
    raw = read(work, tmp_path, data)
    assert not raw.sampled_all
    chunks = list(raw.chunks)
    assert len(chunks) == 3
    found = [row for chunk in chunks for row in work.rows(f"SELECT _n, c0 FROM {chunk.relation}")]  # noqa: S608
    assert [row[1] for row in found] == [str(number) for number in range(250_000)]
    assert [row[0] for row in found] == [number % 100_000 + 1 for number in range(250_000)]


def test_a_column_with_the_name_that_numbers_records(work: Workspace, tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT i AS file_row_number, 'x' AS x FROM range(5, 8) t(i)")
    assert rows_of(work, read(work, tmp_path, data)) == [("5", "x"), ("6", "x"), ("7", "x")]


def test_a_path_that_looks_like_a_pattern(work: Workspace, tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT 1 AS a")
    (tmp_path / "part1.parquet").write_bytes(parquet(tmp_path, "SELECT 9 AS a"))
    assert rows_of(work, read(work, tmp_path, data, "part[12].parquet")) == [("1",)]


def test_parquet_from_beginning_to_end(run: Run, tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT i AS id, DATE '2024-01-01' + i::INT AS day, [i, i + 1] AS pair FROM range(3) t(i)")
    outcome = run(data, name="x")
    assert outcome.column("id") == [0, 1, 2]
    assert [str(day) for day in outcome.column("day")] == ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert outcome.report.format == "parquet"


def flipped(data: bytes, at: int, mask: int = 0xFF) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def test_damaged_parquet(run: Run, work: Workspace, tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT i AS id, md5(i::VARCHAR) AS h FROM range(5000) t(i)")
    with pytest.raises(CorruptFileError, match="cut off"):
        read(work, tmp_path, data[:-10])
    with pytest.raises(CorruptFileError, match="damaged"):
        read(work, tmp_path, data[:100] + b"\x10\x00\x00\x00PAR1")
    with pytest.raises(EncryptedFileError):
        read(work, tmp_path, data[:-4] + b"PARE")
    with pytest.raises(CorruptFileError, match="damaged"):
        run(data[:200] + bytes(1000) + data[1200:])


def test_empty_and_wide_parquet(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NoRecordsError):
        read(work, tmp_path, parquet(tmp_path, "SELECT 1 AS a WHERE false"))
    wide = ", ".join(f"{number} AS c{number}" for number in range(60))
    with pytest.raises(TooManyColumnsError, match="60 columns"):
        read(work, tmp_path, parquet(tmp_path, f"SELECT {wide}"))


def avro(schema: Any, records: list[Any], codec: str = "null", **options: Any) -> bytes:
    file = io.BytesIO()
    fastavro.writer(file, schema, records, codec=codec, **options)
    return file.getvalue()


def record_of(**fields: Any) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": [{"name": name, "type": kind} for name, kind in fields.items()]}


SIMPLE = record_of(id="long", name=["null", "string"])


def test_every_type_of_avro(work: Workspace, tmp_path: Path) -> None:
    schema = record_of(
        text="string",
        whole="long",
        real="double",
        flag="boolean",
        data="bytes",
        kind={"type": "enum", "name": "E", "symbols": ["A", "B"]},
        price={"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
        day={"type": "int", "logicalType": "date"},
        moment={"type": "long", "logicalType": "timestamp-millis"},
        tags={"type": "array", "items": "string"},
        more={"type": "map", "values": {"type": "int", "logicalType": "date"}},
        inner=["null", {"type": "record", "name": "I", "fields": [{"name": "x", "type": "int"}]}],
    )
    value = {
        "text": "a",
        "whole": 2**60,
        "real": 1.5,
        "flag": True,
        "data": b"x",
        "kind": "B",
        "price": Decimal("12.30"),
        "day": date(2024, 1, 31),
        "moment": datetime(2024, 1, 31, 10, 5, tzinfo=UTC),
        "tags": ["x", "y"],
        "more": {"k": date(2024, 1, 1)},
        "inner": {"x": 1},
    }
    raw = read(work, tmp_path, avro(schema, [value, {**value, "inner": None}]))
    assert raw.labels == list(value)
    first, second = rows_of(work, raw)
    assert first == (
        *("a", str(2**60), "1.5", "true", "eA==", "B", "12.30", "2024-01-31", "2024-01-31T10:05:00Z"),
        *('["x","y"]', '{"k":"2024-01-01"}', '{"x":1}'),
    )
    assert second[-1] is None
    assert (raw.format, raw.warnings) == ("avro", ["bytes are given in base64"])


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz", "zstandard", "snappy"])
def test_codecs(codec: str, work: Workspace, tmp_path: Path) -> None:
    records = [{"id": number, "name": None if number % 3 else f"n{number}"} for number in range(5_000)]
    raw = read(work, tmp_path, avro(SIMPLE, records, codec, sync_interval=2_000))
    assert rows_of(work, raw) == [(str(record["id"]), record["name"]) for record in records]


def test_records_that_are_no_records(work: Workspace, tmp_path: Path) -> None:
    raw = read(work, tmp_path, avro("string", ["a", "b"]))
    assert (raw.labels, rows_of(work, raw)) == (["value"], [("a",), ("b",)])


def test_no_records(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NoRecordsError):
        read(work, tmp_path, avro(SIMPLE, []))


GOOD = avro(SIMPLE, [{"id": number, "name": "Ada"} for number in range(1_000)], "deflate")
PLAIN = avro(SIMPLE, [{"id": number, "name": "Ada"} for number in range(100)])


def with_codec(data: bytes, codec: bytes) -> bytes:
    assert len(codec) == 4
    return data.replace(b"avro.codec\x08null", b"avro.codec\x08" + codec)


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (GOOD[:-20], CorruptFileError, "cut off or damaged at its block 1"),
        (GOOD[:60], CorruptFileError, "header is damaged"),
        (flipped(GOOD, len(GOOD) - 5), CorruptFileError, "cut off or damaged at its block 1"),
        (flipped(GOOD, len(GOOD) // 2), CorruptFileError, "damaged at"),
        (PLAIN.replace(b"\x02\x06Ada", b"\x09\x06Ada", 1), CorruptFileError, "record 1 of block 1"),
        (PLAIN.replace(b'"long"', b'"wrng"'), CorruptFileError, "header is damaged"),
        (PLAIN.replace(b'"fields"', b'"fielts"'), CorruptFileError, "damaged"),
        (with_codec(PLAIN, b"lzma"), UnreadableError, "compressed with 'lzma'"),
    ],
)
def test_damaged_avro(data: bytes, error: type[EngineError], reason: str, work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(error, match=reason):
        read(work, tmp_path, data)


def number(value: int) -> bytes:
    value, out = value << 1, b""
    while value > 127:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def made(schema: Any, codec: str, count: int, block: bytes) -> bytes:
    meta = {"avro.schema": json.dumps(schema).encode(), "avro.codec": codec.encode()}
    head = b"Obj\x01" + number(len(meta))
    for key, value in meta.items():
        head += number(len(key)) + key.encode() + number(len(value)) + value
    sync = bytes(range(16))
    return head + b"\x00" + sync + number(count) + number(len(block)) + block + sync


def deflated(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (made("string", "deflate", 1, deflated(bytes(65 << 20))), TooLargeError, "block 1 .* expands to more than"),
        (made("null", "null", 1 << 60, b""), CorruptFileError, "more records than bytes"),
        (
            made({"type": "array", "items": "null"}, "null", 1, number(1 << 60) + b"\x00"),
            CorruptFileError,
            "of nothing",
        ),
        (made("string", "null", 1, number(1 << 60)), CorruptFileError, "record 1 of block 1"),
        (made("string", "null", 1, number(1) + b"ab"), CorruptFileError, "bytes follow the last record"),
        (
            made("string", "null", 1, b"")[:-17] + number(1 << 40),
            TooLargeError,
            "block 1 .* has 1,099,511,627,776 bytes",
        ),
    ],
    ids=["deflate", "nulls", "list of nulls", "string", "rest", "block"],
)
def test_bombs(data: bytes, error: type[EngineError], reason: str, work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(error, match=reason):
        read(work, tmp_path, data)


def test_avro_in_ranges(work: Workspace, tmp_path: Path) -> None:
    local = file_source(tmp_path / "f", GOOD)
    reads: list[int] = []

    def counted(start: int, length: int) -> bytes:
        reads.append(length)
        return local.read(start, length)

    source = Source(local.url, local.name, local.size, counted)
    reader = next(reader for reader in READERS if reader.recognises(probe(source)))
    assert len(rows_of(work, reader.read(probe(source), work))) == 1_000
    assert len(reads) < 20
