"""What a file is held against: the datasets that its contract refers to, and what it was before."""

from typing import Any

from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run
from sluice.models.table_schema import Reference, TableSchema
from sluice_clean.agreed import Agreed
from sluice_clean.buckets import CleanBucket

INFERRED = {"fields": [{"name": "id", "type": "integer", "sluice:sql_type": "BIGINT"}]}
KEY = {"fields": ["who"], "reference": {"resource": "people", "fields": ["id"]}}
CONTRACT = TableSchema.model_validate({"fields": [{"name": "who"}], "foreignKeys": [KEY]})


def run_of(dataset: str, run: str, **more: Any) -> Run:
    return Run(run=run, dataset=dataset, object="a.csv", version_id="v", received_at="2026", **more)


class Catalog:
    """Knows one dataset, `people`, with two runs, and what is served of the object `a.csv`."""

    def find_dataset(self, name: str) -> Dataset | None:
        found = Dataset(name="people", created_at="2026", updated_at="2026", generation=3)
        return found if name == "people" else None

    def live_runs(self, dataset: str, generation: int) -> list[Run]:
        assert (dataset, generation) == ("people", 3)
        return [run_of("people", "r1", parts=2), run_of("people", "r2", parts=1, pack="p1")]

    def find_object(self, dataset: str, name: str) -> ObjectPointer | None:
        return ObjectPointer(dataset=dataset, name=name, active_run="r0") if name == "a.csv" else None

    def find_run(self, dataset: str, run: str) -> Run | None:
        return run_of(dataset, run, table_schema=INFERRED)


def agreed() -> Agreed:
    return Agreed(Catalog(), CleanBucket(None, "clean"))  # type: ignore[arg-type] # no client is needed for addresses


def dataset(schema: TableSchema | None) -> Dataset:
    return Dataset(name="visits", created_at="2026", updated_at="2026", table_schema=schema)


def test_a_reference_is_the_files_of_what_is_served_now() -> None:
    found = agreed().references(dataset(CONTRACT), run_of("visits", "r9"))["people"]
    assert found.files == [
        "s3://clean/data/people/pack=p1/part-00000.parquet",
        "s3://clean/data/people/run=r1/part-00000.parquet",
        "s3://clean/data/people/run=r1/part-00001.parquet",
    ]
    assert found.runs == ["r1", "r2"]


def test_a_dataset_that_is_not_there_is_left_out() -> None:
    other = CONTRACT.model_copy(deep=True)
    assert other.foreign_keys
    other.foreign_keys[0].reference.resource = "nobody"
    run = run_of("visits", "r9")
    assert agreed().references(dataset(other), run) == {}
    assert agreed().references(dataset(None), run) == {}


def test_a_reference_to_itself_is_what_it_serves_of_other_objects() -> None:
    schema = CONTRACT.model_copy(deep=True)
    assert schema.foreign_keys
    schema.foreign_keys[0].reference = Reference(fields=["who"])
    people = Dataset(name="people", created_at="2026", updated_at="2026", generation=3, table_schema=schema)
    other = run_of("people", "r9").model_copy(update={"object": "b.csv"})
    assert agreed().references(people, other)[""].runs == ["r1", "r2"]
    assert agreed().references(people, run_of("people", "r9"))[""].runs == []


def test_what_it_was_before() -> None:
    found = agreed().previous(dataset(None), run_of("visits", "r1"))
    assert found is not None
    assert [(field.name, field.type) for field in found.fields] == [("id", "integer")]


def test_a_contract_stands_for_what_was_before() -> None:
    assert agreed().previous(dataset(CONTRACT), run_of("visits", "r1")) is None


def test_a_new_object_was_nothing_before() -> None:
    run = run_of("visits", "r1").model_copy(update={"object": "b.csv"})
    assert agreed().previous(dataset(None), run) is None
