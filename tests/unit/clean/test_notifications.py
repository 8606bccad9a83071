from collections.abc import Callable
from typing import Any

import pytest

from sluice_clean.notifications import Notification, parse

Recorded = Callable[[str], dict[str, Any]]


def test_a_put_names_the_key_as_its_owner_wrote_it(recorded: Recorded) -> None:
    assert list(parse(recorded("s3_put"))) == [
        Notification(
            bucket="unit-raw",
            key="raw/prices/2026/büro + lager.csv",
            version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko",
            event="ObjectCreated:Put",
            sequencer="0055AED6DCD90281E5",
            time="2026-03-04T10:11:12.345Z",
            request_id="C3D13FE58DE4C810",
        )
    ]


def test_a_space_may_come_percent_encoded_and_the_version_may_be_missing(recorded: Recorded) -> None:
    (seen,) = parse(recorded("s3_localstack_put"))
    assert (seen.key, seen.version_id) == ("raw/prices/a b.csv", None)


def test_the_event_that_s3_sends_when_it_is_set_up_holds_nothing(recorded: Recorded) -> None:
    assert list(parse(recorded("s3_test_event"))) == []


@pytest.mark.parametrize("name", ["s3_put", "s3_delete_marker", "s3_localstack_put"])
def test_every_recorded_event_is_read(name: str, recorded: Recorded) -> None:
    assert [seen.bucket for seen in parse(recorded(name))] == ["unit-raw"]
