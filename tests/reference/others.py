"""Truth values, times of day, spans, JSON, places."""

import json
import re
from datetime import time, timedelta

_PAIRS = [
    "true/false",
    "yes/no",
    "on/off",
    "t/f",
    "y/n",
    "j/n",
    "o/n",
    "wahr/falsch",
    "ja/nein",
    "vrai/faux",
    "oui/non",
    "verdadero/falso",
    "sí/no",
    "si/no",
    "vero/falso",
    "sì/no",
    "verdadeiro/falso",
    "sim/não",
    "sim/nao",
    "waar/onwaar",
    "ja/nee",
]


def read_boolean(text: str, **_: str) -> bool | None:
    """True or False for words of the pairs that are sure, else None."""
    return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower())


def pairs() -> list[tuple[str, str]]:
    """Words for true and false that belong together."""
    return [(true, false) for true, false in (pair.split("/") for pair in _PAIRS)]


def time_parts(
    hour: str, minute: str | None, second: str | None, fraction: str | None, half: str | None
) -> timedelta | None:
    """A time of day since midnight; 24:00 is the end of the day. Six digits of the fraction are kept."""
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    micros = int((fraction or ".0")[1:7].ljust(6, "0"))
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    whole = hours == 24 and minutes == seconds == micros == 0
    if not whole and (hours > 23 or minutes > 59 or seconds > 59):
        return None
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)


def read_time(text: str, **_: str) -> time | None:
    """A time of day, or None."""
    plain = re.fullmatch("T?([0-9]{1,2}):([0-5][0-9])(?::([0-5][0-9])([.,][0-9]{1,6})?)?", text)
    hours = re.fullmatch("([0-9]{1,2})[hH]([0-5][0-9])", text)
    half = re.fullmatch(r"([0-9]{1,2})(?:[:.]([0-5][0-9])(?::([0-5][0-9]))?)? ?([AaPp])\.?[Mm]\.?", text)
    if plain:
        found = time_parts(plain[1], plain[2], plain[3], plain[4], None)
    elif hours:
        found = time_parts(hours[1], hours[2], None, None, None)
    elif half:
        found = time_parts(half[1], half[2], half[3], None, half[4])
    else:
        return None
    if found is None or found >= timedelta(days=1):
        return None
    seconds, minutes = found.seconds % 60, found.seconds // 60 % 60
    return time(found.seconds // 3600, minutes, seconds, found.microseconds)


_UNITS = {
    "Y": "y yr yrs year years jahr jahre an ans año años ano anos",
    "M": "mo mos month months monat monate mois mes meses",
    "W": "w wk wks week weeks woche wochen semaine semaines semana semanas",
    "D": "d day days tag tage jour jours día días dia dias",
    "h": "h hr hrs hour hours std stunde stunden heure heures hora horas",
    "m": "m min mins minute minutes minuten minuto minutos",
    "s": "s sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos",
}
_LETTERS = {word: letter for letter, words in _UNITS.items() for word in words.split()}
_SPAN_ORDER = "YMWDhms"


def read_duration(text: str, **_: str) -> str | None:
    """A span of time as ISO 8601 text, or None."""
    iso = r"-?P(?=.)([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"
    if re.fullmatch(iso, text):
        return text
    clock = re.fullmatch(r"(-?)([0-9]{1,5}):([0-5][0-9]):([0-5][0-9])(\.[0-9]{1,9})?", text)
    if clock:
        return f"{clock[1]}PT{int(clock[2])}H{int(clock[3])}M{int(clock[4])}{clock[5] or ''}S"
    return _of_units(text)


def _of_units(text: str) -> str | None:
    parts: dict[str, str] = {}
    rest = text
    while rest:
        match = re.match(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-zÀ-ÿ]+)\.?(,? )?", rest)
        letter = _LETTERS.get(match[2].lower()) if match else None
        if match is None or letter is None:
            return None
        if parts and _SPAN_ORDER.index(letter) <= max(_SPAN_ORDER.index(other) for other in parts):
            return None
        parts[letter] = match[1]
        rest = rest[match.end() :]
    if not parts:
        return None
    days = "".join(f"{parts[letter]}{letter}" for letter in "YMWD" if letter in parts)
    clock = "".join(f"{parts[letter]}{letter.upper()}" for letter in "hms" if letter in parts)
    return f"P{days}{'T' if clock else ''}{clock}"


def read_object(text: str, **_: str) -> str | None:
    """The text if it is a JSON object."""
    return text if isinstance(_json(text), dict) else None


def read_array(text: str, *, pattern: str = "", **_: str) -> str | None:
    """The text if it is a JSON array; with a declared separator, a list as one."""
    if isinstance(_json(text), list):
        return text
    return json.dumps([part.strip() for part in text.split(pattern)], separators=(",", ":")) if pattern else None


def _json(text: str) -> object:
    def refuse(constant: str) -> object:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError:
        return None


def read_geopoint(text: str, **_: str) -> str | None:
    """Latitude and longitude, or None."""
    number = r"([-+]?[0-9]{1,3}(?:\.[0-9]+)?)"
    pair = re.fullmatch(rf"\(?{number}(?:, ?| ){number}\)?", text)
    point = re.fullmatch(rf"(?i:point) ?\({number} +{number}\)", text)
    if pair:
        return _place(pair[1], pair[2])
    return _place(point[2], point[1]) if point else None


def _place(latitude: str, longitude: str) -> str | None:
    if abs(float(latitude)) > 90 or abs(float(longitude)) > 180:
        return None
    return f"{latitude.lstrip('+')},{longitude.lstrip('+')}"
