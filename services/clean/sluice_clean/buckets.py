"""The two buckets, as the clean service uses them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sluice.clock import to_iso
from sluice.telemetry import CORRELATION_METADATA

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Longer than a function may run: the engine reads through the URL until it is done.
_URL_SECONDS = 3_600
_GONE = frozenset({"404", "NoSuchKey", "NotFound"})


@dataclass(frozen=True)
class Version:
    """What a key of the raw bucket holds now."""

    key: str
    version_id: str
    etag: str
    last_modified: str
    size: int
    correlation_id: str | None = None


class RawBucket:
    """Reads raw objects, always one certain version of them."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def current(self, key: str) -> Version | None:
        """The version that the key has now; None if there is none, or a delete marker hides it."""
        try:
            head = self._client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                return None
            raise
        return Version(
            key=key,
            version_id=head.get("VersionId", "null"),
            etag=head["ETag"].strip('"'),
            last_modified=to_iso(head["LastModified"]),
            size=head["ContentLength"],
            correlation_id=head.get("Metadata", {}).get(CORRELATION_METADATA),
        )

    def url(self, version: Version) -> str:
        """A presigned URL of the version.

        `s3://` would not do: DuckDB reads `*`, `?` and `[` in it as a pattern over other objects, and cannot name
        a version there. The URL is a secret while it lasts: it must not be logged.
        """
        return self._client.generate_presigned_url("get_object", Params=self._address(version), ExpiresIn=_URL_SECONDS)

    def read(self, version: Version, start: int, length: int) -> bytes:
        """Some bytes of the version; fewer than `length` where it ends."""
        if length <= 0 or start >= version.size:
            return b""
        end = min(start + length, version.size) - 1
        answer = self._client.get_object(**self._address(version), Range=f"bytes={start}-{end}")
        return answer["Body"].read()

    def _address(self, version: Version) -> dict[str, Any]:
        address = {"Bucket": self.name, "Key": version.key}
        # "null" is S3's name for the only version of an object in a bucket without versioning.
        return address if version.version_id == "null" else {**address, "VersionId": version.version_id}


class CleanBucket:
    """Writes reports and load tasks; the Parquet files are written by the engine itself."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def url(self, key: str) -> str:
        """The `s3://` URL of a key; keys of this bucket are Sluice's own and hold no wildcards."""
        return f"s3://{self.name}/{key}"

    def put_json(self, key: str, text: str) -> None:
        """Store a JSON document."""
        self._client.put_object(Bucket=self.name, Key=key, Body=text.encode(), ContentType="application/json")
