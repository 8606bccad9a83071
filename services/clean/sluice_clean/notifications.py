"""S3 event notifications, reduced to what Sluice believes of them: which key to look at.

Events come twice, late and out of order; their type and sequencer are recorded in logs, never relied on.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus


@dataclass(frozen=True)
class Replaying:
    """The replay that an event belongs to, and how many rows of the object were refused before it."""

    id: str
    rows_rejected: int

    @property
    def text(self) -> str:
        """As a run keeps it."""
        return f"{self.id}#{self.rows_rejected}"

    @classmethod
    def of(cls, text: str) -> "Replaying":
        """Read back."""
        name, _, rows = text.rpartition("#")
        return cls(name, int(rows))


@dataclass(frozen=True)
class Notification:
    """One record of an event: the key to look at, and what is said to have happened there.

    `time` is ISO 8601 in UTC; `request_id` is that of the S3 request behind the event.
    Events with a `replay` are Sluice's own.
    """

    bucket: str
    key: str
    version_id: str | None
    event: str
    sequencer: str | None
    time: str | None = None
    request_id: str | None = None
    replay: Replaying | None = None


def parse(event: Mapping[str, Any]) -> Iterator[Notification]:
    """The notifications of an event; `s3:TestEvent`, which S3 sends when it is set up, holds none."""
    for record in event.get("Records", []):
        stored = record["s3"]["object"]
        yield Notification(
            bucket=record["s3"]["bucket"]["name"],
            # S3 writes a space as '+', one emulator as '%20'; this reads both.
            key=unquote_plus(stored["key"]),
            version_id=stored.get("versionId"),
            event=record.get("eventName", ""),
            sequencer=stored.get("sequencer"),
            time=record.get("eventTime"),
            request_id=record.get("responseElements", {}).get("x-amz-request-id"),
            replay=Replaying(**record["replay"]) if "replay" in record else None,
        )
