"""Formats, compressions, encodings, dialects: the same table comes out whatever way it was written."""

import codecs
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

Run = Callable[..., Any]

RECORDS = [
    {"id": 1, "name": "Zoë Müller", "born": "1990-05-17", "score": 12.5},
    {"id": 2, "name": "José, the 2nd", "born": "1985-11-02", "score": 3.25},
    {"id": 3, "name": 'Anna "Ann" Berg', "born": "2001-01-31", "score": 8.0},
]
EXPECTED = [
    (1, "Zoë Müller", date(1990, 5, 17), 12.5),
    (2, "José, the 2nd", date(1985, 11, 2), 3.25),
    (3, 'Anna "Ann" Berg', date(2001, 1, 31), 8.0),
]


def as_csv(delimiter: str = ",", newline: str = "\n", quote: str = '"') -> str:
    def cell(value: object) -> str:
        text = str(value)
        if delimiter in text or quote in text or "\n" in text:
            return quote + text.replace(quote, quote * 2) + quote
        return text

    rows: list[list[object]] = [list(RECORDS[0]), *(list(record.values()) for record in RECORDS)]
    return "".join(delimiter.join(map(cell, row)) + newline for row in rows)


TEXTS = {
    "csv": as_csv(),
    "json array": json.dumps(RECORDS, ensure_ascii=False),
    "json pretty": json.dumps(RECORDS, ensure_ascii=False, indent=2),
    "json envelope": json.dumps({"meta": {"tags": ["x"]}, "result": {"data": RECORDS}}, ensure_ascii=False),
    "ndjson": "\n".join(json.dumps(record, ensure_ascii=False) for record in RECORDS),
    "concatenated": "".join(json.dumps(record, ensure_ascii=False) for record in RECORDS),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_every_format_in_every_wrapping(run: Run, kind: str, encoding: str, packed: bool) -> None:
    # The name lies on purpose: content decides.
    outcome = run(TEXTS[kind].encode(encoding), name="table.dat", packed=packed)
    assert outcome.columns == ["id", "name", "born", "score"]
    assert outcome.rows == EXPECTED
    assert outcome.report.compression == ("gzip" if packed else None)
    assert outcome.report.format == {"csv": "csv", "ndjson": "ndjson"}.get(kind, "json")


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8", "utf-8"), ("utf-16", "utf-16-le"), ("cp1252", "windows-1252")]
)
def test_the_encoding_is_told(run: Run, encoding: str, told: str) -> None:
    assert run(as_csv().encode(encoding)).report.encoding == told


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":", "^", "~", "\x01", "\x1f", "§", " "])
def test_delimiters_and_line_ends(run: Run, delimiter: str, newline: str) -> None:
    outcome = run(as_csv(delimiter, newline))
    assert outcome.rows == EXPECTED
    assert outcome.report.dialect.delimiter == delimiter
    assert outcome.report.dialect.header is True


def test_single_quotes_and_backslash_escapes(run: Run) -> None:
    assert run(as_csv(";", quote="'")).rows == EXPECTED
    text = 'id,say\n1,"a \\"quoted\\" word, and more"\n2,"plain, too"\n3,"x \\"y\\", z"\n'
    assert run(text).column("say") == ['a "quoted" word, and more', "plain, too", 'x "y", z']


def test_mixed_line_ends(run: Run) -> None:
    assert run("a,b\r\n1,2\n3,4\r5,6\r\n7,8").rows == [(1, 2), (3, 4), (5, 6), (7, 8)]


def test_embedded_line_ends_and_blank_lines(run: Run) -> None:
    outcome = run('a,b\n\n1,"x\ny"\n\n\n2,"p\n\nq"\n3,z\n')
    assert outcome.rows == [(1, "x\ny"), (2, "p\n\nq"), (3, "z")]
    assert outcome.column("_row") == [1, 2, 3]


def test_invalid_bytes_late_in_a_long_file(run: Run) -> None:
    good = "".join(f"{number},some text of row {number}\n" for number in range(60_000))
    outcome = run(b"id,text\n" + good.encode() + b"60000,caf\xe9\n60001,M\xc3\xbcnchen\n")
    assert outcome.report.rows_out == 60_002
    assert outcome.column("text")[-2:] == ["café", "München"]


def test_a_wrong_byte_among_utf8_is_repaired_alone(run: Run) -> None:
    text = "name\n" + "Zürich Genève\n" * 3 + "Köln\n"
    data = text.encode() + b"Z\xfcrich\n"
    outcome = run(data)
    assert outcome.report.encoding == "utf-8"
    assert "Zürich" in outcome.column("name")
    assert "1 invalid bytes were read as Windows-1252" in outcome.report.warnings


@pytest.mark.parametrize("between", [b"", b"\n", b'8,"x,red\n', b'8,a"x,red,"b\n'])
def test_a_wrong_byte_counts_once_however_often_it_is_read(run: Run, between: bytes) -> None:
    rows = b"".join(b"%d,Zo\xc3\xab,blue\n" % number for number in range(300))
    wrong = b"9,caf\xe9,red\n"
    outcome = run(b"id,name,colour\n" + rows + wrong + rows + between + wrong + rows)
    assert "2 invalid bytes were read as Windows-1252" in outcome.report.warnings


def test_one_column(run: Run) -> None:
    outcome = run("city\nOslo\nNew York\n\nLima\n")
    assert outcome.rows == [("Oslo",), ("New York",), ("Lima",)]
    assert outcome.report.dialect.delimiter is None


def test_no_header(run: Run) -> None:
    outcome = run("1,2.5,2020-01-01\n2,3.5,2020-01-02\n")
    assert outcome.columns == ["column_1", "column_2", "column_3"]
    assert outcome.rows[0] == (1, 2.5, date(2020, 1, 1))
    assert outcome.report.rows_in == 2


def test_years_as_labels_are_a_header(run: Run) -> None:
    outcome = run("country,2010,2011\nPeru,2871,3001\nChad,912,1044\n")
    assert outcome.columns == ["country", "column_2010", "column_2011"]
    assert outcome.report.table_schema.fields[1].title == "2010"


def test_times_do_not_make_a_colon_the_delimiter(run: Run) -> None:
    outcome = run("time,count\n2015/01/01 01:00:00,2\n2015/01/01 04:00:00,3\n2015/01/01 05:00:00,1\n")
    assert outcome.types() == {"time": "datetime", "count": "integer"}


def test_decimal_commas_do_not_make_a_comma_the_delimiter(run: Run) -> None:
    outcome = run("name;price;weight\nnut;1,50;0,25\nbolt;2,75;1,00\nscrew;13,20;2,40\n")
    assert outcome.columns == ["name", "price", "weight"]


def test_json_keys_come_from_all_records_in_order(run: Run) -> None:
    lines = [json.dumps({"a": 1, "b": "x"})] * 3 + [json.dumps({"b": "y", "late key": True})]
    outcome = run("\n".join(lines), name="x.ndjson")
    assert outcome.columns == ["a", "b", "late_key"]
    assert outcome.report.rows_duplicate == 2
    assert outcome.rows == [(1, "x", None), (None, "y", True)]


def test_json_nested_values_stay_json(run: Run) -> None:
    outcome = run(json.dumps([{"id": 1, "geo": {"x": 1}, "tags": ["a", None]}, {"id": 2, "geo": {}, "tags": []}]))
    assert outcome.types() == {"id": "integer", "geo": "object", "tags": "array"}
    assert outcome.rows == [(1, '{"x":1}', '["a",null]'), (2, "{}", "[]")]


def test_json_odd_keys_and_values(run: Run) -> None:
    record = {"a/b": 1, "c~d": "", 'say "x"': None, "": "empty", "A/B": "other", "text": "é\u2028\n\t"}
    outcome = run(json.dumps([record, record | {"a/b": 2}], ensure_ascii=False))
    assert outcome.columns == ["a_b", "c_d", "say_x", "column_4", "a_b_2", "text"]
    assert outcome.rows[0] == (1, None, None, "empty", "other", "é")


def test_json_of_one_object_is_one_record(run: Run) -> None:
    assert run('{"name": "x", "size": 3}').rows == [("x", 3)]


def test_json_of_scalars(run: Run) -> None:
    assert run("[1, 2, 3]", name="x.json").rows == [(1,), (2,), (3,)]


def test_json_numbers_beyond_64_bits_keep_their_digits(run: Run) -> None:
    outcome = run('[{"n": 12345678901234567890123}, {"n": 1}]')
    assert [str(value) for value in outcome.column("n")] == ["12345678901234567890123", "1"]


def test_a_broken_line_of_ndjson_is_refused_and_the_rest_survives(run: Run) -> None:
    outcome = run('{"a": 1}\n\n{"a": 2\n{"a": 3}\n', name="x.jsonl")
    assert outcome.rows == [(1,), (3,)]
    assert outcome.column("_row") == [1, 3]
    (refused,) = outcome.rejects
    assert (refused["row"], refused["line"], refused["code"]) == (2, 3, "malformed-json")
    assert refused["raw"] == '{"a": 2'
    assert "column" in refused["reason"]


def test_braces_do_not_make_json(run: Run) -> None:
    assert run("[id],[name]\n1,x\n2,y\n").columns == ["id", "name"]
    assert run("{a};{b}\n1;2\n3;4\n").rows == [(1, 2), (3, 4)]


def test_row_names_without_a_label(run: Run) -> None:
    outcome = run("mpg,cyl\nMazda,21.5,6\nFiat,32.4,4\nHonda,30.4,4\n")
    assert outcome.columns == ["column_1", "mpg", "cyl"]
    assert outcome.rows[0] == ("Mazda", 21.5, 6)


def test_a_trailing_delimiter_makes_no_column(run: Run) -> None:
    outcome = run("a,b,\n1,2,\n3,4,\n")
    assert outcome.columns == ["a", "b"]
    assert run("a,b\n1,2,\n3,4,\n").rows == [(1, 2), (3, 4)]


def test_byte_order_mark_is_no_part_of_the_first_label(run: Run) -> None:
    assert run(codecs.BOM_UTF8 + b"a,b\n1,2\n").columns == ["a", "b"]


def test_of_several_arrays_in_an_envelope_the_longest_is_taken_and_the_others_are_told(run: Run) -> None:
    outcome = run(json.dumps({"nodes": [{"id": 1}], "graph": {"links": [{"from": 1, "to": 2}, {"from": 2, "to": 1}]}}))
    assert outcome.rows == [(1, 2), (2, 1)]
    assert outcome.report.warnings == ["records were taken from graph.links; left aside: nodes"]


def test_text_that_was_encoded_twice_is_set_right(run: Run) -> None:
    outcome = run("id,Städte\n1,ZÃ¼rich\n2,GenÃ¨ve\n3,Köln\n")
    assert outcome.rows == [(1, "Zürich"), (2, "Genève"), (3, "Köln")]
    assert "2 lines held text that was encoded twice, and were set right" in outcome.report.warnings


@pytest.mark.parametrize(("written", "told"), [(", ", ","), (" ; ", ";"), (" | ", "|"), ("||", "||"), (" ", " ")])
def test_blanks_beside_the_delimiter_are_told_apart_from_it(run: Run, written: str, told: str) -> None:
    outcome = run("".join(written.join(row) + "\n" for row in (["id", "n"], ["a1", "7"], ["b2", "8"])), as_text=True)
    assert outcome.report.dialect.delimiter == told
    assert outcome.report.dialect.padded == (told != written)
    assert outcome.rows == [("a1", "7"), ("b2", "8")]
