"""Files that can't be cleaned: one slug and one clear line each, in bounded time."""

import gzip
import io
import json
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice_clean.engine import CleanSettings, EngineError, Lineage, Source, Target, clean, local_connection
from sluice_clean.engine.marks import unusual
from sluice_clean.engine.readers.splitter import SMALLEST, split
from sluice_clean.engine.records import Form

Run = Callable[..., Any]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256))
GOOD = gzip.compress(b"a,b\n" + b"1,2\n" * 5_000)


def test_gzip_of_several_members_is_read_whole(run: Run) -> None:
    assert run(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n") + b"\0" * 512).rows == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "empty-file"),
        (gzip.compress(b""), "a.csv.gz", "empty-file"),
        (b"\n\n \r\n\t\n", "a.csv", "blank-file"),
        (b"\xef\xbb\xbf\n", "a.csv", "blank-file"),
        (gzip.compress(b"\n\n"), "a.csv.gz", "blank-file"),
        (b"a,b,c\n", "a.csv", "no-records"),
        (b"a,b,c", "a.csv", "no-records"),
        (b"[]", "a.json", "no-records"),
        (b"[{}, {}]", "a.json", "no-records"),
        (PNG, "a.csv", "binary-file"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 100, "a.csv", "binary-file"),
        (b"PK\x03\x04" + b"\0" * 100, "a.csv", "corrupt-archive"),
        (os.urandom(5_000).replace(b"\n", b"\0"), "a.csv", "binary-file"),
        (gzip.compress(PNG), "a.csv.gz", "binary-file"),
        (GOOD[:-20], "a.csv.gz", "corrupt-gzip"),
        (GOOD[:-8] + b"\0" * 8, "a.csv.gz", "corrupt-gzip"),
        (GOOD[:30] + b"\xff" * 10 + GOOD[40:], "a.csv.gz", "corrupt-gzip"),
        (b"<!DOCTYPE html><html><body> </body></html>", "a.csv", "no-records"),
        (b'[{"a": 1}, {"a": 2]', "a.json", "malformed-json"),
        (b'[{"a": 1}', "a.json", "malformed-json"),
        (b'{"a": 1, }', "a.json", "malformed-json"),
        (b"a,b\n1,2\n", "a.json", "malformed-json"),
        (b"[" * 100_000, "a.json", "malformed-json"),
        (b'{"a": 1}} ', "a.json", "malformed-json"),
    ],
)
def test_errors(run: Run, content: bytes, name: str, code: str) -> None:
    with pytest.raises(EngineError) as raised:
        run(content, name=name)
    assert raised.value.code == code
    message = str(raised.value)
    assert message
    assert "\n" not in message
    assert len(message) < 300


def test_malformed_json_says_where(run: Run) -> None:
    text = json.dumps([{"a": n} for n in range(3)], indent=1).replace('"a": 2', '"a" 2')
    with pytest.raises(EngineError, match="line 9, column 7") as raised:
        run(text)
    assert (raised.value.line, raised.value.column) == (9, 7)  # type: ignore[attr-defined] # MalformedJsonError has them


def test_too_many_columns(run: Run) -> None:
    with pytest.raises(EngineError, match="2,001 columns") as raised:
        run(",".join(f"c{n}" for n in range(2_001)) + "\n" + ",".join("1" * 2_001) + "\n")
    assert raised.value.code == "too-many-columns"
    with pytest.raises(EngineError) as raised:
        run(json.dumps([{f"k{n}": n} for n in range(50)]), max_columns=40)
    assert raised.value.code == "too-many-columns"


def test_a_bomb_stops_at_the_limit(run: Run) -> None:
    with pytest.raises(EngineError) as raised:
        run(gzip.compress(b"a,b\n" + b"1,2\n" * 2_000_000), max_expanded_bytes=1_000_000)
    assert raised.value.code == "too-large"


def test_a_line_without_end_is_one_refused_record(run: Run) -> None:
    outcome = run("a,b\n1,2\n" + "x" * 20_000_000 + "\n3,4\n")
    assert outcome.rows == [(1, 2), (3, 4)]
    assert outcome.report.rejects_by_code == {"record-too-long": 1}
    assert len(outcome.rejects[0]["raw"]) < 2_000_000


def test_a_wrong_checksum_is_found_even_when_the_text_is_whole(run: Run) -> None:
    body = b"a,b\n1,2\n"
    packed = bytearray(gzip.compress(body))
    packed[-8:-4] = (zlib.crc32(body) ^ 1).to_bytes(4, "little")
    with pytest.raises(EngineError, match="corrupt"):
        run(bytes(packed))


def test_storage_out_of_reach_is_no_fault_of_the_file(tmp_path: Path) -> None:
    settings = CleanSettings(temp_dir=tmp_path)
    source = Source(
        str(tmp_path / "gone.csv"), "gone.csv", 8, lambda start, length: b"a,b\n1,2\n"[start : start + length]
    )
    target = Target(f"{tmp_path}/out/", f"{tmp_path}/rejects.parquet", Lineage("gone.csv", "r", "1"))
    with pytest.raises(FileNotFoundError):
        clean(source, target, settings=settings, connect=lambda: local_connection(settings))


def test_a_connection_of_the_shells_own_instance_can_be_lent_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,2\n")
    settings = CleanSettings(temp_dir=tmp_path)
    target = Target(f"{tmp_path}/out/", f"{tmp_path}/rejects.parquet", Lineage("data.csv", "r", "1"))
    with duckdb.connect() as instance:
        for _ in range(3):
            assert clean(Source.local(path), target, settings=settings, connect=instance.cursor).rows_out == 1


@pytest.mark.parametrize("quoted", [False, True])
def test_a_line_of_40_mb_is_one_reject(run: Run, quoted: bool) -> None:
    note = '"a, b"' if quoted else "ab"
    before, after = (f"{n},{note}\n" for n in (1, 3))
    outcome = run(f"a,b\n{before * 2_000}{'x' * (40 << 20)}\n{after * 2_000}4,c\n", as_text=True)
    assert outcome.report.rows_out == 4_001
    (refused,) = outcome.rejects
    assert (refused["row"], refused["line"], refused["code"]) == (2_001, 2_002, "record-too-long")
    assert (outcome.records[-1]["_row"], outcome.rows[-1]) == (4_002, ("4", "c"))


def test_of_a_line_without_an_end_little_is_held(tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.write(b"1,2\n")
        file.seek(150 << 20, os.SEEK_CUR)  # a hole: nothing but zero bytes
        file.write(b"\n3,4\n")
    size = path.stat().st_size
    pieces = list(split(path, (0, size), Form(",", '"', '"'), 2, tmp_path, 1, (8 << 20, 1 << 20)))
    assert max(piece.path.stat().st_size for piece in pieces) < 16 << 20, "memory goes by the largest piece"
    assert [(piece.first_line, piece.lines) for piece in pieces] == [(1, 1), (2, 1), (3, 1)]
    assert pieces[-1].path.read_bytes() == b"3,4\n"


def test_the_files_of_chunks_are_written_over(tmp_path: Path) -> None:
    source, folder = tmp_path / "table", tmp_path / "chunks"
    folder.mkdir()
    rows = [f"{number},{'é' if number % 3 else 'e'}\t{'x' * (number % 90)}\n".encode() for number in range(400_000)]
    source.write_bytes(b"".join(rows))
    size, found, most = source.stat().st_size, bytearray(), 0
    for piece in split(source, (0, size), Form(","), 2, folder, 1, (SMALLEST, 1 << 20)):
        data = piece.path.read_bytes()
        assert (piece.first_line, piece.lines) == (found.count(b"\n") + 1, data.count(b"\n"))
        assert piece.unusual == unusual(data)
        found += data
        most = max(most, len(list(folder.iterdir())))
        piece.close()
    assert (bytes(found), most, list(folder.iterdir())) == (b"".join(rows), 1, [])


def test_of_a_chunk_full_of_unusual_bytes_none_are_held(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_bytes("東京,大阪\n".encode() * 100_000)
    (piece,) = split(path, (0, path.stat().st_size), Form(","), 2, tmp_path, 1, (SMALLEST, 1 << 20))
    assert (piece.lines, piece.unusual) == (100_000, None)


def test_an_archive_of_nothing(run: Run) -> None:
    empty_tar, empty_zip = io.BytesIO(), io.BytesIO()
    tarfile.open(fileobj=empty_tar, mode="w").close()
    zipfile.ZipFile(empty_zip, "w").close()
    for content in (empty_tar.getvalue(), empty_zip.getvalue(), gzip.compress(empty_tar.getvalue())):
        with pytest.raises(EngineError, match=r"empty|nothing") as raised:
            run(content)
        assert raised.value.code == "empty-file"
