"""Personal data that a contract declares: hashed, masked or dropped, and nowhere as it stood."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice.models.table_schema import TableSchema
from sluice_clean.engine import EngineError

Run = Callable[..., Any]


def contract(**pii: str) -> dict[str, Any]:
    return {"fields": [{"name": "id", "type": "integer"}, *({"name": k, "sluice:pii": v} for k, v in pii.items())]}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_hash_is_sha256_of_salt_and_value(run: Run) -> None:
    outcome = run("id,mail\n1, ann@example.org \n2,\n", schema=contract(mail="hash"), pii_salt="people")
    assert outcome.column("mail") == [sha256("people:ann@example.org"), None]
    unsalted = run("id,mail\n1,ann@example.org\n", schema=contract(mail="hash"))
    assert unsalted.column("mail") == [sha256("ann@example.org")]


def test_a_mask_leaves_little(run: Run) -> None:
    outcome = run("id,who\n1,abc\n2,abcd\n3,abcdefg\n4,abcdefgh\n5,äöüßäöüß\n6,\n", schema=contract(who="mask"))
    assert outcome.column("who") == ["***", "a***", "a******", "ab****gh", "äö****üß", None]


def test_a_dropped_column_is_in_no_output(run: Run) -> None:
    outcome = run("id,who,n\n1,ann,5\n2,bob,6\n", schema=contract(who="drop"))
    assert outcome.columns == ["id", "n"]
    assert [field.name for field in outcome.report.table_schema.fields] == ["id", "n"]
    assert [column.name for column in outcome.report.columns] == ["id", "n"]


def test_other_types_are_hashed_as_they_would_be_delivered(run: Run) -> None:
    schema = {
        "fields": [{"name": "born", "type": "date", "sluice:pii": "hash", "constraints": {"minimum": "1900-01-01"}}]
    }
    outcome = run("born\n2.3.2001\n4.3.2001\n1.1.1800\n", schema=schema)
    assert outcome.column("born") == [sha256("2001-03-02"), sha256("2001-03-04")]
    (field,) = outcome.report.table_schema.fields
    assert (field.type, field.constraints, field.pii) == ("string", None, "hash")
    assert outcome.report_of("born").sql_type == "VARCHAR"
    assert [refused["code"] for refused in outcome.rejects] == ["minimum"]


@pytest.mark.parametrize("pii", ["hash", "mask", "drop"])
def test_values_appear_nowhere(run: Run, tmp_path: Path, pii: str) -> None:
    person = "Zweistein"
    lines = [f'{n}, {person} {n} ,"{person}, {n}",{n}' for n in range(50)]
    lines += [f"{n},{person}" for n in range(3)]  # too short, refused by the reader
    lines += [f"x{n},{person},{person},1" for n in range(3)]  # refused by the contract
    lines += [f"60,{person} x,y,oops {person}"]  # a value that becomes null
    schema = contract(name=pii, full=pii) | {}
    schema["fields"].append({"name": "age", "type": "integer", "sluice:pii": pii, "sluice:on_violation": "null"})
    outcome = run("id,name,full,age\n" + "\n".join(lines) + "\n", schema=schema)
    assert outcome.report.rows_out == 51
    assert person not in outcome.report.model_dump_json()
    assert all(person not in str(row) for row in outcome.records)
    assert len(outcome.rejects) == 6
    assert all(refused["raw"] == "(withheld: the contract declares personal data)" for refused in outcome.rejects)
    assert person not in str(outcome.rejects)
    assert person not in str(outcome.issues)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "source"]
    assert files
    assert all(person.encode() not in path.read_bytes() for path in files)


def test_the_key_is_of_the_hash(run: Run) -> None:
    schema = contract(mail="hash") | {"primaryKey": "mail"}
    outcome = run("id,mail\n1,a@x\n2,b@x\n3,a@x\n", schema=schema, pii_salt="d")
    assert outcome.column("_key") == [sha256("d:b@x"), sha256("d:a@x")]
    assert outcome.column("id") == [2, 3]


@pytest.mark.parametrize("pii", ["mask", "drop"])
def test_a_key_of_what_is_masked_or_dropped_is_refused(pii: str) -> None:
    with pytest.raises(ValueError, match="primaryKey"):
        TableSchema.model_validate(contract(mail=pii) | {"primaryKey": "mail"})


def test_a_key_by_content_tells_nothing_of_what_was_dropped(run: Run) -> None:
    one = run("id,who\n1,ann\n", schema=contract(who="drop"))
    other = run("id,who\n1,bob\n", schema=contract(who="drop"))
    assert one.column("_key") == other.column("_key")


def test_rows_that_look_alike_without_it_are_one(run: Run) -> None:
    outcome = run("id,who\n1,ann\n1,bob\n", schema=contract(who="drop"))
    assert outcome.report.rows_duplicate == 1
    assert any("who" in warning and "primary key" in warning for warning in outcome.report.warnings)


def test_the_report_counts_what_was_hidden(run: Run) -> None:
    outcome = run("id,mail\n1,a\n2,b\n3,\n", schema=contract(mail="hash"))
    change = outcome.report_of("mail").changes["hash"]
    assert (change.count, change.examples) == (2, [])


def test_as_text_and_personal_data_do_not_go_together(run: Run) -> None:
    with pytest.raises(EngineError, match="personal data") as raised:
        run("id,mail\n1,a\n", schema=contract(mail="hash"), as_text=True)
    assert raised.value.code == "bad-schema"


def test_a_contract_that_drops_everything_is_refused(run: Run) -> None:
    dropped = {"fields": [{"name": name, "sluice:pii": "drop"} for name in ("a", "b")]}
    with pytest.raises(EngineError, match="every column dropped") as caught:
        run("a,b\nx,1\n", schema=dropped)
    assert caught.value.code == "bad-schema"


def test_a_foreign_key_of_a_dropped_field_counts_and_is_not_reported(run: Run, tmp_path: Path) -> None:
    shops = tmp_path / "shops.parquet"
    duckdb.execute(f"COPY (SELECT 'x' AS id) TO '{shops}'")
    key = {"fields": "shop", "reference": {"resource": "shops", "fields": "id"}}
    schema = {
        "fields": [{"name": "shop", "sluice:pii": "drop"}, {"name": "n", "type": "integer"}],
        "foreignKeys": [key],
    }
    outcome = run("shop,n\nx,1\ny,2\n", schema=schema, references={"shops": [str(shops)]})
    assert outcome.column("n") == [1]
    assert outcome.report.rejects_by_code == {"foreign-key": 1}
    assert outcome.report.table_schema.foreign_keys is None
