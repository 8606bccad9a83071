"""XML: which elements are the records, and what their columns are."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sluice_clean.engine import CleanSettings, local_connection
from sluice_clean.engine.errors import (
    EngineError,
    MalformedXmlError,
    NoRecordsError,
    TooLargeError,
    TooManyColumnsError,
)
from sluice_clean.engine.probe import probe
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.xml import XmlReader
from sluice_clean.engine.work import Workspace

from .tabular import file_source, rows_of, with_refusals


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    settings = CleanSettings(temp_dir=tmp_path, max_columns=100, max_record_bytes=10_000)
    with Workspace(local_connection(settings), settings) as workspace:
        yield workspace


def read(work: Workspace, tmp_path: Path, text: str | bytes) -> RawTable:
    data = text.encode() if isinstance(text, str) else text
    sample = probe(file_source(tmp_path / "file", data))
    reader = XmlReader()
    assert reader.recognises(sample)
    return reader.read(sample, work)


def recognised(tmp_path: Path, text: str) -> bool:
    return XmlReader().recognises(probe(file_source(tmp_path / "file", text.encode())))


def records(work: Workspace, tmp_path: Path, text: str | bytes) -> list[dict[str | None, Any]]:
    """The records, without columns that are null."""
    raw = read(work, tmp_path, text)
    return [
        {label: cell for label, cell in zip(raw.labels, row, strict=True) if cell is not None}
        for row in rows_of(work, raw)
    ]


def test_attributes_and_children_are_columns(work: Workspace, tmp_path: Path) -> None:
    found = records(
        work,
        tmp_path,
        """<?xml version="1.0"?>
        <catalog version="2">
          <book id="1"><title lang="en">A &amp; B</title><price>5.0</price></book>
          <book id="2"><title>C<![CDATA[<d>]]></title><author><name>Ada</name><born>1815</born></author></book>
          <book id="3"/>
        </catalog>""",
    )
    assert found == [
        {"id": "1", "title.lang": "en", "title": "A & B", "price": "5.0"},
        {"id": "2", "title": "C<d>", "author.name": "Ada", "author.born": "1815"},
        {"id": "3"},
    ]


def test_repeated_children_are_json_arrays_in_every_record(work: Workspace, tmp_path: Path) -> None:
    found = records(
        work,
        tmp_path,
        """<list><r><tag>a</tag><tag>b</tag><p n="1">x</p><p n="2"><q>y</q></p></r><r><tag>c</tag></r><r/></list>""",
    )
    assert [{key: json.loads(value) for key, value in record.items()} for record in found[:2]] == [
        {"tag": ["a", "b"], "p": [{"n": "1", "text": "x"}, {"n": "2", "q": "y"}]},
        {"tag": ["c"]},
    ]


def test_mixed_text_is_kept_in_order(work: Workspace, tmp_path: Path) -> None:
    found = records(work, tmp_path, "<l><r><p>Hello <b>big</b> world</p></r><r><p>x</p></r></l>")
    assert found == [{"p": "Hello big world", "p.b": "big"}, {"p": "x"}]


def test_namespaces_are_dropped(work: Workspace, tmp_path: Path) -> None:
    found = records(
        work,
        tmp_path,
        """<a:feed xmlns:a="urn:a" xmlns="urn:b" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        <a:entry xsi:type="x" a:id="1"><name>Ada</name><died xsi:nil="true"/></a:entry>
        <a:entry a:id="2" xmlns:c="urn:c"><c:name>Bob</c:name></a:entry></a:feed>""",
    )
    assert found == [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Bob"}]


def test_an_attribute_and_a_child_of_one_name_are_two_columns(work: Workspace, tmp_path: Path) -> None:
    raw = read(work, tmp_path, '<l><r id="1"><id>x</id></r><r id="2"><id>y</id></r></l>')
    assert (raw.labels, rows_of(work, raw)) == (["id", "id"], [("1", "x"), ("2", "y")])


def test_elements_around_the_records_are_told(work: Workspace, tmp_path: Path) -> None:
    raw = read(
        work,
        tmp_path,
        "<rss><channel><title>News</title><image><url>u</url></image>"
        + "".join(f"<item><title>{n}</title><link>l{n}</link></item>" for n in range(5))
        + "</channel></rss>",
    )
    assert raw.labels == ["title", "link"]
    assert rows_of(work, raw) == [(str(n), f"l{n}") for n in range(5)]
    assert raw.warnings == ["elements beside the records, not read: title (1), image (1)"]


def test_records_in_groups_have_what_the_group_says(work: Workspace, tmp_path: Path) -> None:
    groups = "".join(
        f'<dept code="{code}"><head>H{code}</head>'
        + "".join(f'<person id="{code}{n}"><name>N{n}</name></person>' for n in range(20))
        + "</dept>"
        for code in "AB"
    )
    found = records(work, tmp_path, f"<org>{groups}</org>")
    assert len(found) == 40
    assert found[0] == {"dept.code": "A", "dept.head": "HA", "id": "A0", "name": "N0"}
    assert found[39] == {"dept.code": "B", "dept.head": "HB", "id": "B19", "name": "N19"}


def test_lines_within_records_do_not_become_the_records(work: Workspace, tmp_path: Path) -> None:
    orders = "".join(
        f"<order><id>{n}</id><lines>{'<line><sku>s</sku><n>1</n></line>' * (n % 4 + 1)}</lines></order>"
        for n in range(50)
    )
    found = records(work, tmp_path, f"<orders>{orders}</orders>")
    assert len(found) == 50
    assert json.loads(found[1]["lines.line"]) == [{"sku": "s", "n": "1"}] * 2


def test_rows_of_cells(work: Workspace, tmp_path: Path) -> None:
    rows = "".join(f"<row>{''.join(f'<c>{n}{m}</c>' for m in range(5))}</row>" for n in range(3))
    found = records(work, tmp_path, f"<t>{rows}</t>")
    assert [json.loads(record["c"]) for record in found] == [[f"{n}{m}" for m in range(5)] for n in range(3)]


def test_a_list_of_texts(work: Workspace, tmp_path: Path) -> None:
    assert records(work, tmp_path, "<l><v>1</v><v>2</v><v/></l>") == [{"v": "1"}, {"v": "2"}, {"v": ""}]


def test_one_record(work: Workspace, tmp_path: Path) -> None:
    found = records(work, tmp_path, "<answer><person><name>Ada</name><born>1815</born></person></answer>")
    assert found == [{"name": "Ada", "born": "1815"}]
    assert records(work, tmp_path, '<?xml version="1.0"?><a>x</a>') == [{"a": "x"}]


def test_lines_are_told(work: Workspace, tmp_path: Path) -> None:
    raw = read(work, tmp_path, "<l>\n<r><a>1</a>\n</r>\n\n<r><a>2</a></r></l>")
    (chunk,) = raw.chunks
    assert work.rows(f"SELECT _n, _line FROM {chunk.relation}") == [(1, 2), (2, 5)]  # noqa: S608


@pytest.mark.parametrize(
    ("codec", "declared"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("iso-8859-1", "ISO-8859-1"),
        ("cp1251", "windows-1251"),
        ("gb18030", "gb18030"),
        ("shift_jis", "Shift_JIS"),
        ("euc-kr", "EUC-KR"),
    ],
)
def test_encodings(codec: str, declared: str | None, work: Workspace, tmp_path: Path) -> None:
    word = {"iso-8859-1": "Größe", "cp1251": "Привет", "euc-kr": "안녕"}.get(codec, "日本")
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    raw = read(work, tmp_path, f"{head}<l><r><a>{word}</a></r><r><a>b</a></r></l>".encode(codec))
    assert rows_of(work, raw) == [(word,), ("b",)]
    assert raw.encoding == {"cp1251": "windows-1251", "iso-8859-1": "windows-1252"}.get(codec, raw.encoding)


def test_bytes_that_are_no_text_do_not_stop_the_file(work: Workspace, tmp_path: Path) -> None:
    raw = read(work, tmp_path, b"<l><r><a>Gr\xf6\xdfe \x0b</a></r><r><a>\xc3\xa4</a></r></l>")
    assert rows_of(work, raw) == [("Größe \ufffd",), ("ä",)]
    assert raw.warnings == ["1 characters that XML does not allow were replaced by U+FFFD"]


def test_a_document_type_elsewhere_is_not_fetched(work: Workspace, tmp_path: Path) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE l SYSTEM "http://example.test/l.dtd"><l><r><a>G&ouml;del &x;</a></r><r/></l>'
    assert records(work, tmp_path, text) == [{"a": "Gödel &x;"}, {"r": ""}]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "declaration",
    [
        f'<!ENTITY l0 "ha">{LAUGHS}',
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY % x SYSTEM "http://example.test/x.dtd"> %x;',
    ],
)
def test_entities_are_refused(declaration: str, work: Workspace, tmp_path: Path) -> None:
    text = f'<?xml version="1.0"?>\n<!DOCTYPE l [{declaration}]><l><r>&x;</r><r>&l9;</r></l>'
    with pytest.raises(MalformedXmlError, match="declares entities") as raised:
        read(work, tmp_path, text)
    assert raised.value.line == 2


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ('<?xml version="1.0"?><l><r><a>1</a></r>\n<r><a>2</b></r></l>', 2, 10, "mismatched tag"),
        ('<?xml version="1.0"?><l><r><a>1</a></r>\n<r>', 2, 4, "no element found"),
        ('<?xml version="1.0"?><l><r>&nbsp;</r></l>', 1, 28, "undefined entity"),
        ('<?xml version="1.0"?><l/><l/>', 1, 26, "junk after document element"),
        ('<?xml version="1.0"?>', 1, 22, "no element found"),
        ('<?xml version="1.0"?><l a=1/>', 1, 27, "not well-formed"),
    ],
)
def test_faults_are_told_with_their_place(
    text: str, line: int, column: int, reason: str, work: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(MalformedXmlError, match=reason) as raised:
        read(work, tmp_path, text)
    assert (raised.value.line, raised.value.column) == (line, column)


def test_a_fault_beyond_the_first_look(work: Workspace, tmp_path: Path) -> None:
    text = "<l>\n" + "<r><a>1</a><b>x</b></r>\n" * 200_000 + "<r></l>"
    with pytest.raises(MalformedXmlError, match="line 200,002"):
        read(work, tmp_path, text)


def test_a_record_that_is_too_long_is_refused(work: Workspace, tmp_path: Path) -> None:
    good = "<r><a>1</a></r>" * 300
    long = f"<r><a>{'x' * 20_000}</a></r><r>{'<b>y</b>' * 5_000}</r>"
    rows, refusals = with_refusals(work, read(work, tmp_path, f"<l>{good}{long}<r><a>2</a></r></l>"))
    assert [row[0] for row in rows] == ["1"] * 300 + ["2"]
    assert [(r.number, r.code, len(r.raw)) for r in refusals] == [
        (301, "record-too-long", 9_999),
        (302, "record-too-long", 10_000),
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<?xml version='1.0'?>" + "<a>" * 300 + "</a>" * 300, TooLargeError),
        ("<l><r/><r>" + "<a>" * 300 + "</a>" * 300 + "</r></l>", TooLargeError),
        (
            "<l>" + "".join(f"<r>{''.join(f'<x{m}>1</x{m}>' for m in range(n))}</r>" for n in range(200)) + "</l>",
            TooManyColumnsError,
        ),
        ("<?xml version='1.0'?><l>" + "".join(f"<x{n}/>" for n in range(100_001)) + "</l>", TooLargeError),
    ],
    ids=["deep", "deep record", "wide", "paths"],
)
def test_limits(text: str, error: type[EngineError], work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(error):
        read(work, tmp_path, text)


@pytest.mark.parametrize(
    "text",
    ["<a>,1\n<b>,2\n", "a,b\n1,<x>\n", "<tag> name\nrest\n", "< 5, > 6\n1,2\n", "<a>;<b>\n1;2\n", "<>,x\n"],
)
def test_text_with_angles_is_no_xml(text: str, tmp_path: Path) -> None:
    assert not recognised(tmp_path, text)


def test_comments_and_instructions_before_the_root(work: Workspace, tmp_path: Path) -> None:
    text = "\n<!-- made by hand -->\n<l><r><a>1</a></r><r><a>2</a></r></l>"
    assert len(records(work, tmp_path, text)) == 2


def test_an_empty_root(work: Workspace, tmp_path: Path) -> None:
    assert records(work, tmp_path, '<?xml version="1.0"?><l/>') == [{"l": ""}]
    with pytest.raises((NoRecordsError, MalformedXmlError)):
        read(work, tmp_path, '<?xml version="1.0"?>   ')


def test_columns_that_come_after_some_megabytes_are_columns_too(run: Callable[..., Any]) -> None:
    """The first megabytes wait until they have told their columns; what comes later widens the table."""
    early = "".join(f"<r><n>{number}</n><t>{'x' * 90}</t></r>" for number in range(50_000))
    late = "".join(
        f"<r><n>{50_000 + number}</n>{''.join(f'<c{place}>{number}</c{place}>' for place in range(number + 1))}</r>"
        for number in range(40)
    )
    outcome = run(f"<rs>{early}{late}</rs>", "late.xml")
    assert outcome.columns == ["n", "t", *(f"c{place}" for place in range(40))]
    assert outcome.column("n") == list(range(50_040))
    assert [record["c39"] for record in outcome.records[-2:]] == [None, "39"]  # one value says little of a type
    assert sum(value is not None for value in outcome.column("c0")) == 40
    assert outcome.column("t").count(None) == 40


def test_a_document_whose_only_record_is_too_long(run: Callable[..., Any]) -> None:
    outcome = run(f"<note>{'x ' * 20_000}</note>", "a.xml", max_record_bytes=10_000)
    assert outcome.report.rejects_by_code == {"record-too-long": 1}
    assert outcome.types() == {"note": "string"}


def test_records_that_have_elements_of_their_own_each(work: Workspace, tmp_path: Path) -> None:
    """They are too many columns; to count them must not take the square of their number."""
    rows = "".join(f"<row><k{n}>1</k{n}></row>" for n in range(60_000))
    with pytest.raises(TooManyColumnsError):
        read(work, tmp_path, f"<rows>{rows}</rows>")
