"""Guesses which columns are numbers, and in which notation."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sluice_clean.engine.sql import literal
from sluice_clean.engine.values import numbers
from sluice_clean.engine.values.choices import ANY_CURRENCY, MAX_DIGITS, Choices, Mark, Percent
from sluice_clean.engine.values.currencies import currency_of, shape_of
from sluice_clean.engine.values.decision import Decision
from sluice_clean.engine.values.expressions import cases, matches
from sluice_clean.engine.values.labels import is_code, is_day, is_moment, may_be_code
from sluice_clean.engine.values.proposals import Context, Proposal, Proposals, common, counted
from sluice_clean.engine.values.quick_numbers import quick_form, quick_form_names

_ID_DIGITS = 19  # integers beyond 64 bits, all of one length, are names of things
_DAY_FIGURES, _SECONDS_FIGURES, _MILLIS_FIGURES = 8, (9, 10), (12, 13)
_SHORTEST_CODE = 5  # figures of a postal code: more have those of a telephone
_MEASURE = "-?[0-9]{0,2}(?:[.,][0-9]+)?"  # fewer figures, a fraction aside, than any code has
_BIG = f"DECIMAL({MAX_DIGITS},0)"
_UNITS = 4  # ways of writing the currency that have a quick form each
_DISTINCT_DAYS = 5  # so many different texts of eight figures that are all dates are no accident


def any_number() -> str:
    """A regular expression of everything that some column's notation makes a number."""
    marks: tuple[Mark, Mark] = (".", ",")
    return "|".join(f"{numbers.plain_shape(mark)}|{numbers.amount_shape(mark, ANY_CURRENCY, 'any')}" for mark in marks)


@dataclass
class _Notation:
    """How the texts of a column are written. Counts are of texts.

    Attributes:
        point: Readable with a decimal point only.
        comma: With a decimal comma only.
        either: With both, differently: `1,234` and `1.234`.
        grouped: Those of ``either`` that have a comma.
        whole: Plain integers.
        zeros: Figures that begin with a nought.
        percent: Percentages.
        currencies: Texts with a currency's sign or code, by code.
    """

    point: int = 0
    comma: int = 0
    either: int = 0
    grouped: int = 0
    whole: int = 0
    zeros: int = 0
    percent: int = 0
    currencies: Counter[str] = field(default_factory=Counter)

    @property
    def readable(self) -> int:
        return self.whole + self.point + self.comma + self.either

    def add(self, kind: str, token: str, count: int) -> None:
        if kind == "whole":
            self.whole += count
        elif kind == "zero":
            self.zeros += count
        elif kind != "none":
            name = kind.removesuffix("%").removesuffix(",")
            setattr(self, name, getattr(self, name) + count)
            self.grouped += count if kind.startswith("either,") else 0
            self.percent += count if kind.endswith("%") else 0
            if token:
                self.currencies[currency_of(token)] += count


def _kind() -> str:
    """SQL: what a text's notation tells; see `_Notation`."""
    marks: tuple[Mark, Mark] = (".", ",")
    wide = (Choices("DOUBLE", mark=mark, currency=ANY_CURRENCY, percent="any") for mark in marks)
    point, comma = (
        f"({matches('text', numbers.plain_shape(choices.mark))} OR {numbers.is_amount('text', choices)})"
        for choices in wide
    )
    tail = "(CASE WHEN contains(text, ',') THEN ',' ELSE '' END) || (CASE WHEN suffix(text, '%') THEN '%' ELSE '' END)"
    # A shape with all currencies takes long to compile, and is compiled for each place where it stands.
    pointed = cases([(comma, "'either'")], "'point'")
    return cases(
        [
            (matches("text", "-?(?:0|[1-9][0-9]{0,17})"), "'whole'"),
            (matches("text", numbers.LEADING_ZERO), "'zero'"),
            (matches("text", "-?[0-9]{19,38}"), "'whole'"),
            (point, f"{pointed} || {tail}"),
            (comma, f"'comma' || {tail}"),
        ],
        "'none'",
    )


def _notations(context: Context, columns: Iterable[int]) -> dict[int, _Notation]:
    token = f"regexp_extract(text, {literal(f'(?i){shape_of(ANY_CURRENCY)}')})"
    by = f"col, {_kind()} AS kind, (CASE WHEN regexp_matches(text, '[^-+0-9.,]') THEN {token} ELSE '' END) AS token"
    found: dict[int, _Notation] = {}
    for column, kind, sign, count in context.cells.groups(by, ["count(*)"], columns):
        found.setdefault(column, _Notation()).add(kind, sign, count)
    return found


def guess_numbers(context: Context, columns: list[int]) -> tuple[Proposals, dict[int, str]]:
    """Numbers, and dates and moments that are written as integers; and why columns of numbers are no numbers."""
    drafts: dict[int, Decision] = {}
    whole: list[int] = []
    refused: dict[int, str] = {}
    for column, notation in _notations(context, columns).items():
        reason = _objection(context, column, notation)
        if reason is None:
            drafts[column] = _draft(context, notation)
            whole += [column] if notation.whole == context.asked[column] else []
        elif reason:
            refused[column] = reason
    proposals = _dated(context, whole)
    for column, more in _stored(context, drafts, refused).items():
        proposals.setdefault(column, []).extend(more)
    return proposals, refused


def _objection(context: Context, column: int, notation: _Notation) -> str | None:
    """Why the column stays text: a note, "" where it needs none; None where nothing speaks against numbers."""
    if not context.enough(column, notation.readable + notation.zeros):
        return ""
    if notation.zeros or _are_codes(context, column):
        return ""  # their figures are no quantity
    money = [code for code, count in notation.currencies.most_common() if count > context.tolerance * notation.readable]
    if len(money) > 1:
        return f"amounts of several currencies ({', '.join(sorted(money))}) stay text: they must not be added up"
    share = notation.percent / notation.readable
    if context.tolerance < share < 1 - context.tolerance:
        return "percentages and plain numbers are mixed; they stay text, for nothing tells the plain ones' unit"
    return None


def _are_codes(context: Context, column: int) -> bool:
    """Whether the label tells of codes and the values allow it."""
    label = context.labels[column]
    if not (is_code(label) or may_be_code(label)):
        return False
    asked = ["count(*)", f"count(CASE WHEN {matches('text', _MEASURE)} THEN 1 END)"]
    count, measures, shortest, longest = context.cells.ask(
        [*asked, "min(strlen(text))", "max(strlen(text))"], [column]
    )[column]
    if measures * 2 > count:
        return False
    return is_code(label) or shortest == longest >= _SHORTEST_CODE


def _draft(context: Context, notation: _Notation) -> Decision:
    mark: Mark = "," if notation.comma > notation.point else "."
    percent: Percent = "all" if notation.percent > context.tolerance * notation.readable else "none"
    common = notation.currencies.most_common(1)
    told, sure, note, unsettled = notation.point + notation.comma, 1.0, "", ""
    if told and notation.either:
        sure = max(notation.point, notation.comma) / told
    elif notation.grouped:
        sure, unsettled = 0.5, "mark"
        note = "nothing in the values decides what the comma is; it was read as a thousands separator"
    choices = Choices("DOUBLE", mark=mark, percent=percent, currency=common[0][0] if common else "")
    return Decision("number", choices, sure, note, unsettled=unsettled)


def _dated(context: Context, whole: list[int]) -> Proposals:
    """Integers that are dates (`20200131`) or seconds since 1970: only where every value is one."""
    if not whole:
        return {}
    lengths = context.cells.ask(["min(strlen(text))", "max(strlen(text))"], whole)
    as_integers = (_integer(Decision("number", Choices("DOUBLE")), "BIGINT"),)
    wanted: list[tuple[int, Decision]] = []
    for column, (shortest, longest) in lengths.items():
        timely = is_moment(context.labels[column])
        if shortest == longest == _DAY_FIGURES:
            wanted.append((column, Decision("date", Choices("DATE", compact=True), wider=as_integers)))
        if timely and _SECONDS_FIGURES[0] <= shortest and longest <= _SECONDS_FIGURES[1]:
            wanted.append((column, Decision("datetime", Choices("TIMESTAMP", epoch="s"), wider=as_integers)))
        if timely and _MILLIS_FIGURES[0] <= shortest and longest <= _MILLIS_FIGURES[1]:
            wanted.append((column, Decision("datetime", Choices("TIMESTAMP", epoch="ms"), wider=as_integers)))
    found = counted(context.cells, wanted)
    kept = {column: [p for p in proposals if _is_dated(context, column, p)] for column, proposals in found.items()}
    return {column: proposals for column, proposals in kept.items() if proposals}


def _is_dated(context: Context, column: int, proposal: Proposal) -> bool:
    if proposal.fits < context.asked[column]:
        return False
    if not proposal.decision.choices.compact or is_day(context.labels[column]):
        return True
    distinct: int = context.cells.ask(["count(DISTINCT text)"], [column])[column][0]
    return distinct >= _DISTINCT_DAYS


def _stored(context: Context, drafts: dict[int, Decision], refused: dict[int, str]) -> Proposals:
    """Asks what the numbers need to be stored in, and makes decisions of the drafts."""
    by_choice: dict[Choices, list[int]] = {}
    for column, draft in drafts.items():
        by_choice.setdefault(draft.choices, []).append(column)
    found: Proposals = {}
    for choices, columns in by_choice.items():
        whole, exact = numbers.is_whole("x"), numbers.is_exact("x")
        asked = [
            "count(x)",
            f"count(CASE WHEN x IS NOT NULL AND {whole} THEN 1 END)",
            f"count(CASE WHEN x IS NOT NULL AND {exact} THEN 1 END)",
            f"count(try_cast(x AS BIGINT)) FILTER (strlen(x) <= 20 AND {whole})",
            "min(strlen(x))",
            "max(strlen(x))",
        ]
        answers = context.cells.derived(numbers.canonical("text", choices), asked, columns)
        needs = _needs(context, choices, [c for c, (n, w, e, *_) in answers.items() if e < n and w < n])
        for column, counts in answers.items():
            proposal = _of_counts(drafts[column], counts, needs.get(column, (0, 0)))
            if isinstance(proposal, str):
                refused[column] = proposal
            else:
                found[column] = [proposal]
    return _with_forms(context, found)


def _needs(context: Context, choices: Choices, columns: list[int]) -> dict[int, tuple[int, int]]:
    """Digits after and before the point that the columns need."""
    if not columns:
        return {}
    asked = [f"max({numbers.scale('x')})", f"max({numbers.whole_digits('x')})"]
    return context.cells.derived(numbers.canonical("text", choices), asked, columns)


def _of_counts(draft: Decision, counts: tuple[int, ...], needs: tuple[int, int]) -> Proposal | str:
    fits, whole, exact, small, shortest, longest = counts
    unit = draft.choices.currency or draft.choices.percent != "none"
    if fits and whole == fits and not unit:
        if small < fits and fits > 1 and shortest == longest >= _ID_DIGITS:
            return "long strings of figures, all of one length, stay text"
        return Proposal(_integer(draft, "BIGINT" if small == fits else _BIG), fits)
    if exact < fits and sum(needs) <= MAX_DIGITS:
        decimal = draft.with_(stored=f"DECIMAL({MAX_DIGITS},{needs[0]})")
        return Proposal(replace(decimal, wider=_other_mark(decimal)), fits)
    return Proposal(_number(draft, needs[0]), exact)


def _number(draft: Decision, places: int = 0) -> Decision:
    decimal = draft.with_(stored=f"DECIMAL({MAX_DIGITS},{min(max(places, 18), MAX_DIGITS)})", forms=("plain",))
    return replace(draft, wider=(*_other_mark(draft), decimal))


def _integer(draft: Decision, stored: str) -> Decision:
    plain = draft.with_(forms=("plain",))
    big = replace(draft, rule="integer").with_(stored=_BIG)
    wider = (_number(plain),) if stored != "BIGINT" else (big, _number(plain))
    return replace(replace(draft, rule="integer").with_(stored=stored), wider=(*_other_mark(plain), *wider))


def _other_mark(draft: Decision) -> tuple[Decision, ...]:
    if not draft.unsettled:
        return ()
    other: Mark = "." if draft.choices.mark == "," else ","
    return (replace(draft.with_(mark=other), confidence=1.0, note="", unsettled=""),)


def _with_forms(context: Context, found: Proposals) -> Proposals:
    """Gives the decisions the quick forms that occur, the commonest first."""
    by_choice: dict[Choices, list[int]] = {}
    for column, (proposal,) in found.items():
        by_choice.setdefault(proposal.decision.choices, []).append(column)
    for choices, columns in by_choice.items():
        names = quick_form_names(choices, *_units(context, choices, columns))
        arms = [(quick_form(name, "text", choices)[0], f"'{name}'") for name in names]
        seen: dict[int, Counter[str]] = {}
        by = f"col, {cases(arms, literal(''))} AS form"
        for column, name, count in context.cells.groups(by, ["count(*)"], columns, picked=True):
            seen.setdefault(column, Counter())[name] = count
        for column, counter in seen.items():
            (proposal,) = found[column]
            found[column] = [replace(proposal, decision=proposal.decision.with_(forms=common(counter)))]
    return found


def _units(context: Context, choices: Choices, columns: list[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands before and after the amounts: a currency's signs, each with its blank."""
    if not choices.currency:
        return (), ()
    shape = shape_of(choices.currency)
    before = f"regexp_extract(text, {literal(f'^-?((?i:{shape}) ?)')}, 1) AS sign"
    after = f"regexp_extract(text, {literal(f' ?(?i:{shape})$')}) AS unit"
    found = context.cells.groups(f"{before}, {after}", ["count(*)"], columns, picked=True)
    ordered = sorted(found, key=lambda row: -row[2])
    signs, units = (tuple(dict.fromkeys(row[place] for row in ordered if row[place])) for place in (0, 1))
    return signs[:_UNITS], units[:_UNITS]
