"""Numbers, read character by character."""

from dataclasses import dataclass
from decimal import Decimal

_BLANKS = " \u00a0\u2009\u202f"
_QUOTES = "'\u2019"
_DIGITS = "0123456789"

UNITS = {
    "USD": ("usd", "$", "us$", "u$s"),
    "EUR": ("eur", "€", "euro", "euros"),
    "GBP": ("gbp", "£", "￡"),
    "INR": ("inr", "₹", "rs"),
    "SEK": ("sek", "kr"),
}


@dataclass(frozen=True)
class Figures:
    """A number as it is written: digits before and behind the point, and an exponent."""

    negative: bool
    whole: str
    fraction: str
    exponent: int = 0
    is_whole: bool = False

    @property
    def value(self) -> Decimal:
        sign = "-" if self.negative else ""
        return Decimal(f"{sign}{self.whole or '0'}.{self.fraction or '0'}e{self.exponent}")


def read_integer(text: str, *, mark: str = ".", stored: str = "BIGINT", **others: str) -> int | None:
    """An integer, or None."""
    found = _parse(text, mark, **others)
    if found is None or not found.is_whole:
        return None
    value = int(found.value)
    if stored == "BIGINT":
        return value if -(2**63) <= value < 2**63 else None
    return value if abs(value) < 10**38 else None


def read_number(text: str, *, mark: str = ".", stored: str = "DOUBLE", **others: str) -> float | Decimal | None:
    """A number, or None; also None where the storage would change it."""
    found = _parse(text, mark, **others)
    if found is None:
        return None
    if stored == "DOUBLE":
        double = float(found.value)
        return double if double not in (float("inf"), float("-inf")) and Decimal(repr(double)) == found.value else None
    places = int(stored.rstrip(")").split(",")[1])
    scale = max(len(found.fraction) - found.exponent, 0)
    whole = max(len(found.whole) + found.exponent, 0)
    return found.value if scale <= places and whole <= 38 - places else None


def _parse(text: str, mark: str, currency: str = "", percent: str = "none") -> Figures | None:
    text = text.replace("\u2212", "-")
    if percent != "all":
        plain = _plain(text, mark)
        if plain is not None:
            return plain
    if _is_phone(text):
        return None
    return _Ornate(text, mark, UNITS.get(currency, ()), percent).read()


def _is_phone(text: str) -> bool:
    return text.startswith("+") and len(text) > 7 and all(mark in _DIGITS + _BLANKS for mark in text[1:])


def _plain(text: str, mark: str) -> Figures | None:
    """Sign, digits, point, exponent, and nothing else."""
    sign, rest = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    body, exponent = rest, 0
    for letter in "eE":
        if letter in rest:
            body, _, figures = rest.partition(letter)
            bare = figures.lstrip("+-") if len(figures.lstrip("+-")) >= len(figures) - 1 else ""
            if not 1 <= len(bare) <= 3 or not _all_digits(bare):
                return None
            exponent = int(figures)
    whole, point, fraction = body.partition(mark)
    if not (_all_digits(whole) or (whole == "" and fraction)) or not (fraction == "" or _all_digits(fraction)):
        return None
    if len(whole) > 1 and whole[0] == "0":
        return None
    is_whole = not point and body == rest
    if sign == "+" and is_whole and len(whole) > 6:
        return None
    return Figures(sign == "-", whole, fraction, exponent, is_whole)


def _all_digits(text: str) -> bool:
    return text != "" and all(mark in _DIGITS for mark in text)


class _Ornate:
    """Reads a number with ornament, from left to right."""

    def __init__(self, text: str, mark: str, units: tuple[str, ...], percent: str) -> None:
        self.text = text
        self.mark = mark
        self.units = sorted(units, key=len, reverse=True)
        self.percent = percent

    def read(self) -> Figures | None:
        """The number, or None."""
        return self._bracketed() if "(" in self.text else self._signed()

    def _bracketed(self) -> Figures | None:
        before, _, rest = self.text.partition("(")
        inside, closing, behind = rest.partition(")")
        if not closing or (before and self._without_unit_before(before) != ""):
            return None
        if behind and self._without_unit_behind(behind) != "":
            return None
        body, percent = self._without_percent(self._without_unit_before(inside))
        if self.percent == "all" and not percent:
            return None
        return self._first_body([body, self._without_unit_behind(body)], negative=True, hundredth=percent)

    def _signed(self) -> Figures | None:
        text, negative, signs = self.text, False, 0
        if text[:1] in ("-", "+"):
            signs, negative, text = 1, text[0] == "-", text[1:]
            text = self._without_blank_before(text)
        text = self._without_unit_before(text)
        if text[:1] in ("-", "+"):
            signs, negative, text = signs + 1, negative or text[0] == "-", text[1:]
        tail, glued = text[-2:].lower(), False
        if text.endswith("-"):
            signs, negative, text = signs + 1, True, self._without_blank_behind(text[:-1])
        elif tail in ("cr", "dr") and self._without_unit_behind(text) == text:
            signs, negative = signs + 1, negative or tail == "dr"
            glued = text[-3:-2] not in _BLANKS
            text = self._without_blank_behind(text[:-2])
        if signs > 1:
            return None
        body, percent = self._without_percent(text)
        if self.percent == "all" and not percent:
            return None
        bodies = [body] if glued else [body, self._without_unit_behind(body)]
        return self._first_body(bodies, negative=negative, hundredth=percent)

    def _without_percent(self, text: str) -> tuple[str, bool]:
        if self.percent != "none" and text.endswith("%"):
            return self._without_blank_behind(text[:-1]), True
        return text, False

    def _without_unit_before(self, text: str) -> str:
        for unit in self.units:
            if text[: len(unit)].lower() == unit:
                return self._without_blank_before(text[len(unit) :])
        return text

    def _without_unit_behind(self, text: str) -> str:
        for unit in self.units:
            if text[-len(unit) :].lower() == unit:
                return self._without_blank_behind(text[: -len(unit)])
        return text

    def _without_blank_before(self, text: str) -> str:
        return text[1:] if text[:1] and text[0] in _BLANKS else text

    def _without_blank_behind(self, text: str) -> str:
        return text[:-1] if text[-1:] and text[-1] in _BLANKS else text

    def _first_body(self, bodies: list[str], *, negative: bool, hundredth: bool) -> Figures | None:
        for body in bodies:
            found = self._body(body)
            if found is not None:
                whole, fraction = found
                exponent = -2 if hundredth else 0
                return Figures(negative, whole, fraction or "", exponent, fraction is None and not hundredth)
        return None

    def _body(self, text: str) -> tuple[str, str | None] | None:
        """Digits before the point, in groups or not, and those behind it; None for these where there is no point."""
        whole, point, fraction = text.partition(self.mark)
        if fraction and not _all_digits(fraction):
            return None
        if whole == "":
            return ("", fraction) if fraction else None
        ungrouped = whole if _all_digits(whole) else self._ungrouped(whole)
        if ungrouped is None or (len(ungrouped) > 1 and ungrouped[0] == "0"):
            return None
        return ungrouped, fraction if point else None

    def _ungrouped(self, text: str) -> str | None:
        separator = "," if self.mark == "." else "."
        for kind in (separator, _BLANKS, _QUOTES):
            marks = [mark for mark in text if mark not in _DIGITS]
            if marks and all(mark in kind for mark in marks):
                groups = "".join("," if mark in kind else mark for mark in text).split(",")
                sizes = [len(group) for group in groups]
                western = 1 <= sizes[0] <= 3 and all(size == 3 for size in sizes[1:])
                indian = (
                    kind == ","
                    and len(sizes) > 2
                    and 1 <= sizes[0] <= 2
                    and all(size == 2 for size in sizes[1:-1])
                    and sizes[-1] == 3
                )
                if (western or indian) and groups[0][0] != "0":
                    return "".join(groups)
        return None
