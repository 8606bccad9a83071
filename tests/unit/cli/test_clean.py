"""``sluice clean`` on one source: what comes out, in which form, with which status."""

import gzip
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.cli.terminal import Sluice, Write, numbered, row_groups, table, types

MESSY = "Id;Price in €;When\n1;2.50;2020-01-02 10:00\n2;x\n3;3.00;2020-02-03 11:30\n"


def test_records_go_to_standard_output_as_csv_and_the_summary_to_stderr(sluice: Sluice, write: Write) -> None:
    write("a.csv", MESSY)
    ran = sluice("clean", "a.csv")
    assert ran.status == 0
    assert ran.rows == [
        ["id", ran.rows[0][1], "when"],
        ["1", "2.5", "2020-01-02T10:00:00Z"],
        ["3", "3.0", "2020-02-03T11:30:00Z"],
    ]
    assert "3 rows in, 2 out, 1 rejected, 0 duplicate" in ran.stderr
    assert "--rejects" in ran.stderr


def test_quiet_says_nothing_but_errors(sluice: Sluice, write: Write) -> None:
    write("a.csv", MESSY)
    assert sluice("clean", "-q", "a.csv").stderr == ""
    write("empty.csv", "")
    assert sluice("clean", "-q", "empty.csv").error == "empty.csv: the file is empty: 0 bytes"


def test_parquet_has_types_and_the_source_s_order(sluice: Sluice, write: Write) -> None:
    write("a.csv", MESSY)
    assert sluice("clean", "a.csv", "-o", "out.parquet").status == 0
    names, rows = table("out.parquet")
    assert rows == [(1, 2.5, datetime(2020, 1, 2, 10)), (3, 3.0, datetime(2020, 2, 3, 11, 30))]  # noqa: DTZ001 - UTC
    assert not [name for name in names if name.startswith("_")]


def test_order_holds_over_many_parts_and_threads(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(250_000))
    assert sluice("clean", "a.csv", "-o", "out.parquet", "--threads", 4, "--lineage").status == 0
    _, rows = table("out.parquet")
    assert [row[0] for row in rows] == list(range(1, 250_001))


def test_lineage_keeps_where_a_record_comes_from(sluice: Sluice, write: Write) -> None:
    write("a.csv", MESSY)
    sluice("clean", "a.csv", "-o", "out.ndjson", "--lineage")
    records = [json.loads(line) for line in Path("out.ndjson").read_text().splitlines()]
    assert [record["_row"] for record in records] == [1, 3]
    assert {record["_object"] for record in records} == {"a.csv"}
    assert {"_key", "_run", "_sk"} < set(records[0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("o.csv", 'id,note\n1,\n2,"a,""b"""\n'),
        ("o.tsv", 'id\tnote\n1\t\n2\t"a,""b"""\n'),
        ("o.ndjson", '{"id":1,"note":null}\n{"id":2,"note":"a,\\"b\\""}\n'),
        ("o.jsonl", '{"id":1,"note":null}\n{"id":2,"note":"a,\\"b\\""}\n'),
    ],
)
def test_the_extension_names_the_format(name: str, expected: str, sluice: Sluice, write: Write) -> None:
    write("a.json", '[{"id": 1, "note": null}, {"id": 2, "note": "a,\\"b\\""}]')
    assert sluice("clean", "a.json", "-o", name).status == 0
    assert Path(name).read_text() == expected
    assert sluice("clean", "a.json", "-o", name + ".gz").status == 0
    assert gzip.decompress(Path(name + ".gz").read_bytes()).decode() == expected
    asked = Path(name).suffix.removeprefix(".").replace("jsonl", "ndjson")
    assert sluice("clean", "a.json", "-f", asked).stdout.decode() == expected


def test_json_holds_what_json_readers_would_round_as_text_and_documents_as_such(sluice: Sluice, write: Write) -> None:
    write("a.json", '[{"n": 9007199254740993, "d": {"a": [1, 2]}}, {"n": 7, "d": {"a": []}}]')
    sluice("clean", "a.json", "-o", "o.json")
    records = json.loads(Path("o.json").read_text())
    assert records == [{"n": "9007199254740993", "d": {"a": [1, 2]}}, {"n": 7, "d": {"a": []}}]


def test_as_text_leaves_every_value_as_it_was(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,when\n007,1.50\n007,1.50\n8,2.00\n")
    ran = sluice("clean", "a.csv", "--as-text")
    assert ran.rows == [["id", "when"], ["007", "1.50"], ["007", "1.50"], ["8", "2.00"]]


def test_as_text_leaves_labels_as_they_were_if_they_are_unique(sluice: Sluice, write: Write) -> None:
    write("a.csv", 'Order ID,"Price, €",,Name,NAME,name_2\n1,2,3,4,5,6\n1,2,3,4,5,6\n')
    ran = sluice("clean", "a.csv", "--as-text")
    assert ran.rows[0] == ["Order ID", "Price, €", "column_3", "Name", "name_2", "name_2_2"]
    assert sluice("clean", "a.csv").rows[0][:2] == ["order_id", "price_eur"]
    sluice("clean", "a.csv", "--as-text", "-o", "o.json")
    assert list(json.loads(Path("o.json").read_text())[0])[:2] == ["Order ID", "Price, €"]


def test_a_nul_in_a_label_is_left_out(sluice: Sluice, write: Write) -> None:
    write("a.json", '[{"b\\u0000c": 1, "bc": 2}]')
    write("a.csv", "b\0c,d\n1,2\n3,4\n")
    assert sluice("clean", "a.json", "--as-text").rows == [["bc", "bc_2"], ["1", "2"]]
    assert sluice("clean", "a.csv", "--as-text").rows == [["bc", "d"], ["1", "2"], ["3", "4"]]


def test_as_text_joins_under_the_labels_of_the_first(sluice: Sluice, write: Write) -> None:
    write("a.csv", "Order ID,n\n1,2\n")
    write("b.csv", "order_id,n\n3,4\n")
    assert sluice("clean", "a.csv", "b.csv", "--as-text").rows == [["Order ID", "n"], ["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [("a.csv", "Order ID,Name\n", ["order_id", "name"]), ("a.json", "[]", ["value"]), ("a.json", " {} ", ["value"])],
)
def test_a_table_without_records_is_cleaned_to_one(
    sluice: Sluice, write: Write, name: str, content: str, columns: list[str]
) -> None:
    write(name, content)
    ran = sluice("clean", name, "-o", "o.parquet", "--report", "r.json")
    assert ran.status == 0
    assert "no record" in ran.stderr
    assert table("o.parquet") == (columns, [])
    report = json.loads(Path("r.json").read_text())
    assert (report["rows_in"], report["rows_out"]) == (0, 0)
    assert "no record" in report["warnings"][0]


def test_a_source_without_records_adds_no_columns_to_others(sluice: Sluice, write: Write) -> None:
    write("a.json", "[]")
    write("b.json", '[{"n": 1}]')
    assert sluice("clean", "a.json", "b.json").rows == [["n"], ["1"]]


def test_a_contract_is_not_kept_by_a_file_without_records(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id\n")
    write("schema.json", json.dumps({"fields": [{"name": "id", "type": "integer"}]}))
    ran = sluice("clean", "a.csv", "--schema", "schema.json")
    assert (ran.status, ran.error) == (2, "a.csv: the file has a header and no records")


def test_a_contract_decides_types_and_refuses(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,n\n1,5\n2,50\n")
    fields = [{"name": "id", "type": "string"}, {"name": "n", "type": "integer", "constraints": {"maximum": 9}}]
    write("schema.json", json.dumps({"fields": fields}))
    ran = sluice("clean", "a.csv", "--schema", "schema.json", "-o", "o.parquet", "--rejects", "r.ndjson")
    assert ran.status == 0
    assert types("o.parquet") == {"id": "VARCHAR", "n": "BIGINT"}
    assert table("o.parquet")[1] == [("1", 5)]
    (refused,) = (json.loads(line) for line in Path("r.ndjson").read_text().splitlines())
    assert (refused["source"], refused["row"], refused["code"], refused["column"]) == ("a.csv", 2, "maximum", "n")


def test_strict_ends_with_1_only_if_a_row_was_refused(sluice: Sluice, write: Write) -> None:
    write("a.csv", MESSY)
    write("b.csv", numbered(3))
    assert sluice("clean", "--strict", "a.csv", "-o", "a.parquet").status == 1
    assert len(table("a.parquet")[1]) == 2
    assert sluice("clean", "--strict", "b.csv", "-o", "b.parquet").status == 0


def test_all_rows_refused_gives_an_empty_table_with_its_columns(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,day\n1,2020-01-01\n2,2020-01-02\n")
    fields = [{"name": "id", "type": "integer", "constraints": {"minimum": 9}}, {"name": "day", "type": "date"}]
    write("schema.json", json.dumps({"fields": fields}))
    assert sluice("clean", "a.csv", "--schema", "schema.json", "-o", "o.parquet").status == 0
    assert types("o.parquet") == {"id": "BIGINT", "day": "DATE"}
    assert sluice("clean", "a.csv", "--schema", "schema.json").rows == [["id", "day"]]


def test_foreign_keys_are_looked_up_in_a_referenced_table(sluice: Sluice, write: Write) -> None:
    write("countries.csv", "code,name\nDE,Germany\nFR,France\n")
    sluice("clean", "countries.csv", "-o", "countries.parquet")
    write("a.csv", "id,country\n1,DE\n2,XX\n3,FR\n")
    key = {"fields": ["country"], "reference": {"resource": "countries", "fields": ["code"]}}
    fields = [{"name": "id", "type": "integer"}, {"name": "country"}]
    write("s.json", json.dumps({"fields": fields, "foreignKeys": [key]}))
    given = ("clean", "a.csv", "--schema", "s.json", "-o", "o.parquet")
    assert sluice(*given, "--reference", "countries=countries.parquet").status == 0
    assert table("o.parquet")[1] == [(1, "DE"), (3, "FR")]
    assert "there is no dataset 'countries'" in sluice(*given).error


def test_hashed_values_depend_on_the_salt(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,mail\n1,a@example.org\n2,b@example.org\n")
    fields = [{"name": "id", "type": "integer"}, {"name": "mail", "sluice:pii": "hash"}]
    write("s.json", json.dumps({"fields": fields}))
    one, other = (sluice("clean", "a.csv", "--schema", "s.json", "--salt", salt).rows for salt in ("x", "y"))
    assert b"example" not in json.dumps([one, other]).encode()
    assert one[1][0] == other[1][0] == "1"
    assert one[1][1] != other[1][1]


def test_repairs_are_applied_when_asked_for(sluice: Sluice, write: Write) -> None:
    cities = ["Hamburg", "Stuttgart", "Frankfurt", "Nuremberg"]
    rows = "".join(f"{number},{cities[number % 4]}\n" for number in range(400))
    write("a.csv", f"id,city\n{rows}400,Stuttgrat\n")
    sluice("clean", "a.csv", "-o", "plain.parquet", "--report", "r.txt")
    assert table("plain.parquet")[1][-1] == (400, "Stuttgrat")
    assert "rather 'Stuttgart'" in Path("r.txt").read_text()
    sluice("clean", "a.csv", "-o", "mended.parquet", "--repair", "0.8")
    assert table("mended.parquet")[1][-1] == (400, "Stuttgart")


def test_day_first_decides_what_no_value_does(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,day\n1,03/04/2020\n2,05/06/2020\n")
    sluice("clean", "a.csv", "-o", "m.parquet")
    sluice("clean", "a.csv", "-o", "d.parquet", "--day-first")
    assert table("m.parquet")[1][0][1] == date(2020, 3, 4)
    assert table("d.parquet")[1][0][1] == date(2020, 4, 3)


def test_no_digit_is_lost(sluice: Sluice, write: Write) -> None:
    write("a.csv", "id,n\n1,12345678901234567890.25\n2,0.50\n")
    sluice("clean", "a.csv", "-o", "o.parquet")
    assert table("o.parquet")[1][0][1] == Decimal("12345678901234567890.25")
    sluice("clean", "a.csv", "-o", "o.ndjson")
    assert '"12345678901234567890.25"' in Path("o.ndjson").read_text()


def test_memory_can_be_told(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1000))
    assert sluice("clean", "a.csv", "--memory", "256MB", "-o", "o.csv").status == 0
    assert sluice("clean", "a.csv", "--memory", "0.25 GiB", "-o", "o.csv").status == 0
    assert "at least 64,000,000 bytes" in sluice("clean", "a.csv", "--memory", "1KB").error
    assert "'lots' is no size" in sluice("clean", "a.csv", "--memory", "lots").error


def test_little_memory_makes_smaller_groups_of_rows(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(70_000))
    sluice("clean", "a.csv", "-o", "plain.parquet")
    sluice("clean", "a.csv", "-o", "frugal.parquet", "--memory", "256MB")
    groups = {name: row_groups(f"{name}.parquet") for name in ("plain", "frugal")}
    assert groups == {"plain": 1, "frugal": 3}
    assert table("plain.parquet") == table("frugal.parquet")
