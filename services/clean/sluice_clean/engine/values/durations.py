"""Spans of time, stored as ISO 8601 text (`PT1H30M`): months and seconds have no common unit."""

from sluice_clean.engine.sql import let
from sluice_clean.engine.values.choices import Choices
from sluice_clean.engine.values.expressions import cases, groups, matches

_ISO = r"-?P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+W)?(?:[0-9]+D)?(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
CLOCK = r"(-?)([0-9]{1,5}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]{1,9})?)"
_UNITS = (
    ("y", r"y|yr|yrs|years?|jahre?|ans?|a[ñn]os?"),
    ("o", r"mo|mos|months?|monate?|mois|mes(?:es)?"),
    ("w", r"w|wk|wks|weeks?|wochen?|semaines?|semanas?"),
    ("d", r"d|days?|tage?|jours?|d[ií]as?"),
    ("h", r"h|hr|hrs|hours?|std|stunden?|heures?|horas?"),
    ("m", r"m|min|mins|minutes?|minuten?|minutos?"),
    ("s", r"s|sec|secs|seconds?|sek|sekunden?|secondes?|segundos?"),
)
UNITS = "(?i)" + "".join(rf"(?:([0-9]+(?:\.[0-9]+)?) ?(?:{words})\.?(?:,? )?)?" for _, words in _UNITS)


def duration_value(text: str, choices: Choices) -> str:  # noqa: ARG001 - one face for all rules
    """SQL: a span as ISO 8601 text: of that form, `26:10:05`, `90 min`, `2h 30m`, `1 day 4 hours`; else null."""
    iso = f"{matches(text, _ISO)} AND strlen({text}) > 2 AND NOT suffix({text}, 'T') AND NOT suffix({text}, 'P')"
    clock = groups(text, f"^{CLOCK}$", ("g", "h", "m", "s"))
    return cases(
        [
            (iso, text),
            (matches(text, CLOCK), let(clock, _of_clock)),
            (f"{matches(text, UNITS)} AND {text} <> ''", _of_units(text)),
        ]
    )


def _of_clock(found: str) -> str:
    hours, minutes = f"{found}.h::INTEGER", f"{found}.m::INTEGER"
    seconds = f"coalesce(nullif(ltrim({found}.s, '0'), ''), '0')"
    seconds = f"(CASE WHEN prefix({seconds}, '.') THEN '0' ELSE '' END || {seconds})"
    return f"{found}.g || 'PT' || {hours} || 'H' || {minutes} || 'M' || {seconds} || 'S'"


def _of_units(text: str) -> str:
    names = [name for name, _ in _UNITS]

    def iso(g: str) -> str:
        def part(name: str, letter: str) -> str:
            return f"(CASE WHEN {g}.{name} <> '' THEN {g}.{name} || '{letter}' ELSE '' END)"

        days = " || ".join(part(name, letter) for name, letter in zip("yowd", "YMWD", strict=True))
        clock = " || ".join(part(name, letter) for name, letter in zip("hms", "HMS", strict=True))
        return f"'P' || {days} || (CASE WHEN {g}.h || {g}.m || {g}.s <> '' THEN 'T' ELSE '' END) || {clock}"

    return let(groups(text, f"^{UNITS}$", names), iso)


def changes(text: str, value: str, choices: Choices) -> dict[str, str]:  # noqa: ARG001 - one face for all rules
    """SQL: the form was another than ISO 8601's."""
    return {"duration-form": f"({value} IS NOT NULL AND {value} <> {text})"}
