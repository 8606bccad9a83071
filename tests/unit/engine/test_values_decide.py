"""What columns are decided to be, from their values and labels."""

import random
import time
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from sluice.models.table_schema import SchemaField
from sluice_clean.engine.errors import BadSchemaError
from sluice_clean.engine.hygiene import NullTexts
from sluice_clean.engine.model import CleanSettings
from sluice_clean.engine.values import Decision, decide_columns

from .values_help import values_of

SETTINGS = CleanSettings()
NULLS = NullTexts.of(SETTINGS, None)


def decide(*values: str, label: str = "value", declared: SchemaField | None = None, **settings: object) -> Decision:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE s AS SELECT unnest($1::VARCHAR[]) AS c0", [list(values)])
        chosen = CleanSettings(**settings)  # type: ignore[arg-type]
        fields = {"c0": declared} if declared else {}
        return decide_columns(connection, "s", ["c0"], [label], NULLS, chosen, fields)[0]


@pytest.mark.parametrize(
    ("values", "label", "rule"),
    [
        (["1,234", "5,678"], "n", "integer"),
        (["1,234.5", "5"], "n", "number"),
        (["$5", "$7.50"], "price", "number"),
        (["$5", "€7"], "price", "string"),
        (["5%", "7%"], "share", "number"),
        (["5%", "7"], "share", "string"),
        (["90210", "10001"], "zip_code", "string"),
        (["90210", "10001"], "count", "integer"),
        (["12345678901234567890", "22345678901234567890"], "order", "string"),
        (["20200131", "20200201"], "order_date", "date"),
        (["20200131", "20200201"], "n", "integer"),
        (["20200131", "20200201", "20200301", "20200401", "20200501"], "n", "date"),
        (["20201331", "20200201"], "order_date", "integer"),
        (["1577934245", "1577934246"], "created_at", "datetime"),
        (["1577934245", "1577934246"], "population", "integer"),
        (["1577934245123", "1577934246000"], "ts", "datetime"),
        (["1:23:45", "2:00:00"], "start", "time"),
        (["1:23:45", "2:00:00"], "duration", "duration"),
        (["1:23:45", "26:00:00"], "start", "duration"),
        (["90 min", "2h 30m"], "n", "duration"),
        (['{"a": 1}', '{"b": 2}'], "n", "object"),
        (['{"a": 1}', "x"], "n", "string"),
        (["[1]", "[2, 3]"], "n", "array"),
        (["52.5,13.4", "48.1,11.6"], "n", "geopoint"),
        (["ja", "nein"], "n", "boolean"),
        (["ja", "ja"], "n", "string"),
        (["2020-01", "2020-02"], "month", "string"),
        (["January 2020", "May 2021"], "month", "string"),
        (["Ann", "Bob"], "n", "string"),
    ],
)
def test_types_of_columns(values: list[str], label: str, rule: str) -> None:
    assert decide(*values, label=label).rule == rule


def test_one_value_decides_the_decimal_mark() -> None:
    told = decide("1.234,5", "1,234")
    assert (told.choices.mark, told.confidence, told.note) == (",", 1.0, "")
    assert values_of(told, ["1,234", "1.234"]) == [1.234, 1234.0]


def test_a_comma_that_nothing_decides_separates_thousands() -> None:
    told = decide("1,234", "5,678")
    assert (told.choices.mark, told.confidence, told.unsettled) == (".", 0.5, "mark")
    assert "comma" in told.note


def test_one_value_decides_the_order_of_days() -> None:
    told = decide("03/04/2020", "25/12/2020")
    assert (told.choices.order, told.confidence, told.note) == ("dmy", 1.0, "")
    contradicted = decide(*["25/12/2020"] * 200, "12/25/2020")
    assert contradicted.choices.order == "dmy"
    assert contradicted.confidence == pytest.approx((200 / 201) ** 2, abs=1e-3)


def test_an_order_that_nothing_decides_is_told() -> None:
    assert decide("03/04/2020", "05/06/2020").choices.order == "mdy"
    assert decide("03/04/2020", "05/06/2020", day_first=True).choices.order == "dmy"
    told = decide("03.04.2020", "05.06.2020")
    assert (told.choices.order, told.confidence, told.unsettled) == ("dmy", 0.5, "order")
    assert "day first" in told.note


def test_a_currency_is_told_and_several_are_not_mixed() -> None:
    assert decide("$5", "USD 7.50", "12").currency == "USD"
    assert decide("5 kr", "7,50 kr").currency == "SEK"
    assert "EUR, USD" in decide("$5", "€7").note


def test_offsets_are_kept_in_a_companion() -> None:
    told = decide("2020-01-01T00:00:00+02:00", "2020-01-01T00:00:00Z")
    (companion,) = told.companions
    assert companion.suffix == "offset"
    with duckdb.connect() as connection:
        query = f"SELECT {companion.value('t')} FROM (SELECT unnest($1::VARCHAR[]) AS t)"  # noqa: S608 - generated
        texts = ["2020-01-01T00:00:00+02:00", "2020-01-01T00:00:00 EST", "2020-01-01T00:00:00"]
        assert [row[0] for row in connection.execute(query, [texts]).fetchall()] == [120, -300, None]
    assert decide("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z").companions == ()


@pytest.mark.parametrize(("misfits", "rule"), [(1, "integer"), (3, "string")])
def test_only_the_tolerated_share_may_not_fit(misfits: int, rule: str) -> None:
    assert decide(*["12"] * (200 - misfits), *["oops"] * misfits).rule == rule


def test_null_texts_do_not_count() -> None:
    assert decide("1", "n/a", "-", "", "NULL", "2").rule == "integer"
    assert decide("-", "-").rule == "string"


def field(kind: str, **more: object) -> SchemaField:
    return SchemaField.model_validate({"name": "value", "type": kind, **more})


def test_a_declared_type_is_kept_and_the_values_decide_the_order() -> None:
    told = decide("25/12/2020", "03/04/2020", declared=field("date"))
    assert values_of(told, ["03/04/2020"]) == [date(2020, 4, 3)]
    assert decide("x", "y", declared=field("integer")).type == "integer"
    assert decide("12", "13", declared=field("string")).type == "string"


def test_a_declared_number_may_need_more_digits_than_a_double_keeps() -> None:
    told = decide("1", declared=field("number", decimalChar=","))
    assert values_of(told, ["12345678901234567,89"]) == [None]
    assert values_of(told.wider[0], ["12345678901234567,89"]) == [Decimal("12345678901234567.89")]


def test_declared_words_are_told_apart_by_case() -> None:
    told = decide("J", "N", declared=field("boolean", trueValues=["J"], falseValues=["N"]))
    assert values_of(told, ["J", "N", "j", "true"]) == [True, False, None, None]


@pytest.mark.parametrize(
    ("more", "text", "value"),
    [
        ({"decimalChar": ",", "groupChar": "."}, "1.234,5", 1234.5),
        ({"decimalChar": ","}, "1,234", 1.234),
        ({"groupChar": "_"}, "1_234.5", 1234.5),
        ({"bareNumber": False}, "ca. 12.5 kg", 12.5),
        ({}, "ca. 12.5 kg", None),
    ],
)
def test_declared_notation_of_numbers(more: dict[str, object], text: str, value: float | None) -> None:
    assert values_of(decide("1", "2", declared=field("number", **more)), [text]) == [value]


@pytest.mark.parametrize(
    ("kind", "pattern", "text", "value"),
    [
        ("date", "%d.%m.%Y", "03.04.2020", "2020-04-03"),
        ("date", "%d.%m.%Y", "2020-04-03", "None"),
        ("date", "%m/%d/%y", "04/03/20", "2020-04-03"),
        ("datetime", "%d.%m.%Y %H:%M", "03.04.2020 05:06", "2020-04-03 05:06:00"),
        ("time", "%H.%M", "05.06", "05:06:00"),
        ("date", "any", "3 April 2020", "2020-04-03"),
    ],
)
def test_declared_patterns_of_days(kind: str, pattern: str, text: str, value: str) -> None:
    told = decide("x", declared=field(kind, format=pattern))
    assert [str(found) for found in values_of(told, [text])] == [value]


@pytest.mark.parametrize("pattern", ["%d.%Q.%Y", "day", "%"])
def test_a_pattern_that_is_not_read_is_named(pattern: str) -> None:
    with pytest.raises(BadSchemaError, match="value: its format"):
        decide("x", declared=field("date", format=pattern))


def wide(columns: int, rows: int) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    chance = random.Random(1)
    connection = duckdb.connect(config={"threads": 1})
    names = [f"c{place}" for place in range(columns)]
    made = ["(i * 7)::VARCHAR", "(i / 8)::VARCHAR", "(DATE '2020-01-01' + (i % 900)::INTEGER)::VARCHAR", "'t' || i"]
    cells = ", ".join(f"{made[chance.randrange(4)]} AS {name}" for name in names)
    connection.execute(f"CREATE TABLE s AS SELECT {cells} FROM range({rows}) r(i)")  # noqa: S608 - generated
    return connection, names


def test_planning_does_not_grow_with_the_columns() -> None:
    connection, names = wide(400, 2_000)
    with connection:
        started = time.process_time()
        decisions = decide_columns(connection, "s", names, names, NULLS, SETTINGS)
        spent = time.process_time() - started
    assert {decision.rule for decision in decisions} == {"integer", "number", "date", "string"}
    assert spent < 3, "about 0.3 s on an idle machine"
