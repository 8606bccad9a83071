"""Where outputs go: complete or not at all, never over a source, never over each other."""

import json
import os
import re
from pathlib import Path

import pytest
from tests.unit.cli.terminal import Sluice, Write, numbered, table

REFUSED = "id,name\n1,a\n2,b,c,d\n3,c\n4,d\n"


def test_an_older_output_is_replaced_and_its_permissions_stay(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(2))
    old = write("o.csv", "old")
    old.chmod(0o600)
    assert sluice("clean", "a.csv", "-o", "o.csv").status == 0
    assert old.read_text() == "id,name\n1,n1\n2,n2\n"
    assert old.stat().st_mode & 0o777 == 0o600


def test_a_symbolic_link_stays_one(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1))
    target = write("real/o.csv", "")
    Path("o.csv").symlink_to(target)
    sluice("clean", "a.csv", "-o", "o.csv")
    assert Path("o.csv").is_symlink()
    assert target.read_text() == "id,name\n1,n1\n"


def test_a_device_is_written_into_and_stays(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1))
    assert sluice("clean", "a.csv", "-o", os.devnull, "-f", "parquet").status == 0
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-o", "a.csv"], "a.csv: the records would be written over the source a.csv"),
        (
            ["-o", "o.csv", "--rejects", "./o.csv"],
            "o.csv: the report, rejects or issues would be written over the",
        ),
        (["-o", "o.xlsx"], "o.xlsx: its extension names no format that is written here: .parquet, .csv, .tsv,"),
        (["-o", "o.parquet.gz"], "o.parquet.gz: its extension names no format"),
        (["-o", "nowhere/o.csv"], "nowhere/o.csv: there is no folder nowhere"),
        (["--report", "nowhere/r.json"], "nowhere/r.json: there is no folder nowhere"),
        (["--rejects", "r.doc"], "r.doc: its extension names no format"),
        (["--rejects", "-"], "standard output can take one of"),
        (["-o", "o.csv", "--rejects", "-", "--issues", "-"], "standard output can take one of"),
        (["--reference", "other"], "--reference other: NAME=FILE is expected"),
        (["--reference", "other=nope.parquet"], "--reference other=nope.parquet: no such file"),
        (["--repair", "2"], "Invalid value for '--repair': 2.0 is not in the range 0<=x<=1"),
        (["-f", "xlsx"], "Invalid value for '-f' / '--format': 'xlsx' is not one of"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told_before_any_work(
    arguments: list[str], reason: str, sluice: Sluice, write: Write
) -> None:
    write("a.csv", numbered(1))
    assert sluice("clean", "a.csv", *arguments).error.startswith(reason)
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv"]


def test_refused_rows_with_their_row_line_code_reason_and_text(sluice: Sluice, write: Write) -> None:
    write("a.csv", REFUSED)
    ran = sluice("clean", "a.csv", "-o", "o.parquet", "--rejects", "-")
    assert ran.rows[0] == ["source", "row", "line", "code", "reason", "column", "raw"]
    (refused,) = ran.rows[1:]
    assert refused[:3] == ["a.csv", "2", "3"]
    assert refused[-1] == "2,b,c,d"


def test_refused_rows_of_all_sources_are_together(sluice: Sluice, write: Write) -> None:
    write("b.csv", REFUSED)
    write("a.csv", REFUSED)
    write("c.csv", numbered(2))
    sluice("clean", "b.csv", "a.csv", "c.csv", "-o", "out/", "--rejects", "r.parquet")
    names, rows = table("r.parquet")
    assert [(row[names.index("source")], row[names.index("row")]) for row in rows] == [("b.csv", 2), ("a.csv", 2)]


def test_no_refused_rows_are_a_file_without_rows(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1))
    write("r.csv", "of an older run")
    sluice("clean", "a.csv", "--rejects", "r.csv")
    assert Path("r.csv").read_text() == "source,row,line,code,reason,column,raw\n"


def test_a_report_as_json_names_the_file_that_was_written(sluice: Sluice, write: Write) -> None:
    write("a.csv", REFUSED)
    sluice("clean", "a.csv", "-o", "o.parquet", "--report", "r.json")
    report = json.loads(Path("r.json").read_text())
    assert report["source"] == "a.csv"
    assert (report["rows_in"], report["rows_out"], report["rows_rejected"], report["rows_duplicate"]) == (4, 3, 1, 0)
    assert report["parts"] == [{"url": "o.parquet", "rows": 3, "bytes": Path("o.parquet").stat().st_size}]
    assert [column["name"] for column in report["columns"]] == ["id", "name"]
    assert [field["name"] for field in report["table_schema"]["fields"]] == ["id", "name"]


def test_cells_that_became_null_are_kept_with_their_text(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,n\n" + "".join(f"{number},{number}\n" for number in range(1, 300)) + "300, [b]\n")
    ran = sluice("clean", "a.csv", "-o", "o.parquet", "--issues", "i.csv")
    assert "n: 1 values are no integer and became null" in ran.stderr
    header, issue = Path("i.csv").read_text().splitlines()
    assert header == "source,row,column,code,reason,text"
    assert issue == "a.csv,300,n,type,n is not of type integer, [b]"
    sluice("clean", "a.csv", "--as-text", "-o", "t.parquet", "--issues", "i.csv")
    assert Path("i.csv").read_text() == "source,row,column,code,reason,text\n"


def test_a_report_for_people(sluice: Sluice, write: Write) -> None:
    values = "".join(f"{number},{number}\n" for number in range(1, 300))
    write("a.csv", f"id,Net Price\n{values}300, [b]\n")
    sluice("clean", "a.csv", "-o", "o.parquet", "--report", "r.txt")
    text = Path("r.txt").read_text()
    assert "300 rows in, 300 out" in text
    assert re.search(r"net_price +Net Price +integer +1 +1 +299 +1 +299", text)
    assert "net_price: 1 values are no integer and became null" in text
    assert "net_price, invalid, row 300: ' [b]' became null" in text
    assert "may be a key: id" in text
    assert "\x1b" not in text


def test_what_a_file_holds_cannot_move_the_terminal_s_cursor(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,Na\x1b[2Jme\n1,a\x1b[31m\n2,b\n")
    ran = sluice("clean", "a.csv", "-o", "o.csv", "--report", "-")
    assert b"\x1b" not in ran.stdout
    assert "\x1b" not in ran.stderr


def test_a_report_to_the_terminal_gives_way_to_records_on_standard_output(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1))
    assert b"in the source" in sluice("clean", "a.csv", "-o", "o.csv", "--report", "-").stdout
    ran = sluice("clean", "a.csv", "-q", "--report", "-")
    assert ran.rows == [["id", "name"], ["1", "n1"]]
    assert "in the source" in ran.stderr
