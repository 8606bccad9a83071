"""Decides what a column is from what was counted in it."""

from dataclasses import dataclass

from sluice.models.table_schema import FieldType
from sluice_clean.engine import types
from sluice_clean.engine.evidence import Evidence
from sluice_clean.engine.times import Order
from sluice_clean.engine.types import RULES, TypeRule

_DAYS: tuple[FieldType, ...] = ("date", "datetime")


@dataclass(frozen=True)
class Decision:
    """A column's type, as decided; ``note`` is a warning worth telling."""

    rule: TypeRule
    sql_type: str
    fits: int
    note: str = ""


def decide(evidence: Evidence, tolerance: float, *, day_first: bool) -> Decision:
    """The narrowest type that all but the tolerated share of the values fit, and that none of the wider ones beats."""
    enough = (1 - tolerance) * evidence.asked
    for choose in (_boolean, _number, _date, _time, _nested):
        decision = choose(evidence, day_first)
        if decision is not None and decision.fits >= enough and decision.fits > 0:
            return decision
    return _text(evidence)


def likely(evidence: Evidence, decision: Decision, candidates: list[str]) -> list[str]:
    """The candidates to ask all rows about first, given what a sample decided."""
    if decision.rule.type == "string":
        return candidates
    if decision.rule.type in ("date", "datetime") and evidence.details.get("ambiguous"):
        return [name for name in candidates if name in (f"{decision.rule.type}_dmy", f"{decision.rule.type}_mdy")]
    return [name for name in candidates if RULES[name] is decision.rule]


def settles(evidence: Evidence, decision: Decision) -> bool:
    """Whether a type explains every value, so that no other needs to be asked about."""
    if decision.rule.type == "string" or decision.fits < evidence.asked:
        return False
    one_order = sum(name.startswith(f"{decision.rule.type}_") for name in evidence.fits) == 1
    return not (one_order and evidence.details.get("ambiguous"))


def decide_declared(evidence: Evidence, kind: FieldType, *, day_first: bool) -> Decision:
    """How a column that the contract gives a type is read and stored."""
    if kind in ("string", "any"):
        return _text(evidence)
    if kind == "boolean":
        fits = evidence.fits["boolean"]
        return Decision(RULES["boolean"], "BOOLEAN", fits)
    if kind == "integer":
        return _whole(evidence)
    if kind == "number":
        return _decimal(evidence) or Decision(RULES["number"], "DOUBLE", evidence.details["exact"])
    if kind in ("date", "datetime"):
        return _ordered(evidence, kind, day_first)
    return Decision(RULES[kind], RULES[kind].sql_type, evidence.fits[kind])


def _text(evidence: Evidence) -> Decision:
    return Decision(RULES["string"], "VARCHAR", evidence.filled - evidence.strong)


def _boolean(evidence: Evidence, day_first: bool) -> Decision | None:  # noqa: ARG001 - one shape for all
    details = evidence.details
    only_letters = details.get("letters", 0) == evidence.fits.get("boolean", 0)
    if only_letters and not (details.get("true") and details.get("false")):
        return None  # a column of nothing but Y, or of nothing but F, is a code
    return Decision(RULES["boolean"], "BOOLEAN", evidence.fits.get("boolean", 0))


def _number(evidence: Evidence, day_first: bool) -> Decision | None:  # noqa: ARG001 - one shape for all
    if evidence.details.get("leading_zero"):
        return None  # codes: their noughts mean something
    integers, numbers = evidence.fits.get("integer", 0), evidence.fits.get("number", 0)
    if integers >= numbers:
        return _whole(evidence) if integers else None
    return _decimal(evidence)


def _whole(evidence: Evidence) -> Decision:
    integers = evidence.fits["integer"]
    if evidence.details["int64"] == integers:
        return Decision(RULES["integer"], "BIGINT", integers)
    return Decision(RULES["integer"], f"DECIMAL({types.MAX_DIGITS},0)", integers)


def _decimal(evidence: Evidence) -> Decision | None:
    """DOUBLE if it keeps every digit of every value, else a decimal that does, else nothing."""
    numbers, details = evidence.fits["number"], evidence.details
    if details["exact"] == numbers:
        return Decision(RULES["number"], "DOUBLE", numbers)
    if not details["exponents"] and details["digits"] + details["scale"] <= types.MAX_DIGITS:
        return Decision(RULES["number"], f"DECIMAL({types.MAX_DIGITS},{details['scale']})", numbers)
    return None


def _date(evidence: Evidence, day_first: bool) -> Decision | None:
    kinds: list[FieldType] = [kind for kind in _DAYS if any(name.startswith(f"{kind}_") for name in evidence.fits)]
    if not kinds:
        return None
    decisions = [_ordered(evidence, kind, day_first) for kind in kinds]
    return max(decisions, key=lambda decision: decision.fits)  # the first, a date, wins a tie


def _ordered(evidence: Evidence, kind: FieldType, day_first: bool) -> Decision:
    """Day before month, or month before day: whichever more of the column's values allow."""
    day, month = evidence.fits.get(f"{kind}_dmy", 0), evidence.fits.get(f"{kind}_mdy", 0)
    ambiguous, note = evidence.details["ambiguous"], ""
    order: Order = "dmy" if day > month else "mdy"
    if day == month and ambiguous:
        order = "dmy" if day_first or evidence.details["dotted"] == ambiguous else "mdy"
        first = "day" if order == "dmy" else "month"
        note = f"nothing in the values decides between day and month; they were read {first} first"
    rule = RULES[f"{kind}_{order}"]
    return Decision(rule, rule.sql_type, max(day, month), note)


def _time(evidence: Evidence, day_first: bool) -> Decision | None:  # noqa: ARG001 - one shape for all
    return Decision(RULES["time"], "TIME", evidence.fits.get("time", 0))


def _nested(evidence: Evidence, day_first: bool) -> Decision | None:  # noqa: ARG001 - one shape for all
    """Objects or arrays only when all are: as text nothing is lost."""
    for kind in ("object", "array"):
        if evidence.fits.get(kind, 0) == evidence.asked:
            return Decision(RULES[kind], "VARCHAR", evidence.asked)
    return None
