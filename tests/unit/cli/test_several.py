"""Several sources: a file each in a folder, or one table of all."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.cli.terminal import Sluice, Write, numbered, table, types


def test_a_folder_gets_a_file_for_each_source(sluice: Sluice, write: Write) -> None:
    write("in/a.csv", numbered(2))
    write("in/b.json", '[{"x": 1}]')
    assert sluice("clean", "in/a.csv", "in/b.json", "-o", "new/out/").status == 0
    assert table("new/out/a.parquet") == (["id", "name"], [(1, "n1"), (2, "n2")])
    assert table("new/out/b.parquet") == (["x"], [(1,)])
    assert sluice("clean", "in/*", "-o", "new/out", "-f", "csv").status == 0
    assert Path("new/out/a.csv").read_text() == "id,name\n1,n1\n2,n2\n"


def test_in_a_folder_a_bad_source_does_not_hold_up_the_others(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1))
    write("b.csv", "")
    write("c.csv", numbered(1))
    ran = sluice("clean", "a.csv", "b.csv", "c.csv", "-o", "out/", "--report", "r.json")
    assert ran.error == "b.csv: the file is empty: 0 bytes"
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.parquet", "c.parquet"]
    report = json.loads(Path("r.json").read_text())
    assert [source["source"] for source in report["sources"]] == ["a.csv", "b.csv", "c.csv"]
    assert report["sources"][1]["error"] == "b.csv: the file is empty: 0 bytes"
    assert report["rows_in"] == 2


def test_two_sources_never_become_one_file_unasked(sluice: Sluice, write: Write) -> None:
    write("x/a.csv", numbered(1))
    write("y/a.csv", numbered(1))
    assert "would be written over" in sluice("clean", "x/a.csv", "y/a.csv", "-o", "out/").error
    assert not Path("out").exists()


def test_joined_sources_keep_their_order_and_meet_by_column_name(sluice: Sluice, write: Write) -> None:
    write("b.csv", "name,ID\nx,1\ny,2\n")
    write("a.csv", "id,extra\n3,e\n")
    ran = sluice("clean", "b.csv", "a.csv", "-o", "o.parquet")
    assert ran.status == 0
    assert table("o.parquet") == (["name", "id", "extra"], [("x", 1, None), ("y", 2, None), (None, 3, "e")])
    assert "all sources: 3 rows in, 3 out" in ran.stderr
    assert sluice("clean", "b.csv", "a.csv").rows == [
        ["name", "id", "extra"],
        ["x", "1", ""],
        ["y", "2", ""],
        ["", "3", "e"],
    ]


@pytest.mark.parametrize(
    "other", ["id,name\n0,x\n", "id,more\n0,x\n", "id,name\n0.5,x\n"], ids=["same", "more", "type"]
)
def test_joining_large_sources_keeps_order(other: str, sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(130_000))
    write("b.csv", numbered(130_000, first=130_001))
    write("c.csv", other)
    sluice("clean", "a.csv", "b.csv", "c.csv", "-o", "o.parquet", "--threads", 4)
    assert [row[0] for row in table("o.parquet")[1]][:-1] == list(range(1, 260_001))


def test_types_that_differ_become_one_that_holds_all(sluice: Sluice, write: Write) -> None:
    write("a.csv", "i,n,d\n1,1,2020-01-01\n2,2,2020-01-02\n")
    write("b.csv", "i,n,d\n12345678901234567890.25,1.5,2020-01-01 10:00\n2.5,2.5,2020-01-02 10:00\n")
    sluice("clean", "a.csv", "b.csv", "-o", "o.parquet")
    found = types("o.parquet")
    assert found["i"].startswith("DECIMAL")
    assert (found["n"], found["d"]) == ("DOUBLE", "TIMESTAMP")
    assert [row[0] for row in table("o.parquet")[1]] == [1, 2, Decimal("12345678901234567890.25"), Decimal("2.5")]


def test_where_only_text_holds_all_values_they_are_as_they_stood(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,v\n1,1.50\n2,2.00\n")
    write("b.csv", "id,v\n3,abc\n4,def\n")
    sluice("clean", "a.csv", "b.csv", "-o", "o.parquet")
    assert table("o.parquet")[1] == [(1, "1.50"), (2, "2.00"), (3, "abc"), (4, "def")]


def test_whole_numbers_that_a_double_cannot_hold_are_not_rounded(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,v\n1,9007199254740993\n2,5\n")
    write("b.csv", "id,v\n3,1.5\n4,2.5\n")
    sluice("clean", "a.csv", "b.csv", "-o", "o.parquet")
    assert [row[1] for row in table("o.parquet")[1]] == ["9007199254740993", "5", "1.5", "2.5"]


def test_with_a_primary_key_the_last_record_of_a_key_stays(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,v\n1,old\n2,old\n")
    write("b.csv", "id,v\n2,new\n3,new\n")
    write("s.json", '{"fields": [{"name": "id", "type": "integer"}, {"name": "v"}], "primaryKey": "id"}')
    ran = sluice("clean", "a.csv", "b.csv", "--schema", "s.json", "-o", "o.parquet", "--report", "r.json")
    assert table("o.parquet")[1] == [(1, "old"), (2, "new"), (3, "new")]
    assert "all sources: 4 rows in, 3 out, 0 rejected, 1 duplicate" in ran.stderr
    report = json.loads(Path("r.json").read_text())
    assert (report["rows_out"], report["rows_duplicate"]) == (3, 1)


def test_a_bad_source_leaves_no_joined_file(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1))
    write("b.csv", "")
    write("o.parquet", "as before")
    ran = sluice("clean", "a.csv", "b.csv", "-o", "o.parquet", "--report", "r.json")
    assert ran.error == "b.csv: the file is empty: 0 bytes"
    assert Path("o.parquet").read_text() == "as before"
    assert not Path("r.json").exists()


def test_as_text_joins_texts(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,v\n1,1.50\n1,1.50\n")
    write("b.csv", "id,v\n01,abc\n")
    assert sluice("clean", "a.csv", "b.csv", "--as-text").rows[1:] == [["1", "1.50"], ["1", "1.50"], ["01", "abc"]]
