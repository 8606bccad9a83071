"""`unique`: the first record of a value stays, wherever in a file of several chunks the others are."""

import random
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def schema(*unique: str, key: str | None = None) -> dict[str, Any]:
    described: list[dict[str, Any]] = [
        {"name": name, "constraints": {"unique": True}} if name in unique else {"name": name}
        for name in ("id", "mail", "tax")
    ]
    return {"fields": described} | ({"primaryKey": key} if key else {})


def refused(outcome: Any) -> list[tuple[int, int, str, str, str]]:
    return [(one["row"], one["line"], one["code"], one["column"], one["raw"]) for one in outcome.rejects]


def test_the_first_stays_and_nulls_do_not_count(run: Run) -> None:
    outcome = run("id,mail,tax\n1,a,x\n2,,y\n3,a,z\n4,,w\n5, a ,v\n", schema=schema("mail"))
    assert outcome.column("id") == ["1", "2", "4"]
    assert refused(outcome) == [(3, 4, "unique", "mail", "3,a,z"), (5, 6, "unique", "mail", "5, a ,v")]
    assert outcome.rejects[0]["reason"] == "mail has the value of a record before it"


def test_a_refused_record_holds_no_values(run: Run) -> None:
    text = "id,mail,tax\n1,a,x\n2,b,x\n3,b,y\n4,c,y\n"
    outcome = run(text, schema=schema("mail", "tax"))
    assert outcome.column("id") == ["1", "3"]
    assert [(row, column) for row, _, _, column, _ in refused(outcome)] == [(2, "tax"), (4, "tax")]


def test_a_duplicate_is_a_duplicate(run: Run) -> None:
    outcome = run("id,mail,tax\n1,a,x\n1,a,x\n", schema=schema("mail"))
    assert outcome.report.rows_duplicate == 1
    assert outcome.rejects == []


def test_with_a_key_the_last_record_of_each_is_judged(run: Run) -> None:
    text = "id,mail,tax\n1,a,x\n2,b,x\n1,c,x\n3,a,x\n4,b,x\n2,b,y\n5,b,z\n"
    outcome = run(text, schema=schema("mail", key="id"))
    assert outcome.rows == [("1", "c", "x"), ("3", "a", "x"), ("4", "b", "x")]
    assert outcome.report.rows_duplicate == 2
    assert refused(outcome) == [(6, 7, "unique", "mail", "2,b,y"), (7, 8, "unique", "mail", "5,b,z")]


def test_the_key_itself_is_left_to_last_wins(run: Run) -> None:
    outcome = run("id,mail,tax\n1,a,x\n1,b,y\n", schema=schema("id", key="id"))
    assert outcome.rows == [("1", "b", "y")]
    assert outcome.report.rows_duplicate == 1


def _expected(records: list[tuple[str, str, str]], key: bool) -> list[str]:
    """The same rule in plain words: which records stay, by their tax number."""
    if key:
        last = {one[0]: place for place, one in enumerate(records)}
        records = [one for place, one in enumerate(records) if last[one[0]] == place]
    taken: set[str] = set()
    stay = []
    for _, mail, tax in records:
        if not mail or mail not in taken:
            stay.append(tax)
            taken |= {mail} - {""}
    return stay


@pytest.mark.parametrize("key", [False, True])
def test_over_many_chunks(run: Run, monkeypatch: pytest.MonkeyPatch, key: bool) -> None:
    monkeypatch.setattr("sluice_clean.engine.readers.splitter.chunk_size", lambda *_: 20_000)
    chance = random.Random(7)
    records = [
        (str(chance.randrange(4000)), str(chance.choice(["", chance.randrange(5000)])), str(n)) for n in range(8000)
    ]
    text = "id,mail,tax\n" + "".join(f"{','.join(one)}\n" for one in records)
    outcome = run(text, schema=schema("mail", key="id" if key else None), part_rows=700, threads=4)
    assert sorted(outcome.column("tax"), key=int) == _expected(records, key)
    assert all(one["raw"] == ",".join(records[one["row"] - 1]) for one in outcome.rejects)
    assert all(one["line"] == one["row"] + 1 for one in outcome.rejects)


def test_what_is_masked_is_compared_as_it_stood(run: Run) -> None:
    contract = schema("mail")
    contract["fields"][1]["sluice:pii"] = "mask"
    outcome = run("id,mail,tax\n1,abc,x\n2,abd,y\n3,abc,z\n", schema=contract)
    assert outcome.column("mail") == ["***", "***"]
    assert outcome.report.rejects_by_code == {"unique": 1}
