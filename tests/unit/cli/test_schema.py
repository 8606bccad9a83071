"""``sluice schema``, and the contract that ``sluice clean`` is given."""

import json
from pathlib import Path

import pytest
from tests.unit.cli.terminal import Sluice, Write, numbered


def test_the_inferred_schema_is_json_on_standard_output(sluice: Sluice, write: Write) -> None:
    write("a.csv", "Id,When,Ok\n1,2020-01-01,yes\n2,2020-01-02,no\n")
    ran = sluice("schema", "a.csv")
    assert ran.status == 0
    assert [(field["name"], field["type"]) for field in ran.json["fields"]] == [
        ("id", "integer"),
        ("when", "date"),
        ("ok", "boolean"),
    ]
    assert ran.stderr == ""


def test_what_schema_writes_is_a_contract_for_clean(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(3))
    assert sluice("schema", "a.csv", "-o", "s.json").status == 0
    assert sluice("clean", "a.csv", "--schema", "s.json").rows == sluice("clean", "a.csv").rows


def test_schema_takes_one_source(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1))
    write("b.csv", numbered(1))
    assert sluice("schema", "-", stdin=b"a,b\n1,2\n").json["fields"][0]["name"] == "a"
    assert sluice("schema", "*.csv").error == "*.csv: 2 files match; a schema is inferred from one"
    assert sluice("schema", "nope.csv").error == "nope.csv: no such file"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "s.json: not JSON: "),
        ("\xff", "s.json: not JSON: "),
        ("[" * 100_000, "s.json: not JSON: "),
        ("[]", "s.json: Input should be"),
        ('{"fields": []}', "s.json: fields: "),
        ('{"fields": [{"name": "a", "type": "text"}]}', "s.json: fields.0.type: Input should be 'string', "),
        ('{"fields": [{"name": "a"}], "primaryKey": "b"}', "s.json: Value error, primaryKey names fields"),
        (
            '{"fields": [{"name": "z", "constraints": {"required": true}}]}',
            "a.csv: the file is not what the contract describes",
        ),
    ],
)
def test_a_bad_contract_is_told_with_its_place(text: str, reason: str, sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1))
    write("s.json", text.encode("latin-1"))
    assert sluice("clean", "a.csv", "--schema", "s.json").error.startswith(reason)
    assert json.dumps([path.name for path in sorted(Path().iterdir())]) == '["a.csv", "s.json"]'


def test_a_contract_that_is_not_there(sluice: Sluice, write: Write) -> None:
    write("a.csv", numbered(1))
    assert "'nope.json' does not exist" in sluice("clean", "a.csv", "--schema", "nope.json").error
