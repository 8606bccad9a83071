"""Workers are killed in the middle of what they do: nothing is lost, nothing is there twice, and every run ends."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from tests.integration import gate
from tests.integration.gate import Gate, Step

from sluice.redrive import LAMBDA_CONFIG, redrive

SCHEMA = {"fields": [{"name": "id", "type": "integer"}, {"name": "v", "type": "string"}], "primaryKey": "id"}
OLD = dict.fromkeys(range(5), "old")
# Enough for several batches of a load.
NEW = {number: f"v{number}" for number in range(1, 121)}
TRIES = 3
# A lease that nobody renews, and the sweeper's minute.
END_SECONDS = 60.0


class Crash(NamedTuple):
    """Where a worker dies, and what is served while it stands there."""

    step: Step
    committed: bool


CRASHES = {
    "cleaning: the raw file is to be read": Crash(Step("GET /{raw}/raw/{dataset}/a.csv"), committed=False),
    "cleaning: the Parquet is to be written": Crash(Step("PUT /{clean}/data/{dataset}/"), committed=False),
    "cleaning: the report is written": Crash(Step("PUT /{clean}/reports/{dataset}/", answered=True), committed=False),
    "commit: to be asked for": Crash(Step("TransactWriteItems"), committed=False),
    "commit: done, but not heard of": Crash(Step("TransactWriteItems", answered=True), committed=True),
    "commit: load tasks are to be written": Crash(Step("PUT /{clean}/loads/{dataset}/"), committed=True),
    "load: the Parquet is to be read": Crash(Step("GET /{clean}/data/{dataset}/"), committed=True),
    "load: some records are in": Crash(Step("BatchWriteItem", answered=True, at=3), committed=True),
    "load: all but the count": Crash(Step("POST / UpdateItem"), committed=True),
}
FUNCTIONS = ("clean", "load")


@pytest.fixture(scope="module")
def opened(profile: dict[str, str]) -> Iterator[dict[str, Gate]]:
    """A gate for each function, through which it calls AWS."""
    emulator = profile.get("endpoint_url")
    if emulator is None:
        pytest.skip("on AWS no worker's process can be killed")
    functions = boto3.client("lambda", region_name=profile["region"], endpoint_url=emulator)
    names = {function: f"sluice-clean-{profile['stage']}-{function}" for function in FUNCTIONS}
    before = {
        name: functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        for name in names.values()
    }
    with gate.opened(emulator) as clean, gate.opened(emulator) as load:
        gates = {"clean": clean, "load": load}
        try:
            for function, name in names.items():
                variables = before[name] | {"AWS_ENDPOINT_URL": gates[function].url}
                functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
            yield gates
        finally:
            for name, variables in before.items():
                functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


class House:
    """A dataset with one object, and the gates of its workers."""

    def __init__(self, sluice: Any, dataset: str, gates: dict[str, Gate]) -> None:
        self.sluice, self.dataset, self._gates = sluice, dataset, gates
        sluice.ingest.put(f"/v1/datasets/{dataset}", json={"schema": SCHEMA}).raise_for_status()

    def put(self, rows: dict[int, str]) -> str:
        """Put the object; gives its run."""
        return str(self.sluice.post(self.dataset, "a.csv", csv(rows)))

    def gate(self, crash: str) -> Gate:
        return self._gates["load" if crash.startswith("load") else "clean"]

    def step(self, crash: str) -> Step:
        """The step of that name, with this stage's names."""
        step = CRASHES[crash].step
        profile = self.sluice.profile
        call = step.call.format(dataset=self.dataset, raw=profile["raw_bucket"], clean=profile["clean_bucket"])
        return Step(call, step.answered, step.at)

    def served(self) -> dict[int, str]:
        records = self.sluice.records(self.dataset, _size=1000)
        assert len(records) == len({record["id"] for record in records}), "a record is served twice"
        return {record["id"]: record["v"] for record in records}

    def in_table(self) -> list[tuple[str, str]]:
        """Run and value of every record of the dataset in DynamoDB."""
        found = []
        for key in OLD | NEW:
            answer = self.sluice.dynamodb.query(
                TableName=self.sluice.profile["records_table"],
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"{self.dataset}#{key}"}},
            )
            found += [(item["run"]["S"], item["record"]["M"]["v"]["S"]) for item in answer["Items"]]
        return sorted(found)

    def all_is_well(self, run: str) -> None:
        """The run is done; its rows and no others are served, by filter and by key, each once."""
        done = self.sluice.finished(self.dataset, run)
        assert (done["status"], done["rows_out"], done["parts_loaded"]) == ("done", len(NEW), done["parts"])
        assert self.served() == NEW
        assert self.sluice.record(self.dataset, "120").json()["v"] == "v120"
        assert self.sluice.record(self.dataset, "0").status_code == 404
        expected = sorted((run, value) for value in NEW.values())
        self.sluice.eventually(self.in_table, lambda found: found == expected, "the new records, and none of the old")
        state = self.sluice.get(f"/v1/datasets/{self.dataset}")
        assert (state["rows"], state["objects"], state["generation"]) == (len(NEW), 1, 2)


def csv(rows: dict[int, str]) -> bytes:
    return "".join(["id,v\n", *(f"{key},{value}\n" for key, value in rows.items())]).encode()


@pytest.fixture
def house(sluice: Any, dataset: str, opened: dict[str, Gate]) -> House:
    house = House(sluice, dataset, opened)
    assert sluice.finished(dataset, house.put(OLD))["status"] == "done"
    return house


@pytest.mark.parametrize("crash", CRASHES)
def test_a_worker_that_is_killed_is_followed_by_one_that_ends_its_work(house: House, crash: str) -> None:
    gate = house.gate(crash)
    gate.stop_at(house.step(crash))
    run = house.put(NEW)
    standing = gate.next_standing()
    assert house.served() == (NEW if CRASHES[crash].committed else OLD)
    standing.kill()
    house.all_is_well(run)


def kill_every_try(house: House, crash: str) -> str:
    """Put the new rows and kill whoever comes to the step, until Lambda gives the event up; gives the run."""
    gate = house.gate(crash)
    gate.stop_at(house.step(crash))
    run = house.put(NEW)
    for tried in range(1, TRIES + 1):
        standing = gate.next_standing()
        if tried < TRIES:
            gate.stop_at(house.step(crash))
        standing.kill()
    return run


def test_an_event_that_kills_every_worker_fails_its_run_within_a_minute_and_is_redriven(house: House) -> None:
    run = kill_every_try(house, "cleaning: the Parquet is to be written")
    ended = time.monotonic()
    failed = house.sluice.finished(house.dataset, run)
    assert time.monotonic() - ended < END_SECONDS
    assert (failed["status"], failed["error"]["type"]) == ("failed", "worker-lost")
    assert house.served() == OLD
    redriven(house.sluice, "clean_failure_queue", house.dataset)
    house.all_is_well(run)


def test_a_load_that_kills_every_worker_is_redriven(house: House) -> None:
    run = kill_every_try(house, "load: some records are in")
    assert house.served() == NEW
    assert house.sluice.get(f"/v1/datasets/{house.dataset}/runs/{run}")["status"] == "loading"
    redriven(house.sluice, "load_failure_queue", house.dataset)
    house.all_is_well(run)


def redriven(sluice: Any, queue: str, dataset: str) -> None:
    """The dataset's event has come to the failure queue, and is handled when it is redriven."""
    profile = sluice.profile
    session, endpoint = boto3.Session(region_name=profile["region"]), profile.get("endpoint_url")
    sqs = session.client("sqs", endpoint_url=endpoint)
    functions = session.client("lambda", endpoint_url=endpoint, config=LAMBDA_CONFIG)

    def ours() -> list[Any]:
        return [one for one in redrive(sqs, functions, profile[queue]) if f"/{dataset}/" in one.subject]

    # The third try has only just ended; Lambda takes a moment to put the event aside.
    (outcome,) = sluice.eventually(ours, lambda seen: len(seen) == 1, f"the event of {dataset} in its queue")
    assert outcome.error is None, outcome
