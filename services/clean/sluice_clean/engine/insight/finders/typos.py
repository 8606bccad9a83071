"""Typing errors and spelling variants: rare texts next to frequent ones of the same column.

How certain a typing error is follows from how often closeness comes about by chance: the share of the *frequent*
values that have another frequent value as close by (names of people do, names of states hardly) is what the rare
values would show without a single error. The expected number of such chance neighbours over the number found is the
share of false suggestions (Benjamini & Hochberg's false discovery rate).
"""

import calendar
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sluice_clean.engine.insight.checks import country_names
from sluice_clean.engine.insight.finders.neighbours import distance, neighbours
from sluice_clean.engine.insight.finders.suspicion import LEAST, MAX_CELLS, Suspicion, shown
from sluice_clean.engine.insight.model import ColumnProfile, RuleName
from sluice_clean.engine.insight.table import Column, Sample, Table
from sluice_clean.engine.insight.tally import Tally
from sluice_clean.engine.sql import text_list

_FREQUENT = 5  # a value that occurs less often is no model for others
_RATIO = 5  # times that the frequent value must occur more often
_RARE_SHARE = 0.005  # of all values: what occurs more often is no slip
_COVERED = 0.5  # share of the records that have a frequent value: else these are no categories
_MAX_FREQUENT = 500
_MAX_RARE = 1_000
_MIN_LENGTH = 5  # characters for one edit
_MIN_WORD = 4  # characters of the word that the edit is in
_MAX_LENGTH = 100
_ASKED = 100  # frequent values that are looked at for how often that comes about
_PRIOR = 0.1  # of one chance neighbour, before any frequent value was looked at
_TWO_WORDS = ({"yes", "no"}, {"true", "false"}, {"male", "female"}, {"active", "inactive"}, {"on", "off"})
_OF_TWO = 0.95  # certainty
_OFTEN_OF_TWO = 0.02  # of all values: what occurs more often is a third word
_NO_WORDS = frozenset(
    {
        *("id", "uuid", "hash", "hex", "url", "email", "iban", "isbn", "issn", "gtin", "credit_card"),
        *("ipv4", "ipv6", "mac", "json", "geo_pair", "color"),
    }
)
_DIGITS = re.compile(r"\D+")
_WORDS = re.compile(r"[\W_]+")
_NUMBER, _SLOT = re.compile(r"\d+(?:[.,]\d+)*"), "0"  # a number; what stands for any of them
_USUAL_SHARE = 0.05  # of all values: what so many say beside their numbers is a model
_RARE_SHARE_BESIDE = 0.01  # of all values: the same slip may stand beside many numbers
_MOST_SAY = 0.9  # of the values say one of a few things beside their numbers
_KNOWN = frozenset(name.casefold() for name in (*calendar.month_name, *calendar.day_name) if name)


@dataclass(frozen=True)
class _Match:
    """A rare value and the frequent one that is meant."""

    rare: str
    rare_count: int
    frequent: str
    frequent_count: int
    distance: int


def find_typos(
    table: Table, sample: Sample, profiles: list[ColumnProfile], tallies: dict[str, Tally]
) -> list[Suspicion]:
    """Suspected typing errors and variants in the columns of categories."""
    found: list[Suspicion] = []
    for figures in profiles:
        tally = tallies[figures.name]
        column = sample[figures.name].column
        if not column.is_text or not tally.complete or figures.semantic_type in _NO_WORDS:
            continue
        if _is_categories(tally):
            found += _in_column(table, column, tally)
        else:
            found += _beside_numbers(table, column, tally)
    return found


def _is_categories(tally: Tally) -> bool:
    """Frequent values make up most of the column."""
    covered = sum(count for _, count in tally.counts if count >= _FREQUENT)
    return tally.filled > 0 and covered >= _COVERED * tally.filled


def _in_column(table: Table, column: Column, tally: Tally) -> Iterator[Suspicion]:
    variants = list(_variants(tally.counts))
    frequent = [(value, count) for value, count in tally.counts if count >= _FREQUENT][:_MAX_FREQUENT]
    odd = {match.rare for match, _ in variants}
    frequent = [pair for pair in frequent if pair[0] not in odd]
    typos = _of_two_words(tally, odd) or _typos(frequent, tally, odd)
    judged: dict[str, tuple[RuleName, _Match, float]] = {
        match.rare: ("variant", match, confidence) for match, confidence in variants
    }
    judged |= {match.rare: ("typo", match, confidence) for match, confidence in typos}
    judged = {value: (rule, match, known) for value, (rule, match, known) in judged.items() if known >= LEAST}
    for row, value in _rows(table, column, list(judged)):
        rule, match, confidence = judged[value]
        many = f"{match.frequent_count:,} records have {shown(match.frequent)}, {match.rare_count:,} {shown(value)}"
        if rule == "variant":
            reason = f"the same text but for case, spaces or marks: {many}"
        else:
            edits = "one edit" if match.distance == 1 else f"{match.distance} edits"
            reason = f"{edits} away: {many}"
        yield Suspicion(
            column.name, row, value, match.frequent, confidence, rule, reason, everywhere=True, cells=match.rare_count
        )


def _beside_numbers(table: Table, column: Column, tally: Tally) -> Iterator[Suspicion]:
    """Slips in what most values say beside their numbers: 12 pateints, where nearly all have so many patients."""
    counts: Counter[str] = Counter()
    for value, count in tally.counts:
        counts[_NUMBER.sub(_SLOT, value)] += count
    said = Tally(counts.most_common(), len(counts), tally.filled, complete=True)
    usual = max(_FREQUENT, _USUAL_SHARE * tally.filled)
    models = [(text, count) for text, count in said.counts if count >= usual and _SLOT in text and _has_word(text)]
    if sum(count for _, count in models) < _MOST_SAY * tally.filled:
        return
    slipped = _typos(models, said, set(), _RARE_SHARE_BESIDE)
    meant = {match.rare: (match, known) for match, known in slipped if known >= LEAST}
    slips = {value: _NUMBER.sub(_SLOT, value) for value, _ in tally.counts}
    slips = {
        value: text
        for value, text in slips.items()
        if text in meant and _slots(text) == _slots(meant[text][0].frequent)
    }
    for row, value in _rows(table, column, list(slips)):
        match, confidence = meant[slips[value]]
        first, *others = match.frequent.split(_SLOT)
        numbers = _NUMBER.findall(value)
        suggested = first + "".join(number + text for number, text in zip(numbers, others, strict=True))
        reason = (
            f"{match.distance} edits away from {shown(match.frequent)}, which {match.frequent_count:,} records have"
        )
        yield Suspicion(column.name, row, value, suggested, confidence, "typo", reason)


def _has_word(text: str) -> bool:
    return any(len(word) >= _MIN_WORD and word.isalpha() for word in _WORDS.split(text))


def _slots(text: str) -> int:
    return text.count(_SLOT)


def _rows(table: Table, column: Column, values: list[str]) -> list[tuple[int, str]]:
    """The records that have one of these values, up to a limit."""
    if not values:
        return []
    listed = f"list_contains({text_list(values)}, {column.sql})"
    return [(row, value) for row, value in table.where([column.sql], listed, MAX_CELLS)]


def _variants(counts: Iterable[tuple[str, int]]) -> Iterator[tuple[_Match, float]]:
    """Values that are a more frequent one but for case, spaces and punctuation."""
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for value, count in counts:
        if len(value) <= _MAX_LENGTH:
            groups["".join(_WORDS.split(value.casefold()))].append((value, count))
    for folded, group in groups.items():
        (best, most), *others = group
        if not others or not any(map(str.isalpha, folded)) or len(folded) < _MIN_WORD:
            continue
        total = sum(count for _, count in group)
        for value, count in others:
            if count * _RATIO <= most:
                # Signs and digits that are set apart otherwise may mean something; case and spaces do not.
                same = " ".join(value.casefold().split()) == " ".join(best.casefold().split())
                yield _Match(value, count, best, most, 0), (0.96 if same else 0.9) * most / total


def _of_two_words(tally: Tally, odd: set[str]) -> list[tuple[_Match, float]]:
    """In a column of yes and no, say, which are too short for closeness to tell: what is one edit from one of both."""
    (words, others) = dict(tally.counts[:2]), tally.counts[2:]
    if {word.casefold() for word in words} not in _TWO_WORDS:
        return []
    found = []
    for value, count in others:
        if value in odd or count > max(2.0, _OFTEN_OF_TWO * tally.filled):
            continue
        near = [word for word in words if distance(value.casefold(), word.casefold(), 1) == 1]
        if len(near) == 1 and words[near[0]] >= _RATIO * count:
            match = _Match(value, count, near[0], words[near[0]], 1)
            found.append((match, _OF_TWO * (1 - count / match.frequent_count)))
    return found


def _typos(
    frequent: list[tuple[str, int]], tally: Tally, odd: set[str], rare_share: float = _RARE_SHARE
) -> list[tuple[_Match, float]]:
    """Rare values close to a frequent one, each with its confidence."""
    models = {value: count for value, count in frequent if _MIN_LENGTH <= len(value) <= _MAX_LENGTH}
    chance = _by_chance(models)
    if not models or chance >= 1 - LEAST:
        return []
    most_rare = max(2.0, rare_share * tally.filled)
    least, most = min(map(len, models)) - 1, max(map(len, models)) + 2
    rare = {
        value: count
        for value, count in tally.counts
        if count <= most_rare and least <= len(value) <= most and value not in odd
    }
    rare = dict(islice(rare.items(), _MAX_RARE))
    matches = _closest(_close(rare, models), {_shape(value) for value in models})
    expected = chance * len(rare) / max(1, len(matches))
    return [(match, _confidence(match, expected)) for match in matches]


def _confidence(match: _Match, false_share: float) -> float:
    """One less the share of chance neighbours, lowered where the rare value is not so rare or further away."""
    ratio = match.rare_count / match.frequent_count
    far = 0.97 if match.distance > 1 else 1.0
    return max(0.0, 1 - false_share) * (1 - min(0.5, ratio)) * far


def _close(left: dict[str, int], right: dict[str, int]) -> list[_Match]:
    """All pairs of a text of the left with one of the right that an allowed number of edits turns into the other."""
    return [_Match(a, left[a], b, right[b], edits) for a, b, edits in neighbours(left, right)]


def _closest(pairs: list[_Match], shapes: set[str]) -> list[_Match]:
    """Per rare value the one frequent value that is meant, where there is just one."""
    grouped: dict[str, list[_Match]] = defaultdict(list)
    for pair in pairs:
        if pair.frequent_count >= _RATIO * pair.rare_count and _may_be_slip(pair, shapes):
            grouped[pair.rare].append(pair)
    chosen = []
    for matches in grouped.values():
        best, *others = sorted(matches, key=lambda one: (one.distance, -one.frequent_count, one.frequent))
        if all(other.distance > best.distance or best.frequent_count > 10 * other.frequent_count for other in others):
            chosen.append(best)
    return chosen


def _may_be_slip(pair: _Match, shapes: set[str]) -> bool:
    """The difference is within a word, and not one between numbers or known names."""
    rare, frequent = pair.rare, pair.frequent
    if rare.casefold() in country_names() or rare.casefold() in _KNOWN:
        return False
    if _DIGITS.sub("", rare) != _DIGITS.sub("", frequent) and _shape(rare) in shapes:
        return False
    words, others = _WORDS.split(rare), _WORDS.split(frequent)
    if len(words) != len(others):
        return True
    differing = [min(len(a), len(b)) for a, b in zip(words, others, strict=True) if a != b]
    return all(length >= _MIN_WORD for length in differing)


def _shape(text: str) -> str:
    """Letters as a, digits as 9, the rest as it stands."""
    return "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in text)


def _by_chance(models: dict[str, int]) -> float:
    """The share of frequent values that have another frequent value as close by as a typing error would be."""
    shapes = {_shape(value) for value in models}
    asked = dict(islice(models.items(), _ASKED))
    crowd = {pair.rare for pair in _close(asked, models) if _may_be_slip(pair, shapes)}
    return min(1.0, (len(crowd) + _PRIOR) / (len(asked) + 1))
