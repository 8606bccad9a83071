"""JSONTestSuite: what must be accepted is, what must be refused is, with its place.

A file is a table here, and may hold several values: that is where what counts as accepted needs a word. Every value
is a record, or each element of an array; `[]` and `{}` are accepted as tables without records, which the engine tells
apart from faults by `NoRecordsError.format`. A text without any value (`n_structure_no_data`, a blank, a byte order
mark) is refused as an empty file; it has no place to tell.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.json_test_suite import CASES
from tests.unit.engine.tabular import file_source, rows_of

from sluice_clean.engine import CleanSettings, EngineError, local_connection
from sluice_clean.engine.errors import BlankFileError, EmptyFileError, MalformedJsonError, NoRecordsError
from sluice_clean.engine.readers import open_table
from sluice_clean.engine.work import Workspace

Run = Callable[..., Any]

NOTHING = {"n_structure_no_data", "n_single_space", "n_structure_UTF8_BOM_no_data"}
NO_RECORDS = {"y_array_empty", "y_structure_whitespace_array", "y_object_empty"}
IN_TIME = 2.0  # seconds of CPU; the deepest of the cases have 100,000 brackets


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    settings = CleanSettings(temp_dir=tmp_path_factory.mktemp("json"), as_text=True)
    with Workspace(local_connection(settings), settings) as workspace:
        yield workspace


def read(work: Workspace, folder: Path, data: bytes) -> tuple[list[str | None], list[tuple[Any, ...]]]:
    """Labels and records of a file that is called JSON."""
    work.reset()
    table, _ = open_table(file_source(folder / "case.json", data), work)
    assert table.format in ("json", "ndjson")
    return list(table.labels), rows_of(work, table)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("y_") and name not in NO_RECORDS])
def test_valid_json_is_accepted_value_by_value(work: Workspace, tmp_path: Path, name: str) -> None:
    labels, rows = read(work, tmp_path, CASES[name])
    value = json.loads(CASES[name])
    records = value if isinstance(value, list) else [value]
    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        cells = dict(zip(labels, row, strict=True))
        expected = record if isinstance(record, dict) and record else {"value": record}
        for key, wanted in expected.items():
            if isinstance(wanted, str) and name != "y_object_duplicated_key":  # there the first stays
                assert cells[key] == wanted


@pytest.mark.parametrize("name", sorted(NO_RECORDS))
def test_valid_json_without_a_record_is_an_empty_table(work: Workspace, tmp_path: Path, name: str) -> None:
    with pytest.raises(NoRecordsError) as caught:
        read(work, tmp_path, CASES[name])
    assert caught.value.format == "json"


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("n_") and name not in NOTHING])
def test_invalid_json_is_refused_with_its_place(work: Workspace, tmp_path: Path, name: str) -> None:
    started = time.process_time()
    with pytest.raises(MalformedJsonError, match=r"line \d+, column \d+: \S") as caught:
        read(work, tmp_path, CASES[name])
    assert time.process_time() - started < IN_TIME
    lines = CASES[name].decode("latin-1").split("\n")
    assert caught.value.line is not None
    assert caught.value.column is not None
    assert 1 <= caught.value.line <= len(lines)
    assert 1 <= caught.value.column <= len(lines[caught.value.line - 1]) + 1


@pytest.mark.parametrize("name", sorted(NOTHING))
def test_a_text_without_a_value_is_refused(work: Workspace, tmp_path: Path, name: str) -> None:
    with pytest.raises((EmptyFileError, BlankFileError)):
        read(work, tmp_path, CASES[name])


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("i_")])
def test_what_is_left_open_ends_in_records_or_in_one_reason(work: Workspace, tmp_path: Path, name: str) -> None:
    fault = None
    try:
        _, rows = read(work, tmp_path, CASES[name])
    except EngineError as error:
        fault = error
    if fault is None:
        assert len(rows) == 1
    else:
        assert fault.code in ("malformed-json", "no-records")
        assert "\n" not in str(fault)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("i_number", "y_number"))])
def test_numbers_are_cleaned_whatever_their_size(run: Run, name: str) -> None:
    outcome = run(CASES[name], "case.json", examine=False)
    assert outcome.report.rows_out == 1


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 20_000, "1e" + "9" * 30, "1.5E-" + "9" * 5_000])
@pytest.mark.parametrize(
    "form", ['[{{"a": {}}}, {{"a": 1}}]', "[[1, {}], [2, 3], [4, 5]]", '{{"a": {}}}\n{{"a": 2}}\n', "[{}]"]
)
def test_numbers_that_no_type_holds_are_kept_as_they_stand(run: Run, number: str, form: str) -> None:
    for settings in ({}, {"as_text": True}):
        outcome = run(form.format(number), "case.json", examine=False, **settings)
        assert number in [str(value) for row in outcome.rows for value in row]


def test_invalid_lines_of_ndjson_are_refused_alone(run: Run) -> None:
    wrong = [
        data
        for name, data in CASES.items()
        if name.startswith("n_")
        and name not in NOTHING
        and b"\n" not in data
        and b"\r" not in data
        and len(data) < 1_000
    ]
    assert len(wrong) > 150
    lines = [line for number, data in enumerate(wrong) for line in (b'{"id": %d}' % number, data, b'{"id": 0}')]
    outcome = run(b"\n".join(lines) + b"\n", "case.ndjson", as_text=True)
    assert outcome.report.rows_in == len(lines)
    assert [(refused["line"], refused["code"]) for refused in outcome.rejects] == [
        (number * 3 + 2, "malformed-json") for number in range(len(wrong))
    ]
    assert all(re.search(r"at column \d+: |nested too deeply", refused["reason"]) for refused in outcome.rejects)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": true} "x"', (1, 13)),  # values in a row are records: no scalar follows one
        ("[][]", (1, 3)),
        ('[{"a": 1},\n {"a": NaN}]', (2, 8)),
        ('[1,\n"NaN", -Infinity]', (2, 8)),
        ("[1,\n2\n,3", (3, 3)),
        ("id,name\n1,Ann\n", (1, 1)),  # CSV that is called JSON
        ("callback([1]", (1, 1)),
    ],
)
def test_the_place_is_that_of_the_fault(work: Workspace, tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    with pytest.raises(MalformedJsonError) as caught:
        read(work, tmp_path, text.encode())
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ('{"a": 1}{"a": 2}', 2),
        ('[{"a": 1}] [{"a": 2}, {"a": 3}]', 3),
        ("[]\n[1,\n2]", 2),
        ("1\n2\n3", 3),
        ("[1][2]", 2),
    ],
)
def test_values_in_a_row_are_records(work: Workspace, tmp_path: Path, text: str, records: int) -> None:
    assert len(read(work, tmp_path, text.encode())[1]) == records
