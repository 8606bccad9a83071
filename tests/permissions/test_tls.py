"""The buckets' policies: nothing but TLS, whatever the role grants."""

import pytest
from tests.permissions.probes import clean_a_file, load_a_part, read_by_filter
from tests.permissions.stage import DeniedError, Stage

from sluice_tools.permissions import without_tls
from sluice_tools.stage import ClientArguments


def test_without_tls_the_buckets_are_closed(deployed: Stage) -> None:
    with pytest.raises(DeniedError):
        clean_a_file(deployed)
    with without_tls(ClientArguments(), deployed.profile):
        for probe in (clean_a_file, load_a_part, read_by_filter):
            probe(deployed)
    with pytest.raises(DeniedError):
        clean_a_file(deployed)
    for name in ("raw_bucket", "clean_bucket"):
        policy = deployed.s3.get_bucket_policy(Bucket=deployed.profile[name])["Policy"]
        assert "aws:SecureTransport" in policy
