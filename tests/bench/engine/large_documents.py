"""Large XML documents, workbooks and pages, written piece by piece from a seed."""

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

_WORDS = [
    "amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "haven", "inlet", "jetty", "knoll", "ledge",
    "marsh", "north", "oasis", "plain", "quarry", "ridge", "shore", "thorn", "upland", "vale", "weald", "zenith",
]  # fmt: skip
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def rows(seed: int) -> Iterator[tuple[int, str, str, float, str]]:
    """Number, name, day, amount and remark, without end; a third of the remarks are their own, the others recur."""
    rng = random.Random(seed)
    number = 0
    while True:
        number += 1
        remark = " ".join(rng.choices(_WORDS, k=8 if number % 3 else 3))
        day = f"20{rng.randrange(10, 25)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        yield number, f"{rng.choice(_WORDS)} & {rng.choice(_WORDS)}", day, rng.randrange(1, 10**7) / 100, remark


def write_xml(path: Path, size: int) -> int:
    """Writes a document of at least ``size`` bytes; gives the number of its records."""
    written, count = 0, 0
    with path.open("w", encoding="utf-8") as file:
        written += file.write('<?xml version="1.0" encoding="UTF-8"?>\n<orders>\n')
        for number, name, day, amount, remark in rows(1):
            if written >= size:
                break
            count += 1
            written += file.write(
                f'<order id="{number}"><customer>{escape(name)}</customer><day>{day}</day>'
                f'<amount currency="EUR">{amount}</amount><remark>{remark}</remark></order>\n'
            )
        file.write("</orders>\n")
    return count


def write_xlsx(path: Path, count: int) -> None:
    """Writes a workbook of one sheet with shared strings, as spreadsheet programs do."""
    strings: dict[str, int] = {}

    def shared(text: str) -> str:
        return f'<c t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        main = f'<Relationship Id="a" Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", _RELATIONS.format(main))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets><sheet name="Orders" sheetId="1" r:id="s"/>'
            "</sheets></workbook>",
        )
        parts = (("s", "worksheet", "worksheets/sheet1.xml"), ("t", "sharedStrings", "sharedStrings.xml"))
        links = "".join(f'<Relationship Id="{i}" Type="{_RELATION}/{t}" Target="{p}"/>' for i, t, p in parts)
        archive.writestr("xl/_rels/workbook.xml.rels", _RELATIONS.format(links))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            labels = "".join(shared(label) for label in ("id", "customer", "day", "amount", "remark"))
            sheet.write(f"<row>{labels}</row>".encode())
            for number, name, day, amount, remark in rows(1):
                if number > count:
                    break
                texts = f"{shared(name)}{shared(day)}<c><v>{amount}</v></c>{shared(remark)}"
                sheet.write(f'<row r="{number + 1}"><c><v>{number}</v></c>{texts}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as table:
            table.write(f'<sst xmlns="{_MAIN}">'.encode())
            for text in strings:
                table.write(f"<si><t>{escape(text)}</t></si>".encode())
            table.write(b"</sst>")
