"""Decides what each column is, from a sample of its values, its label, and a contract if there is one.

What is decided here is a guess until all rows were read accordingly; `settle` then decides for good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from sluice.models.table_schema import SchemaField
from sluice_clean.engine.hygiene import NullTexts
from sluice_clean.engine.model import CleanSettings
from sluice_clean.engine.sql import text_list
from sluice_clean.engine.values.booleans import FALSE_WORDS, TRUE_WORDS
from sluice_clean.engine.values.decision import Decision, as_text
from sluice_clean.engine.values.declared import of_guess
from sluice_clean.engine.values.durations import CLOCK, UNITS
from sluice_clean.engine.values.expressions import has, matches
from sluice_clean.engine.values.guess_days import guess_days, is_day_or_moment
from sluice_clean.engine.values.guess_numbers import any_number, guess_numbers
from sluice_clean.engine.values.guess_others import (
    LONGEST_WORD,
    guess_booleans,
    guess_nested,
    guess_places,
    guess_spans,
)
from sluice_clean.engine.values.numbers import LEADING_ZERO
from sluice_clean.engine.values.places import PAIR, POINT
from sluice_clean.engine.values.proposals import Context, Proposal, Proposals
from sluice_clean.engine.values.sample import Cells, cells_of

_PLAUSIBLE = 0.5  # share of a few texts that must have a candidate's shape for it to be looked into
_RIVAL = 0.6  # share of the sample from which on a candidate that lost may still win over all rows


def decide_columns(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Sequence[str],
    labels: Sequence[str | None],
    nulls: NullTexts,
    settings: CleanSettings,
    declared: Mapping[str, SchemaField] | None = None,
) -> list[Decision]:
    """A decision for each column.

    Args:
        connection: Holds the sample; a temporary table is made on it and dropped.
        relation: What stands after FROM: a table, or a query in parentheses. Cells as they stood in the file.
        columns: The cells' names in the relation.
        labels: What the file calls them.
        nulls: Which texts are null.
        settings: Tolerance, and what to do with days that nothing decides.
        declared: The contract's fields, by cell.
    """
    declared = declared or {}
    with cells_of(connection, relation, columns, nulls) as cells:
        asked = {column: count for column, (count,) in cells.ask(["count(*)"]).items()}
        context = Context(cells, labels, asked, settings.type_tolerance, settings.day_first)
        open_ones = [place for place, column in enumerate(columns) if _may_be_guessed(declared.get(column))]
        wanted = [place for place in open_ones if place in asked]
        proposals, refused = _propose(context, wanted)
        guesses = {column: _choose(context, column, proposals.get(column, []), refused) for column in wanted}
    return [
        of_guess(declared[column], guesses.get(place)) if column in declared else guesses.get(place, as_text())
        for place, column in enumerate(columns)
    ]


def _may_be_guessed(declared: SchemaField | None) -> bool:
    return declared is None or declared.type in ("integer", "number", "date", "datetime")


@dataclass
class _Plausible:
    """Columns by the family of candidates that their first texts leave room for."""

    booleans: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    arrays: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


def _look(cells: Cells, columns: list[int]) -> _Plausible:
    """Asks a few texts of each column for the shapes of all candidates."""
    words = text_list((*TRUE_WORDS, *FALSE_WORDS))
    figures = "strlen(text) <= 60 AND regexp_matches(text, '[0-9]')"
    shapes = {
        "booleans": f"strlen(text) <= {LONGEST_WORD} AND list_contains({words}, lower(text))",
        "numbers": f"{figures} AND ({matches('text', any_number())} OR {matches('text', LEADING_ZERO)})",
        "days": f"{figures} AND {is_day_or_moment('text')}",
        "times": f"{figures} AND strlen(text) < 20 AND {has('text', '[0-9](:[0-9]|[hH][0-9]| ?[AaPp][.]?[Mm])')}",
        "spans": f"{figures} AND ({matches('text', f'-?P.*|{CLOCK}')} OR {matches('text', UNITS)})",
        "objects": "prefix(text, '{')",
        "arrays": "prefix(text, '[')",
        "places": f"{figures} AND ({matches('text', PAIR)} OR {matches('text', POINT)})",
    }
    counts = [f"count(CASE WHEN {shape} THEN 1 END)" for shape in shapes.values()]
    found = _Plausible()
    for column, (picked, *hits) in cells.ask(["count(*)", *counts], columns, picked=True).items():
        for name, hit in zip(shapes, hits, strict=True):
            if hit >= _PLAUSIBLE * picked:
                getattr(found, name).append(column)
    return found


def _propose(context: Context, columns: list[int]) -> tuple[Proposals, dict[int, str]]:
    """Candidates in the order of their precedence."""
    if not columns:
        return {}, {}
    likely = _look(context.cells, columns)
    numbers, refused = guess_numbers(context, likely.numbers) if likely.numbers else ({}, {})
    families = [
        guess_booleans(context, likely.booleans) if likely.booleans else {},
        numbers,
        guess_days(context, likely.days),
        guess_spans(context, likely.times, likely.spans),
        guess_nested(context, likely.objects, likely.arrays),
        guess_places(context, likely.places) if likely.places else {},
    ]
    found: Proposals = {}
    for family in families:
        for column, proposals in family.items():
            found.setdefault(column, []).extend(proposals)
    return found, refused


def _choose(context: Context, column: int, proposals: list[Proposal], refused: dict[int, str]) -> Decision:
    asked = context.asked[column]
    for proposal in proposals:
        if context.enough(column, proposal.fits):
            decision = proposal.decision
            return replace(decision, confidence=round(decision.confidence * proposal.fits / asked, 4))
    rivals = tuple(proposal.decision for proposal in proposals if proposal.fits >= _RIVAL * asked)
    best = max((proposal.fits / asked for proposal in proposals), default=0.0)
    return as_text(refused.get(column, ""), rivals, round(1 - best / 2, 4))
