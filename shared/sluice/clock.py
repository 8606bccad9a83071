"""The one place that asks for the time of day."""

from datetime import UTC, datetime


def now_iso() -> str:
    """The present moment as ISO 8601 in UTC, to the millisecond: `2026-01-31T12:00:00.000Z`."""
    return to_iso(datetime.now(UTC))


def to_iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC, to the millisecond; strings so made sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
