"""Units that get mixed up in one column, and the decimal point that slips."""

import re
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Unit:
    """What turns a value into what was meant: ``value * factor + offset``.

    Attributes:
        name: For people.
        factor: What it is multiplied by.
        offset: What is added then.
        kind: What it measures, or ``slip`` for a slipped decimal point (which thousandths and thousands are, too).
    """

    name: str
    factor: Decimal
    offset: Decimal = Decimal(0)
    kind: str = "slip"

    @property
    def is_slip(self) -> bool:
        """A slipped decimal point explains a single value, too."""
        return self.kind == "slip"

    def turn(self, value: float) -> float:
        """The value that was meant, for comparing."""
        return value * float(self.factor) + float(self.offset)


# Words of column names that say what is measured; ratios of two units of it.
_LENGTH_WORDS = (
    r"heights?|lengths?|widths?|depths?|size|dist|distances?|cm|mm|m|km|miles?|inch|inches|ft|feet|tall|diameter|radius"
    r"|elevation|altitude|laenge|breite|hoehe"
)
_KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "mass": (
        r"weights?|mass|kg|kilograms?|lbs?|pounds?|grams?|g|oz|ounces?|gewicht",
        {"pounds and kilograms": "0.45359237", "ounces and grams": "28.349523125"},
    ),
    "length": (
        _LENGTH_WORDS,
        {
            "inches and centimetres": "2.54",
            "feet and metres": "0.3048",
            "miles and kilometres": "1.609344",
            "inches and metres": "0.0254",
            "feet and centimetres": "30.48",
        },
    ),
    "volume": (r"volumes?|litres?|liters?|l|ml|gal|gallons?|capacity", {"gallons and litres": "3.785411784"}),
    "time": (
        r"time|durations?|hours?|minutes?|mins?|seconds?|secs?|days?|elapsed|runtime|age",
        {"minutes and hours": "60", "hours and days": "24", "seconds and hours": "3600"},
    ),
    "count": (r"count|quantity|qty|pieces|units|amount", {"dozens and pieces": "12"}),
}
_HEAT = re.compile(r"(?:^|_)(?:temps?|temperatures?|celsius|fahrenheit|heat|fever)(?:_|$)")
_HEATS = (
    Unit("Fahrenheit and Celsius", 1 / Decimal("1.8"), Decimal(-32) / Decimal("1.8"), "heat"),
    Unit("Celsius and Fahrenheit", Decimal("1.8"), Decimal(32), "heat"),
)


def _slips() -> tuple[Unit, ...]:
    up = [Unit(f"factor {10**n:,}", Decimal(10) ** -n) for n in (1, 2, 3, 6)]
    return (*up, *(Unit(f"factor 1/{10**n:,}", Decimal(10) ** n) for n in (1, 2, 3, 6)))


def _ratios() -> dict[str, tuple[Unit, ...]]:
    found = {}
    for kind, (_, ratios) in _KINDS.items():
        known = [(name, Decimal(ratio)) for name, ratio in ratios.items()]
        there = [Unit(name, ratio, kind=kind) for name, ratio in known]
        found[kind] = (*there, *(Unit(name, 1 / ratio, kind=kind) for name, ratio in known))
    return found


_SLIPS, _RATIOS = _slips(), _ratios()
_NAMED = {kind: re.compile(rf"(?:^|_)(?:{words})(?:_|$)") for kind, (words, _) in _KINDS.items()}


def units_of(name: str) -> tuple[Unit, ...]:
    """What may explain the odd values of a column: if its name says what it measures, units of that alone."""
    if _HEAT.search(name):
        return (*_SLIPS, *_HEATS)
    kinds = [kind for kind, words in _NAMED.items() if words.search(name)] or list(_RATIOS)
    return (*_SLIPS, *(unit for kind in kinds for unit in _RATIOS[kind]))


def is_measured(name: str) -> bool:
    """The column's name says what it measures."""
    return _HEAT.search(name) is not None or any(words.search(name) for words in _NAMED.values())
