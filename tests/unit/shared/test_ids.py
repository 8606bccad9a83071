from sluice.ids import contract_fingerprint, run_id


def test_a_run_is_known_by_bucket_key_version_and_contract() -> None:
    whole = run_id("bucket", "raw/d/a.csv", "v1", "c1")
    assert whole == run_id("bucket", "raw/d/a.csv", "v1", "c1")
    assert len(whole) == 26
    others = {
        run_id("other", "raw/d/a.csv", "v1", "c1"),
        run_id("bucket", "raw/d/b.csv", "v1", "c1"),
        run_id("bucket", "raw/d/a.csv", "v2", "c1"),
        run_id("bucket", "raw/d/a.csv", "v1", "c2"),
        run_id("bucket", "raw/d/a.csvv", "1", "c1"),
    }
    assert len(others | {whole}) == 6


def test_a_contract_is_known_by_its_content_not_by_the_order_of_its_members() -> None:
    one = contract_fingerprint({"fields": [{"name": "a", "type": "integer"}]}, {"as_text": False})
    assert one == contract_fingerprint({"fields": [{"type": "integer", "name": "a"}]}, {"as_text": False})
    assert one != contract_fingerprint({"fields": [{"name": "a", "type": "number"}]}, {"as_text": False})
    assert one != contract_fingerprint(None, {"as_text": False})
