"""What the functions of the clean service are told by their environment."""

from pathlib import Path

from pydantic import Field

from sluice.catalog import Limits
from sluice.settings import Settings

# DuckDB exceeds its limit by up to a half, and Python with the SDK needs its share too.
_SHARE_FOR_DUCKDB = 0.45
_SHARE_FOR_EXPANDED = 0.75


class CleanServiceSettings(Settings):
    """Settings of the functions `clean` and `load`; sizes are in MB.

    `function_memory` comes from Lambda itself; `failure_queue_url` is the function's own, if it has one;
    `clean_function` is told to `replay` alone, `change_topic` to `feed`;
    `transaction_items` is how many items DynamoDB takes at once;
    `grace_seconds` is how long the files of what was replaced stay for those who are reading them;
    `range_bytes` is how much of a large object one function cleans, where its format can be cut;
    `temp_megabytes` is the size of the function's disk;
    `settle_seconds` is how long `load` may still be writing records of a run that has ended.
    """

    function_memory: int = Field(default=1024, validation_alias="AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    threads: int = 2
    failure_queue_url: str = ""
    clean_function: str = ""
    change_topic: str = ""
    transaction_items: int = Field(default=100, ge=10)
    grace_seconds: float = Field(default=3_600, ge=0)
    settle_seconds: float = Field(default=420, ge=0)
    range_bytes: int = Field(default=256 << 20, ge=1)
    temp_megabytes: int = 4_096

    @property
    def limits(self) -> Limits:
        """What commits go by."""
        return Limits(self.transaction_items, self.grace_seconds)

    temp_dir: Path = Path("/tmp")  # noqa: S108 - the one folder that a function may write to

    @property
    def memory_limit(self) -> str:
        """DuckDB's share of the function's memory, as DuckDB writes it."""
        return f"{int(self.function_memory * _SHARE_FOR_DUCKDB)}MB"

    @property
    def expanded_bytes(self) -> int:
        """What a compressed object may expand to: the disk holds that, and what is being worked on."""
        return int(self.temp_megabytes * _SHARE_FOR_EXPANDED) << 20
