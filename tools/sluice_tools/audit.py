"""What is left of a dataset, store by store: nothing, once it is deleted."""

from collections.abc import Iterator, Mapping
from typing import Any

from sluice.catalog.due import BY_DUE, SHARDS, shard
from sluice.catalog.items import BY_KIND, DATASETS, dataset_pk, runs_partition
from sluice.models.record import record_pk
from sluice.object_keys import RawKey


def of_dataset(s3: Any, dynamodb: Any, profile: Mapping[str, str], dataset: str) -> list[str]:  # noqa: ANN401 - clients
    """All that exists of a dataset, each line with its store before it.

    Reads every item of the records table and every key of the clean bucket: a tool for tests and for the bad day.

    Args:
        s3: boto3's client.
        dynamodb: boto3's client.
        profile: the stage's: names of buckets and tables.
        dataset: its name.
    """
    raw = _versions(s3, profile["raw_bucket"], RawKey(dataset, "").key)
    clean = (key for key in _versions(s3, profile["clean_bucket"], "") if f"/{dataset}/" in f"/{key}")
    uploads = _uploads(s3, profile["raw_bucket"], RawKey(dataset, "").key)
    found = {
        "raw bucket": raw,
        "unfinished upload": uploads,
        "clean bucket": clean,
        "catalog": _catalog(dynamodb, profile["catalog_table"], dataset),
        "records": _records(dynamodb, profile["records_table"], dataset),
    }
    return [f"{store}: {name}" for store, names in found.items() for name in names]


def _versions(s3: Any, bucket: str, prefix: str) -> Iterator[str]:  # noqa: ANN401 - a client
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for listed in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            yield f"{listed['Key']} ({listed['VersionId']})"


def _uploads(s3: Any, bucket: str, prefix: str) -> Iterator[str]:  # noqa: ANN401 - a client
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
        yield from (upload["Key"] for upload in page.get("Uploads", []))


def _catalog(dynamodb: Any, table: str, dataset: str) -> Iterator[str]:  # noqa: ANN401 - a client
    own = dataset_pk(dataset)
    places = [("pk", own, None), ("gsi1pk", runs_partition(dataset), BY_KIND), ("gsi1pk", DATASETS, BY_KIND)]
    places += [("due_pk", shard(number), BY_DUE) for number in range(SHARDS)]
    for name, value, index in places:
        pages = dynamodb.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression=f"{name} = :value",
            ExpressionAttributeValues={":value": {"S": value}},
            **({"IndexName": index} if index else {}),
        )
        items = (item for page in pages for item in page["Items"] if item["pk"]["S"] == own)
        yield from (f"{item['sk']['S']} in {index or 'the table'}" for item in items)


def _records(dynamodb: Any, table: str, dataset: str) -> Iterator[str]:  # noqa: ANN401 - a client
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(pk, :prefix)",
        ExpressionAttributeValues={":prefix": {"S": record_pk(dataset, "")}},
    )
    for page in pages:
        yield from (item["pk"]["S"] for item in page["Items"])
