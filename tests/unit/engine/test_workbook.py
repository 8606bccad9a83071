"""Workbooks: which sheet, where its header is, what its cells say."""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from sluice_clean.engine import CleanSettings, local_connection
from sluice_clean.engine.errors import (
    BinaryFileError,
    BlankFileError,
    CorruptArchiveError,
    CorruptFileError,
    EncryptedFileError,
    EngineError,
    NoRecordsError,
    TooLargeError,
    TooManyColumnsError,
)
from sluice_clean.engine.probe import probe
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.heading import find_heading
from sluice_clean.engine.readers.sheets.base import Merge, Row, number_text
from sluice_clean.engine.readers.sheets.formats import date_text, kind_of_format
from sluice_clean.engine.readers.workbook import WorkbookReader
from sluice_clean.engine.work import Workspace

from .tabular import file_source, rows_of

# Written by xlwt: a title, a blank row, a header, two records with dates, times and booleans; and a hidden sheet.
XLS = zlib.decompress(
    base64.b85decode(
        "c-rk)OGuPa6#nl2m{&e#CXF<ZLCDIqh&FBXFR@%{R*N14H98{>))?a$)uJq$We~I~f)EU9W3}ml2?Z{K0;Lu~5X{uFRZ!4E=kMI}"
        "|NrDGaG<2*|9<Yd_ndpqxvz5{Gt*O{?8u|)92TG%D)Ocuo;fl>$?q^hP`zo&qLce5nJ)e-_<gjH9v$PQZ@h91<$C9!;Gy=CDDa8W"
        "ahyR%e=;6fL9}omqC)neNoW*%3T{&>LlyTc%(R>7TBZ+J_c_zuEV;(CiFC8#7^aMl`dxM$A5m(#u8gR_6Sn!lk{zhTD;dX^t_w?7"
        "$DULodTP~I)MzCb1qDG{JQ+_(z8rTE0FDwG+uIvkTeGO302#%1GXi{bPJ$N^SH7}x0h0fiFZcdN?xRIqO75p`DS3e6W1;+pq5(rN"
        "PYStRGAP9zP1fi*l#cfFWUvOhSB8>`-b8E$t$Y>utm|U`U@9^o)o6PqVmdI8NOs3%-WyHD>AZ<{rxRznaJqjmnI^SpnnLqjK-%;1"
        "6r6WFmGY)7AsRzDmqWaDgVf^8{jYD^yE=^%EE(cHSQpnuIR==xEG@{m4Aux7uk~!PmFX4sx`E5pOe;u}^19ASyRdJVb*^%49ksKQ"
        "@y^&Zr@WcUnJ)*P)?_{#Tc|wNmb*|f_TCslEzL}f?BzF%2GJmH-IRD{IJvNoxQ|S$79Dp!C1{V$v~TBf%*yRb2r-o!3Xg8ShQb<h"
        "PAtxuKZ{d{Qwy9*oL1m8;`9Qi6X&tpQ5Uo`f%Po2G{UH#RH)wumB~)=QJu<tn4mh9{f-Mc%ddG&q(^O$$1ux6JjO7#P0F52UmE)Y"
        "R9aJweF67!*}SLaq7oopC%@atd$SV8V>wW|9)4jZqD&O%>WVTsSv;#)YF1siaN)v*3m5+=1V72Zk2TGH5X<L}*ZyB;mQvpRn`G7E"
        "Ao}S`(+|GANK&4{`J&=y9dzON63eu4{x6g`Os%KThc50%U(xYP&sQ;bJj*r={<$qwZ2S3Q`uUgJ{|VL&CHM"
    )
)
Fill = Callable[[openpyxl.Workbook, Worksheet], None]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    settings = CleanSettings(temp_dir=tmp_path, max_columns=300, max_record_bytes=100_000, max_expanded_bytes=32 << 20)
    with Workspace(local_connection(settings), settings) as workspace:
        yield workspace


def read(work: Workspace, tmp_path: Path, data: bytes) -> RawTable:
    sample = probe(file_source(tmp_path / "file", data))
    reader = WorkbookReader()
    assert reader.recognises(sample)
    return reader.read(sample, work)


def table(work: Workspace, tmp_path: Path, data: bytes) -> tuple[list[str | None], list[tuple[Any, ...]], list[str]]:
    raw = read(work, tmp_path, data)
    return raw.labels, rows_of(work, raw), raw.warnings


def xlsx(fill: Fill) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    fill(book, sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xlsx_of(*rows: list[Any]) -> bytes:
    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(row)

    return xlsx(fill)


def ods(content: str, *, mimetype: str = "application/vnd.oasis.opendocument.spreadsheet", manifest: str = "") -> bytes:
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
        for prefix in ("office", "table", "text", "style")
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", mimetype)
        archive.writestr("content.xml", f"<office:document-content {spaces}>{content}</office:document-content>")
        archive.writestr("META-INF/manifest.xml", manifest)
    return file.getvalue()


def ods_tables(*tables: str) -> bytes:
    return ods(f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>")


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def replaced(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one part changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_every_kind_of_cell(work: Workspace, tmp_path: Path) -> None:
    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.append(
            ["id", "int", "float", "share", "price", "flag", "day", "moment", "clock", "span", "error", "text"]
        )
        values = [
            "a",
            5.0,
            1.1,
            0.15,
            1234.5,
            True,
            date(2024, 1, 31),
            datetime(2024, 1, 31, 10, 5, 30),  # noqa: DTZ001 - a workbook's times have no zone
            time(12, 30),
            timedelta(hours=30, minutes=5),
            "#N/A",
            "two\nlines & <tags> ünï",
        ]
        sheet.append(values)
        sheet["D2"].number_format = "0.00%"
        sheet["E2"].number_format = '"$"#,##0.00_);[Red]("$"#,##0.00)'
        sheet.append(
            ["b", -1234567890123, 1e-7, None, 1e21, False, date(1900, 1, 1), datetime(1900, 3, 1, 6)]  # noqa: DTZ001
        )

    labels, rows, warnings = table(work, tmp_path, xlsx(fill))
    assert labels[:3] == ["id", "int", "float"]
    assert rows == [
        (
            "a",
            "5",
            "1.1",
            "0.15",
            "1234.5",
            "true",
            "2024-01-31",
            "2024-01-31T10:05:30",
            "12:30:00",
            "30:05:00",
            "#N/A",
            "two\nlines & <tags> ünï",
        ),
        (
            "b",
            "-1234567890123",
            "0.0000001",
            None,
            "1000000000000000000000",
            "false",
            "1900-01-01",
            "1900-03-01T06:00:00",
            *[None] * 4,
        ),
    ]
    assert warnings == []


def test_title_blank_rows_and_notes_around_the_table(work: Workspace, tmp_path: Path) -> None:
    data = xlsx_of(
        ["Sales of the year"],
        ["Author", "Ada"],
        [],
        [None, "id", "name", "sum"],
        [None, 1, "x", 2.5],
        [None, 2, "y", None],
        [],
        ["Source: the till"],
    )
    labels, rows, warnings = table(work, tmp_path, data)
    assert labels == ["id", "name", "sum"]
    assert rows == [("1", "x", "2.5"), ("2", "y", None)]
    assert warnings == [
        "text above the table on sheet 'Sheet': Sales of the year / Author Ada",
        "text below the table on sheet 'Sheet': Source: the till",
    ]


def test_a_single_cell_within_the_records_is_a_record(work: Workspace, tmp_path: Path) -> None:
    data = xlsx_of(["a", "b", "c"], [1, 2, 3], [], [4], [5, 6, 7])
    assert table(work, tmp_path, data)[1] == [("1", "2", "3"), ("4", None, None), ("5", "6", "7")]


def test_no_header(work: Workspace, tmp_path: Path) -> None:
    data = xlsx_of([1, "x", 0.5], [2, "y", 0.7], [3, "x", 0.9])
    labels, rows, _ = table(work, tmp_path, data)
    assert labels == [None, None, None]
    assert len(rows) == 3


def test_years_are_labels(work: Workspace, tmp_path: Path) -> None:
    data = xlsx_of(["country", 2019, 2020], ["Chad", 1.5, 2.5], ["Peru", 3.5, 4.5])
    assert table(work, tmp_path, data)[0] == ["country", "2019", "2020"]


def test_columns_called_by_their_number_beside_an_index(work: Workspace, tmp_path: Path) -> None:
    rows = ([None, 0, 1], [0, 1.5, "oak"], [1, 2.25, "elm"], [2, 3.5, "ash"])
    labels, records, _ = table(work, tmp_path, xlsx_of(*rows))
    assert (labels, records[0]) == ([None, "0", "1"], ("0", "1.5", "oak"))
    dated = [[date(2024, month, 1), month / 4] for month in range(1, 5)]
    labels, records, _ = table(work, tmp_path, xlsx_of(["month", 0], *dated))
    assert (labels, records[0]) == (["month", "0"], ("2024-01-01", "0.25"))


def test_merged_cells_in_a_header_of_two_rows(work: Workspace, tmp_path: Path) -> None:
    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.append(["Report", None, None, None, None])
        sheet.append(["city", "2019", None, "2020", None])
        sheet.append([None, "men", "women", "men", "women"])
        sheet.append(["Rome", 1, 2, 3, 4])
        sheet.append(["Bonn", 5, None, 7, 8])
        for cells in ("A1:E1", "A2:A3", "B2:C2", "D2:E2", "B5:C5"):
            sheet.merge_cells(cells)

    labels, rows, warnings = table(work, tmp_path, xlsx(fill))
    assert labels == ["city", "2019 men", "2019 women", "2020 men", "2020 women"]
    assert rows == [("Rome", "1", "2", "3", "4"), ("Bonn", "5", None, "7", "8")], "of merged data the first has it"
    assert warnings == ["text above the table on sheet 'Sheet': Report"]


def test_the_largest_sheet_is_read_and_the_others_are_told(work: Workspace, tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.title = "About"
        sheet.append(["Read me"])
        data = book.create_sheet("Data")
        for values in (["id", "name"], [1, "a"], [2, "b"]):
            data.append(values)
        big = book.create_sheet("Secret")
        big.sheet_state = "hidden"
        for _ in range(50):
            big.append([1, 2, 3])
        book.create_sheet("Nothing")

    labels, rows, warnings = table(work, tmp_path, xlsx(fill))
    assert (labels, rows) == (["id", "name"], [("1", "a"), ("2", "b")])
    assert warnings == ["sheets left aside: 'About' (1 values), 'Secret' (150 values, hidden)"]


def test_sheets_with_one_header_are_joined_in_their_order(work: Workspace, tmp_path: Path) -> None:
    def fill(book: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.title = "Jan"
        months = [sheet, book.create_sheet("Feb"), book.create_sheet("Mar")]
        for number, month in enumerate(months):
            month.append(["day", "sum"])
            for day in range(3 + number):
                month.append([f"d{day}", number])

    labels, rows, warnings = table(work, tmp_path, xlsx(fill))
    assert labels == ["day", "sum"]
    assert [value for _, value in rows] == ["0"] * 3 + ["1"] * 4 + ["2"] * 5
    assert warnings == ["sheets joined: 'Jan', 'Feb', 'Mar'"]


def test_a_header_that_comes_again_is_no_record(work: Workspace, tmp_path: Path) -> None:
    _, rows, warnings = table(work, tmp_path, xlsx_of(["a", "b"], [1, 2], ["a", "b"], [3, 4]))
    assert rows == [("1", "2"), ("3", "4")]
    assert warnings == ["the header of sheet 'Sheet' comes 1 times more"]


def test_columns_without_label_and_value_are_left_out(work: Workspace, tmp_path: Path) -> None:
    labels, rows, _ = table(work, tmp_path, xlsx_of(["a", None, "b", None], [1, None, 2, None], [3, None, 4, None, 9]))
    assert labels == ["a", "b", None]
    assert rows == [("1", "2", None), ("3", "4", "9")]


def test_lines_are_the_rows_of_the_sheet(work: Workspace, tmp_path: Path) -> None:
    raw = read(work, tmp_path, xlsx_of(["t"], [], ["a", "b"], [1, 2], [], [3, 4]))
    (chunk,) = raw.chunks
    assert work.rows(f"SELECT _n, _line FROM {chunk.relation}") == [(1, 4), (2, 6)]  # noqa: S608


def test_rich_and_inline_and_escaped_texts(work: Workspace, tmp_path: Path) -> None:
    inline = (
        b'<sheetData><row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><r><t>b</t></r><r><t xml:space='
        b'"preserve"> c</t></r><rPh><t>phonetic</t></rPh></is></c></row>'
        b'<row r="7"><c r="A7" t="str"><v>x_x000D_y_x005F_</v></c><c r="B7" t="d"><v>2024-01-31</v></c></row>'
        b"</sheetData>"
    )

    def change(sheet: bytes) -> bytes:
        return sheet[: sheet.index(b"<sheetData>")] + inline + sheet[sheet.index(b"</sheetData>") + 12 :]

    data = replaced(xlsx_of(["x"]), SHEET, change)
    assert table(work, tmp_path, data)[:2] == (["a", "b c"], [("x\ry_", "2024-01-31")])


def shared(*strings: str) -> bytes:
    """A workbook whose first row refers to shared strings."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    data = xlsx_of(["id", "n"], ["x", 1])
    cells = "".join(f'<c t="s"><v>{number}</v></c>' for number in range(len(strings)))
    parts = {
        SHEET: f"<worksheet><sheetData><row>{cells}</row><row><c><v>5</v></c></row></sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst>{''.join(f'<si>{text}</si>' for text in strings)}</sst>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts.get(name) or old.read(name))
    rels = f'<Relationship Id="s" Type="{relation}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    return replaced(
        file.getvalue(),
        "xl/_rels/workbook.xml.rels",
        lambda part: part.replace(b"</Relationships>", rels.encode()),
    )


def test_shared_strings(work: Workspace, tmp_path: Path) -> None:
    data = shared("<t>id</t>", "<r><t>fat</t></r><r><t> \u00fc\U0001f600</t></r>", "<t></t>", "<t>d</t>")
    labels, rows, _ = table(work, tmp_path, data)
    assert labels == ["id", "fat \u00fc\U0001f600", "d"]
    assert rows == [("5", None, None)]


def test_a_shared_string_that_is_not_there(work: Workspace, tmp_path: Path) -> None:
    data = replaced(shared("<t>id</t>"), SHEET, lambda part: part.replace(b"<v>0<", b"<v>99<"))
    with pytest.raises(CorruptFileError, match="row 1, column 1 is damaged: '99'"):
        read(work, tmp_path, data)


def test_prefixed_names_and_the_strict_namespace(work: Workspace, tmp_path: Path) -> None:
    sheet = (
        b'<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row r="1"><x:c r="A1" '
        b't="str"><x:v>id</x:v></x:c><x:c r="AB1" t="str"><x:v>far</x:v></x:c></x:row><x:row r="2"><x:c r="A2"><x:v>5'
        b'</x:v></x:c><x:c r="AB2"><x:v>6</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert table(work, tmp_path, replaced(xlsx_of(["x"]), SHEET, lambda _: sheet))[:2] == (["id", "far"], [("5", "6")])


def test_formulas_without_a_value_are_told(work: Workspace, tmp_path: Path) -> None:
    _, rows, warnings = table(work, tmp_path, xlsx_of(["a", "b"], [1, "=A2*2"], [2, "=A3*2"]))
    assert rows == [("1", None), ("2", None)]
    assert warnings == ["2 formulas of sheet 'Sheet' have no stored value"]


def test_dates_from_1904(work: Workspace, tmp_path: Path) -> None:
    data = xlsx_of(["day"], [date(2024, 1, 31)])
    moved = replaced(data, "xl/workbook.xml", lambda part: part.replace(b"<workbookPr ", b'<workbookPr date1904="1" '))
    assert table(work, tmp_path, moved)[1] == [("2028-02-01",)]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", None),
        ("0.00E+00", None),
        ("#,##0.00\\ [$€-407];[Red]-#,##0.00\\ [$€-407]", None),
        ('0" days"', None),
        ("yyyy\\-mm\\-dd", "date"),
        ("[$-409]mmmm d, yyyy;@", "date"),
        ("mmm", "date"),
        ("dd/mm/yy hh:mm", "moment"),
        ("h:mm AM/PM", "time"),
        ("mm:ss.0", "time"),
        ("[h]:mm:ss", "elapsed"),
        ("@", None),
    ],
)
def test_what_a_number_format_shows(code: str, kind: str | None) -> None:
    assert kind_of_format(164, code) == kind


@pytest.mark.parametrize(
    ("stored", "kind", "text"),
    [
        ("1", "date", "1900-01-01"),
        ("59", "date", "1900-02-28"),
        ("60", "date", None),
        ("61", "date", "1900-03-01"),
        ("45322", "date", "2024-01-31"),
        ("45322.5", "date", "2024-01-31T12:00:00"),
        ("45322", "moment", "2024-01-31T00:00:00"),
        ("45322.420486111114", "moment", "2024-01-31T10:05:30"),
        ("45322.42048621", "moment", "2024-01-31T10:05:30.009"),
        ("0.99999999999", "time", "1900-01-01T00:00:00"),
        ("-1", "date", None),
        ("2958465", "date", "9999-12-31"),
        ("2958466", "date", None),
        ("-0.5", "elapsed", "-12:00:00"),
    ],
)
def test_dates(stored: str, kind: str, text: str | None) -> None:
    assert date_text(stored, kind, from_1904=False) == text


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("5", "5"),
        ("-5", "-5"),
        ("5.0", "5"),
        ("1.1000000000000001", "1.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1.5E-5", "0.000015"),
        ("1E+300", "1e+300"),
        ("123456789012345678901", "123456789012345678901"),
        ("-123456789012345678901", "-123456789012345678901"),
    ],
)
def test_numbers_are_not_rounded(stored: str, text: str) -> None:
    assert number_text(stored) == text


def test_an_old_workbook(work: Workspace, tmp_path: Path) -> None:
    raw = read(work, tmp_path, XLS)
    assert raw.labels == ["id", "since", "share", "active", "amount", "at"]
    assert rows_of(work, raw) == [
        ("1", "2024-01-31", "0.15", "true", "1.1", "12:00:00"),
        ("2", "2024-02-01", None, "false", "12345678901", "18:00:00"),
    ]
    assert raw.format == "xls"
    assert raw.warnings == [
        "sheets left aside: 'hid' (1 values, hidden)",
        "text above the table on sheet 'Staff': Our staff",
    ]


def test_an_open_document(work: Workspace, tmp_path: Path) -> None:
    data = ods_tables(
        '<table:table table:name="Small">' + row(cell("note")) + "</table:table>",
        '<table:table table:name="Data">'
        + row(more='table:number-rows-repeated="2"')
        + row(*(cell(name) for name in ("id", "share", "day", "span", "flag", "text")))
        + row(
            '<table:table-cell office:value-type="float" office:value="5"><text:p>5,00</text:p></table:table-cell>',
            '<table:table-cell office:value-type="percentage" office:value="0.15"/>',
            '<table:table-cell office:value-type="date" office:date-value="2024-01-31"/>',
            '<table:table-cell office:value-type="time" office:time-value="PT12H30M00S"/>',
            '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
            cell("a<text:s text:c='2'/><text:span>b</text:span><text:tab/>c</text:p><text:p>d").replace(
                "<text:p>a", "<office:annotation><text:p>a note</text:p></office:annotation><text:p>a"
            ),
        )
        + row(
            '<table:table-cell office:value-type="float" office:value="7" table:number-columns-repeated="2"/>',
            '<table:table-cell table:number-columns-repeated="3"/>',
            cell("x"),
            more='table:number-rows-repeated="2"',
        )
        + row('<table:table-cell table:number-columns-repeated="16384"/>', more='table:number-rows-repeated="1048000"')
        + "</table:table>",
    )
    raw = read(work, tmp_path, data)
    assert raw.labels == ["id", "share", "day", "span", "flag", "text"]
    assert rows_of(work, raw) == [
        ("5", "0.15", "2024-01-31", "12:30:00", "true", "a  b\tc\nd"),
        ("7", "7", None, None, None, "x"),
        ("7", "7", None, None, None, "x"),
    ]
    assert (raw.format, raw.warnings) == ("ods", ["sheets left aside: 'Small' (1 values)"])


def spreadsheetml(*rows: str) -> bytes:
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    table = f"<Worksheet ss:Name='S'><Table>{''.join(rows)}</Table></Worksheet>"
    return f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">{table}</Workbook>'.encode()


def xml_row(*cells: tuple[str, str], more: str = "") -> str:
    data = (f'<Cell {where}><Data ss:Type="String">{text}</Data></Cell>' for text, where in cells)
    return f"<Row {more}>{''.join(data)}</Row>"


def test_cells_of_an_xml_spreadsheet_lie_where_they_say(work: Workspace, tmp_path: Path) -> None:
    data = spreadsheetml(
        xml_row(("a", ""), ("b", ""), ("c", "")),
        xml_row(("1", ""), ("3", 'ss:Index="3"')),
        xml_row(("6", 'ss:Index="3"'), ("4", 'ss:Index="0"'), ("5", ""), more='ss:Index="9"'),
    )
    raw = read(work, tmp_path, data)
    assert (raw.format, raw.labels) == ("spreadsheetml", ["a", "b", "c"])
    assert rows_of(work, raw) == [("1", None, "3"), ("4", "5", "6")]


def test_a_cell_beyond_any_sheet_is_refused(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(TooManyColumnsError, match="column 999,999"):
        read(work, tmp_path, spreadsheetml(xml_row(("a", "")), xml_row(("1", 'ss:Index="999999"'))))


def test_merged_and_hidden_in_an_open_document(work: Workspace, tmp_path: Path) -> None:
    style = (
        '<office:automatic-styles><style:style style:name="h"><style:table-properties table:display="false"/>'
        "</style:style></office:automatic-styles>"
    )
    hidden = f'<table:table table:name="H" table:style-name="h">{row(cell("x")) * 30}</table:table>'
    covered = "<table:covered-table-cell/>"
    shown = (
        '<table:table table:name="D">'
        + row(
            cell("city", 'table:number-rows-spanned="2"'), cell("people", 'table:number-columns-spanned="2"'), covered
        )
        + row(covered, cell("men"), cell("women"))
        + row(cell("Rome"), *['<table:table-cell office:value-type="float" office:value="1"/>'] * 2)
        + "</table:table>"
    )
    data = ods(f"{style}<office:body><office:spreadsheet>{hidden}{shown}</office:spreadsheet></office:body>")
    labels, rows, warnings = table(work, tmp_path, data)
    assert labels == ["city", "people men", "people women"]
    assert rows == [("Rome", "1", "1")]
    assert warnings == ["sheets left aside: 'H' (30 values, hidden)"]


def record(kind: int, data: bytes = b"") -> bytes:
    """A record of the binary workbook format."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(data), b""
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 127 else 0)])
        size >>= 7
        if not size:
            return head + length + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(*rows: tuple[int, list[tuple[int, str | float]]]) -> bytes:
    last = rows[-1][0]
    sheet = record(129) + record(148, struct.pack("<IIII", 0, last, 0, rows[-1][1][-1][0])) + record(145)
    for number, cells in rows:
        sheet += record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0))
        for column, value in cells:
            place = struct.pack("<II", column, 0)
            if isinstance(value, str):
                sheet += record(6, place + wide(value))
            else:
                sheet += record(5, place + struct.pack("<d", value))
    sheet += record(146) + record(130)
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    one = '<Relationship Id="rId1" Type="{}/{}" Target="{}"/>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", rels.format(one.format(relation, "officeDocument", "xl/workbook.bin")))
        book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("One"))
        archive.writestr("xl/workbook.bin", book + record(144) + record(132))
        archive.writestr(
            "xl/_rels/workbook.bin.rels", rels.format(one.format(relation, "worksheet", "worksheets/sheet1.bin"))
        )
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return file.getvalue()


def test_a_binary_workbook(work: Workspace, tmp_path: Path) -> None:
    data = xlsb((0, [(0, "id"), (1, "sum")]), (1, [(0, 1.0), (1, 2.5)]), (2, [(0, 2.0)]))
    raw = read(work, tmp_path, data)
    assert (raw.format, raw.labels, rows_of(work, raw)) == ("xlsb", ["id", "sum"], [("1", "2.5"), ("2", None)])


@pytest.mark.parametrize("far", [(1_048_575, 0), (1_048_575, 16_383)])
def test_two_cells_far_apart_take_no_memory(far: tuple[int, int], work: Workspace, tmp_path: Path) -> None:
    if far[1]:
        with pytest.raises(TooLargeError, match="needs more than 1,073,741,824 bytes"):
            read(work, tmp_path, xlsb((0, [(0, "id")]), (far[0], [(far[1], 1.0)])))

    def fill(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet["A1"] = "id"
        sheet.cell(far[0] + 1, far[1] + 1, 5)

    if far[1] > work.settings.max_columns:
        with pytest.raises(TooManyColumnsError, match="16,384 columns"):
            read(work, tmp_path, xlsx(fill))
    else:
        assert table(work, tmp_path, xlsx(fill))[1] == [("5",)]


@pytest.mark.parametrize("digits", [12, 5_000])
def test_a_cell_repeated_without_end(work: Workspace, tmp_path: Path, digits: int) -> None:
    many = "9" * digits
    data = ods_tables(
        '<table:table table:name="D">'
        + row(cell("a", f'table:number-columns-repeated="{many}"'), more=f'table:number-rows-repeated="{many}"')
        + "</table:table>"
    )
    with pytest.raises(TooManyColumnsError):
        read(work, tmp_path, data)


def test_a_style_of_thousands_of_digits_is_none(work: Workspace, tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_of(["a", "b"], [1, 2], [3, 4]))) as book, zipfile.ZipFile(file, "w") as other:
        for name in book.namelist():
            part = book.read(name)
            other.writestr(name, part.replace(b' t="n"', b' s="' + b"9" * 5_000 + b'"') if "sheet1" in name else part)
    assert table(work, tmp_path, file.getvalue())[1] == [("1", "2"), ("3", "4")]


def test_nothing_in_it(work: Workspace, tmp_path: Path) -> None:
    for data in (xlsx_of(), ods_tables(), ods_tables('<table:table table:name="x"/>')):
        with pytest.raises(BlankFileError, match="no sheet of the workbook has a value"):
            read(work, tmp_path, data)
    with pytest.raises(NoRecordsError):
        read(work, tmp_path, xlsx_of(["a", "b"]))


def compound(*names: str) -> bytes:
    """The look of a compound file with these names in its directory."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + b"".join(name.encode("utf-16-le") for name in names)


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (compound("EncryptedPackage"), EncryptedFileError, "protected by a password"),
        # The second record of its stream says that all that follows is encrypted.
        (XLS.replace(b"\xe1\x00\x02\x00", b"\x2f\x00\x02\x00", 1), EncryptedFileError, "protected by a password"),
        (compound("WordDocument"), BinaryFileError, "no workbook"),
        (compound("Workbook"), CorruptFileError, "damaged"),
        (XLS[:3000], CorruptFileError, "damaged"),
        (ods("x", manifest="<manifest:encryption-data/>"), EncryptedFileError, "protected by a password"),
        (
            ods("<a/>", manifest="x" * 50).replace(b"x" * 50, b"y" * 50, 1),
            CorruptFileError,
            r"'META-INF/manifest\.xml' is damaged",
        ),
        (ods("<a>"), CorruptFileError, r"'content\.xml' is damaged: not well-formed XML at line 1"),
        (xlsx_of(["a"], [1])[:-30], CorruptArchiveError, "zip archive is corrupt"),
    ],
)
def test_broken_workbooks(data: bytes, error: type[EngineError], reason: str, work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(error, match=reason):
        read(work, tmp_path, data)


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        (lambda part: part[:-40], CorruptFileError, "not well-formed"),
        (lambda part: part.replace(b"<v>1</v>", b"<v>one</v>"), CorruptFileError, "row 2, column 2 is damaged: 'one'"),
        (lambda part: part.replace(b'r="B2"', b'r="B2B"'), CorruptFileError, "a cell of the workbook is called"),
        (
            lambda part: b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + part,
            CorruptFileError,
            "declares entities",
        ),
        (lambda part: part.replace(b"<v>1</v>", b"<v>" + b"1" * 200_000 + b"</v>"), TooLargeError, "characters"),
    ],
)
def test_broken_sheets(
    change: Callable[[bytes], bytes], error: type[EngineError], reason: str, work: Workspace, tmp_path: Path
) -> None:
    data = replaced(xlsx_of(["id", "n"], ["x", 1]), SHEET, change)
    with pytest.raises(error, match=reason):
        read(work, tmp_path, data)


def test_a_sheet_that_expands_without_end(work: Workspace, tmp_path: Path) -> None:
    def change(part: bytes) -> bytes:
        return part.replace(b"<sheetData>", b"<sheetData>" + b" " * (33 << 20))

    with pytest.raises(TooLargeError, match="the workbook expands to more than"):
        read(work, tmp_path, replaced(xlsx_of(["id"], [1]), SHEET, change))


@pytest.mark.parametrize("kind", ["word/document.xml", "ppt/presentation.xml"])
def test_other_documents_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr(kind, "<x/>")
    with pytest.raises(BinaryFileError, match=r"a (docx|pptx) document"):
        probe(file_source(tmp_path / "f", file.getvalue()))


def rows_from(*cells: list[str | None]) -> list[Row]:
    return [Row(number, row) for number, row in enumerate(cells, 1)]


def test_a_header_whose_first_cell_is_empty() -> None:
    heading = find_heading(rows_from([None, "a", "b"], ["0", "1", "2"], ["1", "3", "4"]), ())
    assert (heading.labels, heading.left, heading.first) == ([None, "a", "b"], 0, 1)


def test_texts_under_texts_have_a_header_unless_they_recur() -> None:
    assert find_heading(rows_from(["name", "city"], ["Ada", "Rome"], ["Bob", "Bonn"]), ()).has_labels
    assert not find_heading(rows_from(["Ada", "Rome"], ["Bob", "Rome"], ["Eve", "Bonn"]), ()).has_labels


def test_a_group_row_without_names_below_is_one_header() -> None:
    rows = rows_from(["a", "b", None], ["x", "1", "2"], ["y", "3", "4"])
    heading = find_heading(rows, (Merge(1, 1, 1, 2),))
    assert (heading.labels, heading.first) == (["a", "b", "b"], 1)
