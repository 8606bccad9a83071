"""Drift: what changed against the contract, or against what was inferred before, and what breaks."""

from collections.abc import Callable
from typing import Any

import pytest

from sluice_clean.engine import EngineError

Run = Callable[..., Any]


def fields(*given: dict[str, Any] | str, **more: Any) -> dict[str, Any]:
    return {"fields": [{"name": one} if isinstance(one, str) else one for one in given]} | more


def told(outcome: Any) -> list[tuple[str, str | None, str]]:
    return [(one.change, one.column, one.level) for one in outcome.report.drift]


def test_a_file_as_agreed_has_no_drift(run: Run) -> None:
    schema = fields({"name": "amount", "title": "Total (EUR)", "type": "number"}, "name")
    assert told(run("Total (EUR),Name\n1,a\n", schema=schema)) == []


def test_compatible_changes_are_told(run: Run) -> None:
    schema = fields("a", "b", {"name": "c", "sluice:alias": ["Sea", "See"]}, "gone")
    outcome = run("b,a,Sea,new\n1,2,3,4\n", schema=schema)
    assert told(outcome) == [
        ("missing", "gone", "compatible"),
        ("renamed", "c", "compatible"),
        ("additional", "new", "compatible"),
        ("reordered", None, "compatible"),
    ]
    assert outcome.rows == [("2", "1", "3", None, 4)]
    assert outcome.report.to_json()["drift"][1] == {
        "change": "renamed",
        "column": "c",
        "level": "compatible",
        "reason": "the file calls it 'Sea'",
        "against": "contract",
    }


def test_an_alias_never_takes_the_column_of_a_name(run: Run) -> None:
    schema = fields({"name": "x", "sluice:alias": "y"}, "y")
    outcome = run("y,z\n1,2\n", schema=schema)
    assert outcome.rows == [(None, "1", 2)]


def test_every_breaking_change_is_named(run: Run) -> None:
    needed = {"constraints": {"required": True}}
    schema = fields("a", {"name": "b", **needed}, "c", primaryKey="c")
    with pytest.raises(EngineError, match=r"b: .*required.*c: .*primary key") as raised:
        run("a,x\n1,2\n", schema=schema)
    assert raised.value.code == "schema-mismatch"


def test_types_that_most_values_do_not_fit_break(run: Run) -> None:
    schema = fields({"name": "n", "type": "integer"}, {"name": "d", "type": "date", "sluice:on_violation": "null"}, "t")
    rows = "".join(f"{n if n % 3 == 0 else 'x'},{'2020-01-01' if n % 3 == 0 else 'soon'},t{n}\n" for n in range(30))
    with pytest.raises(EngineError, match=r"n: 20 of 30 .*integer.*d: 20 of 30 .*date") as raised:
        run(f"n,d,t\n{rows}", schema=schema)
    assert raised.value.code == "schema-mismatch"


def test_some_values_that_do_not_fit_are_no_drift(run: Run) -> None:
    rows = "".join(f"{n if n % 3 else 'x'},t{n}\n" for n in range(30))
    outcome = run(f"n,t\n{rows}", schema=fields({"name": "n", "type": "integer"}, "t"))
    assert told(outcome) == []
    assert outcome.report.rejects_by_code == {"type": 10}


def test_a_default_makes_a_missing_column_compatible(run: Run) -> None:
    needed = {"constraints": {"required": True}}
    schema = fields("a", {"name": "b", "sluice:default": "?", **needed})
    outcome = run("a\n1\n", schema=schema)
    assert told(outcome) == [("missing", "b", "compatible")]
    assert outcome.rows == [("1", "?")]


def test_against_what_was_inferred_before_nothing_fails(run: Run) -> None:
    previous = fields(
        {"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}, {"name": "c", "type": "date"}, "d"
    )
    outcome = run("c,a,b,e\nsoon,1.5,x,2\n", previous=previous)
    assert told(outcome) == [
        ("type-changed", "a", "compatible"),
        ("type-changed", "b", "breaking"),
        ("type-changed", "c", "breaking"),
        ("missing", "d", "breaking"),
        ("additional", "e", "compatible"),
        ("reordered", None, "compatible"),
    ]
    assert {one.against for one in outcome.report.drift} == {"previous"}
    assert outcome.report.rows_out == 1
