# ruff: noqa: DTZ001 - what Sluice stores are UTC timestamps without a zone
"""Names, nulls, types: what becomes of labels and cells."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

Run = Callable[..., Any]


def column_of(run: Run, *values: str, **settings: Any) -> Any:
    """Cleans one column of values beside a running number, which keeps equal rows apart."""
    lines = [f'{number};"{value}"' for number, value in enumerate(values, 1)]
    return run("n;value\n" + "\n".join(lines) + "\n", **settings)


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["1", "-2", "+3"], "integer", [1, -2, 3]),
        (["9223372036854775807", "1"], "integer", [2**63 - 1, 1]),
        (["9223372036854775808", "1"], "integer", [Decimal(2**63), Decimal(1)]),
        (["007", "123"], "string", ["007", "123"]),
        (["+491701234567", "+15551234567"], "string", ["+491701234567", "+15551234567"]),
        (["1" * 45, "2"], "string", ["1" * 45, "2"]),
        (["1.5", "2", "-.5", "1e3"], "number", [1.5, 2.0, -0.5, 1000.0]),
        (["0.00001234567890123456", "1.234567890123456E-7"], "number", [0.00001234567890123456, 1.234567890123456e-7]),
        (["0.30000000000000004", "1.5"], "number", [0.30000000000000004, 1.5]),
        (
            ["12345678901234567.89", "1.5"],
            "number",
            [Decimal("12345678901234567.89"), Decimal("1.50")],
        ),
        (["1e999", "1.5"], "string", ["1e999", "1.5"]),
        (["1e-400", "1.5"], "string", ["1e-400", "1.5"]),
        (["true", "false", "TRUE"], "boolean", [True, False, True]),
        (["yes", "No"], "boolean", [True, False]),
        (["Y", "N", "n"], "boolean", [True, False, False]),
        (["N", "N"], "string", ["N", "N"]),
        (["F", "M"], "string", ["F", "M"]),
        (["0", "1"], "integer", [0, 1]),
        (["2020-02-29", "1999-12-31"], "date", [date(2020, 2, 29), date(1999, 12, 31)]),
        (["2020/2/9", "1999/12/31"], "date", [date(2020, 2, 9), date(1999, 12, 31)]),
        (["2021-02-29", "1999-12-31"], "string", ["2021-02-29", "1999-12-31"]),
        (["25/12/2020", "03/04/2020"], "date", [date(2020, 12, 25), date(2020, 4, 3)]),
        (["12/25/2020", "03/04/2020"], "date", [date(2020, 12, 25), date(2020, 3, 4)]),
        (["25.12.2020", "03.04.2020"], "date", [date(2020, 12, 25), date(2020, 4, 3)]),
        (["Jun 12 1998", "August 7, 2001"], "date", [date(1998, 6, 12), date(2001, 8, 7)]),
        (["12 Jun 1998", "7-Aug-2001"], "date", [date(1998, 6, 12), date(2001, 8, 7)]),
        (
            ["2020-01-01T10:00:00Z", "2020-01-01 11:30"],
            "datetime",
            [datetime(2020, 1, 1, 10), datetime(2020, 1, 1, 11, 30)],
        ),
        (
            ["2020-01-01T10:00:00+02:00", "2020-01-01T10:00-0330"],
            "datetime",
            [datetime(2020, 1, 1, 8), datetime(2020, 1, 1, 13, 30)],
        ),
        (
            ["2020-01-01", "2020-01-01 11:30:15.25"],
            "datetime",
            [datetime(2020, 1, 1), datetime(2020, 1, 1, 11, 30, 15, 250000)],
        ),
        (
            ["31/01/2020 23:05", "01/02/2020 1:05 PM"],
            "datetime",
            [datetime(2020, 1, 31, 23, 5), datetime(2020, 2, 1, 13, 5)],
        ),
        (["10:15", "23:59:59"], "time", [time(10, 15), time(23, 59, 59)]),
        (["9:05 AM", "1:00 pm"], "time", [time(9, 5), time(13)]),
        (["25:00", "10:15"], "string", ["25:00", "10:15"]),
        (["1", "x"], "string", ["1", "x"]),
    ],
)
def test_types(run: Run, values: list[str], kind: str, expected: list[Any]) -> None:
    outcome = column_of(run, *values)
    assert outcome.types()["value"] == kind
    assert outcome.column("value") == expected
    assert outcome.report.table_schema.fields[1].type == kind


def test_day_and_month_that_nothing_decides_are_warned_about(run: Run) -> None:
    outcome = column_of(run, "03/04/2020", "05/06/2020")
    assert outcome.column("value") == [date(2020, 3, 4), date(2020, 5, 6)]
    assert any("between day and month" in warning for warning in outcome.report.warnings)
    assert column_of(run, "03/04/2020", "05/06/2020", day_first=True).column("value")[0] == date(2020, 4, 3)


def test_a_small_share_of_misfits_becomes_null_and_is_told(run: Run) -> None:
    values = [str(number) for number in range(199)] + ["oops"]
    outcome = column_of(run, *values)
    assert outcome.types()["value"] == "integer"
    assert outcome.column("value")[-1] is None
    told = outcome.report_of("value")
    assert (told.invalid, told.nulls) == (1, 1)
    (example,) = told.changes["invalid"].examples
    assert (example.row, example.before, example.after) == (200, "oops", None)


def test_a_larger_share_of_misfits_leaves_the_column_text(run: Run) -> None:
    values = [str(number) for number in range(197)] + ["oops"] * 3
    assert column_of(run, *values).types()["value"] == "string"
    assert column_of(run, *values, type_tolerance=0.02).types()["value"] == "integer"


@pytest.mark.parametrize("misfit_at", [0, 2_500, 29_999])
def test_types_rest_on_all_rows_not_on_a_sample(run: Run, misfit_at: int) -> None:
    values = ["12"] * 30_000
    values[misfit_at] = "1.5"
    outcome = column_of(run, *values)
    assert outcome.types()["value"] == "number", "a decimal is no misfit of an integer column"
    assert outcome.column("value")[misfit_at] == 1.5
    values[misfit_at] = "007"
    assert column_of(run, *values).column("value")[misfit_at] == "007"


def test_the_order_of_days_rests_on_all_rows(run: Run) -> None:
    values = ["03/04/2020"] * 20_000 + ["25/04/2020"]
    outcome = column_of(run, *values)
    assert outcome.column("value")[0] == date(2020, 4, 3)
    assert outcome.report.warnings == []


def test_late_text_turns_the_column_to_text(run: Run) -> None:
    values = [str(number) for number in range(10_000)] + ["text"] * 200
    outcome = column_of(run, *values)
    assert outcome.types()["value"] == "string"
    assert outcome.column("value") == values


def test_null_tokens_count_where_the_column_says_so(run: Run) -> None:
    outcome = run("country,name,size,day\nNA,-,NA,-\nDE,Ann,5,2020-01-01\nFR,NULL,N/A,\nNA,,7,#N/A\n")
    assert outcome.column("country") == ["NA", "DE", "FR", "NA"]
    assert outcome.column("name") == ["-", "Ann", None, None]
    assert outcome.column("size") == [None, 5, None, 7]
    assert outcome.column("day") == [None, date(2020, 1, 1), None, None]
    assert outcome.report_of("size").changes["null-token"].count == 2
    assert outcome.report_of("name").nulls == 2


def test_zero_dates_are_told_as_null_texts(run: Run) -> None:
    days = [f"{day},2024-01-{day:02},2024-01-{day:02} 10:00:00" for day in range(1, 9)]
    outcome = run("\n".join(["id,day,at", *days, "9,0000-00-00,0000-00-00 00:00:00", "10,2024-02-01,0000-00-00", ""]))
    assert outcome.types() == {"id": "integer", "day": "date", "at": "datetime"}
    assert outcome.column("day")[-2:] == [None, date(2024, 2, 1)]
    assert outcome.column("at")[-2:] == [None, None]
    assert outcome.report_of("day").changes["null-token"].count == 1
    assert outcome.report_of("at").changes["null-token"].count == 2
    assert outcome.issues == []


def test_only_the_contracts_missing_values_count(run: Run) -> None:
    schema = {
        "fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}],
        "missingValues": ["", "n.v."],
    }
    outcome = run("a,b\n1,NULL\nn.v.,x\n,n.v.\n4,-\nNA,y\n", schema=schema)
    assert outcome.rows == [(1, "NULL"), (None, "x"), (4, "-")]
    assert outcome.report.rejects_by_code == {"empty-row": 1, "type": 1}


def test_white_space_and_control_characters(run: Run) -> None:
    outcome = run('a,b\n" 1 ","\u00a0x\ty\u200b"\n2,"z\x07z"\n"3\t"," \ufeff"\n')
    assert outcome.column("a") == [1, 2, 3]
    assert outcome.column("b") == ["x\ty", "zz", None]
    told = outcome.report_of("a").changes["trim"]
    assert told.count == 2
    assert (told.examples[0].row, told.examples[0].before, told.examples[0].after) == (1, " 1 ", "1")
    assert outcome.report_of("b").changes["control-characters"].count == 1


def test_at_most_three_examples(run: Run) -> None:
    outcome = column_of(run, *[f" {number} " for number in range(50)])
    told = outcome.report_of("value").changes["trim"]
    assert told.count == 50
    assert [example.row for example in told.examples] == [1, 2, 3]


def test_names(run: Run) -> None:
    labels = [
        "First Name",
        "Größe (cm)",
        "% done",
        "",
        "first-name",
        "2nd",
        "_id",
        "a__gt",
        "日本",
        "IMDBRating",
        "x" * 80,
    ]
    outcome = run(";".join(labels) + "\n" + ";".join(str(n) + "x" for n in range(11)) + "\n")
    assert outcome.columns == [
        "first_name",
        "grosse_cm",
        "percent_done",
        "column_4",
        "first_name_2",
        "column_2nd",
        "id",
        "a_gt",
        "column_9",
        "imdb_rating",
        "x" * 63,
    ]
    assert [field.title for field in outcome.report.table_schema.fields] == labels


def test_a_column_without_values_is_text_and_null(run: Run) -> None:
    outcome = run("a,b\n1,\n2,NULL\n")
    assert outcome.rows == [(1, None), (2, None)]
    assert outcome.types()["b"] == "string"


def test_many_columns(run: Run) -> None:
    header = ",".join(f"c{n}" for n in range(300))
    rows = "\n".join(",".join(str(n * r) for n in range(300)) for r in range(1, 6))
    outcome = run(f"{header}\n{rows}\n")
    assert set(outcome.types().values()) == {"integer"}
    assert outcome.rows[4][299] == 299 * 5


def test_the_offset_that_a_moment_was_written_with_is_kept(run: Run) -> None:
    outcome = run("id,at\n1,2020-01-01T10:00:00+02:00\n2,2020-01-01T10:00:00-03:30\n3,2020-01-01T10:00:00Z\n4,\n")
    assert outcome.columns == ["id", "at", "at_offset"]
    assert outcome.column("at")[:2] == [datetime(2020, 1, 1, 8), datetime(2020, 1, 1, 13, 30)]
    assert outcome.column("at_offset") == [120, -210, 0, None]


def many_days(last: str) -> str:
    """50,000 rows in whose days month and day are interchangeable, but for the last one."""
    days = [f"{n % 12 + 1:02}/{(n * 5) % 12 + 1:02}/2020" for n in range(49_999)]
    return "id,day,text\n" + "".join(f"{n},{day},{'x' * 25}\n" for n, day in enumerate([*days, last]))


@pytest.mark.parametrize(
    ("last", "decided"),
    [("25/12/2020", True), ("12/25/2020", True), ("11/12/2020", False), ("2020-12-25", False)],
)
def test_a_single_telling_date_in_the_last_row_decides(run: Run, last: str, decided: bool) -> None:
    outcome = run(many_days(last))
    days = outcome.column("day")
    # The second row is 02/06: the 2nd of June if the day comes first.
    assert days[1] == (date(2020, 6, 2) if last == "25/12/2020" else date(2020, 2, 6))
    assert days[-1] == (date(2020, 11, 12) if last.startswith("11") else date(2020, 12, 25))
    told = "day: nothing in the values decides between day and month; they were read month first (confidence 0.5)"
    assert [one for one in outcome.report.warnings if one.startswith("day:")] == ([] if decided else [told])
    assert outcome.report_of("day").confidence == (1.0 if decided else 0.5)
    assert outcome.report.issues == 0


def test_dates_that_contradict_each_other_go_by_the_most(run: Run) -> None:
    days = ["25/12/2020"] * 98 + ["03/04/2020", "12/25/2020"]
    outcome = run("id,day\n" + "".join(f"{n},{day}\n" for n, day in enumerate(days)))
    assert outcome.column("day")[98:] == [date(2020, 4, 3), None]
    assert 0.97 < outcome.report_of("day").confidence < 1


def test_a_decimal_mark_in_the_last_row_decides(run: Run) -> None:
    rows = "".join(f'{n},"{n % 9 + 1},{n % 900 + 100}",{"x" * 25}\n' for n in range(49_999))
    outcome = run("id,n,text\n" + rows + f'49999,"1,234.5",{"x" * 25}\n')
    assert (outcome.column("n")[0], outcome.column("n")[-1]) == (1100.0, 1234.5)
    assert not [warning for warning in outcome.report.warnings if warning.startswith("n:")]
    outcome = run("id,n,text\n" + rows)
    assert [warning for warning in outcome.report.warnings if warning.startswith("n: nothing in the values decides")]
    outcome = run("id,n,text\n" + rows + f'49999,"1.234,5",{"x" * 25}\n')
    assert (outcome.column("n")[0], outcome.column("n")[-1]) == (1.1, 1234.5)
    assert not [warning for warning in outcome.report.warnings if warning.startswith("n:")]


def test_a_null_text_of_ones_own_counts_in_every_case_of_its_letters(run: Run) -> None:
    outcome = run("a,b\n1,ẞEN\n2,ßen\n3,x\n", strong_nulls=("", "ßen", "nothing"))
    assert outcome.column("b") == [None, None, "x"]


def test_a_blank_cell_is_no_null_token(run: Run) -> None:
    outcome = run("n,what\n1,a\n  ,b\n\u00a0,c\nn/a,d\n2,e\n")
    assert outcome.column("n") == [1, None, None, None, 2]
    assert outcome.report_of("n").changes["null-token"].count == 1
    assert outcome.report_of("n").changes["trim"].count == 2
