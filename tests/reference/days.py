"""Dates and moments, read with the calendar of the standard library."""

import re
import unicodedata
from datetime import date, datetime, timedelta

from tests.reference.others import time_parts

_NAMES = {
    1: "january januar jänner janvier enero gennaio janeiro januari jan janv ene gen",
    2: "february februar feber février febrero febbraio fevereiro februari feb fevr fév fev",
    3: "march märz mars marzo março maart mar mrz mrt maa",
    4: "april avril abril aprile apr avr abr",
    5: "may mai mayo maggio maio mei mag",
    6: "june juni juin junio giugno junho jun giu",
    7: "july juli juillet julio luglio julho jul juil lug",
    8: "august août agosto augustus aug ago",
    9: "september septembre septiembre setiembre settembre setembro sep sept set",
    10: "october oktober octobre octubre ottobre outubro oct okt ott out",
    11: "november novembre noviembre novembro nov",
    12: "december dezember décembre diciembre dicembre dezembro dec dez dic",
}
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim "
    "lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab "
    "segunda terça quarta quinta sexta segunda-feira terça-feira quarta-feira quinta-feira sexta-feira "
    "seg ter qua qui sex "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo"
)


def _plain(word: str) -> str:
    """Without accents, in lower case."""
    return "".join(mark for mark in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(mark))


_MONTHS = {_plain(name): number for number, names in _NAMES.items() for name in names.split()}
_DAY_NAMES = {_plain(name) for name in _WEEKDAYS.split()}
_WORD = "[A-Za-zÀ-ÿ]+"
_ORDINAL = "(?:st|nd|rd|th|er|[.ºª°])?"
_GAP = "(?: +de +| +del +| +of +|[ /-])*"
_ZONES = {"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6}
_ZONES |= {"PST": -8, "PDT": -7}


def read_date(text: str, *, order: str = "mdy", compact: str = "false", **_: str) -> date | None:
    """A date, or None."""
    text = re.sub(r"[\t\n\r ]+", " ", text)
    found = _bare_date(text, order, compact == "true")
    if found is not None:
        return found
    match = re.fullmatch(rf"({_WORD}(?:-feira)?)\.?,? (.*)", text)
    if match and _plain(match[1]) in _DAY_NAMES:
        return _bare_date(match[2], order, compact == "true")
    return None


def _bare_date(text: str, order: str, compact: bool) -> date | None:
    for read in (_figures, _week, _named, _day_of_year):
        found = read(text, order)
        if found is not None:
            return found
    if compact and re.fullmatch("[0-9]{8}", text) and "1900" <= text[:4] <= "2100":
        return _date(text[:4], text[4:6], text[6:])
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _full(year: str) -> str | None:
    if len(year) == 4:
        return year
    if len(year) == 2:
        return ("19" if int(year) >= 69 else "20") + year
    return None


def _figures(text: str, order: str) -> date | None:
    match = re.fullmatch(r"([0-9]{1,4})([-/. ]) ?([0-9]{1,2})([-/. ]) ?([0-9]{1,4})", text)
    if not match or match[2] != match[4]:
        return None
    first, second, third = match[1], match[3], match[5]
    if len(first) == 4 and len(third) <= 2:
        return _date(first, second, third)
    if order == "ymd":
        year = _full(first) if len(first) == 2 and len(third) <= 2 else None
        return _date(year, second, third) if year else None
    if len(first) > 2 or (match[2] == " " and len(third) != 4):
        return None
    year = _full(third)
    day, month = (first, second) if order == "dmy" else (second, first)
    return _date(year, month, day) if year else None


def _week(text: str, order: str) -> date | None:  # noqa: ARG001 - one face for all forms
    match = re.fullmatch("([0-9]{4})(-?)W([0-9]{2})(-?)([1-7])", text)
    if not match or match[2] != match[4]:
        return None
    try:
        return date.fromisocalendar(int(match[1]), int(match[3]), int(match[5]))
    except ValueError:
        return None


def _day_of_year(text: str, order: str) -> date | None:  # noqa: ARG001 - one face for all forms
    match = re.fullmatch("([0-9]{4})-([0-9]{3})", text)
    if not match or match[1] == "0000" or match[2] == "000":
        return None
    found = date(int(match[1]), 1, 1) + timedelta(days=int(match[2]) - 1)
    return found if found.year == int(match[1]) else None


def _named(text: str, order: str) -> date | None:  # noqa: ARG001 - one face for all forms
    inside = re.fullmatch(rf"([0-9]{{1,4}}){_ORDINAL}{_GAP}({_WORD})\.?,?{_GAP}('?[0-9]{{1,4}}){_ORDINAL}", text)
    if inside:
        month = _MONTHS.get(_plain(inside[2]))
        tail = inside[3].lstrip("'")
        if month is None:
            return None
        if len(inside[1]) == 4 and len(inside[3]) <= 2:
            return _date(inside[1], str(month), tail)
        year = _full(tail)
        return _date(year, str(month), inside[1]) if year and len(inside[1]) <= 2 else None
    first = re.fullmatch(rf"({_WORD})\.?[ /-]*([0-9]{{1,2}}){_ORDINAL},?[ /-]+([0-9]{{4}})", text)
    if first and _plain(first[1]) in _MONTHS:
        return _date(first[3], str(_MONTHS[_plain(first[1])]), first[2])
    return None


_ZONE = r"([A-Za-z]{1,3})?(?:([-+])([0-9]{1,2}):?([0-9]{2})?)?(?: \([A-Z]{1,5}\))?"
_CLOCK = r"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})([.,][0-9]*)?)?(?: ?([AaPp])\.?[Mm]\.?)?"


def read_datetime(text: str, *, order: str = "mdy", epoch: str = "", **_: str) -> datetime | None:
    """A moment in UTC, or None."""
    if epoch:
        return _since_1970(text, epoch)
    text = _usual(re.sub(r"[\t\n\r ]+", " ", text))
    midnight = read_date(text, order=order)
    if midnight is not None:
        return datetime(midnight.year, midnight.month, midnight.day)  # noqa: DTZ001 - UTC, as stored
    match = re.fullmatch(rf"(.*?)(?:T ?| ?, ?| (?:at |um |à |a las |- )? ?){_CLOCK} ?{_ZONE}", text)
    if not match:
        return None
    day, clock = read_date(match[1], order=order), time_parts(*match.groups()[1:6])
    offset = _offset(*match.groups()[6:10])
    if day is None or clock is None or offset is None:
        return None
    try:
        return datetime(day.year, day.month, day.day) + clock - offset  # noqa: DTZ001 - UTC, as stored
    except OverflowError:
        return None


def _usual(text: str) -> str:
    """Forms that have their parts in another order, in the usual one."""
    year_last = re.fullmatch(
        rf"{_WORD} ({_WORD}) ([0-9]+) ([0-9:]+) ([A-Z]{{1,4}} |[-+][0-9]{{4}} )?([0-9]{{4}})", text
    )
    if year_last:
        return f"{year_last[1]} {year_last[2]} {year_last[5]} {year_last[3]} {year_last[4] or ''}".rstrip()
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    log = re.fullmatch(rf"([0-9]+/{_WORD}+/[0-9]{{4}}):([0-9:]{{8}})( [-+][0-9]{{4}})?", inner)
    if log:
        return f"{log[1]} {log[2]}{log[3] or ''}"
    basic = re.fullmatch(
        "([0-9]{4})([0-9]{2})([0-9]{2})[T: ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2}(?:[.,][0-9]+)?))?"
        "(Z|[-+][0-9]{2}:?[0-9]{2})?",
        text,
    )
    if basic:
        seconds = f":{basic[6]}" if basic[6] else ""
        return f"{basic[1]}-{basic[2]}-{basic[3]}T{basic[4]}:{basic[5]}{seconds}{basic[7] or ''}"
    return text


def _offset(name: str | None, sign: str | None, hours: str | None, minutes: str | None) -> timedelta | None:
    """The offset from UTC; None for a zone that is not read."""
    if sign:
        total = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        sound = (name or "").upper() in ("", "UTC", "GMT") and int(minutes or 0) < 60
        return (-total if sign == "-" else total) if sound and total <= timedelta(hours=14) else None
    if name:
        found = _ZONES.get(name.upper())
        return None if found is None else timedelta(hours=found)
    return timedelta()


def _since_1970(text: str, epoch: str) -> datetime | None:
    shape = r"[0-9]{9,10}(?:\.[0-9]{1,6})?" if epoch == "s" else "[0-9]{12,13}"
    if not re.fullmatch(shape, text):
        return None
    whole, _, fraction = text.partition(".")
    micros = int(whole) * (10**6 if epoch == "s" else 10**3) + int((fraction or "0").ljust(6, "0"))
    found = datetime(1970, 1, 1) + timedelta(microseconds=micros)  # noqa: DTZ001 - UTC, as stored
    return found if 2000 <= found.year < 2100 else None
