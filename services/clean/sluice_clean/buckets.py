"""The two buckets, as the clean service uses them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sluice.clock import to_iso
from sluice.errors import UnavailableError
from sluice.telemetry import CORRELATION_METADATA

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Longer than a function may run: the engine reads through the URL until it is done.
_URL_SECONDS = 3_600
# What DeleteObjects takes.
_DELETED_AT_ONCE = 1_000
_SKIPPED_AT_ONCE = 1 << 20
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
    """Reads raw objects, always one certain version of them, and deletes them with their dataset."""

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
        if answer["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.PARTIAL_CONTENT:
            # One emulator sends all of a version, whatever range is asked for.
            for skipped in range(0, start, _SKIPPED_AT_ONCE):
                answer["Body"].read(min(_SKIPPED_AT_ONCE, start - skipped))
        return answer["Body"].read(end + 1 - start)

    def versions(self, prefix: str) -> list[dict[str, str]]:
        """All versions and delete markers of the keys that begin so, as `delete` takes them."""
        return list(_versions(self._client, self.name, prefix))

    def delete(self, versions: Sequence[dict[str, str]]) -> None:
        """Delete versions for good; those that are gone already do no harm."""
        _delete(self._client, self.name, versions)

    def _address(self, version: Version) -> dict[str, Any]:
        address = {"Bucket": self.name, "Key": version.key}
        # "null" is S3's name for the only version of an object in a bucket without versioning.
        return address if version.version_id == "null" else {**address, "VersionId": version.version_id}


class CleanBucket:
    """Writes reports and tasks, deletes what nobody reads; the engine itself writes the Parquet files."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def url(self, key: str) -> str:
        """The `s3://` URL of a key; keys of this bucket are Sluice's own and hold no wildcards."""
        return f"s3://{self.name}/{key}"

    def get_json(self, key: str) -> str | None:
        """A JSON document that was stored; None if there is none."""
        try:
            return self._client.get_object(Bucket=self.name, Key=key)["Body"].read().decode()
        except self._client.exceptions.NoSuchKey:
            return None

    def put_json(self, key: str, text: str) -> None:
        """Store a JSON document."""
        self._client.put_object(Bucket=self.name, Key=key, Body=text.encode(), ContentType="application/json")

    def versions(self, prefix: str) -> list[dict[str, str]]:
        """All versions and delete markers of the keys that begin so, as `delete` takes them."""
        return list(_versions(self._client, self.name, prefix))

    def delete(self, versions: Sequence[dict[str, str]]) -> None:
        """Delete versions for good; those that are gone already do no harm."""
        _delete(self._client, self.name, versions)


def _versions(client: "S3Client", bucket: str, prefix: str) -> Iterator[dict[str, str]]:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for listed in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            yield {"Key": listed["Key"], "VersionId": listed["VersionId"]}


def _delete(client: "S3Client", bucket: str, versions: Sequence[dict[str, str]]) -> None:
    for start in range(0, len(versions), _DELETED_AT_ONCE):
        batch: Any = {"Objects": versions[start : start + _DELETED_AT_ONCE], "Quiet": True}
        answer = client.delete_objects(Bucket=bucket, Delete=batch)
        for failed in answer.get("Errors", []):
            raise UnavailableError(f"'{failed.get('Key')}' could not be deleted: {failed.get('Code')}.")
