"""HTML: tables of data, and pages as documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sluice_clean.engine import CleanSettings, Source, local_connection
from sluice_clean.engine.errors import NoRecordsError, TooLargeError
from sluice_clean.engine.probe import probe
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.html import HtmlReader
from sluice_clean.engine.work import Workspace

from .tabular import file_source, rows_of


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    settings = CleanSettings(temp_dir=tmp_path)
    with Workspace(local_connection(settings), settings) as workspace:
        yield workspace


def read(work: Workspace, tmp_path: Path, text: str | bytes) -> RawTable:
    data = text.encode() if isinstance(text, str) else text
    sample = probe(file_source(tmp_path / "file", data))
    reader = HtmlReader()
    assert reader.recognises(sample)
    return reader.read(sample, work)


def table(work: Workspace, tmp_path: Path, text: str | bytes) -> tuple[list[str | None], list[tuple[Any, ...]]]:
    raw = read(work, tmp_path, text)
    return raw.labels, rows_of(work, raw)


def test_a_table_with_a_head(work: Workspace, tmp_path: Path) -> None:
    text = """<!DOCTYPE html><html><body><table><tfoot><tr><td>sum<td>3</tfoot>
    <thead><tr><th>Name <th>Amount</thead><tr><td><a href="/x">Ada</a>
      Byron<td>1<tr><td>Bob<br>B.<td>2</table>"""
    assert table(work, tmp_path, text) == (
        ["Name", "Amount"],
        [("Ada Byron", "1"), ("Bob B.", "2"), ("sum", "3")],
    )


def test_header_cells_without_a_head(work: Workspace, tmp_path: Path) -> None:
    text = "<table><tr><th>id</th><th>x</th></tr><tr><th>1</th><td>a</td></tr><tr><th>2</th><td></td></tr></table>"
    assert table(work, tmp_path, text) == (["id", "x"], [("1", "a"), ("2", None)])


def test_a_header_told_by_its_values(work: Workspace, tmp_path: Path) -> None:
    text = "<table><tr><td>id</td><td>x</td></tr><tr><td>1</td><td>a</td></tr><tr><td>2</td><td>b</td></tr></table>"
    assert table(work, tmp_path, text) == (["id", "x"], [("1", "a"), ("2", "b")])
    text = "<table><tr><td>1</td><td>x</td></tr><tr><td>2</td><td>a</td></tr><tr><td>3</td><td>b</td></tr></table>"
    assert table(work, tmp_path, text)[0] == [None, None]


def test_spans_are_filled(work: Workspace, tmp_path: Path) -> None:
    text = """<table><thead>
      <tr><th rowspan=2>city</th><th colspan=2>2019</th><th colspan="2">2020</th></tr>
      <tr><th>men</th><th>women</th><th>men</th><th>women</th></tr></thead>
      <tr><td rowspan=2>Rome</td><td>1</td><td>2</td><td>3</td><td>4</td></tr>
      <tr><td colspan=2>5</td><td>6</td><td>7</td></tr>
      <tr><td>Bonn</td><td>8</td><td rowspan=0>9</td><td>10</td><td>11</td></tr>
      <tr><td>Oslo</td><td>12</td></tr></table>"""
    labels, rows = table(work, tmp_path, text)
    assert labels == ["city", "2019 men", "2019 women", "2020 men", "2020 women"]
    assert rows == [
        ("Rome", "1", "2", "3", "4"),
        ("Rome", "5", "5", "6", "7"),
        ("Bonn", "8", "9", "10", "11"),
        ("Oslo", "12", "9", None, None),
    ]


def test_texts_of_cells(work: Workspace, tmp_path: Path) -> None:
    text = """<table><tr><th>a</th><th>b</th></tr><tr><td>H<sub>2</sub>O &amp;&nbsp;<b>more</b><script>x()</script></td>
    <td><span style="display: none">0001</span>1<style>p{}</style></td></tr>
    <tr><td><img alt="yes" src="y.png"></td><td><ul><li>x</li><li>y</li></ul></td></tr></table>"""
    assert table(work, tmp_path, text)[1] == [("H2O & more", "1"), ("yes", "x y")]


def test_the_largest_table_is_read_and_the_others_are_told(work: Workspace, tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>{n}</td><td>v{n}</td></tr>" for n in range(20))
    text = f"""<html><body><table role="presentation"><tr><td>m</td><td>x</td></tr><tr><td>y</td><td>z</td></tr></table>
    <table><caption>Small</caption><tr><th>k</th><th>v</th></tr><tr><td>1</td><td>2</td></tr></table>
    <table><tr><td><table><tr><th>id</th><th>name</th></tr>{rows}</table></td><td>side</td></tr></table></body></html>"""
    raw = read(work, tmp_path, text)
    assert (raw.labels, len(rows_of(work, raw))) == (["id", "name"], 20)
    assert raw.warnings == ["tables left aside: 1 rows x 2 columns 'Small'"]


def test_tables_with_one_header_are_joined(work: Workspace, tmp_path: Path) -> None:
    def part(*cells: str) -> str:
        rows = "".join(f"<tr><td>{cell}</td><td>1</td></tr>" for cell in cells)
        return f"<table><tr><th>id</th><th>n</th></tr>{rows}<tr><th>id</th><th>n</th></tr></table>"

    raw = read(work, tmp_path, f"<html>{part('a', 'b')}{part('c')}</html>")
    assert rows_of(work, raw) == [("a", "1"), ("b", "1"), ("c", "1")]
    assert raw.warnings == ["2 tables with the same header joined"]


PAGE = """<!doctype html><html lang="de"><head><title>Ein  Titel</title>
<link rel="canonical" href="https://example.test/a"><meta property="article:published_time" content="2024-01-31">
<script type="application/ld+json">{"datePublished": "2020-01-01"}</script></head>
<body><nav><ul><li>Home</li></ul></nav><header>Site</header>
<h1>Überschrift</h1><p>Erster <em>Absatz</em>
 hier.</p><p>Zweiter.</p><footer>Impressum</footer></body></html>"""


def test_a_page_without_tables_is_a_document(work: Workspace, tmp_path: Path) -> None:
    labels, rows = table(work, tmp_path, PAGE)
    assert labels == ["title", "text", "url", "language", "published"]
    assert rows == [
        ("Ein Titel", "Überschrift\nErster Absatz hier.\nZweiter.", "https://example.test/a", "de", "2024-01-31")
    ]


def test_the_article_of_a_page(work: Workspace, tmp_path: Path) -> None:
    text = """<html><head><script type="application/ld+json">{"datePublished": "2020-01-01T00:00:00Z"}</script>
    <meta name="og:url" content="https://example.test/b"></head><body><div>Menu</div>
    <article><h1>Head</h1><p>One.</p><p>Two.</p></article><div>Ads</div></body></html>"""
    assert table(work, tmp_path, text)[1] == [
        ("Head", "Head\nOne.\nTwo.", "https://example.test/b", None, "2020-01-01T00:00:00Z")
    ]


def test_an_article_with_a_small_table_is_a_document(work: Workspace, tmp_path: Path) -> None:
    small = "<table><tr><th>born</th><td>1815</td></tr><tr><th>died</th><td>1852</td></tr></table>"
    text = f"<html><body>{small}{'<p>A long text about somebody, in many words.</p>' * 50}</body></html>"
    labels, rows = table(work, tmp_path, text)
    assert labels[0] == "title"
    assert "born 1815" in rows[0][1].replace("\n", " ")


@pytest.mark.parametrize(
    ("codec", "declared", "word"),
    [
        ("utf-8", '<meta charset="utf-8">', "日本 ü"),
        ("cp1252", '<meta charset="iso-8859-1">', "Größe “x”"),
        ("cp1251", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "Привет"),
        ("shift_jis", "<meta charset=Shift_JIS>", "日本"),
        ("utf-16", "", "日本 ü"),
        ("cp1252", "", "Größe"),
    ],
)
def test_encodings(codec: str, declared: str, word: str, work: Workspace, tmp_path: Path) -> None:
    text = (
        f"<html><head>{declared}</head><table><tr><th>a</th><th>b</th></tr><tr><td>{word}</td><td>1</td></tr></table>"
    )
    assert table(work, tmp_path, text.encode(codec))[1] == [(word, "1")]


def test_nothing_on_it(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NoRecordsError, match="neither a table nor a text"):
        read(work, tmp_path, "<html><body><div> </div></body></html>")


def test_limits(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(TooLargeError, match="nested more than 2,000 deep"):
        read(work, tmp_path, "<html>" + "<div>" * 100_000)
    bomb = "<table>" + "<tr><td colspan=1000>x</td><td>y</td></tr>" * 11_000 + "</table>"
    with pytest.raises(TooLargeError, match="more than 10,000,000 cells"):
        read(work, tmp_path, bomb)
    local = file_source(tmp_path / "big", b"<html>" + b"x" * 1000)
    large = Source(local.url, local.name, 33 << 20, local.read)
    with pytest.raises(TooLargeError, match="HTML is read up to"):
        HtmlReader().read(probe(large), work)


@pytest.mark.parametrize("text", ["<a>,1\n", "a,<table>\n1,2\n", '<?xml version="1.0"?><l/>', "<tables>x</tables>"])
def test_other_markup_is_no_page(text: str, tmp_path: Path) -> None:
    assert not HtmlReader().recognises(probe(file_source(tmp_path / "f", text.encode())))
