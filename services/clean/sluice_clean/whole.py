"""How large an object may be that one function cleans in one go, by what it is."""

from sluice_clean.cleaning import UncleanableError

_MB = 1 << 20
# Of the stored bytes; docs/formats.md says how they were found.
LIMITS = {
    "csv": 1_024 * _MB,
    "fixedwidth": 512 * _MB,
    "json": 512 * _MB,
    "xml": 256 * _MB,
    "workbook": 256 * _MB,
    "parquet": 1_024 * _MB,
    "avro": 512 * _MB,
    "html": 64 * _MB,
}
# A container: what it expands to is limited while it is expanded.
_OTHERS = 1_024 * _MB
SMALLEST_LIMIT = min(LIMITS.values())


def check_whole(kind: str, size: int, reason: str) -> None:
    """Refuse what one function can't clean in its time and on its disk, before any work is wasted on it.

    Args:
        kind: what the object is, as `CannotSplitError` says.
        size: bytes that are to be cleaned in one go.
        reason: why it can't be cut.

    Raises:
        UncleanableError: it is too large.
    """
    limit = LIMITS.get(kind, _OTHERS)
    if size > limit:
        raise UncleanableError("too-large", f"{size:,} bytes are to be cleaned in one go ({reason}); {limit:,} can be.")
