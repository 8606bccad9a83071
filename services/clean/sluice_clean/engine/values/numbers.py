"""Numbers: integers, decimals, percentages and money, in the notations of either locale.

A text is first brought to its canonical form: digits, a point, a sign before them, an exponent (`1234.5`, `-5e3`).
What is stored is the canonical form's value, and only where the storage keeps every digit of it.
"""

from functools import cache

from sluice_clean.engine.sql import let, literal
from sluice_clean.engine.values.choices import MAX_DIGITS, Choices, Mark, Notation, decimal_places
from sluice_clean.engine.values.currencies import shape_of
from sluice_clean.engine.values.expressions import cases, first_of, has, matches, replaced
from sluice_clean.engine.values.quick_numbers import quick_form

_SAFE_DIGITS = 15  # a double keeps this many digits of any number without an exponent
_SPACES = "\u0020\u00a0\u2009\u202f"
_QUOTES = "'\u2019"
_MINUS = "\u2212"
_WHOLE = "(?:0|[1-9][0-9]*)"
_EXPONENT = "[eE][+-]?[0-9]{1,3}"
_INSIDE = "^[^0-9]*?([-+]?(?:[0-9]|[.,][0-9]).*?)[^0-9]*$"  # the number in a text such as `ca. 12.5 kg`
LEADING_ZERO = "[+-]?0[0-9]+"
# What no rule needs to be counted for: the canonical form, and a number of the language C.
_ORDINARY = "[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?"
# Signs that contradict one another, and telephone numbers.
_REFUSED = f"(?i)[-+{_MINUS}].*(?:[-+{_MINUS}]|CR$|DR$)|^[+][0-9{_SPACES}]{{7,}}$"


def _grouped(mark: Mark) -> str:
    separator = "," if mark == "." else "[.]"
    bands = [f"(?:{each}[0-9]{{3}})+" for each in (separator, f"[{_SPACES}]", f"[{_QUOTES}]")]
    western = f"[1-9][0-9]{{0,2}}(?:{'|'.join(bands)})"
    return f"{western}|[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}}" if mark == "." else western  # lakh and crore


def _point(mark: Mark) -> str:
    return "[.]" if mark == "." else ","


@cache
def plain_shape(mark: Mark) -> str:
    """Digits without groups: an integer, a decimal, an exponent. A plus before many digits is a phone's."""
    point, minus = _point(mark), f"[-{_MINUS}]"
    fraction = f"(?:{_WHOLE}{point}[0-9]*|{point}[0-9]+)(?:{_EXPONENT})?|{_WHOLE}{_EXPONENT}"
    return f"{minus}?{_WHOLE}|[+](?:0|[1-9][0-9]{{0,5}})|[-+{_MINUS}]?(?:{fraction})"


@cache
def amount_shape(mark: Mark, currency: str, percent: str) -> str:
    """Everything else that is a number: groups, currency, percent, and signs where accountants put them.

    Signs that contradict one another fit too: see ``is_amount``.
    """
    point = _point(mark)
    body = f"(?:(?:{_WHOLE}|{_grouped(mark)})(?:{point}[0-9]*)?|{point}[0-9]+)"
    sign, gap = f"[-+{_MINUS}]?", f"[{_SPACES}]?"
    unit = f"(?:(?i:{shape_of(currency)}){gap})?" if currency else ""
    after = f"(?:{gap}(?i:{shape_of(currency)}))?" if currency else ""
    part = {"none": "", "all": f"{gap}%", "any": f"(?:{gap}%)?"}[percent]
    figures, account = f"{body}{after}{part}", "(?i:cr|dr)"
    # Behind a unit CR and DR need a blank, for there are units that end so.
    behind = f"(?:{figures}(?:{gap}[-{_MINUS}]|[{_SPACES}]{account})?|{body}{part}{account})"
    loose = f"{sign}{gap}{unit}{sign}{behind}"
    return f"{loose}|{unit}[(]{unit}{figures}[)]{after}"


def is_amount(text: str, choices: Choices) -> str:
    """SQL: ``text`` is a number with ornament, has one sign at most, and is no telephone number."""
    shape = amount_shape(choices.mark, choices.currency, choices.percent)
    return f"({matches(text, shape)} AND NOT {has(text, _REFUSED)})"


def canonical(text: str, choices: Choices) -> str:
    """SQL: the canonical form of a number, null where ``text`` is none."""
    if choices.notation is not None:
        text = _as_noted(text, choices.notation)
    mark, arms = choices.mark, []
    if choices.percent != "all":
        plain = f"replace(replace({text}, '{_MINUS}', '-'), 'E', 'e')"
        arms.append((matches(text, plain_shape(mark)), f"replace({plain}, ',', '.')" if mark == "," else plain))
    arms.append((is_amount(text, choices), _without_ornament(text, choices)))
    return cases(arms)


def _as_noted(text: str, notation: Notation) -> str:
    """SQL: a text in the contract's notation, with a decimal point and without what surrounds the number."""
    if not notation.bare:
        text = f"regexp_extract({text}, {literal(_INSIDE)}, 1)"
    if notation.group:
        text = f"replace({text}, {literal(notation.group)}, '')"
    return text if notation.point == "." else f"replace({text}, {literal(notation.point)}, '.')"


def _without_ornament(text: str, choices: Choices) -> str:
    keep = "[^0-9.]" if choices.mark == "." else "[^0-9,]"
    digits = replaced(text, keep, "", "g")
    if choices.mark == ",":
        digits = f"replace({digits}, ',', '.')"
    negative = has(text, f"(?i)[-{_MINUS}(]|[0-9.,%{_SPACES}]DR$")
    sign = f"(CASE WHEN {negative} THEN '-' ELSE '' END)"
    if choices.percent == "none":
        return f"{sign} || {digits}"
    return f"{sign} || {digits} || (CASE WHEN contains({text}, '%') THEN 'e-2' ELSE '' END)"


def is_whole(number: str) -> str:
    """SQL: a canonical number is written without a point and an exponent."""
    return f"NOT contains({number}, '.') AND NOT contains({number}, 'e')"


def is_exact(number: str) -> str:
    """SQL: a DOUBLE keeps every digit of a canonical number: it is short, or it is written back the same."""
    value, digits = f"try_cast({number} AS DOUBLE)", _digits(number)
    plain = f"strlen({number}) <= {_SAFE_DIGITS} AND NOT contains({number}, 'e')"
    # Infinity and nought, which numbers beyond a double's range turn into, are written otherwise too.
    kept = f"{digits} = {_digits(f'{value}::VARCHAR')}"
    return f"(CASE WHEN {plain} THEN true ELSE coalesce({kept}, false) END)"


def _digits(number: str) -> str:
    """SQL: the significant digits of a canonical number."""
    return f"trim(replace(replace(split_part({number}, 'e', 1), '-', ''), '.', ''), '+0')"


def _exponent(number: str) -> str:
    return f"coalesce(try_cast(split_part({number}, 'e', 2) AS INTEGER), 0)"


def scale(number: str) -> str:
    """SQL: digits after the point that a canonical number needs, its exponent counted in; never below 0."""
    fraction = f"strlen(split_part(split_part({number}, 'e', 1), '.', 2))"
    return f"greatest({fraction} - {_exponent(number)}, 0)"


def whole_digits(number: str) -> str:
    """SQL: digits before the point that a canonical number needs, its exponent counted in."""
    whole = f"strlen(ltrim(split_part(split_part({number}, 'e', 1), '.', 1), '+-'))"
    return f"greatest({whole} + {_exponent(number)}, 0)"


def _stored(number: str, stored: str) -> str:
    """SQL: the value of a canonical number as it is stored, null where the storage would change it."""
    value = f"try_cast({number} AS {stored})"
    if stored == "DOUBLE":
        return cases([(is_exact(number), value)])
    places = decimal_places(stored)
    return cases([(f"{scale(number)} <= {places} AND {whole_digits(number)} <= {MAX_DIGITS - places}", value)])


def integer_value(text: str, choices: Choices) -> str:
    """SQL: ``text`` as an integer, null where it is none or the storage is too small."""
    stored = choices.stored

    def cast(number: str) -> str:
        return cases([(is_whole(number), f"try_cast({number} AS {stored})")])

    arms = []
    if choices.notation is None:
        arms = [(plain_integer(text, choices), f"try_cast({text} AS {stored})")]
        arms += [quick_form(form, text, choices) for form in choices.forms if form != "plain"]
    return first_of(text, arms, lambda: let(canonical(text, choices), cast), only_quick=not choices.general)


def plain_integer(text: str, choices: Choices) -> str:
    """SQL: the text is an integer as it is printed."""
    # What a cast writes back the same was an integer and nothing else; this costs less than to look at its shape.
    return f"try_cast({text} AS BIGINT)::VARCHAR = {text}" if choices.notation is None else ""


def plain_number(text: str, choices: Choices) -> str:
    """SQL: the text is a number with nothing but digits, a minus and a point, if the column has such."""
    return quick_form("plain", text, choices)[0] if choices.mark == "." and "plain" in choices.forms else ""


def number_value(text: str, choices: Choices) -> str:
    """SQL: ``text`` as a number, null where it is none or the storage can't keep its digits."""
    return first_of(
        text,
        [quick_form(form, text, choices) for form in choices.forms],
        lambda: let(canonical(text, choices), lambda number: _stored(number, choices.stored)),
        only_quick=not choices.general,
    )


def changes(text: str, value: str, choices: Choices) -> dict[str, str]:
    """SQL conditions, by rule, under which reading a text as a number changed more than its type."""
    group = f"[{_SPACES}{_QUOTES}{',' if choices.mark == '.' else '.'}]"
    negative = f"(?i)[(]|.[-{_MINUS}]$|{_MINUS}|[0-9.,%{_SPACES}](?:CR|DR)$"
    # Cheap looks first: an AND would ask everything of every text. What begins with a digit tells of a sign at its end.
    ends = " OR ".join(f"suffix({text}, '{end}')" for end in ("-", _MINUS, "R", "r"))
    is_bare = f"{text} >= '0' AND {text} < ':' AND NOT ({ends})"
    conditions = {
        "thousands": f"(CASE WHEN strlen({text}) < 5 THEN false ELSE {has(text, f'[0-9]{group}[0-9]')} END)",
        "negative": f"(CASE WHEN {is_bare} OR {matches(text, f'-?[^-{_MINUS}(Rr]*')} THEN false"
        f" ELSE {has(text, negative)} END)",
    }
    if choices.mark == ",":
        conditions["decimal-mark"] = f"contains({text}, ',')"
    if choices.currency:
        conditions["currency"] = has(text, f"(?i:{shape_of(choices.currency)})")
    if choices.percent != "none":
        conditions["percent"] = f"contains({text}, '%')"
    counts = dict.fromkeys(conditions, f"{value} IS NOT NULL")
    if choices.mark == ",":
        # With a point for separator, what is grouped may look ordinary; what has another ornament never does.
        counts["thousands"] += f" AND NOT {matches(text, _ORDINARY)}"
    return {rule: f"(CASE WHEN {asked} THEN {counts[rule]} ELSE false END)" for rule, asked in conditions.items()}
