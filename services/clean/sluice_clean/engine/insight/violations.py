"""Records that break a dependency nearly all others keep: which of their cells is wrong, and what it should be.

A record that breaks X -> Y has a wrong Y or a wrong X. All dependencies that the record takes part in vote: a cell
is suspected for those broken that it is part of, and cleared by those kept. Only where one cell is suspected more
than the others is it told.
"""

from collections.abc import Iterator

from sluice_clean.engine.insight.majorities import Record, Rule, asked, sampled, verdict
from sluice_clean.engine.insight.suspicion import MAX_CELLS, Suspicion
from sluice_clean.engine.insight.table import Sample, Table
from sluice_clean.engine.sql import identifier

_KINDS_OF_RECORD = 20  # a column that decides more values than that is told from one that has a few


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
    """The cells of a record that are more suspect than what they break a dependency with."""
    broken = [rule for rule in rules if rule.is_broken(record)]
    if not broken:
        return
    kept = [rule for rule in rules if rule.is_kept(record)]
    support = {name: _supported(name, record, rules, sample) for rule in broken for name in rule.columns}
    blame = {name: _blame(name, broken, kept, support[name]) for rule in broken for name in rule.columns}
    while broken:
        name = max(blame, key=lambda column: blame[column])
        mine = [rule for rule in broken if name in rule.columns]
        rivals = {other for rule in mine for other in rule.columns} - {name}
        if not mine or any(blame[other] >= blame[name] for other in rivals if other in blame):
            return
        found = verdict(record, name, rules)
        if found is not None:
            also = f"; {len(mine)} dependencies are broken by it" if len(mine) > 1 else ""
            reason = found.reason + also
            yield Suspicion(name, row, record[name], found.value, found.confidence, "dependency", reason)
        broken = [rule for rule in broken if name not in rule.columns]
        blame = {other: blame[other] for rule in broken for other in rule.columns}


def _blame(name: str, broken: list[Rule], kept: list[Rule], support: int) -> tuple[float, int, int]:
    """How much a cell is to blame: the share of its dependencies that are broken, how rare its value is, the votes."""
    against = sum(1 for rule in broken if name in rule.columns)
    clearing = sum(1 for rule in kept if name in rule.columns)
    return against / (against + clearing), -support, against


def _supported(name: str, record: Record, rules: list[Rule], sample: Sample) -> int:
    """How many records share the cell's value, as far as is known: up to a few, then it is no slip."""
    sizes = [
        group.total
        for rule in rules
        if rule.dependency.determinant == [name] and (group := rule.group(record)) is not None
    ]
    sizes.append(sample[name].counts[record[name]])
    return min(max(sizes, default=1), _KINDS_OF_RECORD)
