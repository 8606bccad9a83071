"""Suspected errors: every finder's, weighed against each other, at most so many told for a column."""

from collections import Counter, defaultdict
from dataclasses import replace

from sluice_clean.engine.insight.finders.dates import find_swapped
from sluice_clean.engine.insight.finders.majorities import find_rules
from sluice_clean.engine.insight.finders.missing import find_missing
from sluice_clean.engine.insight.finders.numbers import find_odd_numbers
from sluice_clean.engine.insight.finders.spills import find_spilled
from sluice_clean.engine.insight.finders.spreadsheet_dates import find_spreadsheet_dates
from sluice_clean.engine.insight.finders.suffixes import find_suffixed
from sluice_clean.engine.insight.finders.suspicion import LEAST, PER_COLUMN, Suspicion
from sluice_clean.engine.insight.finders.typos import find_typos
from sluice_clean.engine.insight.finders.violations import find_violations
from sluice_clean.engine.insight.model import ColumnProfile, FunctionalDependency, Suggestion
from sluice_clean.engine.insight.table import Sample, Table
from sluice_clean.engine.insight.tally import Tally


def suggest(
    table: Table,
    sample: Sample,
    profiles: list[ColumnProfile],
    tallies: dict[str, Tally],
    found: list[FunctionalDependency],
) -> list[Suggestion]:
    """Suspected errors, by column and then the most certain first."""
    rules = find_rules(table, sample, found)
    suspicions = [
        *find_typos(table, sample, profiles, tallies),
        *find_suffixed(table, sample, profiles, tallies),
        *find_spilled(table, sample, tallies),
        *find_violations(table, sample, rules),
        *find_missing(table, sample, rules),
        *find_odd_numbers(table, sample, profiles),
        *find_swapped(table, sample),
        *find_spreadsheet_dates(table, sample, tallies),
    ]
    by_column: dict[str, list[Suggestion]] = defaultdict(list)
    for suspicion in _settled(suspicions):
        if suspicion.confidence >= LEAST:
            by_column[suspicion.column].append(suspicion.told())
    return [
        suggestion
        for column in table.columns
        for suggestion in sorted(by_column[column.name], key=lambda one: (-one.confidence, one.row))
    ]


def told(suggestions: list[Suggestion]) -> list[Suggestion]:
    """The first of each column, so many that people may read them."""
    seen: Counter[str] = Counter()
    kept = []
    for suggestion in suggestions:
        seen[suggestion.column] += 1
        if seen[suggestion.column] <= PER_COLUMN:
            kept.append(suggestion)
    return kept


def _settled(suspicions: list[Suspicion]) -> list[Suspicion]:
    """One suspicion a cell: finders that agree make each other more certain, those that don't, less."""
    cells: dict[tuple[str, int], list[Suspicion]] = defaultdict(list)
    for suspicion in suspicions:
        cells[suspicion.column, suspicion.row].append(suspicion)
    return [_strongest(found) for found in cells.values()]


def _strongest(found: list[Suspicion]) -> Suspicion:
    best = max(found, key=lambda one: (one.suggested is not None, one.confidence))
    wanted = Counter(one.suggested for one in found if one.suggested is not None)
    doubt = 1.0
    for one in found:
        if one.suggested == best.suggested:
            doubt *= 1 - one.confidence
    share = wanted[best.suggested] / wanted.total() if wanted else 1.0
    return best if len(found) == 1 else replace(best, confidence=(1 - doubt) * share)
