"""What checking permissions on an emulator needs besides the emulator."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3

from sluice_tools.stage import ClientArguments


@contextmanager
def without_tls(client_arguments: ClientArguments, profile: Mapping[str, str]) -> Iterator[None]:
    """Lift the buckets' policies meanwhile.

    They deny what doesn't come over TLS, and an emulator that checks permissions means it: it speaks plain HTTP.

    Args:
        client_arguments: How boto3 reaches the stage.
        profile: The stage's.
    """
    s3 = boto3.client("s3", **client_arguments)
    policies = {
        bucket: s3.get_bucket_policy(Bucket=bucket)["Policy"]
        for bucket in (profile["raw_bucket"], profile["clean_bucket"])
    }
    try:
        for bucket in policies:
            s3.delete_bucket_policy(Bucket=bucket)
        yield
    finally:
        for bucket, policy in policies.items():
            s3.put_bucket_policy(Bucket=bucket, Policy=policy)
