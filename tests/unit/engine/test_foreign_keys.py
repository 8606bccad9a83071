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
