"""The buckets, as the write side uses them."""

from typing import TYPE_CHECKING

from sluice.telemetry import CORRELATION_METADATA

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class RawBucket:
    """Puts raw files where the clean service's events come from, and deletes them there."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def put(self, key: str, body: bytes, content_type: str | None, correlation_id: str) -> str:
        """Store one raw file; gives the id of the version that this made (`null` in an unversioned bucket)."""
        answer = self._client.put_object(
            Bucket=self.name,
            Key=key,
            Body=body,
            ContentType=content_type or "application/octet-stream",
            Metadata={CORRELATION_METADATA: correlation_id},
        )
        return answer.get("VersionId", "null")

    def delete(self, key: str) -> str:
        """Delete a raw file, whose versions stay for a while; gives the id of the delete marker that this made."""
        return self._client.delete_object(Bucket=self.name, Key=key).get("VersionId", "null")


class CleanBucket:
    """Puts orders where the clean service's events come from."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str) -> None:
        """Store an empty order under a key."""
        self._client.put_object(Bucket=self._name, Key=key, Body=b"{}", ContentType="application/json")
