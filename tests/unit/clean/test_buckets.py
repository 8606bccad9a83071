"""The raw bucket, read in ranges of one version."""

import io
from typing import Any

import pytest

from sluice_clean.buckets import RawBucket, Version

BODY = bytes(range(256)) * 10_000
VERSION = Version("raw/d/a.csv", "v1", "etag", "2026", len(BODY))


class Deaf:
    """A client of an S3 that sends the whole version, whatever range is asked for."""

    def get_object(self, **_: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO(BODY), "ResponseMetadata": {"HTTPStatusCode": 200}}


@pytest.mark.parametrize(("start", "length"), [(0, 100), (7, 3), (2_000_001, 70_000), (len(BODY) - 5, 100), (0, 0)])
def test_a_range_is_a_range_even_where_the_storage_sends_everything(aws: Any, start: int, length: int) -> None:
    wanted = BODY[start : start + length]
    deaf: Any = Deaf()
    assert RawBucket(deaf, "raw").read(VERSION, start, length) == wanted
    aws.s3.put_object(Bucket="unit-raw", Key=VERSION.key, Body=BODY)
    bucket = RawBucket(aws.s3, "unit-raw")
    current = bucket.current(VERSION.key)
    assert current
    assert bucket.read(current, start, length) == wanted
