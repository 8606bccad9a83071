"""Cells without a value, in records that agree with others which all have the same.

If hardly any record with a postal code is without a city, those that are lack it. Of things that several sources
tell of, a source that is silent doesn't contradict the others.
"""

from collections.abc import Iterator

from sluice_clean.engine.insight.finders.majorities import Record, Rule, asked, sampled, verdict
from sluice_clean.engine.insight.finders.suspicion import MAX_CELLS, Suspicion
from sluice_clean.engine.insight.table import Sample, Table
from sluice_clean.engine.sql import identifier


def find_missing(table: Table, sample: Sample, rules: list[Rule]) -> Iterator[Suspicion]:
    """Cells that others with the same determinant have a value for."""
    rules = [rule for rule in rules if rule.tells_what_is_missing]
    records = sampled(sample, rules) if sample.complete else _lacking(table, rules)
    for row, record in records.items():
        for name in {rule.dependency.dependent: None for rule in rules if rule.fills(record)}:
            found = verdict(record, name, [rule for rule in rules if rule.fills(record)])
            if found is not None:
                yield Suspicion(name, row, None, found.value, found.confidence, "missing", found.reason)


def _lacking(table: Table, rules: list[Rule]) -> dict[int, Record]:
    """The records of a large table that have no value where a rule tells one."""
    records: dict[int, Record] = {}
    for rule in rules:
        if any(group.silent and rule.may_fill(group) for group in rule.groups.values()):
            lacks = f"{identifier(rule.dependency.dependent)} IS NULL"
            records |= asked(table, rules, rule, lacks, MAX_CELLS)
    return dict(sorted(records.items()))
