"""Guesses which columns are dates or moments, in which order of day and month, and in which forms."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sluice_clean.engine.sql import let
from sluice_clean.engine.values.choices import Choices, Order
from sluice_clean.engine.values.dates import DAY, FIGURES, quick_dates
from sluice_clean.engine.values.decision import OFFSET, Decision
from sluice_clean.engine.values.expressions import cases, groups, has, matches
from sluice_clean.engine.values.proposals import Context, Proposals, common, counted
from sluice_clean.engine.values.timestamps import MOMENT_SHAPE, quick_timestamps, zoned_forms

_LONGEST = 48  # characters of a moment with names and zone
_ZONE_END = r"[0-9MZm]( ?(?:[A-Z]{1,4}|(?:UTC|GMT)?[+-][0-9]{1,2}:?(?:[0-9]{2})?))$"
_BASIC_CLOCK = r"^[0-9]{8}\s+[0-9]{4}"  # 20200102 0304
_NO_OFFSET = re.compile(r"(?i) ?(Z|UTC|GMT|UT|[AP]M|(UTC|GMT)?[+-]0{1,2}:?(00)?)|")


def is_day_or_moment(text: str) -> str:
    """SQL: the text has the shape of a date or a moment."""
    return f"(strlen({text}) BETWEEN 6 AND {_LONGEST} AND {matches(text, f'{DAY}|{MOMENT_SHAPE}')})"


@dataclass
class _Orders:
    """What a column's texts tell about the order of day, month and year. Counts are of texts.

    Attributes:
        dmy: Figures that are a date only if the month doesn't come first.
        mdy: Only if the month does.
        ymd: Only if a year of two figures does.
        short: Those of ``dmy`` that are a date too if a year of two figures comes first.
        open: Figures that both of the first two can read, differently.
        dotted: Those of ``open`` that have points.
        moments: Texts with a clock.
        zones: Texts by the zone that they end with; "" for none.
    """

    dmy: int = 0
    mdy: int = 0
    ymd: int = 0
    short: int = 0
    open: int = 0
    dotted: int = 0
    moments: int = 0
    zones: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, clock: bool, zone: str, count: int) -> None:
        if kind == "dotted":
            self.open += count
        if kind == "short":
            self.dmy += count
        if kind:
            setattr(self, kind, getattr(self, kind) + count)
        if clock:
            self.moments += count
            self.zones[zone] += count

    def order(self, *, day_first: bool) -> tuple[Order, float, bool]:
        """The order, its certainty, and whether nothing in the values decided it."""
        told: dict[Order, int] = {"dmy": self.dmy, "mdy": self.mdy, "ymd": self.ymd and self.ymd + self.short}
        best = max(told, key=lambda order: told[order])
        if told[best]:
            return best, told[best] / (self.dmy + self.mdy + self.ymd), False
        guess: Order = "dmy" if day_first or (self.open and self.dotted == self.open) else "mdy"
        return guess, 0.5 if self.open else 1.0, self.open > 0


def _kind() -> str:
    """SQL: what a date in figures tells about the order; "" for other texts."""

    def of(g: str) -> str:
        first, second, third = (f"try_cast({g}.{part} AS INTEGER)" for part in "abc")
        return cases(
            [
                (f"{g}.a = ''", "''"),
                (f"{first} > 31 AND strlen({g}.c) = 2", "'ymd'"),
                (f"{first} > 12 AND {second} <= 12 AND strlen({g}.c) = 2 AND {third} <= 31", "'short'"),
                (f"{first} > 12 AND {second} <= 12", "'dmy'"),
                (f"{second} > 12 AND {first} <= 12", "'mdy'"),
                (f"{first} > 12 OR {first} = {second}", "''"),
                (f"{g}.m = '.'", "'dotted'"),
            ],
            "'open'",
        )

    return cases([("text LIKE '____-__-__%'", "''")], let(groups("text", FIGURES, "ambc"), of))


def _orders(context: Context, columns: Iterable[int]) -> dict[int, _Orders]:
    clock = "contains(text, ':')"
    zone = f"(CASE WHEN {clock} THEN regexp_extract(text, '{_ZONE_END}', 1) ELSE '' END)"
    found: dict[int, _Orders] = {}
    basic = f"contains(text, 'T') OR {has('text', _BASIC_CLOCK)}"
    by = f"col, {_kind()} AS kind, {clock} OR {basic} AS clock, {zone} AS zone"
    for column, kind, has_clock, zone_text, count in context.cells.groups(by, ["count(*)"], columns):
        found.setdefault(column, _Orders()).add(kind, has_clock, zone_text, count)
    return found


def guess_days(context: Context, columns: list[int]) -> Proposals:
    """Dates and moments, for columns of which most texts have a shape of them."""
    if not columns:
        return {}
    orders = _orders(context, columns)
    forms = _forms(context, columns)
    drafts = [
        (column, _draft(orders[column], forms.get(column, Counter()), day_first=context.day_first))
        for column in columns
        if column in orders
    ]
    return counted(context.cells, drafts)


def _draft(orders: _Orders, seen: Counter[str], *, day_first: bool) -> Decision:
    order, sure, undecided = orders.order(day_first=day_first)
    moment = orders.moments > 0
    quick = {*quick_timestamps(order), *zoned_forms()} if moment else {*quick_dates(order)}
    named = Counter({_quick_name(form, quick): 0 for form in seen})
    for form, count in seen.items():
        named[_quick_name(form, quick)] += count
    choices = Choices("TIMESTAMP" if moment else "DATE", order=order, forms=common(named))
    decision = Decision("datetime" if moment else "date", choices, sure, _note(order, undecided=undecided))
    if moment and any(not _NO_OFFSET.fullmatch(zone) for zone in orders.zones):
        decision = replace(decision, companions=(OFFSET,))
    return replace(decision, wider=_wider(decision, orders), unsettled="order" if undecided else "")


def _wider(decision: Decision, orders: _Orders) -> tuple[Decision, ...]:
    """The other order first, then moments in place of dates."""
    bare = replace(decision, note="", wider=(), unsettled="")
    found = []
    if orders.open or orders.dmy or orders.mdy:
        found.append(replace(bare, confidence=1.0).with_(order="mdy" if decision.choices.order == "dmy" else "dmy"))
    if decision.rule == "date":
        found.append(replace(bare, rule="datetime").with_(stored="TIMESTAMP"))
    return tuple(found)


def _note(order: Order, *, undecided: bool) -> str:
    first = "day" if order == "dmy" else "month"
    told = f"nothing in the values decides between day and month; they were read {first} first"
    return told if undecided else ""


def _forms(context: Context, columns: list[int]) -> dict[int, Counter[str]]:
    """The forms that occur, every figure written as `_`."""
    found: dict[int, Counter[str]] = {}
    by = "col, regexp_replace(text, '[0-9]', '_', 'g') AS form"
    for column, form, count in context.cells.groups(by, ["count(*)"], columns, picked=True):
        found.setdefault(column, Counter())[form] += count
    return found


def _quick_name(form: str, quick: set[str]) -> str:
    if form in quick:
        return form
    names = (
        re.sub("[AaPp]([Mm])$", "_M", form),
        re.sub("[A-Za-z]", "_", form),
        re.sub("[A-Za-z](?!.{0,2}$)", "_", form),
    )
    return next((name for name in names if name in quick), "")
