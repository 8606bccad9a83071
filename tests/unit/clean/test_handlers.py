"""The functions' entry points: recorded events in, metrics and log lines out; the engine is left out."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sluice import telemetry
from sluice.models.dataset import Dataset
from sluice.models.run import Run
from sluice.settings import load_settings
from sluice_clean import cleaning
from sluice_clean.buckets import Version
from sluice_clean.edge import edge
from sluice_clean.handlers import clean

CACHES = (edge, clean.reconciler, load_settings, telemetry.get_metrics, telemetry.get_logger)
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


def test_a_key_outside_the_layout_is_raised_so_that_it_ends_in_the_failure_queue(
    fresh: Any, recorded: Callable[[str], dict[str, Any]], context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fresh
    event = recorded("s3_put")
    event["Records"][0]["s3"]["object"]["key"] = "raw/Not+Valid/a.csv"
    with pytest.raises(Exception, match="not a dataset name"):
        clean.handler(event, context)
    assert "Not Valid" in capsys.readouterr().out
