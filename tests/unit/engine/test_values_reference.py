"""The engine's SQL reads every text as the reference does: over texts that are nearly right, in every rule."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import reference

from sluice_clean.engine.values.dates import quick_dates
from sluice_clean.engine.values.timestamps import quick_timestamps, zoned_forms

from .values_help import decision_of, values_of

MANY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
FEW = settings(MANY, max_examples=10)


def mutated(texts: st.SearchStrategy[str], alphabet: str) -> st.SearchStrategy[str]:
    """Texts, some of them with a character put in, left out or changed."""

    def spoil(parts: tuple[str, int, str, str]) -> str:
        text, place, how, mark = parts
        place %= len(text) + 1
        if how == "put":
            return text[:place] + mark + text[place:]
        if how == "drop":
            return text[:place] + text[place + 1 :]
        return text[:place] + mark + text[place + 1 :] if how == "change" else text

    how = st.sampled_from(["keep", "put", "drop", "change"])
    return st.tuples(texts, st.integers(0, 60), how, st.sampled_from(alphabet)).map(spoil).map(str.strip)


def batch(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(texts, min_size=20, max_size=60)


DIGITS = st.from_regex("[0-9]{1,9}", fullmatch=True)
FIGURES = st.one_of(
    DIGITS,
    st.from_regex("[1-9][0-9]{0,2}(,[0-9]{3}){1,4}", fullmatch=True),
    st.from_regex("[1-9][0-9]?(,[0-9]{2}){1,3},[0-9]{3}", fullmatch=True),
    st.from_regex("[1-9][0-9]{0,2}([ '\u00a0\u2009\u202f\u2019][0-9]{3}){1,3}", fullmatch=True),
    st.from_regex("[0-9]{15,40}", fullmatch=True),
)
AMOUNTS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "-", "+", "(", "\u2212", "$", "-$", "$ ", "USD ", "$(", "($", "€", "kr "]),
        FIGURES,
        st.sampled_from(["", ".", ".5", ".50", ".123", ".12345678901234567", "e5", ".5e-3", "E+2", "e400", ".5e-330"]),
        st.sampled_from(["", "", ")", "-", " CR", "DR", "%", " %", " USD", " €", "$", "-", "%)", " usd)"]),
    ),
)
NUMBER_ALPHABET = "0123456789.,-+()$% eE'\u2212\u00a0DRCUS_x"


def swapped(text: str) -> str:
    """With point and comma changed."""
    return text.translate({ord("."): ",", ord(","): "."})


NUMBER_CHOICES: list[dict[str, str]] = [
    {},
    {"currency": "USD"},
    {"percent": "all"},
    {"percent": "any", "currency": "USD"},
    {"stored": "DECIMAL(38,4)"},
    {"stored": "DECIMAL(38,20)", "currency": "USD"},
    {"mark": ","},
    {"mark": ",", "currency": "EUR"},
]


def same_number(value: Any, expected: Any) -> bool:
    return value == expected and (value is None) == (expected is None)


@pytest.mark.parametrize("choices", NUMBER_CHOICES, ids=str)
@MANY
@given(texts=batch(mutated(AMOUNTS, NUMBER_ALPHABET)))
def test_numbers(choices: dict[str, str], texts: list[str]) -> None:
    if choices.get("mark"):
        texts = [swapped(text) for text in texts]
    found = values_of(decision_of("number", **choices), texts)
    for text, value in zip(texts, found, strict=True):
        expected = reference.read_number(text, **choices)
        assert same_number(value, expected), (text, value, expected)


@pytest.mark.parametrize("choices", [{}, {"stored": "DECIMAL(38,0)"}, {"mark": ","}], ids=str)
@MANY
@given(texts=batch(mutated(AMOUNTS, NUMBER_ALPHABET)))
def test_integers(choices: dict[str, str], texts: list[str]) -> None:
    if choices.get("mark"):
        texts = [swapped(text) for text in texts]
    for text, value in zip(texts, values_of(decision_of("integer", **choices), texts), strict=True):
        expected = reference.read_integer(text, **choices)
        assert same_number(value, expected), (text, value, expected)


NAMES = "January Jan. feb FEBRUARY März mars Apr mayo mei Juin juillet aug. août Sept set Oktober ott nov Dezember Foo"
NAMED = st.builds(
    lambda form, day, name, year, mark: form.format(d=day, m=name, y=year, s=mark),
    st.sampled_from(
        ["{d}{s}{m}{s}{y}", "{m} {d}, {y}", "{d}. {m} {y}", "{y} {m} {d}", "{d} de {m} de {y}", "{d}th of {m}, {y}"]
    ),
    st.integers(0, 32).map(str) | st.sampled_from(["01", "1er", "2nd"]),
    st.sampled_from(NAMES.split()),
    st.sampled_from(["2020", "1999", "20", "69", "68", "'99", "0000", "202"]),
    st.sampled_from([" ", "-", "/", ""]),
)
IN_FIGURES = st.builds(
    lambda form, day, month, year, mark: form.format(d=day, m=month, y=year, s=mark),
    st.sampled_from(["{y}{s}{m}{s}{d}", "{d}{s}{m}{s}{y}", "{m}{s}{d}{s}{y}", "{d}{s} {m}{s} {y}"]),
    st.integers(0, 32).map(str) | st.integers(1, 9).map("{:02}".format),
    st.integers(0, 13).map(str) | st.integers(1, 12).map("{:02}".format),
    st.sampled_from(["2020", "2021", "1899", "0000", "0001", "9999", "99", "68", "202", "20201"]),
    st.sampled_from(["-", "/", ".", " "]),
)
OTHER_DAYS = st.one_of(
    st.from_regex("20(20|21)-?W(0[1-9]|5[0-4])-?[0-8]", fullmatch=True),
    st.from_regex("20(20|21)-(00[01]|36[5-7]|1[0-9]{2})", fullmatch=True),
    st.from_regex("(19|20|18|21)[0-9]{2}(0[0-9]|1[0-3])[0-3][0-9]", fullmatch=True),
)
WEEKDAYS = st.sampled_from(["", "", "Mon, ", "Tuesday ", "Di., ", "lundi ", "sáb. ", "Foo, ", "segunda-feira, "])
DAYS = st.builds("".join, st.tuples(WEEKDAYS, st.one_of(NAMED, IN_FIGURES, OTHER_DAYS)))
DAY_ALPHABET = "0123456789-/. ,':WTé"


@pytest.mark.parametrize("order", ["dmy", "mdy", "ymd"])
@pytest.mark.parametrize("compact", ["true", "false"])
@MANY
@given(texts=batch(mutated(DAYS, DAY_ALPHABET)))
def test_dates(order: str, compact: str, texts: list[str]) -> None:
    for text, value in zip(texts, values_of(decision_of("date", order=order, compact=compact), texts), strict=True):
        assert value == reference.read_date(text, order=order, compact=compact), text


CLOCKS = st.builds(
    "".join,
    st.tuples(
        st.integers(0, 25).map(str) | st.sampled_from(["00", "01", "12", "24"]),
        st.sampled_from([":00", ":59", ":60", ":5", ".30", ""]),
        st.sampled_from(["", "", ":00", ":59", ":60", ":05", ":5"]),
        st.sampled_from(["", "", ".5", ",25", ".123456", ".123456789", "."]),
        st.sampled_from(["", "", " AM", "pm", " p.m.", "a.m.", " P"]),
    ),
)
ZONES = st.sampled_from(
    ["", "", "Z", " UTC", "+02:00", "-0530", " +14", "+15:00", " EST", " IST", " GMT+2", "-03:60", " +0000 (UTC)", " -"]
)
ISO_DAYS = st.dates().map(str)
MOMENTS = st.one_of(
    st.builds(
        "".join,
        st.tuples(
            st.one_of(ISO_DAYS, ISO_DAYS, DAYS), st.sampled_from(["T", " ", ", ", " at ", " um ", "  "]), CLOCKS, ZONES
        ),
    ),
    st.datetimes().map("{:%a %b %d %H:%M:%S %Y}".format),
    st.datetimes().map("{:%a %b %d %H:%M:%S UTC %Y}".format),
    st.datetimes().map("{:%d/%b/%Y:%H:%M:%S -0700}".format),
    st.datetimes().map("{:%a, %d %b %Y %H:%M:%S +0530}".format),
    st.datetimes().map("{:%a, %d %b %Y %H:%M:%S GMT}".format),
    st.datetimes().map("{:%Y%m%dT%H%M%SZ}".format),
    st.datetimes().map("{:%Y%m%dT%H%M}".format),
    st.datetimes().map("{:%d/%m/%Y %I:%M %p}".format),
    ISO_DAYS,
)


@pytest.mark.parametrize("order", ["dmy", "mdy"])
@MANY
@given(texts=batch(mutated(MOMENTS, DAY_ALPHABET + "Z+")))
def test_datetimes(order: str, texts: list[str]) -> None:
    for text, value in zip(texts, values_of(decision_of("datetime", order=order), texts), strict=True):
        assert value == reference.read_datetime(text, order=order), text


@pytest.mark.parametrize("apart", [" ", "  ", " \t "])
def test_any_white_space_within_a_moment_is_one_blank(apart: str) -> None:
    texts = [f"2000-01-01 00:00:00{apart}+0530", f"Sat, 01 Jan 2000 12:00{apart}AM{apart}UTC{apart}(UTC)"]
    found = values_of(decision_of("datetime"), texts)
    assert list(map(str, found)) == ["1999-12-31 18:30:00", "2000-01-01 00:00:00"]


@pytest.mark.parametrize("epoch", ["s", "ms"])
@MANY
@given(texts=batch(mutated(st.integers(0, 5 * 10**12).map(str) | st.from_regex("[0-9]{9,10}\\.[0-9]{1,7}"), "0.5-")))
def test_seconds_since_1970(epoch: str, texts: list[str]) -> None:
    for text, value in zip(texts, values_of(decision_of("datetime", epoch=epoch), texts), strict=True):
        assert value == reference.read_datetime(text, epoch=epoch), text


@MANY
@given(
    texts=batch(
        mutated(st.one_of(CLOCKS, st.from_regex("T?[0-9]{1,2}[h:][0-9]{2}", fullmatch=True)), "0123456789:.hTapmAM ")
    )
)
def test_times(texts: list[str]) -> None:
    for text, value in zip(texts, values_of(decision_of("time"), texts), strict=True):
        assert value == reference.read_time(text), text


SPANS = st.one_of(
    st.from_regex("-?P([0-9]Y)?([0-9]M)?([0-9]D)?(T([0-9]H)?([0-9]M)?([0-9](\\.[0-9])?S)?)?", fullmatch=True),
    st.from_regex("-?[0-9]{1,3}:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,3})?", fullmatch=True),
    st.lists(
        st.builds(
            "".join,
            st.tuples(
                st.sampled_from(["1", "2.5", "90"]),
                st.sampled_from(["", " "]),
                st.sampled_from(
                    ["y", "mo", "weeks", "d", "jours", "h", "std", "min", "minutes", "m", "s", "sec.", "mb"]
                ),
            ),
        ),
        min_size=1,
        max_size=3,
    ).map(" ".join),
)


@MANY
@given(texts=batch(mutated(SPANS, "0123456789PTHMSD:. ,hms")))
def test_durations(texts: list[str]) -> None:
    for text, value in zip(texts, values_of(decision_of("duration"), texts), strict=True):
        assert value == reference.read_duration(text), text


JSON = st.sampled_from(['{"a": 1}', "[1, 2]", '{"a": [true, null]}', "[]", "{}", '"x"', "[1,]", "{'a': 1}", "nul"])


@pytest.mark.parametrize("rule", ["object", "array"])
@MANY
@given(texts=batch(mutated(JSON, '{}[]",: 1a')))
def test_json(rule: str, texts: list[str]) -> None:
    for text, value in zip(texts, values_of(decision_of(rule), texts), strict=True):
        assert value == getattr(reference, f"read_{rule}")(text), text


PLACES = st.builds(
    lambda form, a, b: form.format(a=a, b=b),
    st.sampled_from(["{a},{b}", "{a}, {b}", "({a}, {b})", "POINT({a} {b})", "{a} {b}", "Point ({a}  {b})"]),
    st.sampled_from(["52.5", "-90", "+13", "90.1", "181", "0", "180", "5."]),
    st.sampled_from(["13.4", "-180", "+180.0", "180.5", "9", "1000"]),
)


@MANY
@given(texts=batch(mutated(PLACES, "0123456789.,-+() ")))
def test_places(texts: list[str]) -> None:
    for text, value in zip(texts, values_of(decision_of("geopoint"), texts), strict=True):
        assert value == reference.read_geopoint(text), text


PLAIN_FORMS = ("plain", "long", "grouped", "parentheses")
ALL_QUICK: list[tuple[str, dict[str, str], tuple[str, ...]]] = [
    ("number", {"currency": "USD"}, ("before $", "before USD ", "before $ ", "after  USD", "after $", *PLAIN_FORMS)),
    ("number", {"percent": "all"}, ("percent",)),
    ("number", {"stored": "DECIMAL(38,4)", "percent": "any"}, ("percent", "plain")),
    ("number", {"stored": "DECIMAL(38,4)", "currency": "USD"}, ("before $", "after $", *PLAIN_FORMS)),
    ("number", {"mark": ",", "currency": "EUR"}, ("before €", "after  €", "after €", *PLAIN_FORMS)),
    ("integer", {}, PLAIN_FORMS),
    ("date", {"order": "dmy"}, tuple(quick_dates("dmy"))),
    ("date", {"order": "mdy"}, tuple(quick_dates("mdy"))),
    ("datetime", {"order": "dmy"}, (*quick_timestamps("dmy"), *zoned_forms())),
    ("datetime", {"order": "mdy"}, (*quick_timestamps("mdy"), *zoned_forms())),
]


@pytest.mark.parametrize(("rule", "choices", "forms"), ALL_QUICK, ids=lambda value: str(value)[:40])
@FEW
@given(data=st.data())
def test_a_quick_form_reads_nothing_otherwise(
    rule: str, choices: dict[str, str], forms: tuple[str, ...], data: st.DataObject
) -> None:
    texts = {
        "number": mutated(AMOUNTS, NUMBER_ALPHABET + "\t\n"),
        "integer": mutated(AMOUNTS, NUMBER_ALPHABET + "\t\n"),
        "date": mutated(st.one_of(ISO_DAYS, DAYS), DAY_ALPHABET + "\t\nTZ"),
        "datetime": mutated(MOMENTS, DAY_ALPHABET + "\t\nTZ+"),
    }[rule]
    drawn = data.draw(batch(texts))
    if choices.get("mark"):
        drawn = [swapped(text) for text in drawn]
    chosen = data.draw(st.lists(st.sampled_from(forms), min_size=1, max_size=4, unique=True))
    plain = decision_of(rule, **choices)
    quick = values_of(plain.with_(forms=tuple(chosen)), drawn, quick=True)
    for text, value, expected in zip(drawn, quick, values_of(plain, drawn), strict=True):
        assert value is None or same_number(value, expected), (text, value, expected, chosen)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("plain", "3779.66"),
        ("grouped", "8,829.55"),
        ("before $", "$1,234.50"),
        ("after  USD", "1,234 USD"),
        ("long", "0.30000000000000004"),
        ("parentheses", "(5.00)"),
    ],
)
def test_quick_forms_read_what_they_are_for(form: str, text: str) -> None:
    decision = decision_of("number", currency="USD").with_(forms=(form,))
    (value,) = values_of(decision, [text], quick=True)
    assert value == float(Decimal(str(reference.read_number(text, currency="USD"))))
