# ruff: noqa: S608 - SQL is built of column names quoted by sql.py
"""Records that break a dependency nearly all others keep: which of their cells is wrong, and what it should be.

A record that breaks X -> Y has a wrong Y or a wrong X. All dependencies that the record takes part in vote: a cell
is suspected for those broken that it is part of, and cleared by those kept. Only where one cell is suspected more
than the others is it told.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sluice_clean.engine.insight.model import FunctionalDependency
from sluice_clean.engine.insight.suspicion import CERTAIN, MAX_CELLS, Suspicion, shown
from sluice_clean.engine.insight.table import Sample, Table
from sluice_clean.engine.sql import identifier

_LEAST = 3  # records that agree, for others to be in the wrong
_MAJORITY = 0.7  # of the records with the same determinant
_ASKED = 6  # dependencies that all records of a large table are asked about
_MAX_GROUPS = 20_000  # values of the determinant of such a one
_KINDS_OF_RECORD = 20  # a column that decides more values than that is told from one that has a few

Record = Mapping[str, Any]


@dataclass(frozen=True)
class _Majority:
    """What the records with one value of the determinant have: most of them ``value``."""

    value: Any
    count: int
    total: int

    @property
    def is_strong(self) -> bool:
        """Enough of them agree."""
        return self.count >= _LEAST and self.count >= _MAJORITY * self.total


@dataclass
class _Rule:
    """A dependency, and what each value of its determinant decides."""

    dependency: FunctionalDependency
    error: float
    groups: dict[tuple[Any, ...], _Majority] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that take part."""
        return (*self.dependency.determinant, self.dependency.dependent)

    def group(self, record: Record) -> _Majority | None:
        """What most records that agree with this one in the determinant have."""
        return self.groups.get(tuple(record[name] for name in self.dependency.determinant))

    def is_broken(self, record: Record) -> bool:
        """The record has something else than the strong majority."""
        group, value = self.group(record), record[self.dependency.dependent]
        return group is not None and group.is_strong and value is not None and value != group.value

    def is_kept(self, record: Record) -> bool:
        """The record has what the strong majority of others has."""
        group = self.group(record)
        return group is not None and group.count > _LEAST and record[self.dependency.dependent] == group.value


def find_violations(table: Table, sample: Sample, found: list[FunctionalDependency]) -> list[Suspicion]:
    """Cells that break dependencies: of all records of a small table, and by the strongest few of a large one."""
    records: dict[int, Record] = {}
    if sample.complete:
        rules = [_from_sample(sample, one) for one in found]
        names = sorted({name for rule in rules for name in rule.columns})
        for row, *cells in zip(sample.rows, *(sample[name].values for name in names), strict=True):
            records[row] = dict(zip(names, cells, strict=True))
    else:
        rules = [_from_all(table, sample, one) for one in found[:_ASKED] if one.groups <= _MAX_GROUPS]
        records = _breaking(table, rules)
    return [one for row, record in records.items() for one in _judge(row, record, rules, sample)]


def _from_sample(sample: Sample, one: FunctionalDependency) -> _Rule:
    rule, counts = _Rule(one, _relative_error(one, sample)), defaultdict[tuple[Any, ...], Counter[Any]](Counter)
    for *key, value in zip(*(sample[name].values for name in (*one.determinant, one.dependent)), strict=True):
        if value is not None and None not in key:
            counts[tuple(key)][value] += 1
    for determinant, values in counts.items():
        ((value, count),) = values.most_common(1)
        rule.groups[determinant] = _Majority(value, count, values.total())
    return rule


def _grouped(one: FunctionalDependency, source: str) -> str:
    """SQL: per value of the determinant, the most frequent dependent, how often, and of how many."""
    keys = ", ".join(identifier(name) for name in one.determinant)
    value = identifier(one.dependent)
    return f"""(SELECT {keys}, arg_max(v, n ORDER BY v) AS top, max(n) AS most, sum(n)::BIGINT AS total
        FROM (SELECT {keys}, {value} AS v, count(*) AS n FROM {source} GROUP BY ALL)
        WHERE v IS NOT NULL GROUP BY {keys})"""


def _relative_error(one: FunctionalDependency, sample: Sample) -> float:
    """Its error against that of always guessing the commonest value: where that is seldom wrong, little is known."""
    cells = sample[one.dependent]
    guessed = 1 - max(cells.counts.values()) / cells.filled
    return min(1.0, one.error / guessed) if guessed else 1.0


def _from_all(table: Table, sample: Sample, one: FunctionalDependency) -> _Rule:
    groups: dict[tuple[Any, ...], _Majority] = {}
    for *key, value, count, total in table.ask(_grouped(one, table.source)):
        groups[tuple(key)] = _Majority(value, count, total)
    return _Rule(one, _relative_error(one, sample), groups)


def _breaking(table: Table, rules: list[_Rule]) -> dict[int, Record]:
    """The records of a large table that break one of the rules."""
    names = sorted({name for rule in rules for name in rule.columns})
    records: dict[int, Record] = {}
    for rule in rules:
        one = rule.dependency
        if all(group.count == group.total for group in rule.groups.values()):
            continue
        keys = ", ".join(identifier(name) for name in one.determinant)
        cells = ", ".join(identifier(name) for name in names)
        found = table.ask(f"""
            SELECT _row, {cells} FROM (FROM {table.source}) AS r JOIN {_grouped(one, table.source)} AS g USING ({keys})
            WHERE {identifier(one.dependent)} <> top AND most >= {_LEAST} AND most >= {_MAJORITY} * total
            ORDER BY _row LIMIT {MAX_CELLS}""")
        records |= {row: dict(zip(names, values, strict=True)) for row, *values in found}
    return dict(sorted(records.items()))


def _judge(row: int, record: Record, rules: list[_Rule], sample: Sample) -> Iterable[Suspicion]:
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
        suspicion = _suspicion(row, record, name, mine, rules)
        if suspicion is not None:
            yield suspicion
        broken = [rule for rule in broken if name not in rule.columns]
        blame = {other: blame[other] for rule in broken for other in rule.columns}


def _blame(name: str, broken: list[_Rule], kept: list[_Rule], support: int) -> tuple[float, int, int]:
    """How much a cell is to blame: the share of its dependencies that are broken, how rare its value is, the votes."""
    against = sum(1 for rule in broken if name in rule.columns)
    clearing = sum(1 for rule in kept if name in rule.columns)
    return against / (against + clearing), -support, against


def _supported(name: str, record: Record, rules: list[_Rule], sample: Sample) -> int:
    """How many records share the cell's value, as far as is known: up to a few, then it is no slip."""
    sizes = [
        group.total
        for rule in rules
        if rule.dependency.determinant == [name] and (group := rule.group(record)) is not None
    ]
    sizes.append(sample[name].counts[record[name]])
    return min(max(sizes, default=1), _KINDS_OF_RECORD)


def _suspicion(row: int, record: Record, name: str, mine: list[_Rule], rules: list[_Rule]) -> Suspicion | None:
    """What the cell should be, by all rules that decide it."""
    votes: dict[Any, list[tuple[_Rule, _Majority]]] = defaultdict(list)
    for rule in rules:
        group = rule.group(record)
        if rule.dependency.dependent == name and group is not None and group.is_strong:
            votes[group.value].append((rule, group))
    votes.pop(record[name], None)
    if not votes:
        return None
    value, voters = max(votes.items(), key=lambda vote: sum(group.count for _, group in vote[1]))
    doubt, heard = 1.0, set[str]()
    for rule, group in sorted(voters, key=lambda voter: voter[0].error - voter[1].count / voter[1].total):
        if heard.isdisjoint(rule.dependency.determinant):  # what shares a column with a witness says the same once more
            heard.update(rule.dependency.determinant)
            # The cell's own record is among those counted against the majority.
            doubt *= 1 - (group.count / group.total) * (1 - rule.error)
    others = sum(len(given) for other, given in votes.items() if other != value)
    confidence = min(CERTAIN, 1 - doubt) * len(voters) / (len(voters) + others)
    rule, group = max(voters, key=lambda voter: voter[1].count)
    decider = ", ".join(f"{column} {shown(record[column])}" for column in rule.dependency.determinant)
    reason = f"{group.count:,} of {group.total:,} records with {decider} have {shown(value)}"
    if len(mine) > 1:
        reason += f"; {len(mine)} dependencies are broken by it"
    return Suspicion(name, row, record[name], value, confidence, "dependency", reason)
