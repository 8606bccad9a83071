"""The function's shell around the engine."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice.catalog import CatalogReader
from sluice.models.dataset import Dataset
from sluice.models.run import Run
from sluice_clean.agreed import Agreed
from sluice_clean.buckets import CleanBucket, RawBucket
from sluice_clean.cleaning import Cleaner, Shell, SourceUnreadableError, UncleanableError
from sluice_clean.settings import CleanServiceSettings

KEY = "raw/prices/a.csv"
DATASET = Dataset(name="prices", created_at="2026", updated_at="2026")
RUN = Run(run="r1", dataset="prices", object="a.csv", version_id="v1", received_at="2026")


def agreed(aws: Any) -> Agreed:
    return Agreed(CatalogReader(aws.dynamodb, "unit-catalog"), CleanBucket(aws.s3, "unit-clean"))


def cleaner(aws: Any, tmp_path: Path, message: str) -> Cleaner:
    """A cleaner whose database fails; `{url}` in the message stands for the address that it was given."""
    raw = RawBucket(aws.s3, "unit-raw")

    def connect() -> duckdb.DuckDBPyConnection:
        raise duckdb.IOException(message.format(url=given[-1]))

    given: list[str] = []
    make_url = raw.url
    raw.url = lambda version: given.append(make_url(version)) or given[-1]  # type: ignore[method-assign, func-returns-value]
    shell = Shell(raw, CleanBucket(aws.s3, "unit-clean"), CleanServiceSettings(temp_dir=tmp_path), connect)
    return Cleaner(shell, agreed(aws))


def test_a_signed_url_is_in_no_message(aws: Any, tmp_path: Path) -> None:
    aws.s3.put_object(Bucket="unit-raw", Key=KEY, Body=b"a,b\n1,2\n")
    version = RawBucket(aws.s3, "unit-raw").current(KEY)
    assert version
    with pytest.raises(SourceUnreadableError) as failure:
        cleaner(aws, tmp_path, "could not GET {url} (timeout)")(DATASET, RUN, version)
    assert str(failure.value) == "could not GET a.csv (timeout)"
    assert failure.value.__cause__ is None


def test_what_is_wrong_with_a_file_is_told_with_its_code(aws: Any, tmp_path: Path) -> None:
    aws.s3.put_object(Bucket="unit-raw", Key=KEY, Body=b"")
    version = RawBucket(aws.s3, "unit-raw").current(KEY)
    assert version
    settings = CleanServiceSettings(temp_dir=tmp_path)
    shell = Shell(RawBucket(aws.s3, "unit-raw"), CleanBucket(aws.s3, "unit-clean"), settings, duckdb.connect)
    working = Cleaner(shell, agreed(aws))
    with pytest.raises(UncleanableError) as failure:
        working(DATASET, RUN, version)
    assert failure.value.code == "empty-file"
