"""Moments: a date and a time of day, with or without an offset, as a TIMESTAMP in UTC.

A text without an offset is taken as UTC; a date alone is its midnight. Of a second's fraction six digits are kept.
"""

from dataclasses import dataclass

from sluice_clean.engine.sql import let
from sluice_clean.engine.values.choices import Choices, Order
from sluice_clean.engine.values.dates import (
    DAY,
    DAY_GROUPS,
    LETTER,
    QuickForm,
    by_pattern,
    date_of_groups,
    plain_form,
    quick_dates,
)
from sluice_clean.engine.values.expressions import cases, first_of, groups, has, lookup, matches, replaced
from sluice_clean.engine.values.times import time_of_parts

# RFC 2822's names; others (IST, BST, …) mean several zones and are not read.
ZONES = {"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300}
ZONES |= {"MST": -420, "MDT": -360, "PST": -480, "PDT": -420}
_ZONE = r"([A-Za-z]{1,3})?(?:([-+])([0-9]{1,2}):?([0-9]{2})?)?(?:\s+\([A-Z]{1,5}\))?"
_CLOCK = r"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})([.,][0-9]*)?)?(?:\s*([AaPp])\.?[Mm]\.?)?"
_BETWEEN = r"(?:T\s*|\s*,\s*|\s+(?:at\s|um\s|à\s|a las\s|-\s)?\s*)"
MOMENT = rf"{DAY}(?:{_BETWEEN}{_CLOCK}\s*{_ZONE})?"
_MOMENT_GROUPS = (*DAY_GROUPS, "hour", "minute", "second_", "fraction", "half", "zone", "sign", "zhours", "zminutes")
# Forms that have their parts in another order, and what brings them into the usual one.
_BASIC_ZONE = "(Z|[-+][0-9]{2}:?[0-9]{2})?"
_BASIC_DAY = r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T|:|\s+)"  # with a clock behind it there is no doubt that it is one
_BASIC = f"{_BASIC_DAY}([0-9]{{2}}):?([0-9]{{2}}):?([0-9]{{2}}(?:[.,][0-9]+)?){_BASIC_ZONE}"
_BASIC_SHORT = f"{_BASIC_DAY}([0-9]{{2}}):?([0-9]{{2}}){_BASIC_ZONE}"
_CTIME = rf"{LETTER}+\s+({LETTER}+)\s+([0-9]+)\s+([0-9:]+)\s+([A-Z]{{1,4}}\s+|[-+][0-9]{{4}}\s+)?([0-9]{{4}})"
_APACHE = rf"([0-9]+/{LETTER}+/[0-9]{{4}}):([0-9:]{{8}})(\s+[-+][0-9]{{4}})?"
_BRACKETED = rf"\[{_APACHE}\]"
_REORDERED = (
    (_CTIME, r"\1 \2 \5 \3 \4"),
    (_APACHE, r"\1 \2\3"),
    (_BRACKETED, r"\1 \2\3"),
    (_BASIC, r"\1-\2-\3T\4:\5:\6\7"),
    (_BASIC_SHORT, r"\1-\2-\3T\4:\5\6"),
)
# Any of the forms with a clock, whether or not there is such a moment.
MOMENT_SHAPE = rf"{DAY}{_BETWEEN}{_CLOCK}\s*{_ZONE}|{_CTIME}|{_APACHE}|{_BRACKETED}|{_BASIC}|{_BASIC_SHORT}"
_MAX_OFFSET = 14 * 60  # minutes: Kiribati's


def _parts(text: str) -> str:
    """SQL: the groups of ``MOMENT``, a struct of texts; all "" where ``text`` is no moment."""
    arms = [(matches(text, shape), f"rtrim({replaced(text, f'^{shape}$', by)})") for shape, by in _REORDERED]
    return groups(cases(arms, text), f"^{MOMENT}$", _MOMENT_GROUPS)


def _minutes(g: str) -> str:
    """SQL: the offset of the groups in minutes east of UTC; null where they state none, or no such."""
    name = f"upper({g}.zone)"
    sign = f"(CASE WHEN {g}.sign = '-' THEN -1 ELSE 1 END)"
    hours, minutes = f"{g}.zhours::INTEGER", f"coalesce(try_cast({g}.zminutes AS INTEGER), 0)"
    real = f"{hours} * 60 + {minutes} <= {_MAX_OFFSET} AND {minutes} < 60"
    sound = f"{real} AND ({name} = '' OR {name} = 'UTC' OR {name} = 'GMT')"
    return cases(
        [
            (f"{g}.sign <> ''", cases([(sound, f"{sign} * ({hours} * 60 + {minutes})")])),
            (f"{g}.zone <> ''", f"({lookup(ZONES, name)})::INTEGER"),
        ]
    )


def timestamp_general(text: str, choices: Choices) -> str:
    """SQL: ``text`` in any of the forms as a TIMESTAMP in UTC, else null."""

    # Day, clock and offset stand once each: what is long to read is long to plan, for every chunk.
    def moment(g: str) -> str:
        stated = time_of_parts(f"{g}.hour", f"{g}.minute", f"{g}.second_", f"{g}.fraction", f"{g}.half")
        clock = cases([(f"{g}.hour = ''", "TIME '00:00:00'")], stated)
        minutes = cases([(f"{g}.zone = '' AND {g}.sign = ''", "0")], _minutes(g))
        return f"{date_of_groups(g, choices)} + {clock} - to_minutes({minutes})"

    return let(_parts(text), moment)


def offset_minutes(text: str) -> str:
    """SQL: the offset that ``text`` states, in minutes east of UTC; null where it states none."""
    return let(_parts(text), _minutes)


_CLOCKS = {"__:__:__": "%H:%M:%S", "__:__": "%H:%M", "_:__": "%H:%M"}
_CLOCKS |= {"__:__:__ _M": "%I:%M:%S %p", "__:__ _M": "%I:%M %p", "_:__ _M": "%I:%M %p"}


def quick_timestamps(order: Order) -> dict[str, QuickForm]:
    """The quick forms of moments without an offset other than UTC, by their LIKE pattern; dates are midnights."""
    ends = ("", "Z", ".___", ".___Z", ".______", ".______Z")
    forms = [QuickForm(f"____-__-__{gap}__:__:__{end}") for gap in "T " for end in ends]
    forms += [QuickForm(f"____-__-__{gap}__:__") for gap in "T "]
    if order != "ymd":
        first, second = ("%d", "%m") if order == "dmy" else ("%m", "%d")
        forms += [
            QuickForm(f"{a}{mark}{b}{mark}____ {clock}", f"{first}{mark}{second}{mark}%Y {pattern}")
            for mark in "/.-"
            for a, b in (("__", "__"), ("_", "_"), ("_", "__"), ("__", "_"))
            for clock, pattern in _CLOCKS.items()
        ]
    forms += [QuickForm(f"__ ___ ____ {clock}", f"%d %b %Y {_CLOCKS[clock]}") for clock in ("__:__:__", "__:__")]
    forms.append(QuickForm("___, __ ___ ____ __:__:__ GMT", "%a, %d %b %Y %H:%M:%S GMT"))
    forms += [QuickForm(f"___ ___ {day} __:__:__ ____", "%a %b %d %H:%M:%S %Y") for day in ("__", " _")]
    return quick_dates(order) | {form.like: form for form in forms}


@dataclass(frozen=True)
class ZonedForm:
    """A form with an offset in figures, which ends it.

    Attributes:
        like: Its LIKE pattern.
        format: For strptime; "" for a plain cast.
        offset: The pattern of the offset, behind its sign.
    """

    like: str
    format: str
    offset: str

    def arm(self, text: str) -> tuple[str, str]:
        """SQL: its condition, and the TIMESTAMP in UTC of a text that meets it."""
        start = len(self.like) - len(self.offset) + 1
        # From 14 hours on, and from 60 minutes, the general form decides: some such offsets exist, most don't.
        condition = f"{text} LIKE '{self.like}' AND substring({text}, {start}, 2) < '14'"
        if len(self.offset) > 2:  # noqa: PLR2004 - there are minutes
            condition += f" AND substring({text}, {len(self.like) - 1}, 1) < '6'"
        if not self.format:
            return f"{condition} AND {text} >= '0'", f"make_timestamp(epoch_us(try_cast({text} AS TIMESTAMPTZ)))"
        moment = f"make_timestamp(epoch_us(try_strptime({text}, '{self.format}')))"
        return condition, cases([(f"{moment} >= TIMESTAMP '1000-01-02'", moment)])


def zoned_forms() -> dict[str, ZonedForm]:
    """The quick forms with an offset in figures, by their LIKE pattern."""
    iso = [
        ZonedForm(f"____-__-__{gap}__:__:__{fraction}{sign}{offset}", "", offset)
        for gap in "T "
        for fraction in ("", ".___", ".______")
        for sign in "+-"
        for offset in ("__:__", "____", "__")
    ]
    named = [
        ZonedForm(f"{pattern} {sign}____", f"{fmt} %z", "____")
        for pattern, fmt in (
            ("___, __ ___ ____ __:__:__", "%a, %d %b %Y %H:%M:%S"),
            ("__/___/____:__:__:__", "%d/%b/%Y:%H:%M:%S"),
        )
        for sign in "+-"
    ]
    return {form.like: form for form in (*iso, *named)}


def timestamp_value(text: str, choices: Choices) -> str:
    """SQL: ``text`` as a TIMESTAMP in UTC, or null."""
    if choices.pattern:
        return by_pattern(text, choices.pattern)
    if choices.epoch:
        return _of_epoch(text, choices.epoch)
    known: dict[str, QuickForm | ZonedForm] = {**quick_timestamps(choices.order), **zoned_forms()}
    arms = [known[form].arm(text) for form in choices.forms if form in known]
    return first_of(text, arms, lambda: timestamp_general(text, choices), only_quick=not choices.general)


def plain(text: str, choices: Choices) -> str:
    """SQL: the text is a moment in ISO 8601's form, in UTC or without an offset, if the column has such."""
    return plain_form(text, choices, quick_timestamps(choices.order))


_EPOCH_SHAPES = {"s": r"[0-9]{9,10}(?:\.[0-9]{1,6})?", "ms": "[0-9]{12,13}"}
EPOCH_RANGE = (946_684_800, 4_102_444_800)  # seconds: the years 2000 to 2099


def _of_epoch(text: str, unit: str) -> str:
    factor, scale = (1_000_000, 1) if unit == "s" else (1_000, 1_000)
    count = f"try_cast({text} AS DECIMAL(20,6))"
    low, high = (bound * scale for bound in EPOCH_RANGE)
    inside = cases([(f"{count} >= {low} AND {count} < {high}", f"make_timestamp(({count} * {factor})::BIGINT)")])
    return cases([(matches(text, _EPOCH_SHAPES[unit]), inside)])


def changes(text: str, value: str, choices: Choices) -> dict[str, str]:
    """SQL conditions: another form than ISO 8601's, another zone than UTC, a fraction finer than is kept."""
    there = f"{value} IS NOT NULL"
    if choices.epoch:
        return {"epoch": f"({there})"}
    iso = f"({text} LIKE '____-__-__%' AND {matches(text, '[-0-9]{10}(?:[T ][0-9:.]{5,}(?:Z|[-+][0-9:]+)?)?')})"
    zoned = f"(contains({text}, ':') AND coalesce({offset_minutes(text)}, 0) <> 0)"
    fine = has(text, r"[0-9]:[0-9]{1,2}[.,][0-9]{6}[0-9]*[1-9]")
    return {
        "date-form": f"({there} AND NOT {iso})",
        "time-zone": f"({there} AND strlen({text}) > 15 AND NOT suffix({text}, 'Z') AND {zoned})",
        "sub-microsecond": f"({there} AND strlen({text}) > 25 AND {fine})",
    }
