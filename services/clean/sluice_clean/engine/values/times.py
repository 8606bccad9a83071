"""Times of day."""

from sluice_clean.engine.sql import let, literal
from sluice_clean.engine.values.choices import Choices
from sluice_clean.engine.values.expressions import cases, groups, matches

_TIME_OF_DAY = "T?(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,6})?)?"
_HOURS = "(?:[01]?[0-9]|2[0-3])[hH][0-5][0-9]"
_HALF_DAY = r"([0-9]{1,2})(?:[:.]([0-5][0-9])(?::([0-5][0-9]))?)? ?([AaPp])\.?[Mm]\.?"


def time_value(text: str, choices: Choices) -> str:
    """SQL: ``text`` as a TIME of day, or null. `9 AM`, `9:05 p.m.`, `14h30` and `14:05:06.5` are read."""
    if choices.pattern:
        return f"try_strptime({text}, {literal(choices.pattern)})::TIME"
    plain = f"try_cast(replace(ltrim({text}, 'T'), ',', '.') AS TIME)"
    hours = f"try_cast(translate({text}, 'hH', '::') AS TIME)"
    half = groups(text, f"^{_HALF_DAY}$", "hmsp")
    return cases(
        [
            (matches(text, _TIME_OF_DAY), plain),
            (matches(text, _HALF_DAY), let(half, _of_half)),
            (matches(text, _HOURS), hours),
        ]
    )


def _of_half(g: str) -> str:
    return time_of_parts(f"{g}.h", f"{g}.m", f"{g}.s", "''", f"{g}.p")


def time_of_parts(hour: str, minute: str, second: str, fraction: str, half: str) -> str:
    """SQL: a TIME of texts of figures; "" is nought, `half` is a or p, or "". No regular expressions here: see `let`.

    24:00 is allowed, as ISO 8601 has it; with a.m. or p.m. the hour must be 1 to 12.
    """
    rest = f"':' || {_filled(minute)} || ':' || {_filled(second)} || replace({fraction}, ',', '.')"
    hour12 = f"({hour}::INTEGER % 12 + (CASE WHEN lower({half}) = 'p' THEN 12 ELSE 0 END))::VARCHAR"
    halved = cases([(f"{hour}::INTEGER BETWEEN 1 AND 12", f"try_cast({hour12} || {rest} AS TIME)")])
    return cases([(f"{half} <> ''", halved)], f"try_cast({hour} || {rest} AS TIME)")


def _filled(figures: str) -> str:
    return f"coalesce(nullif({figures}, ''), '00')"


def changes(text: str, value: str, choices: Choices) -> dict[str, str]:  # noqa: ARG001 - one face for all rules
    """SQL: the form was another than ISO 8601's."""
    iso = matches(text, "[0-9]{2}:[0-9]{2}(?::[0-9]{2}([.][0-9]+)?)?")
    return {"time-form": f"({value} IS NOT NULL AND NOT {iso})"}
