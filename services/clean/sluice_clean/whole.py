"""How large an object may be, by what it is: docs/formats.md says how these limits were found."""

from sluice_clean.cleaning import UncleanableError

MB = 1 << 20
# Bytes that one function cleans in one go; what can be cut is cleaned in ranges instead.
LIMITS = {
    "csv": 1_024 * MB,
    "fixedwidth": 1_024 * MB,
    "json": 1_024 * MB,
    "xml": 1_024 * MB,
    "workbook": 256 * MB,
    "parquet": 896 * MB,
    "avro": 512 * MB,
    "html": 32 * MB,
}
# A container: what it expands to is limited while it is expanded.
CONTAINER_LIMIT = 1_024 * MB
SMALLEST_LIMIT = min(LIMITS.values())
# Cleaned in ranges: one function joins them.
RANGED_LIMIT = 50 * 1_024 * MB


def check_whole(kind: str, size: int, reason: str) -> None:
    """Refuse what one function can't clean in its time and on its disk, before any work is wasted on it.

    Args:
        kind: what the object is, as `CannotSplitError` says.
        size: bytes that are to be cleaned in one go.
        reason: why it can't be cut.

    Raises:
        UncleanableError: it is too large.
    """
    limit = LIMITS.get(kind, CONTAINER_LIMIT)
    if size > limit:
        raise UncleanableError("too-large", f"{size:,} bytes are to be cleaned in one go ({reason}); {limit:,} can be.")


def check_ranged(size: int) -> None:
    """Refuse what one function can't join.

    Raises:
        UncleanableError: it is too large.
    """
    if size > RANGED_LIMIT:
        raise UncleanableError("too-large", f"The object has {size:,} bytes; {RANGED_LIMIT:,} can be cleaned.")
