"""What the query function is told by its environment."""

import tempfile
from pathlib import Path

from pydantic import Field

from sluice.settings import Settings

_DUCKDB_SHARE = 0.6


class QuerySettings(Settings):
    """Limits of one request; the defaults fit a function behind API Gateway.

    `query_seconds` leaves room under the gateway's 29 s; `answer_bytes` leaves room under Lambda's 6 MB, counted
    as the answer travels: escaped inside a JSON document.
    """

    memory_mb: int = Field(default=1769, validation_alias="AWS_LAMBDA_FUNCTION_MEMORY_SIZE", gt=0)
    threads: int = Field(default=2, gt=0)
    query_seconds: float = Field(default=20.0, gt=0)
    answer_bytes: int = Field(default=5_000_000, gt=0)
    temp_dir: Path = Field(default_factory=lambda: Path(tempfile.gettempdir()) / "sluice-query")

    @property
    def duckdb_memory(self) -> str:
        """DuckDB's share of the function's memory; it is known to exceed its limit for a while."""
        return f"{int(self.memory_mb * _DUCKDB_SHARE)}MB"
