"""Records that break a dependency nearly all others keep: which of their cells is wrong, and what it should be.

A record that breaks X -> Y has a wrong Y or a wrong X. What is wrong is weighed as a diagnosis is (Reiter, "A theory of
diagnosis from first principles", 1987; de Kleer & Williams, 1987): an explanation is a smallest set of cells that has
a part in every broken dependency. It is the more likely the fewer cells it has, the rarer their values are, and the
fewer dependencies their records keep, which a wrong cell would keep by chance alone. A cell is told where it is likely
wrong by all explanations together.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from sluice_clean.engine.insight.finders.majorities import Record, Rule, asked, sampled, verdict
from sluice_clean.engine.insight.finders.suspicion import LEAST, MAX_CELLS, Suspicion
from sluice_clean.engine.insight.table import Sample, Table
from sluice_clean.engine.sql import identifier

_WRONG = 0.01  # of the cells whose values are common, before anything else is known
_COMMON = 20  # records with a value; of rarer ones, more are wrong
_BY_CHANCE = 0.001  # at least: how often a wrong cell keeps a dependency
_MOST_CELLS = 3  # of an explanation
_UNEXPLAINED = -math.log(_WRONG)

Explanation = tuple[str, ...]


def find_violations(table: Table, sample: Sample, rules: list[Rule]) -> list[Suspicion]:
    """Cells that break dependencies."""
    records = sampled(sample, rules) if sample.complete else _breaking(table, rules)
    return [one for row, record in records.items() for one in _judge(row, record, rules, sample)]


def _breaking(table: Table, rules: list[Rule]) -> dict[int, Record]:
    """The records of a large table that break one of the rules."""
    records: dict[int, Record] = {}
    for rule in rules:
        if any(group.count < group.total for group in rule.groups.values()):
            differs = f"{identifier(rule.dependency.dependent)} <> top"
            records |= asked(table, rules, rule, differs, MAX_CELLS)
    return dict(sorted(records.items()))


def _judge(row: int, record: Record, rules: list[Rule], sample: Sample) -> Iterator[Suspicion]:
    """The cells of a record that are probably wrong."""
    broken = [rule for rule in rules if rule.is_broken(record)]
    if not broken:
        return
    for name, probability in _diagnosed(record, broken, rules, sample).items():
        found = verdict(record, name, rules) if probability >= LEAST else None
        if found is not None:
            count = sum(1 for rule in broken if name in rule.columns)
            reason = found.reason + (f"; {count} dependencies are broken by it" if count > 1 else "")
            yield Suspicion(name, row, record[name], found.value, found.confidence * probability, "dependency", reason)


def _diagnosed(record: Record, broken: list[Rule], rules: list[Rule], sample: Sample) -> dict[str, float]:
    """How likely each cell is wrong that has a part in a broken dependency."""
    kept = [rule for rule in rules if rule.is_kept(record)]
    explanations = _explanations(frozenset(frozenset(rule.columns) for rule in broken))
    names = sorted({name for cells in explanations for name in cells})
    costs = {name: _cost(name, record, broken, kept, rules, sample) for name in names}
    weights = {cells: math.exp(-sum(costs[name] for name in cells)) for cells in explanations}
    total = sum(weights.values())
    if not total:
        return {}
    return {name: sum(weight for cells, weight in weights.items() if name in cells) / total for name in names}


@lru_cache(maxsize=1_000)
def _explanations(parts: frozenset[frozenset[str]]) -> list[Explanation]:
    """The smallest sets of cells that have a part in every broken dependency, and those of one cell more.

    Args:
        parts: The cells that take part in each of the broken dependencies.
    """
    found: list[Explanation] = []
    names = sorted(frozenset[str]().union(*parts))
    for size in range(1, _MOST_CELLS + 1):
        if found and size > len(found[0]) + 1:
            break
        for cells in combinations(names, size):
            chosen = set(cells)
            if not any(chosen.issuperset(smaller) for smaller in found) and not any(map(chosen.isdisjoint, parts)):
                found.append(cells)
    return found


def _cost(name: str, record: Record, broken: list[Rule], kept: list[Rule], rules: list[Rule], sample: Sample) -> float:
    """The negative logarithm of how likely the cell is wrong and all else is as it is."""
    cost = -math.log(_WRONG * _COMMON / _supported(name, record, rules, sample))
    for rule in kept:
        if name in rule.columns:
            cost -= math.log(max(_BY_CHANCE, sample[rule.dependency.dependent].sameness))
    for rule in broken:
        # If it were the determinant that is wrong, another would have the dependent that is there.
        if name in rule.dependency.determinant and record[rule.dependency.dependent] not in rule.decided:
            cost += _UNEXPLAINED
    return cost


def _supported(name: str, record: Record, rules: list[Rule], sample: Sample) -> int:
    """How many records share the cell's value, as far as is known: up to a few, then it is no slip."""
    sizes = [
        group.total
        for rule in rules
        if rule.dependency.determinant == [name] and (group := rule.group(record)) is not None
    ]
    sizes.append(sample[name].counts[record[name]])
    return min(max(1, *sizes), _COMMON)
