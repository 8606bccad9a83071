"""The search for a dialect, on files as they are found in the wild, and at its limits."""

import time
from pathlib import Path

import pytest
from tests.bench.engine import nasty, readings, wild

from sluice_clean.engine.dialect import Shape, find_dialect
from sluice_clean.engine.model import Source
from sluice_clean.engine.probe import probe
from sluice_clean.engine.records import Form, RecordReader
from sluice_clean.engine.strays import fields_around_strays

CORPUS = wild.corpus(1)
LIMIT = 16 << 20


def _file_shape(tmp_path: Path, content: str | bytes) -> Shape:
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return find_dialect(probe(Source.local(path)), LIMIT)


def _faults(truth: wild.Wild) -> list[str]:
    found = readings.ours(truth.text)
    return [
        name
        for name, right in (
            ("dialect", readings.is_dialect_right(truth, found)),
            ("header", readings.is_header_right(truth, found)),
            ("records", readings.are_records_right(truth, found)),
            ("refused", found.refused == truth.refused),
        )
        if not right
    ]


@pytest.mark.parametrize("truth", nasty.FILES, ids=lambda truth: truth.name)
def test_a_nasty_file_is_read_as_it_was_meant(truth: wild.Wild) -> None:
    assert _faults(truth) == []


@pytest.mark.parametrize("hazard", sorted(wild.HAZARDS))
def test_generated_files_are_read_as_they_were_written(hazard: str) -> None:
    files = [truth for truth in CORPUS if truth.hazard == hazard]
    assert files
    assert {truth.name: faults for truth in files if (faults := _faults(truth))} == {}


def test_what_comes_before_the_table_is_counted_in_physical_lines() -> None:
    shape = readings.shape_of('Report\n"a note\nover two lines"\n\nid,name\n1,Ann\n2,Bob\n3,Cy\n')
    assert (shape.skip, shape.header, shape.header_rows) == (4, ["id", "name"], 1)


def test_notes_at_the_end_are_counted_in_physical_lines_blank_ones_included() -> None:
    shape = readings.shape_of("id,name,n\n1,Ann,5\n2,Bob,6\n\nSource: census\n\n(2 rows)\n\n")
    assert shape.footer == 5


def test_the_footer_of_a_long_file_is_found_at_its_end(tmp_path: Path) -> None:
    records = "".join(f"{number},name {number},{number}.5\n" for number in range(120_000))
    shape = _file_shape(tmp_path, f"id,name,n\n{records}\nSource: census, 2020\n")
    assert shape.footer == 2


def test_a_file_whose_end_is_out_of_sight_has_no_footer_told(tmp_path: Path) -> None:
    records = "".join(f"{number},имя {number},{number}.5\n" for number in range(90_000))
    shape = _file_shape(tmp_path, f"id,name,n\n{records}".encode("iso2022_jp", "ignore") + b"\x1b$B\x1b(B\n")
    assert shape.footer in (None, 0)


def test_a_repeated_header_is_told() -> None:
    assert readings.shape_of("id,name\n1,Ann\nid,name\n2,Bob\n3,Cy\n").repeats_header
    assert not readings.shape_of("id,name\n1,Ann\n2,Bob\n").repeats_header


def test_comments_and_rules_are_noise_and_records_are_not() -> None:
    shape = readings.shape_of("# made by hub\n# second\nid|name\n---|----\n1|Ann\n# later\n2|Bob\n")
    assert shape.comment == "#"
    assert shape.rules
    assert [shape.is_noise(line) for line in ("# x", "---|----", "1|Ann")] == [True, True, False]


def test_a_declared_delimiter_counts_only_if_it_delimits() -> None:
    assert readings.shape_of("sep=;\nid;name\n1;Ann\n").form.delimiter == ";"
    assert readings.shape_of("sep=^\nid,name\n1,Ann\n2,Bob\n").form.delimiter == ","


def test_quotes_are_told_only_where_they_were_seen() -> None:
    assert not readings.shape_of("id,name\n1,Ann\n").quoted
    assert readings.shape_of('id,name\n1,"Ann"\n').quoted


def test_confidence_is_high_for_a_plain_file_and_low_for_prose() -> None:
    plain = readings.shape_of("id,name,born\n" + "".join(f"{n},Ann,1990-01-{n:02}\n" for n in range(1, 29)))
    prose = readings.shape_of("It was late, and cold.\nNobody came; nobody left.\nThe end.\n")
    assert plain.confidence > 0.6
    assert prose.confidence < 0.3


@pytest.mark.parametrize("text", ["x", "a,b", '"', '""', ",", "\n,\n", "'", "\\", "#", "sep=;", "-----\n"])
def test_any_scrap_has_some_shape(text: str) -> None:
    shape = readings.shape_of(text)
    assert shape.width >= 1
    readings.read_by_shape(shape, text)


@pytest.mark.parametrize(("delimiter", "width"), [(",", 100_000), ("\t", 30_000), ("||", 20_000)])
def test_very_wide_lines_take_no_time(tmp_path: Path, delimiter: str, width: int) -> None:
    rows = [delimiter.join(f"c{index}" for index in range(width))]
    rows += [delimiter.join(str(index % 10) for index in range(width)) for _ in range(3)]
    started = time.process_time()
    shape = _file_shape(tmp_path, "\n".join(rows) + "\n")
    assert time.process_time() - started < 4  # seconds of CPU, on a slow and busy machine
    assert (shape.form.delimiter, shape.width) == (delimiter, width)
    assert shape.header is not None
    assert shape.header[-1] == f"c{width - 1}"


def test_a_sample_full_of_quotes_that_never_close_takes_no_time() -> None:
    text = "id,text\n" + "".join(f'{number},"never closed {number}\n' for number in range(5_000))
    started = time.process_time()
    assert readings.shape_of(text).width == 2
    assert time.process_time() - started < 4


@pytest.mark.parametrize(
    ("form", "line", "fields"),
    [
        (Form("||"), 'a||"b||c"||d', ["a", "b||c", "d"]),
        (Form(" ", runs=True), '  a \t b  "c d" ', ["a", "b", "c d"]),
        (Form("|", padded=True, leads=True, trails=True), '|  a | "x | y"  |', ["a", "x | y"]),
        (Form(",", None, "\\"), "a\\,b,c", ["a,b", "c"]),
        (Form(";", trails=True), "a;b;", ["a", "b"]),
        (Form(None), "a,b", ["a,b"]),
    ],
)
def test_records_of_unusual_forms(form: Form, line: str, fields: list[str]) -> None:
    (record,) = RecordReader(form, len(fields), LIMIT).read(iter([line + "\n"]))
    assert record.fields == fields


def test_two_quotes_that_never_close_make_no_record_of_two_lines() -> None:
    lines = ['1,"never closed\n', '2,"never either\n', '3,"fine, really"\n', '4,"two\n', 'lines",\n']
    records = list(RecordReader(Form(","), 2, LIMIT).read(iter(lines)))
    assert [record.fields for record in records] == [None, None, ["3", "fine, really"], ["4", "two\nlines"]]
    assert [record.code for record in records[:2]] == ["unclosed-quote"] * 2


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('7,"a 6" pipe, cut","it\'s 9" long"', ["7", 'a 6" pipe, cut', "it's 9\" long"]),
        ('7,""Great" boots, warm",x', ["7", '"Great" boots, warm', "x"]),
        ('"7,"one, two",x', ['"7', "one, two", "x"]),
        ('7,"say ""hi"", then" go",x', ["7", 'say "hi", then" go', "x"]),
        ('7,"48"", round",x', ["7", '48", round', "x"]),
    ],
)
def test_quotes_that_nobody_doubled_are_told_from_those_around_fields(line: str, fields: list[str]) -> None:
    assert fields_around_strays(line, ",", '"', 3) == fields


@pytest.mark.parametrize("line", ['a","b","c","d', '"a" b,c', "a,b", '"' * 300 + ",b,c"])
def test_a_record_that_can_be_read_in_two_ways_or_none_is_left_alone(line: str) -> None:
    assert fields_around_strays(line, ",", '"', 3) is None


def test_strays_in_a_long_record_take_no_time() -> None:
    line = ",".join(['"a"b"'] * 60 + ["c"] * 3_000)
    started = time.process_time()
    fields_around_strays(line, ",", '"', 3_000)
    fields_around_strays(",".join(['"a"b"'] * 60 + ["c"] * 900), ",", '"', 900)
    assert time.process_time() - started < 2


def test_a_quote_within_a_field_is_kept_where_a_backslash_escapes() -> None:
    lines = ['1,"he said \\"hi\\""\n', '2,"a 6" pipe, cut"\n']
    records = list(RecordReader(Form(",", '"', "\\"), 2, LIMIT).read(iter(lines)))
    assert [record.fields for record in records] == [["1", 'he said "hi"'], ["2", 'a 6" pipe, cut']]


def test_a_second_table_below_is_no_part_of_the_first() -> None:
    first = "".join(f"{number},Ann {number},2020-01-0{number}\n" for number in range(1, 10))
    second = "".join(f"{number},x\n" for number in range(8))
    shape = readings.shape_of(f"id,name,born\n{first}code,letter\n{second}")
    assert (shape.form.delimiter, shape.width, shape.header) == (",", 3, ["id", "name", "born"])


def test_a_header_may_be_delimited_otherwise_than_the_records() -> None:
    shape = readings.shape_of("id name born\n" + "".join(f"{n},Ann,1990-01-{n:02}\n" for n in range(1, 29)))
    assert (shape.header, shape.skip, shape.header_rows) == (["id", "name", "born"], 1, 0)


def test_a_delimiter_too_many_in_the_header_makes_no_column() -> None:
    shape = readings.shape_of("id,name,,born\n" + "".join(f"{n},Ann,1990-01-{n:02}\n" for n in range(1, 29)))
    assert shape.header == ["id", "name", "born"]


# Hazards met in other people's corpora, each in a text of our own.


@pytest.mark.parametrize(
    "top",
    [
        "# %TABLE 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {name: id, datatype: int64}\n# - {name: town}\n",
        "---\ntitle: Towns\nfields:\n  - name: id\n    type: integer\n  - name: town\n---\n",
        "---\ntitle: Towns\n# made by hand\ntags: [a, b]\n...\n",
        "#---\n#title: Towns, and more\n#fields:\n#  - name: id\n#  - name: town\n#---\n",
    ],
)
def test_what_describes_the_table_above_it_may_be_longer_than_the_table(top: str) -> None:
    shape = readings.shape_of(top + "id,town,n\n1,Bonn,2.5\n2,Köln,4.3\n")
    assert (shape.form.delimiter, shape.header, shape.skip) == (",", ["id", "town", "n"], top.count("\n"))


@pytest.mark.parametrize("text", ["---\nid\n---\n1\n---\n2\n", "---\na: 1\nb: 2\n", "---\n,\n---\n1,2\n"])
def test_a_fence_that_holds_no_yaml_is_no_front_matter(text: str) -> None:
    assert readings.shape_of(text).skip <= 1


def test_a_header_in_the_last_of_many_comments_is_found() -> None:
    found = readings.ours("# made by hub 7\n# on the roof\n# x y z\n1 2 3\n4 5 6\n")
    assert (found.delimiter, found.header, found.records) == (" ", ["x", "y", "z"], [["1", "2", "3"], ["4", "5", "6"]])


@pytest.mark.parametrize("record", [",,,", ",NA,N/A,NULL"])
def test_records_without_a_value_are_records_below_labels(record: str) -> None:
    found = readings.ours(f"a,b,c,d\n{record}\n")
    assert (found.delimiter, found.header, found.records) == (",", ["a", "b", "c", "d"], [record.split(",")])


NAMES = ("Argentina", "Bahrain", "Canada", "Denmark", "Estonia", "Finland", "Greece", "Hungary", "Iceland", "Japan X")


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ('"No","Remark","Kind"\n"1","fine","A"\n"2","good, so far","A"\n', ["No", "Remark", "Kind"]),
        (
            "id,100022,100025,100047\nid1,TRUE,FALSE,TRUE\nid2,TRUE,TRUE,FALSE\nid3,FALSE,TRUE,TRUE\n",
            ["id", "100022", "100025", "100047"],
        ),
        ("Museum,2011,2010\nVilla Rosa,23.824,17.518\nCastello,closed,closed\n", ["Museum", "2011", "2010"]),
        ("".join(f"{name},{name[:2].lower()},{name[1:4].upper()}\n" for name in NAMES), None),
        ("".join(f'"SPRING-{name[:2]}{name[::-1][:4]}",\n' for name in NAMES), None),
    ],
)
def test_labels_and_records_are_told_apart(text: str, header: list[str] | None) -> None:
    assert readings.ours(text).header == header


def test_an_unusual_delimiter_outside_the_quotes_beats_a_usual_one_within() -> None:
    job = 'O:3:""Job"":9:{s:3:""get"";a:4:{s:6:""action"";s:7:""add_job"";s:6:""script"";s:13:""my_import.php"";}'
    job += 's:4:""post"";a:2:{s:5:""maker"";s:3:""%s"";}s:6:""job_id"";N;s:4:""func"";s:7:""do_work"";}'
    found = readings.ours("".join(f'{n}#"{job % name}"#1#{n % 2}\n' for n, name in enumerate(("add", "cut", "mix"))))
    assert found.delimiter == "#"
    assert [len(record) for record in found.records] == [4, 4, 4]


def test_long_texts_of_many_lines_are_cells() -> None:
    prose = (
        "Apart from counting words, our editor can help you to improve your style, and, if asked, finds mistakes. " * 2
    )
    prose += "To check what you wrote you need no more than to place the mark in the box above and to begin. " * 4
    lines = "\n".join([prose] * 8)
    found = readings.ours("Text,state\n" + "".join(f'"{lines}",test {n}\n' for n in range(15)))
    assert (found.delimiter, found.header, len(found.records)) == (",", ["Text", "state"], 15)
    assert found.records[0] == [lines, "test 0"]


def test_a_last_column_with_a_single_value_is_a_column() -> None:
    found = readings.ours("".join(f"W{n:02};walk {n};{n}.5;{'2009-05-22' if n == 17 else ''}\n" for n in range(40)))
    assert found.refused == 0
    assert found.records[16:18] == [["W16", "walk 16", "16.5", ""], ["W17", "walk 17", "17.5", "2009-05-22"]]


def test_a_title_above_a_header_that_leaves_columns_of_the_sheet_empty_is_no_label() -> None:
    days = ("Oct-14", "Nov-14", "Dec-14", "Oct-14", "Nov-14")
    rows = "".join(
        f"Lady Swan,{day},Fund {n},Talk {n},,,,,\n,,Club {n},,,,,,\n,,View {n},,,,,,\n" for n, day in enumerate(days)
    )
    found = readings.ours("Meetings,,,,,,,,\nMinister,Date,Name of body,Purpose,,,,,\n" + rows)
    assert (found.header, len(found.records)) == (["Minister", "Date", "Name of body", "Purpose", *[""] * 5], 15)


def test_a_blank_field_too_many_is_none_be_it_a_quoted_line_end() -> None:
    found = readings.ours('"Name";"m";"D"\n"OR30";"21";"21";"\n"\n"OR31";"22";"20";"\n"\n')
    assert (found.records, found.refused) == ([["OR30", "21", "21"], ["OR31", "22", "20"]], 0)


@pytest.mark.parametrize("label", ["9" * 5_000, "1" * 60, "\u00b2"])
def test_figures_that_are_no_number_of_a_column(label: str) -> None:
    labels = [*(str(number) for number in range(1, 61)), label]
    rows = [",".join(str(number + row) for number in range(61)) for row in range(2, 9)]
    shape = readings.shape_of("\n".join([",".join(labels), *rows]) + "\n")
    assert shape.width == 61
