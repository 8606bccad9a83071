"""The same small table in every format and container, cleaned from beginning to end, is the same data."""

import bz2
import csv
import gzip
import io
import json
import lzma
import sys
import tarfile
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from .conftest import Run

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROWS = [(1, "Ada", "1815-12-10", 1.5), (2, "Bob, the 2nd", "1900-01-31", None), (3, "Éva\n& Co", "1999-09-09", -3.25)]
NAMES = ("id", "name", "born", "balance")


def as_csv() -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(NAMES)
    writer.writerows(ROWS)
    return file.getvalue().encode()


def as_json() -> bytes:
    return json.dumps({"data": [dict(zip(NAMES, row, strict=True)) for row in ROWS]}).encode()


def as_xml() -> bytes:
    def record(row: tuple[object, ...]) -> str:
        cells = zip(NAMES, row, strict=True)
        return "".join(f"<{n}>{str(v).replace('&', '&amp;')}</{n}>" for n, v in cells if v is not None)

    return f"<people>{''.join(f'<person>{record(row)}</person>' for row in ROWS)}</people>".encode()


def as_html() -> bytes:
    def cells(tag: str, values: tuple[object, ...]) -> str:
        shown = ("" if value is None else str(value).replace("&", "&amp;").replace("\n", " ") for value in values)
        return "<tr>" + "".join(f"<{tag}>{value}</{tag}>" for value in shown) + "</tr>"

    return f"<html><table>{cells('th', NAMES)}{''.join(cells('td', row) for row in ROWS)}</table></html>".encode()


def as_xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (NAMES, *ROWS):
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "csv": as_csv,
    "json": as_json,
    "xml": as_xml,
    "html": as_html,
    "xlsx": as_xlsx,
}


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/data.bin", data)
    return file.getvalue()


def tarred(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("data.bin")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


CONTAINERS: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": gzip.compress,
    "zstd": zstd.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
    "gzip+tar": tarred,
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("form", FORMATS)
def test_one_table_in_all_of_them(form: str, container: str, run: Run) -> None:
    outcome = run(CONTAINERS[container](FORMATS[form]()), name="whatever.dat")
    assert (outcome.report.format, outcome.report.compression or "none") == (form, container)
    assert outcome.columns == list(NAMES)
    assert outcome.column("id") == [1, 2, 3]
    assert [" ".join(name.split()) for name in outcome.column("name")] == ["Ada", "Bob, the 2nd", "Éva & Co"]
    assert [str(day) for day in outcome.column("born")] == ["1815-12-10", "1900-01-31", "1999-09-09"]
    assert [None if value is None else float(value) for value in outcome.column("balance")] == [1.5, None, -3.25]
    assert outcome.report.rows_rejected == 0


def archive(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return file.getvalue()


def test_members_in_different_formats_are_one_table(run: Run) -> None:
    outcome = run(
        archive(
            ("2019.csv", b"id;name;born\n10;Zoe;2001-02-03\n11;Yan;2002-03-04\n"),
            ("2020.xlsx", as_xlsx()),
            ("more/2021.json.gz", gzip.compress(b'[{"name": "Xi", "id": 20, "city": "Rome"}]')),
            ("README.txt", b"These are people.\n\nAsk Ada about them. She knows.\n"),
            ("logo.png", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        )
    )
    assert outcome.columns == ["id", "name", "born", "balance", "city"]
    assert outcome.column("id") == [10, 11, 1, 2, 3, 20]
    assert outcome.column("city") == [None] * 5 + ["Rome"]
    assert outcome.report.format == "csv+json+xlsx"
    told = " ".join(outcome.report.warnings)
    assert "README.txt" in told
    assert "logo.png: the file is a PNG image" in told


@pytest.mark.parametrize("form", FORMATS)
def test_members_in_one_format_do_not_mix(form: str, run: Run) -> None:
    other = {"csv": b"id,name\n9,Zed\n", "json": b'[{"id": 9, "name": "Zed"}]'}.get(form)
    other = other or b"<l><r><id>9</id><name>Zed</name></r><r><id>8</id><name>Yan</name></r></l>"
    outcome = run(archive(("a", FORMATS[form]()), ("b", other), ("c", FORMATS[form]()[:])), schema=None, as_text=True)
    assert outcome.column("id") == ["1", "2", "3", "9", *(["8"] if b"Yan" in other else []), "1", "2", "3"]


def test_rejects_of_members_name_them(run: Run) -> None:
    outcome = run(
        archive(("a.csv", b"id,name\n1,Ada\n2,Bob\n3,Cy\n"), ("b.csv", b"id,name\n4,Dan\n5,Eve,x,y\n6,Flo\n7,Gil\n"))
    )
    assert outcome.column("id") == [1, 2, 3, 4, 6, 7]
    (reject,) = outcome.rejects
    assert (reject["row"], reject["code"], reject["raw"]) == (5, "wrong-field-count", "5,Eve,x,y")
    assert reject["reason"].startswith("b.csv: ")


def test_pages_are_documents(run: Run) -> None:
    page = "<!doctype html><html><head><title>{0}</title></head><body><p>About {0}.</p></body></html>"
    outcome = run(archive(*((f"{name}.html", page.format(name).encode()) for name in ("ants", "bees"))))
    assert outcome.column("title") == ["ants", "bees"]
    assert outcome.column("text") == ["About ants.", "About bees."]
