"""Years, and months of a year, as a contract may declare them (XML Schema's gYear and gYearMonth, without a zone)."""

from sluice_clean.engine.values.choices import Choices
from sluice_clean.engine.values.expressions import cases, matches

_YEAR = "-?[0-9]{4}"
_MONTH = "(?:0[1-9]|1[0-2])"


def year_value(text: str, choices: Choices) -> str:  # noqa: ARG001 - one face for all rules
    """SQL: ``text`` as an integer if it is a year of four figures, else null."""
    return cases([(matches(text, _YEAR), f"try_cast({text} AS BIGINT)")])


def yearmonth_value(text: str, choices: Choices) -> str:  # noqa: ARG001 - one face for all rules
    """SQL: ``text`` if it is a month such as 2020-01, else null."""
    return cases([(matches(text, f"{_YEAR}-{_MONTH}"), text)])
