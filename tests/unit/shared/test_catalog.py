"""The catalog's promises, on DynamoDB's real conditions and transactions (moto)."""

from typing import Any

import pytest

from sluice.catalog import Commit, OvertakenError
from sluice.errors import DatasetNotFoundError, RunNotFoundError
from sluice.models.dataset import DatasetSettings, DatasetUpdate
from sluice.models.run import Run, RunError
from sluice.models.table_schema import TableSchema

D = "prices"


def a_run(run: str, name: str, fence: int, **more: Any) -> Run:
    values = {"rows_in": 10, "rows_out": 10, "parts": 2, "bytes_out": 100, "last_modified": "2026-01-01T00:00:00.000Z"}
    values |= {"table_schema": {"fields": [{"name": "a", "type": "integer"}]}, "received_at": "2026-01-01"}
    return Run(run=run, dataset=D, object=name, version_id="v-" + run, fence=fence, **(values | more))


def serve(aws: Any, run: str, name: str = "a.csv", **more: Any) -> Run:
    aws.catalog.ensure_dataset(D)
    pointer = aws.catalog.take_fence(D, name)
    new = a_run(run, name, pointer.fence, **more)
    aws.catalog.start_run(new)
    aws.catalog.commit(Commit(D, name, pointer.fence, new, "etag"))
    return new


def test_put_keeps_what_it_does_not_name_and_null_clears(aws: Any) -> None:
    schema = TableSchema.model_validate({"fields": [{"name": "a", "type": "integer"}], "primaryKey": "a"})
    aws.catalog.put_dataset(
        D, DatasetUpdate(title="Prices", table_schema=schema, settings=DatasetSettings(as_text=True))
    )
    kept = aws.catalog.put_dataset(D, DatasetUpdate(description="Daily"))
    assert (kept.title, kept.description, kept.settings.as_text) == ("Prices", "Daily", True)
    assert kept.table_schema == schema
    cleared = aws.catalog.put_dataset(D, DatasetUpdate.model_validate({"schema": None, "settings": None}))
    assert (cleared.title, cleared.table_schema, cleared.settings.as_text) == ("Prices", None, False)
    assert cleared.created_at == kept.created_at


def test_an_unknown_dataset_is_an_error_that_names_it(aws: Any) -> None:
    with pytest.raises(DatasetNotFoundError, match="'nope'"):
        aws.catalog.dataset("nope")


def test_a_commit_moves_generation_counters_pointer_and_run_together(aws: Any) -> None:
    serve(aws, "r1")
    dataset, pointer, run = aws.catalog.dataset(D), aws.catalog.find_object(D, "a.csv"), aws.catalog.run(D, "r1")
    assert (dataset.generation, dataset.rows, dataset.bytes, dataset.objects) == (1, 10, 100, 1)
    assert (pointer.active_run, pointer.state, pointer.rows) == ("r1", "active", 10)
    assert (run.status, run.generation_from, run.generation_to, run.live) == ("loading", 1, None, True)
    assert run.table_schema == {"fields": [{"name": "a", "type": "integer"}]}


def test_replacing_ends_the_old_run_at_the_generation_where_the_new_one_begins(aws: Any) -> None:
    serve(aws, "r1")
    serve(aws, "r2", rows_in=4, rows_out=4, bytes_out=40)
    assert aws.catalog.dataset(D).rows == 4
    assert [run.run for run in aws.catalog.live_runs(D, 1)] == ["r1"]
    assert [run.run for run in aws.catalog.live_runs(D, 2)] == ["r2"]
    assert aws.catalog.find_object(D, "a.csv").outbox == {"r1#2", "r2#2"}


def test_withdrawing_takes_the_counters_back(aws: Any) -> None:
    serve(aws, "r1")
    serve(aws, "r2", name="b.csv")
    pointer = aws.catalog.take_fence(D, "a.csv")
    aws.catalog.commit(Commit(D, "a.csv", pointer.fence))
    dataset = aws.catalog.dataset(D)
    assert (dataset.generation, dataset.rows, dataset.objects) == (3, 10, 1)
    assert [run.run for run in aws.catalog.live_runs(D, 3)] == ["r2"]
    assert aws.catalog.find_object(D, "a.csv").state == "removed"


def test_an_overtaken_worker_commits_nothing(aws: Any) -> None:
    aws.catalog.ensure_dataset(D)
    first, second = aws.catalog.take_fence(D, "a.csv"), aws.catalog.take_fence(D, "a.csv")
    assert second.fence == first.fence + 1
    with pytest.raises(OvertakenError):
        aws.catalog.commit(Commit(D, "a.csv", first.fence, a_run("r1", "a.csv", first.fence)))
    assert aws.catalog.dataset(D).generation == 0
    assert aws.catalog.find_run(D, "r1") is None


def test_committing_the_same_run_twice_changes_nothing_the_second_time(aws: Any) -> None:
    run = serve(aws, "r1")
    assert aws.catalog.commit(Commit(D, "a.csv", run.fence, run)) == 1
    assert aws.catalog.dataset(D).rows == 10


def test_a_commit_that_meets_another_one_tries_again_and_both_count(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read = aws.dynamodb.transact_get_items
    between = iter(["b.csv", "c.csv"])

    def read_then_lose_the_race(**request: Any) -> Any:
        answer = read(**request)
        name = next(between, None)
        if name:
            serve(aws, "of-" + name, name=name)
        return answer

    aws.catalog.ensure_dataset(D)
    monkeypatch.setattr(aws.dynamodb, "transact_get_items", read_then_lose_the_race)
    serve(aws, "r1")
    dataset = aws.catalog.dataset(D)
    assert (dataset.generation, dataset.rows, dataset.objects) == (3, 30, 3)
    assert sorted(run.generation_from for run in aws.catalog.live_runs(D, 3)) == [1, 2, 3]


def test_a_run_is_done_when_every_part_is_in_however_often_it_is_said(aws: Any) -> None:
    serve(aws, "r1")
    for _ in range(3):
        aws.catalog.part_loaded(D, "r1", 0)
    assert aws.catalog.run(D, "r1").status == "loading"
    assert aws.catalog.run(D, "r1").progress == 0.75
    aws.catalog.part_loaded(D, "r1", 1)
    done = aws.catalog.run(D, "r1")
    assert (done.status, done.parts_loaded, done.progress) == ("done", 2, 1.0)
    assert done.finished_at


def test_a_run_that_ended_before_it_was_loaded_is_superseded(aws: Any) -> None:
    serve(aws, "r1")
    serve(aws, "r2")
    aws.catalog.part_unloaded(D, "r1", 0)
    assert aws.catalog.run(D, "r1").status == "superseded"


def test_only_the_worker_that_holds_a_run_may_fail_it(aws: Any) -> None:
    aws.catalog.start_run(a_run("r1", "a.csv", fence=2))
    error = RunError(type="empty-file", detail="The file is empty.")
    assert not aws.catalog.fail_run(a_run("r1", "a.csv", fence=1), error)
    assert aws.catalog.fail_run(a_run("r1", "a.csv", fence=2), error)
    failed = aws.catalog.run(D, "r1")
    assert (failed.status, failed.error) == ("failed", error)


def test_a_run_that_was_served_and_fails_when_it_is_begun_again_accounts_for_its_rows(aws: Any) -> None:
    run = serve(aws, "r1")
    aws.catalog.commit(Commit(D, "a.csv", aws.catalog.take_fence(D, "a.csv").fence))
    again = a_run("r1", "a.csv", fence=aws.catalog.take_fence(D, "a.csv").fence, rows_in=0, rows_out=0)
    aws.catalog.start_run(again)
    aws.catalog.fail_run(again, RunError(type="internal-error", detail="Broke off."))
    failed = aws.catalog.run(D, run.run)
    assert (failed.rows_in, failed.rows_out) == (0, 0)


def test_a_received_run_is_superseded_but_a_committed_one_is_not(aws: Any) -> None:
    assert aws.catalog.receive_run(a_run("r0", "a.csv", fence=0))
    assert not aws.catalog.receive_run(a_run("r0", "a.csv", fence=0))
    assert aws.catalog.supersede_run(D, "r0")
    serve(aws, "r1")
    assert not aws.catalog.supersede_run(D, "r1")
    assert not aws.catalog.supersede_run(D, "unheard-of")


def test_runs_are_listed_newest_first_and_paged(aws: Any) -> None:
    for number in range(5):
        aws.catalog.receive_run(a_run(f"r{number}", "a.csv", 0, received_at=f"2026-01-0{number + 1}"))
    page = aws.catalog.runs(D, 3)
    rest = aws.catalog.runs(D, 3, page.next)
    assert [run.run for run in page.items + rest.items] == ["r4", "r3", "r2", "r1", "r0"]
    assert rest.next is None


def test_datasets_are_listed_by_name(aws: Any) -> None:
    for name in ("b", "a", "c"):
        aws.catalog.ensure_dataset(name)
    assert [dataset.name for dataset in aws.catalog.datasets(10).items] == ["a", "b", "c"]


def test_an_unknown_run_is_told_from_an_unknown_dataset(aws: Any) -> None:
    with pytest.raises(DatasetNotFoundError):
        aws.catalog.run(D, "r1")
    aws.catalog.ensure_dataset(D)
    with pytest.raises(RunNotFoundError, match="'r1'"):
        aws.catalog.run(D, "r1")
