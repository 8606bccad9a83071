"""The clean bucket: where runs' files are, and their reports."""

from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from sluice.models.run import Run
from sluice.object_keys import diff_key, issues_key, rejects_key, report_key, run_files

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class CleanBucket:
    """Knows the files of runs, and reads reports; only the latter makes an S3 client."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    @cached_property
    def _client(self) -> "S3Client":
        return boto3.client("s3")

    def parts(self, run: Run) -> list[str]:
        """URLs of the Parquet files that hold a run's rows: its parts, or a pack of many runs."""
        return [f"s3://{self._bucket}/{key}" for key in run_files(run.dataset, run.run, run.parts, run.pack)]

    def issues(self, run: Run) -> str:
        """URL of a run's cell issues."""
        return f"s3://{self._bucket}/{issues_key(run.dataset, run.run)}"

    def rejects(self, run: Run) -> str:
        """URL of a run's rejects."""
        return f"s3://{self._bucket}/{rejects_key(run.dataset, run.run)}"

    def diff(self, run: Run) -> str:
        """URL of a run's diff."""
        return f"s3://{self._bucket}/{diff_key(run.dataset, run.run)}"

    def report(self, run: Run) -> bytes | None:
        """A run's report as JSON text, if there is one."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=report_key(run.dataset, run.run))
        except self._client.exceptions.NoSuchKey:
            return None
        return answer["Body"].read()
