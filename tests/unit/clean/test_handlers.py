"""The functions' entry points: recorded events in, metrics and log lines out; the engine is left out."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from sluice import telemetry
from sluice.errors import InvalidNameError, UnavailableError
from sluice.models.dataset import Dataset
from sluice.models.run import Run
from sluice.redrive import REDRIVEN
from sluice.settings import load_settings
from sluice_clean import cleaning
from sluice_clean.buckets import Version
from sluice_clean.edge import edge
from sluice_clean.handlers import clean

CACHES = (edge, clean.parts, load_settings, telemetry.get_metrics, telemetry.get_logger)
KEY = "raw/prices/2026/büro + lager.csv"


@pytest.fixture
def fresh(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def cleaned(_self: Any, _dataset: Dataset, _run: Run, version: Version) -> cleaning.Cleaned:
        counts = {"rows_in": 4, "rows_out": 2, "rows_rejected": 1, "rows_duplicate": 1, "parts": 1}
        return cleaning.Cleaned(counts | {"bytes_out": version.size, "timings_ms": {"total": 12.5}})

    monkeypatch.setattr(cleaning.Cleaner, "__call__", cleaned)
    # A logger keeps the stream that it was made with: one name a test, one logger a test.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", uuid.uuid4().hex)
    for cache in CACHES:
        cache.cache_clear()
    yield aws
    for cache in CACHES:
        cache.cache_clear()


def test_a_put_is_cleaned_counted_and_traceable(
    fresh: Any, recorded: Callable[[str], dict[str, Any]], context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh.s3.put_object(Bucket="unit-raw", Key=KEY, Body=b"a\n1\n")
    clean.handler(recorded("s3_put"), context)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = [line for line in lines if "_aws" in line]
    assert metrics["stage"] == "unit"
    assert (metrics["RowsIn"], metrics["RowsOut"], metrics["RowsRejected"]) == ([4.0], [2.0], [1.0])
    assert (metrics["RunsCommitted"], metrics["RunsFailed"], metrics["CleanTime"]) == ([1.0], [0.0], [12.5])
    assert metrics["RejectRatio"] == [25.0]
    assert metrics["EventAge"][0] > 0
    told = [line for line in lines if "_aws" not in line]
    assert {line["correlation_id"] for line in told} == {"C3D13FE58DE4C810"}
    assert {line["message"] for line in told} >= {"event", "committed"}
    tasks = fresh.s3.list_objects_v2(Bucket="unit-clean", Prefix="loads/prices/")["Contents"]
    assert len(tasks) == 1


def test_the_event_that_s3_sends_when_it_is_set_up_does_nothing(
    fresh: Any, recorded: Callable[[str], dict[str, Any]], context: Any
) -> None:
    clean.handler(recorded("s3_test_event"), context)
    assert fresh.catalog.datasets(10).items == []


def test_a_folder_that_a_console_made_is_no_file(
    fresh: Any, recorded: Callable[[str], dict[str, Any]], context: Any
) -> None:
    event = recorded("s3_put")
    event["Records"][0]["s3"]["object"]["key"] = "raw/prices/"
    clean.handler(event, context)
    assert fresh.catalog.datasets(10).items == []


def poisoned(recorded: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """An event of two records, the first of which can never be handled."""
    event, poison = recorded("s3_put"), recorded("s3_put")["Records"][0]
    poison["s3"]["object"]["key"] = "raw/Not+Valid/a.csv"
    return event | {"Records": [poison, *event["Records"]]}


def test_a_key_outside_the_layout_goes_to_the_failure_queue_at_once_and_holds_nothing_up(
    fresh: Any, recorded: Callable[[str], dict[str, Any]], context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
    monkeypatch.setenv("SLUICE_FAILURE_QUEUE_URL", queue)
    fresh.s3.put_object(Bucket="unit-raw", Key=KEY, Body=b"a\n1\n")
    event = poisoned(recorded)
    clean.handler(event, context)
    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    said = json.loads(message["Body"])
    assert said["requestPayload"]["Records"] == event["Records"][:1]
    assert said["requestContext"]["functionArn"] == context.invoked_function_arn
    assert "'Not Valid' is not a dataset name" in said["responsePayload"]["errorMessage"]
    assert [run.status for run in fresh.catalog.runs("prices", 10).items] == ["loading"]


def test_an_event_from_the_failure_queue_that_fails_again_raises_for_its_message_is_still_there(
    fresh: Any, recorded: Callable[[str], dict[str, Any]], context: Any
) -> None:
    assert fresh
    with pytest.raises(InvalidNameError, match="not a dataset name"):
        clean.handler(poisoned(recorded) | {REDRIVEN: True}, context)


def test_what_may_work_later_is_raised_after_the_other_records(
    fresh: Any, recorded: Callable[[str], dict[str, Any]], context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_self: Any, _dataset: Dataset, run: Run, _version: Version) -> cleaning.Cleaned:
        if run.object == "busy.csv":
            raise UnavailableError("Away for a moment.")
        return cleaning.Cleaned({"rows_in": 1, "rows_out": 1, "parts": 1})

    monkeypatch.setattr(cleaning.Cleaner, "__call__", busy)
    event = recorded("s3_put")
    other = recorded("s3_put")["Records"][0]
    other["s3"]["object"]["key"] = "raw/prices/busy.csv"
    for key in (KEY, "raw/prices/busy.csv"):
        fresh.s3.put_object(Bucket="unit-raw", Key=key, Body=b"a\n1\n")
    with pytest.raises(UnavailableError):
        clean.handler(event | {"Records": [other, *event["Records"]]}, context)
    assert {run.object: run.status for run in fresh.catalog.runs("prices", 10).items} == {
        "busy.csv": "failed",
        KEY.removeprefix("raw/prices/"): "loading",
    }
