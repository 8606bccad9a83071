"""Dates: the forms that are read, as one regular expression, and the SQL that makes a DATE of its groups.

Day and month of a date in figures are told apart per column: see ``Choices.order``. Two figures of a year have the
pivot ``PIVOT``. Names of months and weekdays are those of ``calendar``.
"""

from dataclasses import dataclass

from sluice_clean.engine.sql import let, literal
from sluice_clean.engine.values.calendar import MONTHS, WEEKDAYS
from sluice_clean.engine.values.choices import PIVOT, Choices, Order
from sluice_clean.engine.values.expressions import cases, first_of, groups, lookup

# Not \p{L}: its automaton takes 9 ms to build, and is built anew for every query.
LETTER = "[A-Za-zÀ-ÿ]"
_ORDINAL = "(?:st|nd|rd|th|er|[.ºª°])?"
_OF = r"(?: +de +| +del +| +of +|[ /-])*"
_FIGURES = r"([0-9]{1,4})([-/. ])\s*([0-9]{1,2})([-/. ])\s*([0-9]{1,4})"
_NAME_INSIDE = rf"([0-9]{{1,4}}){_ORDINAL}{_OF}({LETTER}+)\.?,?{_OF}('?[0-9]{{1,4}}){_ORDINAL}"
_NAME_FIRST = rf"({LETTER}+)\.?[ /-]*([0-9]{{1,2}}){_ORDINAL},?[ /-]+([0-9]{{4}})"
_WEEK = "([0-9]{4})(-?)W([0-9]{2})(-?)([1-7])"
_OF_YEAR = "([0-9]{4})-([0-9]{3})"
DAY_GROUPS = (
    *("weekday", "first", "mark", "second", "mark2", "third"),
    *("wyear", "dash", "week", "dash2", "wday"),
    *("lead", "name", "tail"),
    *("name2", "day2", "year2"),
    *("oyear", "oday"),
    "eight",
)
_FORMS = f"{_FIGURES}|{_WEEK}|{_NAME_INSIDE}|{_NAME_FIRST}|{_OF_YEAR}|([0-9]{{8}})"
# The weekday is lazy: `Jan 2nd, 2020` begins with a month.
DAY = rf"(?:({LETTER}+(?:-feira)?)\.?,?\s+)??(?:{_FORMS})"


def date_general(text: str, choices: Choices) -> str:
    """SQL: ``text`` in any of the forms as a DATE, else null."""
    return let(groups(text, f"^{DAY}$", DAY_GROUPS), lambda g: date_of_groups(g, choices))


def date_of_groups(g: str, choices: Choices) -> str:
    """SQL: a DATE of the groups of ``DAY``, null where they are none. No regular expressions here: see `let`."""
    weekday = lookup(dict.fromkeys(sorted(WEEKDAYS), 1), f"strip_accents(lower({g}.weekday))")
    known = f"({g}.weekday = '' OR {weekday} IS NOT NULL)"
    arms = [
        (f"{g}.first <> ''", cases([(f"{g}.mark = {g}.mark2", _in_figures(g, choices.order))])),
        (f"{g}.name <> ''", _name_inside(g)),
        (f"{g}.name2 <> ''", _of_parts(f"{g}.year2", _month(f"{g}.name2"), f"{g}.day2")),
        (f"{g}.wyear <> ''", cases([(f"{g}.dash = {g}.dash2", _of_week(g))])),
        (f"{g}.oyear <> ''", _of_year(g)),
    ]
    if choices.compact:
        arms.append((f"{g}.eight <> ''", compact(f"{g}.eight")))
    return cases([(known, cases(arms))])


def compact(text: str) -> str:
    """SQL: eight figures as a DATE, of the years 1900 to 2100: others are more likely numbers."""
    year = f"left({text}, 4)"
    inside = f"{year} >= '1900' AND {year} <= '2100'"
    return cases([(inside, _of_parts(year, f"substring({text}, 5, 2)", f"right({text}, 2)"))])


def _of_parts(year: str, month: str, day: str) -> str:
    """SQL: a DATE of three texts of figures; null for a day that does not exist."""
    return cases([(f"{year} > '0000'", f"try_cast({year} || '-' || {month} || '-' || {day} AS DATE)")])


def _full_year(year: str) -> str:
    """SQL: a year of four figures or of two; null for another number of them."""
    century = f"(CASE WHEN {year} < '{PIVOT}' THEN '20' ELSE '19' END)"
    return cases([(f"strlen({year}) = 4", year), (f"strlen({year}) = 2", f"{century} || {year}")])


def _in_figures(g: str, order: Order) -> str:
    first, second, third = f"{g}.first", f"{g}.second", f"{g}.third"
    year_first = (f"strlen({first}) = 4 AND strlen({third}) <= 2", _of_parts(first, second, third))
    if order == "ymd":  # of two figures each
        short = f"strlen({first}) = 2 AND strlen({third}) <= 2"
        return cases([year_first, (short, _of_parts(_full_year(first), second, third))])
    day, month = (first, second) if order == "dmy" else (second, first)
    # Blanks between figures of two each are too common to make a date.
    sound = f"strlen({first}) <= 2 AND (strlen({third}) = 4 OR {g}.mark > ' ')"
    return cases([year_first, (sound, _of_parts(_full_year(third), month, day))])


def _name_inside(g: str) -> str:
    """SQL: a DATE of a name between figures, of which either may be the year."""
    tail = f"ltrim({g}.tail, '''')"
    leads = f"strlen({g}.lead) = 4 AND strlen({g}.tail) <= 2"
    year = cases([(leads, f"{g}.lead"), (f"strlen({g}.lead) <= 2", _full_year(tail))])
    return _of_parts(year, _month(f"{g}.name"), cases([(leads, tail)], f"{g}.lead"))


def _month(name: str) -> str:
    return lookup(MONTHS, f"strip_accents(lower({name}))")


def _of_week(g: str) -> str:
    parsed = f"try_strptime({g}.wyear || '-W' || {g}.week || '-' || {g}.wday, '%G-W%V-%u')"
    return cases([(f"{g}.wyear > '0000' AND isoyear({parsed})::VARCHAR = ltrim({g}.wyear, '0')", f"{parsed}::DATE")])


def _of_year(g: str) -> str:
    # strptime runs on into the next year where this one has fewer days.
    parsed = f"try_strptime({g}.oyear || '-' || {g}.oday, '%Y-%j')"
    return cases([(f"{g}.oyear > '0000' AND year({parsed})::VARCHAR = ltrim({g}.oyear, '0')", f"{parsed}::DATE")])


@dataclass(frozen=True)
class QuickForm:
    """A form with a LIKE pattern that is cheap to ask, and a reading that is exact for texts of the pattern.

    Attributes:
        like: A LIKE pattern; the reading refuses what fits it by chance.
        format: For strptime; "" for a plain cast.
    """

    like: str
    format: str = ""

    def arm(self, text: str) -> tuple[str, str]:
        """SQL: its condition, and the TIMESTAMP of a text that meets it."""
        condition = f"{text} LIKE '{self.like}'"
        if not self.format:
            # A cast skips leading blanks, and takes a minus for years before Christ.
            return f"{condition} AND {text} >= '0'", f"try_cast({text} AS TIMESTAMP)"
        # strptime skips blanks, and so reads years of fewer figures than stand in the pattern.
        parsed = f"try_strptime({text}, '{self.format}')"
        return condition, cases([(f"{parsed} >= TIMESTAMP '1000-01-01'", parsed)])


def quick_dates(order: Order) -> dict[str, QuickForm]:
    """The quick forms of dates by their LIKE pattern. A failing strptime is dear: the pattern must be met mostly."""
    forms = [QuickForm("____-__-__"), QuickForm("____/__/__")]
    if order != "ymd":
        first, second = ("%d", "%m") if order == "dmy" else ("%m", "%d")
        for mark in "/.-":
            pattern = f"{first}{mark}{second}{mark}%Y"
            forms += [QuickForm(f"{a}{mark}{b}{mark}____", pattern) for a in ("__", "_") for b in ("__", "_")]
    for mark in " -":
        forms += [QuickForm(f"{day}{mark}___{mark}____", f"%d{mark}%b{mark}%Y") for day in ("__", "_")]
    forms += [QuickForm(f"___ {day}, ____", "%b %d, %Y") for day in ("__", "_")]
    forms += [QuickForm(f"___, {day} ___ ____", "%a, %d %b %Y") for day in ("__", "_")]
    return {form.like: form for form in forms}


def date_value(text: str, choices: Choices) -> str:
    """SQL: ``text`` as a DATE, or null when it is in no form of a date."""
    if choices.pattern:
        return f"{by_pattern(text, choices.pattern)}::DATE"
    known = quick_dates(choices.order)
    arms = [known[form].arm(text) for form in choices.forms if form in known]
    quick = [(condition, f"{value}::DATE") for condition, value in arms]
    return first_of(text, quick, lambda: date_general(text, choices), only_quick=not choices.general)


def plain(text: str, choices: Choices) -> str:
    """SQL: the text is a date in ISO 8601's form, if the column has such."""
    return plain_form(text, choices, quick_dates(choices.order))


def plain_form(text: str, choices: Choices, known: dict[str, QuickForm]) -> str:
    """SQL: the text is in the commonest of the column's forms that are ISO 8601's; "" if it has none."""
    if choices.pattern or choices.epoch:
        return ""
    iso = (form for form in choices.forms if form.startswith("____-__-__") and form in known)
    return next((known[form].arm(text)[0] for form in iso), "")


def by_pattern(text: str, pattern: str) -> str:
    """SQL: ``text`` as a TIMESTAMP by a contract's strptime pattern, in UTC if that reads an offset."""
    parsed = f"try_strptime({text}, {literal(pattern)})"
    return f"make_timestamp(epoch_us({parsed}))"


# Three groups of figures of which the order matters, whatever follows.
FIGURES = r"^([0-9]{1,2})([-/. ])\s*([0-9]{1,2})[-/. ]\s*([0-9]{4}|[0-9]{2})(?:[^0-9].*)?$"


def changes(text: str, value: str, choices: Choices) -> dict[str, str]:  # noqa: ARG001 - one face for all rules
    """SQL: the form was another than ISO 8601's."""
    return {"date-form": f"({value} IS NOT NULL AND NOT ({text} LIKE '____-__-__'))"}
