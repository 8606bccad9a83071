"""Broken delimited files: the broken record is refused with its place and reason, everything else survives."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

Run = Callable[..., Any]

BODY = [f'{number},"name {number}, junior",{number}.5' for number in range(1, 21)]
HEADER = "id,name,price"


def broken(line: str, at: int = 10) -> str:
    return "\n".join([HEADER, *BODY[:at], line, *BODY[at:]]) + "\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("99,short", "wrong-field-count"),
        ("99,too,1.5,many", "wrong-field-count"),
        ('99,"never closed,1.5', "unclosed-quote"),
    ],
)
def test_a_broken_row_is_refused_alone(run: Run, line: str, code: str) -> None:
    outcome = run(broken(line))
    assert outcome.report.rows_in == 21
    assert outcome.column("id") == list(range(1, 21))
    assert outcome.column("_row") == [*range(1, 11), *range(12, 22)]
    (refused,) = outcome.rejects
    assert (refused["row"], refused["line"], refused["code"], refused["raw"]) == (11, 12, code, line)
    assert refused["_object"] == "a/b.csv"
    assert outcome.report.rejects_by_code == {code: 1}


def test_trailing_empty_fields_are_no_fault(run: Run) -> None:
    outcome = run(broken("99,x,1.5,,,"))
    assert outcome.report.rows_rejected == 0
    assert 99 in outcome.column("id")


def test_records_of_a_part_are_in_order_where_that_is_asked_for(run: Run) -> None:
    sound, stray = '{0},"name {0}, junior",{0}.5', '{0},"he said "{0}" twice",{0}.5'
    lines = [(sound if n % 500 else stray).format(n) for n in range(1, 40_001)]
    outcome = run("\n".join([HEADER, *lines]) + "\n", ordered_parts=True)
    assert outcome.report.rows_out == len(lines)
    (part,) = outcome.report.parts
    rows = duckdb.execute(f"SELECT _row FROM read_parquet('{part.url}')").fetchall()  # noqa: S608 - a path of ours
    assert [row for (row,) in rows] == list(range(1, len(lines) + 1))


def test_stray_quotes_inside_values_stay(run: Run) -> None:
    outcome = run(broken('99,a 5" pipe,1.5'))
    assert outcome.report.rows_rejected == 0
    assert 'a 5" pipe' in outcome.column("name")
    outcome = run(broken('99,"he said "hi" twice",1.5'))
    assert outcome.report.rows_rejected == 0
    assert 'he said "hi" twice' in outcome.column("name")


@pytest.mark.parametrize(
    "after",
    [
        '22,Ada,"22,000.50",US,said nothing,and more',
        '22,Ada,22.50,US,"said, nothing",and more',
        '22,Ada,"22,000.50",US,"said\nnothing"',
    ],
)
def test_an_unclosed_quote_swallows_no_other_record(run: Run, after: str) -> None:
    rows = [f'{number},Ada,"{number},000.50",US,said nothing' for number in range(1, 40)]
    rows[20] = '21,Ada,"24.56","JP,said much'
    rows[21] = after
    outcome = run(("id,name,amount,country,comment\n" + "\n".join(rows) + "\n").encode())
    sound = "more" not in after
    assert outcome.column("id") == [number for number in range(1, 40) if number != 21 and (sound or number != 22)]
    assert outcome.report.rejects_by_code == {"unclosed-quote": 1} | ({} if sound else {"wrong-field-count": 1})


def test_line_numbers_after_embedded_line_ends(run: Run) -> None:
    outcome = run(broken('99,"two\nlines",1.5\n\n100,short'))
    (refused,) = outcome.rejects
    assert (refused["row"], refused["line"]) == (12, 15)
    assert outcome.report.rows_in == 22


def test_an_unclosed_quote_at_the_end_of_a_long_file(run: Run) -> None:
    body = "".join(f"{number},text {number},x\n" for number in range(5_000))
    outcome = run(f'id,a,b\n{body}5000,"open,x\n{body}')
    assert outcome.report.rejects_by_code == {"unclosed-quote": 1}
    assert outcome.report.rows_in == 10_001
    assert outcome.report.rows_duplicate == 5_000


def test_a_record_beyond_the_limit_is_refused(run: Run) -> None:
    outcome = run(broken("99," + "x" * 5_000 + ",1.5"), max_record_bytes=2_000)
    (refused,) = outcome.rejects
    assert refused["code"] == "record-too-long"
    assert outcome.column("id") == list(range(1, 21))


def test_many_broken_rows_keep_their_numbers(run: Run) -> None:
    lines = [f"{n},one,too,many" if n % 7 == 0 else f"{n},a,b" for n in range(1, 3_001)]
    outcome = run("id,x,y\n" + "\n".join(lines))
    assert outcome.column("_row") == outcome.column("id")
    assert [refused["row"] for refused in outcome.rejects] == [n for n in range(1, 3_001) if n % 7 == 0]
    assert all(refused["line"] == refused["row"] + 1 for refused in outcome.rejects)


@pytest.mark.parametrize("header", [",name,city", "id,,name,city", "name,city,"])
@pytest.mark.parametrize("last", ["", ",more"])
def test_wrong_bytes_behind_a_column_that_is_left_out(run: Run, header: str, last: str) -> None:
    """DuckDB ends in an internal error where it does not read an earlier column."""
    names = header.split(",")
    lines = [",".join(name and f"é{name} {n}" for name in names).encode() for n in range(20)]
    lines.append((",".join(name and f"\xf6{name}" for name in names) + last).encode("latin-1"))
    outcome = run(b"\n".join([header.encode(), *lines]) + b"\n")
    assert outcome.columns == [name for name in names if name]
    assert outcome.report.rows_out == 21 - bool(last)
    assert outcome.report.rows_rejected == bool(last)


def test_records_are_counted_where_lines_end_in_two_ways(run: Run) -> None:
    """DuckDB counts the line end after `3;` twice, and has a record too many before the last one."""
    outcome = run("1;2\n3;\r\n7;8\n4\n")
    assert outcome.rows == [(1, 2), (3, None), (7, 8)]
    (refused,) = outcome.rejects
    assert (refused["row"], refused["line"], refused["raw"]) == (4, 4, "4")


@pytest.mark.parametrize(
    ("broken", "count"), [("1," * 100_000, 1), ("1," * 1_000 + "x", 500), ("7", 20_000), ('"a ""quoted"" one"', 20_000)]
)
def test_records_with_very_many_fields_too_many_or_too_few(run: Run, broken: str, count: int) -> None:
    """DuckDB keeps an error for each field, with the whole record: minutes, for these."""
    columns = [f"c{n}" for n in range(40)]
    sound = [",".join(f"{n + place}" for place in range(40)) for n in range(count + 10)]
    mixed = [line for one in sound[10:] for line in (broken, one)]
    outcome = run("\n".join([",".join(columns), *sound[:10], *mixed]) + "\n")
    assert outcome.report.rows_out == len(sound)
    assert outcome.report.rejects_by_code == {"wrong-field-count": count}


def test_cells_full_of_delimiters_are_cells(run: Run) -> None:
    shape = ",".join(f"{n} {n + 1}" for n in range(2_000))
    lines = [f'{n},"POLYGON(({shape}))","name {n}\nof two lines"' for n in range(200)]
    outcome = run("\n".join(["id,shape,name", *lines, "200,x"]) + "\n")
    assert outcome.report.rows_out == 200
    assert outcome.report.rejects_by_code == {"wrong-field-count": 1}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("broken", [None, "7", "7,x", '7,"x', "7,x,2024-01-07,y,z", "7,x,2024-01-07,,", ""])
def test_many_records_lack_their_last_fields(run: Run, end: str, broken: str | None) -> None:
    """Whatever else is wrong in a file, they lack nothing but what is empty then, and no other record is filled up."""
    lines = [f"{n},name {n},2024-01-07" + ("" if n % 3 else f',"he said, {n}"') for n in range(1, 3_001)]
    if broken is not None:
        lines.insert(2_000, broken)
    outcome = run(end.join(["id,name,day,remark", *lines]) + end)
    assert outcome.report.warnings[0] == "the last field of a record may be lacking: it is empty then"
    sound = broken == "7,x,2024-01-07,,"
    assert outcome.report.rows_out == len(lines) - (broken is not None and not sound)
    assert outcome.report.rows_rejected == (bool(broken) and not sound)
    rows = {row[0]: row[1:4] for row in outcome.rows if row[0] != 7}
    assert all(name == f"name {n}" for n, (name, _, _) in rows.items())
    assert all(remark == (None if n % 3 else f"he said, {n}") for n, (_, _, remark) in rows.items())


def test_a_row_without_a_value_is_refused(run: Run) -> None:
    outcome = run("a,b\n1,2\n,\n3,4\n")
    assert outcome.rows == [(1, 2), (3, 4)]
    assert outcome.report.rejects_by_code == {"empty-row": 1}


def test_nul_bytes_survive_reading(run: Run) -> None:
    outcome = run(b"a,b\n1,x\x00y\n2,z\n")
    assert outcome.rows == [(1, "xy"), (2, "z")]
    assert outcome.report_of("b").changes["control-characters"].count == 1


def test_as_text_leaves_everything_as_it_stood(run: Run) -> None:
    outcome = run("a,b\n 007 ,NA\n 007 ,NA\n,\n1e5,-\n", as_text=True)
    assert outcome.rows == [(" 007 ", "NA"), (" 007 ", "NA"), ("", ""), ("1e5", "-")]
    assert set(outcome.types().values()) == {"string"}


def test_a_file_of_nothing_but_broken_records(run: Run) -> None:
    outcome = run('"\x010')
    assert outcome.report.parts == []
    assert outcome.report.rejects_by_code == {"unclosed-quote": 1}


def test_the_header_says_how_many_fields_when_enough_rows_agree(run: Run) -> None:
    outcome = run("a,b,c\n1,2\n3,4\n5,6\n7,8,9\n10,11,12\n")
    assert outcome.rows == [(7, 8, 9), (10, 11, 12)]
    assert outcome.report.rejects_by_code == {"wrong-field-count": 3}


def test_labels_without_values_are_told(run: Run) -> None:
    outcome = run("a,b,c\n1,2\n3,4\n5,6\n")
    assert outcome.rows == [(1, 2), (3, 4), (5, 6)]
    assert outcome.report.warnings == ["labels that no record has a field for: c"]


def test_the_last_line_of_a_record_is_no_footer(run: Run) -> None:
    outcome = run('alpha,beta,gamma\n1,0,w0\n2,0,w0\n3,0,"w0\n0"\n', as_text=True)
    assert outcome.rows == [("1", "0", "w0"), ("2", "0", "w0"), ("3", "0", "w0\n0")]


@pytest.mark.parametrize("head", ["id,name\r", "a title\r\rid,name\r\n", "\ufeffid,name\n"])
def test_no_record_is_lost_where_lines_end_in_different_ways(run: Run, head: str) -> None:
    ends = ["\r", "\n", "\r\n"]
    records = "".join(f"{number},name {number}{ends[number % 3]}" for number in range(1, 31))
    outcome = run(head + records, as_text=True)
    assert outcome.rows == [(str(number), f"name {number}") for number in range(1, 31)]
    assert outcome.report.rows_in == 30
    outcome = run(head + records.replace("\n", "\r").replace("\r\r", "\r") + "31,one\n32,two\r")
    assert outcome.column("id") == list(range(1, 33))


def test_a_quoted_line_end_behind_the_last_field_is_no_field(run: Run) -> None:
    outcome = run('"Name";"m";"D"\n' + "".join(f'"OR{n}";"2{n}";"1{n}";"\n"\n' for n in range(30)))
    assert (outcome.report.rows_in, outcome.report.rows_rejected) == (30, 0)
    assert outcome.rows[29] == ("OR29", 229, 129)
