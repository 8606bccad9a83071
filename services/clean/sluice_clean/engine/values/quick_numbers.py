"""The commonest notations of numbers: shapes that are cheap to ask, and how their numbers are read at once.

A shape admits no more digits than the storage keeps; what has more, or stands otherwise, is left to `numbers`.
"""

from sluice_clean.engine.values.choices import MAX_DIGITS, Choices, decimal_places
from sluice_clean.engine.values.expressions import matches

BEFORE, AFTER = "before ", "after "
_WHOLE_DIGITS = 12  # of an amount; with a fraction of three they are fifteen, which a double keeps
_WHOLE = "(?:0|[1-9][0-9]{0,11})"
_GROUPS = "[1-9][0-9]{0,2}(?:,[0-9]{3}){0,3}"
_PLAIN_BYTES = 16  # fifteen digits and a point
_BARE = ("plain", "long", "percent")  # forms without groups of three


def quick_form_names(choices: Choices, signs: tuple[str, ...] = (), units: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The forms that a column of these choices can have, those that cost least first.

    Args:
        choices: The column's.
        signs: What stands before amounts of money, with its blank: `$`, `USD `.
        units: What stands after them: ` €`.
    """
    if choices.percent != "none":
        return ("percent",) if choices.percent == "all" else ("plain", "percent")
    named = (*(f"{BEFORE}{sign}" for sign in signs), *(f"{AFTER}{unit}" for unit in units))
    return ("plain", "long", "grouped", "parentheses", *named)


def quick_form(form: str, text: str, choices: Choices) -> tuple[str, str]:
    """SQL: the condition of a form, and the value of a text that meets it."""
    number, shape = _of_form(form, text, choices.stored)
    if choices.mark == ",":
        shape = shape.replace("[.]", "\0").replace("(?:,", "(?:[.]").replace("\0", ",")
        number = number if form in _BARE else f"replace({number}, '.', '')"
        number = f"replace({number}, ',', '.')"
    elif form not in _BARE:
        number = f"replace({number}, ',', '')"
    condition, value = matches(text, shape), f"try_cast({number} AS {choices.stored})"
    sign = _sign_of(form, text)
    if sign:
        condition = f"({sign} AND {condition})"  # most texts of a column have another form, and a search costs little
    if form == "plain" and choices.stored == "DOUBLE":
        return f"(strlen({text}) <= {_PLAIN_BYTES} AND {condition})", value
    if form == "long":  # what a double writes back the same; other storage needs no such form
        return f"({condition} AND {value}::VARCHAR = {number})" if choices.stored == "DOUBLE" else "false", value
    return condition, value


def _sign_of(form: str, text: str) -> str:
    """SQL, cheap: the text has what tells the form from others; "" where nothing does."""
    if form.startswith(BEFORE):
        return f"contains({text}, '{form.removeprefix(BEFORE)}')"
    if form.startswith(AFTER):
        return f"suffix({text}, '{form.removeprefix(AFTER)}')"
    return {"percent": f"suffix({text}, '%')", "parentheses": f"prefix({text}, '(')"}.get(form, "")


def _of_form(form: str, text: str, stored: str) -> tuple[str, str]:
    """SQL of the text without ornament, and the shape of texts with it, for a decimal point."""
    fraction = _fraction(stored)
    amount = f"(?:{_WHOLE}|{_GROUPS}){fraction}"
    if form.startswith(BEFORE):
        sign = form.removeprefix(BEFORE)
        return f"replace({text}, '{sign}', '')", f"-?{_letters(sign)}{amount}"
    if form.startswith(AFTER):
        unit = form.removeprefix(AFTER)
        return f"replace({text}, '{unit}', '')", f"-?{amount}{_letters(unit)}"
    return {
        "plain": (text, f"-?{_plain(stored)}"),
        "long": (text, "-?(?:0|[1-9][0-9]*)[.][0-9]+"),
        "grouped": (text, f"-?{_GROUPS}{fraction}"),
        "percent": (f"replace({text}, '%', 'e-2')", f"-?{_WHOLE}{_fraction(stored, shift=2)}%"),
        "parentheses": (f"'-' || substring({text}, 2, strlen({text}) - 2)", f"[(]{amount}[)]"),
    }[form]


def _letters(sign: str) -> str:
    return "".join(f"[{letter}]" for letter in sign)


def _plain(stored: str) -> str:
    if stored == "DOUBLE":
        return "(?:0|[1-9][0-9]*)(?:[.][0-9]+)?"
    places = decimal_places(stored)
    return f"(?:0|[1-9][0-9]{{0,{max(MAX_DIGITS - places - 1, 0)}}}){_fraction(stored)}"


def _fraction(stored: str, shift: int = 0) -> str:
    """What may follow the whole digits; ``shift`` places of the storage are needed for a percentage."""
    places = 3 if stored == "DOUBLE" else decimal_places(stored) - shift
    return f"(?:[.][0-9]{{1,{places}}})?" if places > 0 else ""
