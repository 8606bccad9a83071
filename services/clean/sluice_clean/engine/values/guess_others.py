"""Guesses the remaining types: truth values, times of day, spans, JSON, places."""

from collections import Counter

from sluice_clean.engine.values.booleans import FALSE_WORDS, PAIRS, SURE, TRUE_WORDS, UNSURE
from sluice_clean.engine.values.choices import Choices
from sluice_clean.engine.values.decision import Decision
from sluice_clean.engine.values.labels import is_land, is_place, is_span
from sluice_clean.engine.values.proposals import Context, Proposal, Proposals, counted

_WORDS = frozenset({*TRUE_WORDS, *FALSE_WORDS})
LONGEST_WORD = max(len(word.encode()) for word in _WORDS)


def boolean_choices(true: tuple[str, ...], false: tuple[str, ...], *, exact: bool = False) -> Choices:
    """What booleans are read with."""
    return Choices("BOOLEAN", true=true, false=false, exact_words=exact)


def guess_booleans(context: Context, columns: list[int]) -> Proposals:
    """Columns of words for true and false that belong together; of one-letter words both must occur."""
    seen: dict[int, Counter[str]] = {}
    for column, word, count in context.cells.groups("col, lower(left(text, 16)) AS word", ["count(*)"], columns):
        seen.setdefault(column, Counter())[word] = count
    found: Proposals = {}
    for column, words in seen.items():
        of_land = is_land(context.labels[column])
        pairs = [pair for pair in PAIRS if pair not in UNSURE and _is_sure(pair, words, of_land=of_land)]
        true = tuple(dict.fromkeys(pair[0] for pair in pairs))
        false = tuple(dict.fromkeys(pair[1] for pair in pairs if pair[1] not in true))
        fits = sum(words[word] for word in (*true, *false))
        if fits:
            found[column] = [Proposal(Decision("boolean", boolean_choices(true, false)), fits)]
    return found


def _is_sure(pair: tuple[str, str], words: Counter[str], *, of_land: bool) -> bool:
    """Whether the words of a pair occur; of those that mean nothing else one is enough, but for a land's code."""
    occur = [words[word] > 0 for word in pair]
    told = SURE.issuperset(pair)
    return (all(occur) and told) if of_land else (all(occur) or (told and any(occur)))


def guess_spans(context: Context, times: list[int], spans: list[int]) -> Proposals:
    """Times of day, and spans; `1:23:45` is a span where a value or the label says so."""
    time, span = Decision("time", Choices("TIME")), Decision("duration", Choices("VARCHAR"))
    codes = _codes_like_spans(context, spans)
    spans = [column for column in spans if column not in codes]
    found = counted(context.cells, [*((column, time) for column in times), *((column, span) for column in spans)])
    for column, proposals in found.items():
        if is_span(context.labels[column]):
            proposals.sort(key=lambda proposal: proposal.decision.rule != "duration")
        else:
            proposals.sort(key=lambda proposal: -proposal.fits)
    return found


def _codes_like_spans(context: Context, columns: list[int]) -> set[int]:
    """Columns of one text again and again, a letter right behind figures: `39016d` may as well be a code."""
    alike = "count(DISTINCT text) = 1 AND min(regexp_full_match(text, '[0-9.]+[A-Za-z]'))"
    found = context.cells.ask([alike], columns) if columns else {}
    return {column for column, (is_code,) in found.items() if is_code and not is_span(context.labels[column])}


def guess_nested(context: Context, objects: list[int], arrays: list[int]) -> Proposals:
    """Objects or arrays, only where all are: as text nothing is lost."""
    json = [(column, Decision("object", Choices("VARCHAR"))) for column in objects]
    json += [(column, Decision("array", Choices("VARCHAR"))) for column in arrays]
    return _complete(context, json)


def guess_places(context: Context, columns: list[int]) -> Proposals:
    """Places: pairs of degrees that all are; figures with a comma need a label that says so, or fractions."""
    place = Decision("geopoint", Choices("VARCHAR"))
    found = _complete(context, [(column, place) for column in columns])
    fractions = context.cells.ask(
        [r"count(CASE WHEN regexp_matches(text, '[.][0-9]+[^.]+[.][0-9]') THEN 1 END)"], found
    )
    return {
        column: proposals
        for column, proposals in found.items()
        if is_place(context.labels[column]) or fractions[column][0] >= context.asked[column] / 2
    }


def _complete(context: Context, decisions: list[tuple[int, Decision]]) -> Proposals:
    found = counted(context.cells, decisions)
    kept = {
        column: [proposal for proposal in proposals if proposal.fits == context.asked[column]]
        for column, proposals in found.items()
    }
    return {column: proposals for column, proposals in kept.items() if proposals}
