"""What holds for every table: written in any dialect it reads back equal, at any number of threads the same."""

import csv
import io
import json
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice_clean.engine import EngineError

Run = Callable[..., Any]

QUICK = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = st.text(alphabet=string.ascii_letters + string.digits + " éüß.-_'\"\n,;|\t", min_size=1, max_size=12).filter(
    lambda text: text == text.strip() and text.lower() not in ("null", "", "(null)")
)
NAMES = ["alpha", "beta", "gamma", "delta"]


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(WORDS, min_size=width, max_size=width), min_size=3, max_size=12))
    # A number keeps rows apart and the first column typed; a plain word makes the text columns text.
    return [[str(number), *row[1:-1], f"w{row[-1]}"] for number, row in enumerate(rows, 1)]


def written(table: list[list[str]], delimiter: str, newline: str, *, quote_all: bool) -> str:
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=delimiter,
        lineterminator=newline,
        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
    )
    writer.writerow(NAMES[: len(table[0])])
    writer.writerows(table)
    return out.getvalue()


@QUICK
@given(
    table=tables(),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    quote_all=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_table_reads_back_as_it_was_written(
    run: Run, table: list[list[str]], delimiter: str, newline: str, quote_all: bool, encoding: str
) -> None:
    text = written(table, delimiter, newline, quote_all=quote_all)
    outcome = run(text.encode(encoding), as_text=True)
    assert [list(row) for row in outcome.rows] == table
    assert outcome.columns == NAMES[: len(table[0])]


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.integers(), max_size=3)


@QUICK
@given(
    records=st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "a b", "A", "é/~"]), VALUES, min_size=1), min_size=1, max_size=8
    ),
    layout=st.sampled_from(["array", "lines", "indented"]),
)
def test_no_json_record_is_lost(run: Run, records: list[dict[str, Any]], layout: str) -> None:
    if layout == "lines":
        text = "\n".join(json.dumps(record) for record in records)
    else:
        text = json.dumps(records, indent=2 if layout == "indented" else None, ensure_ascii=False)
    outcome = run(text.encode("utf-8", "surrogatepass"), name="x.json", as_text=True)
    assert outcome.report.rows_in == (len(records) if layout != "lines" or len(records) > 1 else 1)


@QUICK
@given(
    data=st.binary(min_size=1, max_size=400)
    | st.text(alphabet="a1,;\"'\n\r\t {}[]:\\é\x00", max_size=200).map(str.encode)
)
def test_any_bytes_end_in_records_or_in_one_clear_error(run: Run, data: bytes) -> None:
    try:
        outcome = run(data)
    except EngineError as error:
        ended = error.code
    else:
        ended = "records" if outcome.report.rows_in > 0 else "nothing"
    assert ended not in ("nothing", "engine-fault", "count-mismatch")


def big_table() -> str:
    lines = ["id,group,price,day,note"]
    for number in range(30_000):
        key = number * 7919 % 25_000  # 5,000 keys come twice
        note = f'"note {number}, with a comma"' if number % 5 == 0 else f" note {number}"
        price = "oops" if number % 997 == 0 else f"{number * 37 % 1000}.5"
        lines.append(f"{key},g{number % 7},{price},2020-0{number % 9 + 1}-11,{note}")
    return "\n".join(lines)


@pytest.mark.parametrize("broken", [False, True], ids=["regular", "broken rows"])
def test_the_same_at_any_number_of_threads(run: Run, broken: bool) -> None:
    text = big_table() + ("\n1,2\n" if broken else "\n")
    schema = {"fields": [{"name": "id", "type": "integer"}], "primaryKey": "id"}
    outcomes = [run(text, schema=schema, threads=threads, part_rows=4_000) for threads in (1, 2, 8)]
    first = outcomes[0]
    assert first.report.rows_out == 25_000
    assert first.report.rows_duplicate == 5_000
    assert max(part.rows for part in first.report.parts) <= 4_000
    assert sum(part.rows for part in first.report.parts) == 25_000
    for other in outcomes[1:]:
        assert other.records == first.records
        assert other.rejects == first.rejects
        assert [part.rows for part in other.report.parts] == [part.rows for part in first.report.parts]
        assert other.report.columns == first.report.columns


def test_the_last_of_each_key_is_the_record(run: Run) -> None:
    schema = {"fields": [{"name": "id", "type": "integer"}], "primaryKey": "id"}
    outcome = run(big_table(), schema=schema)
    last = {number * 7919 % 25_000: number + 1 for number in range(30_000)}
    assert dict(zip(outcome.column("id"), outcome.column("_row"), strict=True)) == last
