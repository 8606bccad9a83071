"""An object that is cleaned in ranges, by several functions: served at once, as if by one."""

from typing import Any

SCHEMA = {"fields": [{"name": "id", "type": "integer"}, {"name": "note", "type": "string"}], "primaryKey": "id"}
ROWS, TWICE, BROKEN = 200_000, 1_000, 50


def _large() -> bytes:
    """Some 20 MB: notes of two lines, keys that come again at the end, and a broken row every 4,000."""
    text = "a note that makes this row about a hundred bytes long so that few rows are many bytes"
    lines = ["id,note\n"]
    for number in range(ROWS):
        note = f'"{text}\nand goes on, in row {number}"' if number % 5 == 0 else f"{text}: {number}"
        lines.append(f"{number},{note}{',surplus' if number % 4_000 == 3 else ''}\n")
    lines += [f"{number},the last word\n" for number in range(10, TWICE + 10)]
    return "".join(lines).encode()


def test_a_large_object_is_cleaned_in_ranges_and_served_by_one_commit(sluice: Any, dataset: str) -> None:
    sluice.ingest.put(f"/v1/datasets/{dataset}", json={"schema": SCHEMA}).raise_for_status()
    sluice.put_object(dataset, "large.csv", _large())
    (found,) = sluice.eventually(lambda: sluice.runs(dataset), lambda runs: len(runs) == 1, "the run")
    run = sluice.finished(dataset, found["run"])
    assert (run["status"], run.get("error")) == ("done", None)
    prefix = f"ranges/{dataset}/run={run['run']}/"
    tasks = sluice.s3.list_objects_v2(Bucket=sluice.profile["clean_bucket"], Prefix=prefix)["Contents"]
    assert len(tasks) > 2, "ranges, and one to join them"
    rejected = sum(number % 4_000 == 3 for number in range(ROWS))
    assert (run["rows_in"], run["rows_rejected"]) == (ROWS + TWICE, rejected)
    assert run["rows_out"] == ROWS - rejected
    assert run["rows_duplicate"] == TWICE
    described = sluice.get(f"/v1/datasets/{dataset}")
    assert (described["generation"], described["rows"]) == (1, ROWS - rejected)
    assert [sluice.record(dataset, str(key)).json()["note"] for key in (10, TWICE + 9)] == ["the last word"] * 2
    assert sluice.record(dataset, str(ROWS - 5)).json()["note"].endswith(f"and goes on, in row {ROWS - 5}")
    # every fifth record has a line more, and the header is the first line
    rejects = sluice.get(f"/v1/datasets/{dataset}/runs/{run['run']}/rejects", _size=100)["rejects"]
    rows = [4_000 * place + 3 for place in range(rejected)]
    assert [(one["row"], one["line"]) for one in rejects] == [(row + 1, row + 2 + -(-row // 5)) for row in rows]
