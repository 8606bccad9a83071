"""The one place that asks for the time of day."""

from datetime import UTC, datetime, timedelta


def now_iso() -> str:
    """The present moment as ISO 8601 in UTC, to the millisecond: `2026-01-31T12:00:00.000Z`."""
    return to_iso(datetime.now(UTC))


def milliseconds_since(moment: str) -> float:
    """Milliseconds from a moment, ISO 8601 with its offset, until now; never negative, whatever the clocks say."""
    then = datetime.fromisoformat(moment)
    return max(0.0, (datetime.now(UTC) - then).total_seconds() * 1000)


def ago(span: timedelta) -> str:
    """The moment so long before now, as `now_iso` writes it."""
    return to_iso(datetime.now(UTC) - span)


def to_iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC, to the millisecond; strings so made sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
