"""Excel's dates: numbers whose format says that they are one."""

import re
from datetime import datetime, timedelta

_HIDDEN_PARTS = re.compile(r'"[^"]*"|\\.|_.|\*.')
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\]]*\]")
_DATE_IDS = frozenset([*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58])
_TIME_IDS = frozenset([*range(18, 22), *range(32, 36), 45, 47, 55, 56])
_LAST_DAY = 2_958_465  # 9999-12-31
_FALSE_LEAP_DAY = 60  # Excel's 1900-02-29 never was
_DAY_MS = 86_400_000

DATE, TIME, MOMENT, ELAPSED = "date", "time", "moment", "elapsed"


def kind_of_format(number: int, code: str | None) -> str | None:
    """What a number format shows: `DATE`, `TIME`, `MOMENT`, `ELAPSED`; None for a plain number.

    Args:
        number: Its id.
        code: As the file declares it; None for one of the formats that every program knows.
    """
    if code is None:
        known = {22: MOMENT, 46: ELAPSED}
        return known.get(number) or (DATE if number in _DATE_IDS else TIME if number in _TIME_IDS else None)
    shown = _HIDDEN_PARTS.sub("", code).split(";")[0]
    if _ELAPSED.search(shown):
        return ELAPSED
    shown = _BRACKETS.sub("", shown).lower()
    if shown.strip() in {"general", "@", ""}:
        return None
    time = "h" in shown or "s" in shown
    date = "y" in shown or "d" in shown or ("m" in shown and not time)
    return MOMENT if date and time else DATE if date else TIME if time else None


def date_text(stored: str, kind: str, *, from_1904: bool) -> str | None:
    """ISO text of a stored number that is shown as a date or time; None if there is no such date."""
    value = float(stored)
    if kind == ELAPSED:
        return _elapsed(value)
    if not 0 <= value < _LAST_DAY + 1 or (not from_1904 and _FALSE_LEAP_DAY <= value < _FALSE_LEAP_DAY + 1):
        return None
    days, part = divmod(round(value * _DAY_MS), _DAY_MS)
    time = timedelta(milliseconds=part)
    # A workbook's times have no zone.
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30 if days > _FALSE_LEAP_DAY else 31)  # noqa: DTZ001
    moment = start + timedelta(days=days) + time
    if kind == TIME and days == 0:
        return _clock(moment)
    if kind == DATE and part == 0:
        return moment.date().isoformat()
    return f"{moment.date().isoformat()}T{_clock(moment)}"


def _clock(moment: datetime) -> str:
    return moment.time().isoformat("milliseconds" if moment.microsecond else "seconds")


def _elapsed(value: float) -> str:
    seconds, rest = divmod(round(abs(value) * _DAY_MS), 1000)
    sign = "-" if value < 0 else ""
    fraction = f".{rest:03}" if rest else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"
