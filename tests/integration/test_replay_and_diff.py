"""Cleaning again under another contract, and what each run changed."""

from typing import Any

from tests.integration.conftest import Sluice

ROWS = b"id,amount\n1,10\n2,20\n3,thirty\n4,40\n"


def schema(kind: str) -> dict[str, Any]:
    fields = [{"name": "id", "type": "integer"}, {"name": "amount", "type": kind}]
    return {"fields": fields, "primaryKey": "id"}


def change(sluice: Sluice, dataset: str, kind: str) -> dict[str, Any]:
    answer = sluice.ingest.put(f"/v1/datasets/{dataset}", json={"schema": schema(kind)})
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


def replay(sluice: Sluice, url: str, **order: Any) -> dict[str, Any]:
    ordered = sluice.ingest.post(url, json=order)
    assert ordered.status_code == 202, ordered.text

    def look() -> dict[str, Any]:
        answer = sluice.ingest.get(ordered.json()["status_url"])
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    return sluice.eventually(look, lambda seen: seen["status"] == "done", "the replay")


def test_a_changed_contract_is_replayed_and_says_what_became_valid(sluice: Sluice, dataset: str) -> None:
    assert "replay_url" not in change(sluice, dataset, "integer")
    first = sluice.done(dataset, "a.csv", ROWS)
    clean = sluice.done(dataset, "b.csv", b"id,amount\n9,90\n")
    assert (first["rows_out"], first["rows_rejected"]) == (3, 1)
    assert ("against" in first["diff"], first["diff"]["added"]) == (False, 3)
    url = change(sluice, dataset, "string")["replay_url"]
    done = replay(sluice, url, rejects_only=True)
    assert (done["objects"], done["rows_rejected_before"], done["rows_recovered"]) == (1, 1, 1)
    runs = {run["object"]: run for run in reversed(sluice.runs(dataset))}
    assert runs["b.csv"]["run"] == clean["run"]
    assert runs["a.csv"]["run"] != first["run"]
    assert {record["_key"]: record["amount"] for record in sluice.records(dataset)}["3"] == "thirty"
    again = replay(sluice, url)
    assert (again["objects"], again["rows_recovered"]) == (2, 0)


def test_a_run_tells_what_it_changed(sluice: Sluice, dataset: str) -> None:
    change(sluice, dataset, "integer")
    sluice.done(dataset, "a.csv", b"id,amount\n1,10\n2,20\n3,30\n")
    run = sluice.done(dataset, "a.csv", b"id,amount\n2,21\n3,30\n4,40\n")
    counts = {name: run["diff"][name] for name in ("added", "changed", "removed")}
    assert counts == {"added": 1, "changed": 1, "removed": 1}
    told = sluice.get(f"/v1/datasets/{dataset}/runs/{run['run']}/diff")
    assert {name: told[name] for name in counts} == counts
    assert [(row["change"], row["_key"], row["before"], row["after"]) for row in told["rows"]] == [
        ("added", "4", None, {"amount": 40, "id": 4}),
        ("changed", "2", {"amount": 20, "id": 2}, {"amount": 21, "id": 2}),
        ("removed", "1", {"amount": 10, "id": 1}, None),
    ]
    added = sluice.get(f"/v1/datasets/{dataset}/runs/{told['against']}/diff", _size=2)
    assert (added["against"], added["added"], len(added["rows"])) == (None, 3, 2)
    assert added["next"]
