"""Foreign keys: values that must occur in another dataset."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice.models.table_schema import TableSchema
from sluice_clean.engine import CleanSettings, EngineError, Lineage, Reference, Source, Target, clean, local_connection

Run = Callable[..., Any]
Write = Callable[[str, str], str]


@pytest.fixture
def parquet(tmp_path: Path) -> Write:
    def write(name: str, select: str) -> str:
        path = str(tmp_path / f"{name}.parquet")
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path

    return write


def refers(*names: str, to: list[str] | str = "id", types: str = "integer", **more: Any) -> dict[str, Any]:
    described = [{"name": "n", "type": "integer"}, *({"name": name, "type": types, **more} for name in names)]
    key = {"fields": list(names), "reference": {"resource": "people", "fields": to}}
    return {"fields": described, "foreignKeys": [key]}


def test_what_is_nowhere_is_refused_and_null_passes(run: Run, parquet: Write) -> None:
    people = [parquet("a", "SELECT 1 AS id"), parquet("b", "SELECT 2 AS id, 'x' AS more")]
    outcome = run("n,who\n1,1\n2,3\n3,\n4,2\n5,7\n", schema=refers("who"), references={"people": people})
    assert outcome.column("n") == [1, 3, 4]
    assert [(one["row"], one["code"], one["column"], one["raw"]) for one in outcome.rejects] == [
        (2, "foreign-key", "who", "2,3"),
        (5, "foreign-key", "who", "5,7"),
    ]
    assert outcome.rejects[0]["reason"] == "who is not in dataset people"


def test_composite_keys_hold_together(run: Run, parquet: Write) -> None:
    people = [parquet("a", "SELECT * FROM (VALUES (1, 1), (2, 2)) t(x, y)")]
    schema = refers("a", "b", to=["x", "y"])
    outcome = run("n,a,b\n1,1,1\n2,1,2\n3,,2\n4,2,2\n", schema=schema, references={"people": people})
    assert outcome.column("n") == [1, 3, 4]


def test_numbers_meet_as_numbers_and_others_as_text(run: Run, parquet: Write) -> None:
    decimals = [parquet("a", "SELECT 1.0::DOUBLE AS id UNION ALL SELECT 2.5")]
    outcome = run("n,who\n1,1\n2,2\n", schema=refers("who"), references={"people": decimals})
    assert outcome.column("n") == [1]
    texts = [parquet("b", "SELECT '1' AS id UNION ALL SELECT 'x'")]
    outcome = run("n,who\n1,1\n2,2\n", schema=refers("who"), references={"people": texts})
    assert outcome.column("n") == [1]


def test_a_value_can_become_null_instead(run: Run, parquet: Write) -> None:
    people = [parquet("a", "SELECT 1 AS id")]
    schema = refers("who", **{"sluice:on_violation": "null"})
    outcome = run("n,who\n1,1\n2,3\n", schema=schema, references={"people": people})
    assert outcome.rows == [(1, 1), (2, None)]
    assert outcome.report.issues == 1


def test_a_dataset_without_records_has_no_values(run: Run) -> None:
    outcome = run("n,who\n1,1\n2,\n", schema=refers("who"), references={"people": []})
    assert outcome.column("n") == [2]


@pytest.mark.parametrize(
    ("references", "code", "message"),
    [(None, "unknown-reference", "people"), ({"other": []}, "unknown-reference", "people")],
)
def test_a_dataset_that_is_not_there(run: Run, references: Any, code: str, message: str) -> None:
    with pytest.raises(EngineError, match=message) as raised:
        run("n,who\n1,1\n", schema=refers("who"), references=references)
    assert raised.value.code == code


def test_a_column_that_is_not_there(run: Run, parquet: Write) -> None:
    with pytest.raises(EngineError, match="'people' has no column: id") as raised:
        run("n,who\n1,1\n", schema=refers("who"), references={"people": [parquet("a", "SELECT 1 AS x")]})
    assert raised.value.code == "bad-schema"


@pytest.mark.parametrize(
    "broken",
    [
        {"fields": ["nope"], "reference": {"resource": "people", "fields": ["id"]}},
        {"fields": ["who"], "reference": {"resource": "people", "fields": ["id", "x"]}},
        {"fields": ["who"], "reference": {"resource": "", "fields": ["id"]}},
        {"fields": ["who"], "reference": {"fields": ["id"]}},
    ],
)
def test_a_foreign_key_that_makes_no_sense(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"foreignKeys|resource"):
        TableSchema.model_validate(refers("who") | {"foreignKeys": [broken]})


def test_the_keys_stay_in_the_stored_schema(run: Run, parquet: Write) -> None:
    schema = refers("who") | {"title": "kept"}
    schema["fields"][1]["rdfType"] = "http://schema.org/identifier"
    outcome = run("n,who\n1,1\n", schema=schema, references={"people": [parquet("a", "SELECT 1 AS id")]})
    stored = outcome.report.table_schema.to_json()
    assert stored["title"] == "kept"
    assert stored["fields"][1]["rdfType"] == "http://schema.org/identifier"
    assert stored["foreignKeys"] == [{"fields": ["who"], "reference": {"resource": "people", "fields": ["id"]}}]


def test_only_runs_that_are_served_count(tmp_path: Path, parquet: Write) -> None:
    path = parquet("pack", "SELECT * FROM (VALUES (1, 'old'), (2, 'new')) t(id, _run)")
    source = tmp_path / "source.csv"
    source.write_text("n,who\n1,1\n2,2\n")
    settings = CleanSettings(temp_dir=tmp_path)
    report = clean(
        Source.local(source),
        Target(f"{tmp_path}/out/", f"{tmp_path}/rejects.parquet", Lineage("o", "r", "s")),
        schema=TableSchema.model_validate(refers("who")),
        references={"people": Reference([path], ["new"])},
        settings=settings,
        connect=lambda: local_connection(settings),
    )
    assert report.rejects_by_code == {"foreign-key": 1}


def refers_to_itself(**more: Any) -> dict[str, Any]:
    """People, each with a boss who is one of them."""
    described = [{"name": "id", "type": "integer"}, {"name": "boss", "type": "integer", **more}]
    return {"fields": described, "foreignKeys": [{"fields": "boss", "reference": {"resource": "", "fields": "id"}}]}


def test_a_table_may_refer_to_itself_forwards_and_backwards(run: Run) -> None:
    outcome = run("id,boss\n1,\n2,3\n3,1\n4,4\n", schema=refers_to_itself())
    assert outcome.column("id") == [1, 2, 3, 4]


def test_who_refers_to_a_refused_record_of_the_same_table_is_refused_too(run: Run) -> None:
    outcome = run("id,boss\n1,\n2,3\n3,9\n4,2\n5,1\nx,1\n6,6\n", schema=refers_to_itself())
    assert outcome.column("id") == [1, 5, 6]
    assert [(one["row"], one["line"], one["code"], one["raw"]) for one in outcome.rejects] == [
        (2, 3, "foreign-key", "2,3"),
        (3, 4, "foreign-key", "3,9"),
        (4, 5, "foreign-key", "4,2"),
        (6, 7, "type", "x,1"),
    ]
    assert outcome.rejects[0]["reason"] == "boss is not in this table"


def test_a_value_that_refers_to_nothing_of_its_table_can_become_null(run: Run) -> None:
    outcome = run("id,boss\n1,\n2,3\n3,9\n4,3\n", schema=refers_to_itself(**{"sluice:on_violation": "null"}))
    assert outcome.rows == [(1, None), (2, 3), (3, None), (4, 3)]
    assert [(one["row"], one["code"], one["text"]) for one in outcome.issues] == [(3, "foreign-key", "9")]


def test_a_table_is_more_than_one_file(run: Run, parquet: Write) -> None:
    others = [parquet("a", "SELECT 9 AS id")]
    outcome = run("id,boss\n1,9\n2,8\n", schema=refers_to_itself(), references={"": others})
    assert outcome.column("id") == [1]


def test_of_records_with_one_key_the_last_is_referred_to(run: Run) -> None:
    schema = refers_to_itself() | {"primaryKey": "id"}
    outcome = run("id,boss\n1,\n2,1\n1,7\n3,2\n", schema=schema)
    assert outcome.column("id") == [1], "its last version refers to nothing, and takes with it who refers to it"
    assert outcome.report.rejects_by_code == {"foreign-key": 3}


def test_references_within_a_table_across_many_chunks(run: Run) -> None:
    count = 120_000
    rows = "".join(f"{n},{(n * 7919) % count + 1},{'x' * 60}\n" for n in range(1, count + 1))
    outcome = run("id,boss,text\n" + rows + f"{count + 1},{count + 5},y\n", schema=refers_to_itself())
    assert (outcome.report.rows_out, outcome.report.rejects_by_code) == (count, {"foreign-key": 1})


def test_personal_data_is_not_referred_to_within_a_table(run: Run) -> None:
    with pytest.raises(EngineError, match="personal data can't be referred to: boss") as raised:
        run("id,boss\n1,1\n", schema=refers_to_itself(**{"sluice:pii": "hash"}))
    assert raised.value.code == "bad-schema"


def test_a_long_chain_to_nowhere_ends(run: Run) -> None:
    rows = "".join(f"{n},{n + 1}\n" for n in range(1, 1_500))
    with pytest.raises(EngineError, match="more than 1,000 deep") as raised:
        run("id,boss\n" + rows, schema=refers_to_itself())
    assert raised.value.code == "too-large"
