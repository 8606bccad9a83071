"""Each file of `tests/hazards` comes out as the file beside it says; see the README there for its form."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.conftest import Outcome, Run

from sluice_clean.engine import EngineError

HAZARDS = Path(__file__).parents[2] / "hazards"
EXPECTED = ".expected.json"
_EXACT_IN_JSON = 2**53
_KEYS = {
    # what is given
    *("schema", "previous", "settings", "as_text"),
    # what is refused
    *("error", "line", "column", "message"),
    # what comes out
    *("format", "compression", "encoding", "dialect", "labels", "fields", "rows", "rejects", "duplicates", "issues"),
    *("drift", "suggestions", "warnings"),
}


def _files() -> Iterator[Path]:
    """Every raw file: all that is no README and no expectation."""
    for path in sorted(HAZARDS.glob("*/*")):
        if path.name != "README.md" and not path.name.endswith(EXPECTED):
            yield path


def _expected_of(path: Path) -> Path:
    return path.with_name(path.name.split(".", 1)[0] + EXPECTED)


FILES = list(_files())


def _value(value: Any, kind: str) -> Any:
    """A value as `sluice clean -o x.ndjson` writes it: what JSON's readers may round is text."""
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date | time):
        return _clock(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str) and kind in ("object", "array", "geojson"):
        return json.loads(value)
    if isinstance(value, int) and abs(value) > _EXACT_IN_JSON:
        return str(value)
    return value


def _moment(value: datetime) -> str:
    text = value.isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def _clock(value: date | time) -> str:
    text = value.isoformat()
    return text.rstrip("0") if "." in text else text


def _plain(value: Any) -> Any:
    """The value, with 2.0 and 2 the same, and neither of them the same as true."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return repr(value)
    return float(value)


def _found(outcome: Outcome, asked: dict[str, Any]) -> dict[str, Any]:
    """What came out, in the words of an expectation; some of it only where it is asked for."""
    report = outcome.report
    types = outcome.types()
    kinds = [types[name] for name in outcome.columns]
    # columns that came into being later, such as offsets, have no label
    labels = {column.name: column.original for column in report.columns}
    dialect = report.dialect.model_dump() if report.dialect else {}
    suggested = report.insight.suggestions if report.insight else []
    told: dict[str, Any] = {
        "format": report.format,
        "compression": report.compression,
        "encoding": report.encoding,
        "dialect": {name: dialect.get(name) for name in asked.get("dialect", ())},
        "drift": [[one.change, one.column, one.level] for one in report.drift],
        "suggestions": [[one.row, one.column, one.value, one.suggested] for one in suggested],
    }
    return {name: told[name] for name in asked if name in told} | {
        "labels": [labels[name] for name in outcome.columns],
        "fields": {name: types[name] for name in outcome.columns},
        "rows": [[_value(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in outcome.rows],
        "rejects": [[one["row"], one["code"]] for one in outcome.rejects],
        "duplicates": report.rows_duplicate,
        "issues": [[one["row"], one["column"], one["text"]] for one in outcome.issues],
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_hazard_is_mastered(run: Run, path: Path) -> None:
    asked = json.loads(_expected_of(path).read_text("utf-8"))
    assert set(asked) <= _KEYS
    given = {name: asked[name] for name in ("schema", "previous", "as_text") if name in asked}
    given |= {"threads": 1, "examine": "suggestions" in asked} | asked.get("settings", {})
    if "error" in asked:
        with pytest.raises(EngineError) as raised:
            run(path.read_bytes(), name=path.name, **given)
        _check_refusal(raised.value, asked)
        return
    outcome = run(path.read_bytes(), name=path.name, **given)
    found = _found(outcome, asked)
    expected = {"rejects": [], "duplicates": 0, "issues": []} | {name: asked[name] for name in asked if name in found}
    assert list(found["fields"]) == list(expected["fields"])
    rows = _plain(found.pop("rows"))
    assert {name: found[name] for name in expected if name != "rows"} == {
        name: value for name, value in expected.items() if name != "rows"
    }
    assert rows == _plain(expected["rows"])
    for words in asked.get("warnings", ()):
        assert any(words in warning for warning in outcome.report.warnings), outcome.report.warnings


def _check_refusal(error: EngineError, asked: dict[str, Any]) -> None:
    assert error.code == asked["error"], str(error)
    for place in ("line", "column"):
        if place in asked:
            assert getattr(error, place) == asked[place], str(error)
    assert asked.get("message", "") in str(error)


def test_every_hazard_is_described_and_every_file_has_its_expectation() -> None:
    folders = [path for path in HAZARDS.iterdir() if path.is_dir()]
    for folder in folders:
        text = (folder / "README.md").read_text("utf-8")
        assert text.startswith("# "), folder.name
        assert len(text.splitlines()) >= 3, folder.name
    expectations = sorted(HAZARDS.glob(f"*/*{EXPECTED}"))
    assert sorted(map(_expected_of, FILES)) == expectations, "one expectation a file"
    assert {path.parent for path in FILES} == set(folders), "no folder without a case"


def test_there_are_hundreds_of_them() -> None:
    assert len(FILES) >= 200
