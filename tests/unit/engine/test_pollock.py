"""Files polluted as the Pollock benchmark does it, loaded as text and scored by its measures (0..10 a file)."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.bench.engine import pollock, readings

from sluice_clean.engine import EngineError

Run = Callable[..., Any]

CORPUS = list(pollock.corpus(1))
OF_FILES = [truth for truth in CORPUS if truth.kind == truth.name]
OF_RECORDS = [truth for truth in CORPUS if truth.kind != truth.name]
# Where we read a file otherwise than the benchmark, or where no reader can know.
OURS = {
    "no_payload": "an error: there is nothing to load",
    "header_only": "an error: there are no records",
    "no_header": "the last column is empty in all records: a way of ending lines",
    "header_multirow_2": "a header that is repeated is told once, its labels are not doubled",
    "header_multirow_3": "as above",
    "multitable_same": "a second table with the same header goes on with the first",
    "multitable_more": "so does one that has but an empty column more",
    "field_delimiter_' '": "texts with spaces are not quoted in a file delimited by spaces",
    "quotation_char_''": "a backslash before one of many quotes that nobody doubled may escape it",
}


def load(run: Run, truth: pollock.Polluted) -> pollock.Loaded:
    """What the engine delivers of a file, as text."""
    outcome = run(truth.data, as_text=True)
    labels = [column.original for column in outcome.report.columns]
    records = [["" if cell is None else cell for cell in row] for row in outcome.rows]
    return pollock.Loaded(labels if outcome.report.dialect.header else None, records)


@pytest.mark.parametrize("truth", [truth for truth in OF_FILES if truth.name not in OURS], ids=lambda truth: truth.name)
def test_a_polluted_file_is_loaded_as_the_clean_table(run: Run, truth: pollock.Polluted) -> None:
    assert pollock.score(truth, load(run, truth)) == pytest.approx(10.0)


def test_a_polluted_record_costs_that_record_at_most(run: Run) -> None:
    scores = {truth.name: pollock.score(truth, load(run, truth)) for truth in OF_RECORDS[::38]}
    assert len(scores) > 50
    assert {name: score for name, score in scores.items() if score < 9.95} == {}
    assert sum(scores.values()) / len(scores) > 9.97


def test_a_polluted_header_costs_a_label_at_most() -> None:
    """The header with a delimiter too many or too few, a stray quote, or spaces for delimiters; records untouched."""
    found = {}
    for truth in OF_RECORDS:
        if truth.name.startswith(f"{truth.kind}_0") and truth.kind != "other_delimiter":
            reading = readings.ours(truth.data.decode())
            assert len(reading.records) == len(truth.records)
            found[truth.name] = pollock.score(truth, pollock.Loaded(reading.header, reading.records))
    assert len(found) == 26
    assert {name: score for name, score in found.items() if score < 9.3} == {}


@pytest.mark.parametrize("truth", [truth for truth in OF_FILES if truth.name in OURS], ids=lambda truth: truth.name)
def test_where_we_differ_from_the_benchmark_the_dialect_is_right_or_the_error_clear(
    run: Run, truth: pollock.Polluted
) -> None:
    if truth.name in ("no_payload", "header_only"):
        with pytest.raises(EngineError, match=r"the file is empty|a header and no records"):
            run(truth.data, as_text=True)
        return
    if truth.name == "field_delimiter_' '":
        assert run(truth.data, as_text=True).report.rows_in >= len(truth.records)
        return
    assert pollock.score(truth, load(run, truth)) > (9.5 if truth.name.startswith(("no_", "quot")) else 6.9)
