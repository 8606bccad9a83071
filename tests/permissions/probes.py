"""What the functions do: a probe does one thing from its beginning, and raises `DeniedError` if it is refused.

Each works on a dataset of its own, so that nothing that a warm function keeps in memory stands in for a permission;
and what it needs besides is done by other roles, or by root.
"""

from collections.abc import Callable

from tests.permissions.stage import DeniedError, File, Stage

from sluice.object_keys import RangeTask

Probe = Callable[[Stage], None]

# The last row is too short for the header: a reject.
_CSV = b"id,name\n1,Ada\n2,Grace\n3\n"


def _cleaned(stage: Stage) -> tuple[File, str]:
    """A file that was cleaned but not loaded, and its run."""
    file = stage.put(_CSV)
    stage.clean(file)
    return file, stage.run_of(file).run


def clean_a_file(stage: Stage) -> None:
    """From the raw bucket to Parquet, rejects, report, load task and commit."""
    file = stage.put(_CSV)
    stage.clean(file)
    run = stage.run_of(file)
    assert (run.status, run.rows_out, run.rows_rejected) == ("loading", 2, 1), run


def clean_a_large_file(stage: Stage) -> None:
    """In ranges, each by an invocation of its own, which are joined."""
    row = b"%d,a name that makes a row some forty bytes long\n"
    file = stage.put(b"id,name\n" + b"".join(row % number for number in range(250_000)))
    stage.clean(file)
    run = stage.run_of(file)
    assert run.ranges > 1, run
    for task in (*range(run.ranges), None):
        stage.clean_range(RangeTask(file.dataset, run.run, 0, task))
    run = stage.run_of(file)
    assert (run.status, run.rows_out) == ("loading", 250_000), run


def put_aside_an_event(stage: Stage) -> None:
    """An event that can never be handled goes to the failure queue at once."""
    stage.clean(File("Not Valid", "a.csv", "null"))


def withdraw_a_file(stage: Stage) -> None:
    """A deleted object's records go."""
    file, _ = _cleaned(stage)
    stage.remove(file)
    stage.clean(file)
    found = stage.catalog.find_object(file.dataset, file.name)
    assert found is not None
    assert found.state == "removed"


def load_a_part(stage: Stage) -> None:
    """From Parquet to the records table."""
    file, run = _cleaned(stage)
    stage.load(file.dataset, run)
    assert stage.run_of(file).status == "done"
    assert len(stage.items(run)) == 2


def unload_a_part(stage: Stage) -> None:
    """The records of a run that isn't served any more leave the table."""
    file, run = _cleaned(stage)
    stage.load(file.dataset, run)
    stage.remove(file)
    stage.clean(file)
    stage.load(file.dataset, run)
    assert not stage.items(run)


def send_an_outbox(stage: Stage) -> None:
    """Load tasks that a dead worker left are written by the sweeper."""
    file, run = _cleaned(stage)
    stage.make_due(file.dataset, f"OBJECT#{file.name}", outbox={f"{run}#1"})
    stage.sweep()
    found = stage.catalog.find_object(file.dataset, file.name)
    assert found is not None
    assert not found.outbox


def collect_a_run(stage: Stage) -> None:
    """The files of a run that isn't served any more go."""
    file, run = _cleaned(stage)
    stage.remove(file)
    stage.clean(file)
    stage.load(file.dataset, run)
    stage.make_due(file.dataset, f"RUN#{run}")
    stage.sweep()
    assert not stage.data_files(file.dataset)


def forget_a_commit(stage: Stage) -> None:
    """A prepared commit that a dead worker left goes."""
    file, _ = _cleaned(stage)
    stage.make_due(file.dataset, "PENDING#b.csv")
    stage.sweep()
    assert not stage.has(file.dataset, "PENDING#b.csv")


def merge_files(stage: Stage) -> None:
    """Small files become one."""
    file, run = _cleaned(stage)
    for number in range(15):
        stage.clean(stage.put(_CSV, file.dataset, f"{number}.csv"))
    stage.make_due(file.dataset, "META", partition="MERGE")
    stage.merge()
    found = stage.catalog.find_run(file.dataset, run)
    assert found is not None
    assert found.pack


def delete_a_dataset(stage: Stage) -> None:
    """All of a dataset goes: two of each kind, since the emulator asks the first and the others differently."""
    file, run = _cleaned(stage)
    other = stage.put(_CSV, file.dataset, "other.csv")
    stage.clean(other)
    runs = (run, stage.run_of(other).run)
    for each in runs:
        stage.load(file.dataset, each)
    stage.send("DELETE", f"/v1/datasets/{file.dataset}", 202)
    stage.sweep()  # takes its objects away
    for each in runs:
        stage.load(file.dataset, each)
        stage.let_settle(file.dataset, each)
    stage.make_due(file.dataset, "META")
    stage.sweep()
    assert not stage.has(file.dataset, "META")


def delete_a_file(stage: Stage) -> None:
    """A file goes by a call."""
    file, _ = _cleaned(stage)
    stage.send("DELETE", f"/v1/datasets/{file.dataset}/objects/{file.name}", 202)


def post_a_file(stage: Stage) -> None:
    """A file by a call."""
    stage.send("POST", "/v1/datasets/posted/objects", 202, params={"name": "a.csv"}, content=_CSV)


def describe_a_dataset(stage: Stage) -> None:
    """A dataset made or changed by a call."""
    stage.send("PUT", "/v1/datasets/described", 200, json={"title": "Described"})


def order_a_replay(stage: Stage) -> None:
    """A replay by a call."""
    file, _ = _cleaned(stage)
    stage.send("POST", f"/v1/datasets/{file.dataset}/replays", 202, json={})


def begin_a_replay(stage: Stage) -> None:
    """The replay function has each object cleaned again."""
    file, _ = _cleaned(stage)
    stage.begin_replay(file.dataset)


def publish_a_change(stage: Stage) -> None:
    """The feed tells that a run refused too many of its rows."""
    file, _ = _cleaned(stage)
    stage.publish_last(file)


def put_aside_a_change(stage: Stage) -> None:
    """A record that makes no sense goes to the failure queue."""
    stage.publish({"dynamodb": {"Keys": {"pk": {"S": "?"}, "sk": {"S": "META"}}, "NewImage": {}}})


def list_datasets(stage: Stage) -> None:
    """The datasets by name."""
    stage.get("/v1/datasets")


def list_runs(stage: Stage) -> None:
    """The runs of a dataset."""
    file, run = _cleaned(stage)
    assert [found["run"] for found in stage.get(f"/v1/datasets/{file.dataset}/runs")["runs"]] == [run]


def list_objects(stage: Stage) -> None:
    """The objects of a dataset."""
    file, _ = _cleaned(stage)
    assert len(stage.get(f"/v1/datasets/{file.dataset}/objects")["objects"]) == 1


def read_a_dataset(stage: Stage) -> None:
    """A dataset's description."""
    file, _ = _cleaned(stage)
    assert stage.get(f"/v1/datasets/{file.dataset}")["rows"] == 2


def read_by_filter(stage: Stage) -> None:
    """Records from the Parquet files."""
    file, _ = _cleaned(stage)
    assert len(stage.get(f"/v1/datasets/{file.dataset}/records", id__gte=1)["records"]) == 2


def read_by_key(stage: Stage) -> None:
    """A record from the records table."""
    file, run = _cleaned(stage)
    stage.load(file.dataset, run)
    key = stage.items(run)[0]["pk"]["S"].removeprefix(f"{file.dataset}#")
    assert stage.get(f"/v1/datasets/{file.dataset}/records/{key}")["_key"] == key


def read_rejects(stage: Stage) -> None:
    """What a run refused."""
    file, run = _cleaned(stage)
    assert len(stage.get(f"/v1/datasets/{file.dataset}/runs/{run}/rejects")["rejects"]) == 1


def compare_runs(stage: Stage) -> None:
    """What a new version of a file changes."""
    _changed(stage)


def read_a_diff(stage: Stage) -> None:
    """The rows that a run changed."""
    file, run = _changed(stage)
    assert len(stage.get(f"/v1/datasets/{file.dataset}/runs/{run}/diff")["rows"]) == 2


def _changed(stage: Stage) -> tuple[File, str]:
    """A file of which one row was changed, and the run that cleaned it last."""
    file, old = _cleaned(stage)
    stage.put_again(file, _CSV.replace(b"Ada", b"Eve"))
    stage.clean(file)
    (new,) = [run for run in stage.catalog.runs(file.dataset, limit=9).items if run.run != old]
    if new.diff is None:
        raise DeniedError("the run has no diff")
    return file, new.run


def read_a_report(stage: Stage) -> None:
    """What a run changed."""
    file, run = _cleaned(stage)
    assert stage.get(f"/v1/datasets/{file.dataset}/runs/{run}/report")["rows_in"] == 3


def make_the_first_page_token(stage: Stage) -> None:
    """A token on a table that has no signing key yet, by a function that knows none."""
    file, _ = _cleaned(stage)
    stage.forget_signing_key()
    assert stage.get(f"/v1/datasets/{file.dataset}/records", _size=1)["next"]
