"""What the ingest functions are told by their environment."""

from sluice.settings import Settings


class IngestSettings(Settings):
    """Settings of the write side of the API.

    `max_body_bytes` is what one call may carry: Lambda takes 6 MB of request, and a body comes base64 encoded.
    """

    max_body_bytes: int = 4_500_000
