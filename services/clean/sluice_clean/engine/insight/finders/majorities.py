# ruff: noqa: S608 - SQL is built of column names quoted by sql.py
"""What most records with the same determinant have: the witnesses for what a cell should be."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from sluice_clean.engine.insight.dependencies import MAX_ERROR
from sluice_clean.engine.insight.finders.suspicion import CERTAIN, shown
from sluice_clean.engine.insight.model import FunctionalDependency
from sluice_clean.engine.insight.table import Sample, Table
from sluice_clean.engine.sql import identifier

LEAST = 3  # records that agree, for others to be in the wrong
MAJORITY = 0.7  # of the records with the same determinant
_NEARLY_ALL = 0.9  # of those with the same determinant: where more have nothing, it may be right
_NO_GUESS = 0.5  # share of the commonest value; what is commoner still goes with anything
_SLIPS, _SLIPS_SHARE = 2, 0.02  # records of a group that have the same by mistake
_ASKED = 6  # dependencies that all records of a large table are asked about
_MAX_GROUPS = 20_000  # values of the determinant of such a one

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Majority:
    """What the records with one value of the determinant have.

    Attributes:
        value: What most of them have.
        count: How many have it.
        total: How many have any value.
        silent: How many have none.
        rival: The next frequent value.
        second: How many have that.
    """

    value: Any
    count: int
    total: int
    silent: int
    rival: Any = None
    second: int = 0

    @property
    def share(self) -> float:
        """0..1: those that agree, of all that say something."""
        return self.count / self.total

    @property
    def share_of_all(self) -> float:
        """0..1: those that agree, of all."""
        return self.count / (self.total + self.silent)

    @property
    def is_strong(self) -> bool:
        """Enough of them agree."""
        return self.count >= LEAST and self.share >= MAJORITY

    @property
    def has_rival(self) -> bool:
        """Too many others have the same for slips."""
        return self.second > max(_SLIPS, _SLIPS_SHARE * self.total)


@dataclass
class Rule:
    """A dependency, and what each value of its determinant decides.

    Attributes:
        dependency: It.
        commonest: 0..1, the share of the dependent's commonest value.
        groups: By value of the determinant, what those records have; none for those of which none has anything.
    """

    dependency: FunctionalDependency
    commonest: float
    groups: dict[tuple[Any, ...], Majority] = field(default_factory=dict)

    @property
    def error(self) -> float:
        """Its error against that of guessing the commonest value: where that is seldom wrong, little is known."""
        guessed = 1 - self.commonest
        return min(1.0, self.dependency.error / guessed) if guessed else 1.0

    @property
    def is_told_by_sources(self) -> bool:
        """Several sources tell it: they may be silent, and copy each other's mistakes."""
        return self.dependency.source is not None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that take part."""
        return (*self.dependency.determinant, self.dependency.dependent)

    def group(self, record: Record) -> Majority | None:
        """What the records that agree with this one in the determinant have."""
        return self.groups.get(tuple(record[name] for name in self.dependency.determinant))

    def decides(self, group: Majority) -> bool:
        """The records of a group should all have what most have.

        Not if many have the same that others rightly have: they are a kind of their own.
        """
        is_parted = group.has_rival and group.rival in self.decided and not self.is_told_by_sources
        return group.is_strong and not is_parted

    def is_broken(self, record: Record) -> bool:
        """The record has something else than the strong majority."""
        group, value = self.group(record), record[self.dependency.dependent]
        return group is not None and self.decides(group) and value is not None and value != group.value

    def is_kept(self, record: Record) -> bool:
        """The record has what the strong majority of others has."""
        group = self.group(record)
        return group is not None and group.count > LEAST and record[self.dependency.dependent] == group.value

    @cached_property
    def decided(self) -> frozenset[Any]:
        """What most records have, for one value of the determinant or another."""
        return frozenset(group.value for group in self.groups.values())

    @cached_property
    def tells_what_is_missing(self) -> bool:
        """To have nothing is an exception, too, and nobody would guess the value; or a source is silent."""
        if self.is_told_by_sources:
            return True
        rows = sum(group.total + group.silent for group in self.groups.values())
        others = sum(group.total + group.silent - max(group.count, group.silent) for group in self.groups.values())
        return others <= MAX_ERROR * rows and self.commonest <= _NO_GUESS

    def may_fill(self, group: Majority) -> bool:
        """A record of that group that has nothing should have what the others have."""
        agreed = self.is_told_by_sources or group.share_of_all >= _NEARLY_ALL
        return agreed and self.decides(group) and self.tells_what_is_missing

    def fills(self, record: Record) -> bool:
        """The record has nothing where a strong majority has the same."""
        group = self.group(record)
        return record[self.dependency.dependent] is None and group is not None and self.may_fill(group)


class _Vote(NamedTuple):
    """What a rule says of a cell: so many of so many records."""

    rule: Rule
    agreeing: int
    total: int


class Verdict(NamedTuple):
    """What a cell should be.

    Attributes:
        value: That.
        confidence: 0..1.
        reason: Who says so, for people.
    """

    value: Any
    confidence: float
    reason: str


def find_rules(table: Table, sample: Sample, found: list[FunctionalDependency]) -> list[Rule]:
    """What the dependencies decide: all of them in a small table, and the strongest few in a large one."""
    if sample.complete:
        return [_from_sample(sample, one) for one in found]
    return [_from_all(table, sample, one) for one in found[:_ASKED] if one.groups <= _MAX_GROUPS]


def columns_of(rules: Iterable[Rule]) -> list[str]:
    """All columns that take part in one of the rules."""
    return sorted({name for rule in rules for name in rule.columns})


def sampled(sample: Sample, rules: list[Rule]) -> dict[int, Record]:
    """The records of a sample that have something else than most, by one of the rules, or nothing; by number."""
    names = columns_of(rules)
    odd = sorted({place for rule in rules for place in _odd(sample, rule)})
    return {sample.rows[place]: {name: sample[name].values[place] for name in names} for place in odd}


def _odd(sample: Sample, rule: Rule) -> Iterator[int]:
    """The places of the records that do not have what the majority of their group has."""
    keys = zip(*(sample[name].values for name in rule.dependency.determinant), strict=True)
    for place, (key, value) in enumerate(zip(keys, sample[rule.dependency.dependent].values, strict=True)):
        group = rule.groups.get(key)
        if group is not None and value != group.value:
            yield place


def asked(table: Table, rules: list[Rule], rule: Rule, condition: str, limit: int) -> dict[int, Record]:
    """The records of a large table that meet a condition on the majority: ``top``, ``most``, ``total``, ``silent``."""
    names = columns_of(rules)
    keys = ", ".join(identifier(name) for name in rule.dependency.determinant)
    cells = ", ".join(identifier(name) for name in names)
    found = table.ask(f"""
        SELECT _row, {cells} FROM (FROM {table.source}) AS r
        JOIN {_grouped(rule.dependency, table.source)} AS g USING ({keys})
        WHERE most >= {LEAST} AND most >= {MAJORITY} * total AND {condition} ORDER BY _row LIMIT {limit}""")
    return {row: dict(zip(names, values, strict=True)) for row, *values in found}


def verdict(record: Record, name: str, rules: list[Rule]) -> Verdict | None:
    """What a cell should be, by all these rules that decide it; None if none says anything else than it does."""
    votes: dict[Any, list[_Vote]] = defaultdict(list)
    for rule in rules:
        group = rule.group(record)
        if rule.dependency.dependent == name and group is not None and rule.decides(group):
            # To have nothing speaks against the majority; a source that is silent says nothing.
            silent = group.silent if record[name] is None and not rule.is_told_by_sources else 0
            votes[group.value].append(_Vote(rule, group.count, group.total + silent))
    votes.pop(record[name], None)
    if not votes:
        return None
    value, voters = max(votes.items(), key=lambda vote: sum(one.agreeing for one in vote[1]))
    doubt, heard = 1.0, set[str]()
    for rule, count, total in sorted(voters, key=lambda one: one.rule.error - one.agreeing / one.total):
        if heard.isdisjoint(rule.dependency.determinant):  # what shares a column with a witness says the same once more
            heard.update(rule.dependency.determinant)
            # The cell's own record is among those counted against the majority.
            doubt *= 1 - (count / total) * (1 - rule.error)
    others = sum(len(given) for other, given in votes.items() if other != value)
    confidence = min(CERTAIN, 1 - doubt) * len(voters) / (len(voters) + others)
    rule, count, total = max(voters, key=lambda one: one.agreeing)
    decider = ", ".join(f"{column} {shown(record[column])}" for column in rule.dependency.determinant)
    return Verdict(value, confidence, f"{count:,} of {total:,} records with {decider} have {shown(value)}")


def _from_sample(sample: Sample, one: FunctionalDependency) -> Rule:
    rule, counts = Rule(one, _commonest(one, sample)), defaultdict[tuple[Any, ...], Counter[Any]](Counter)
    for *key, value in zip(*(sample[name].values for name in (*one.determinant, one.dependent)), strict=True):
        if None not in key:
            counts[tuple(key)][value] += 1
    for determinant, values in counts.items():
        silent = values.pop(None, 0)
        if values:
            (value, count), *others = values.most_common(2)
            rule.groups[determinant] = Majority(value, count, values.total(), silent, *(others[0] if others else ()))
    return rule


def _from_all(table: Table, sample: Sample, one: FunctionalDependency) -> Rule:
    groups: dict[tuple[Any, ...], Majority] = {}
    for *key, top, most, total, silent, rival, second in table.ask(f"FROM {_grouped(one, table.source)}"):
        groups[tuple(key)] = Majority(top, most, total, silent, rival, second)
    return Rule(one, _commonest(one, sample), groups)


def _grouped(one: FunctionalDependency, source: str) -> str:
    """SQL: per value of the determinant, the most frequent dependent, how often, of how many; and the others."""
    keys = ", ".join(identifier(name) for name in one.determinant)
    known = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in one.determinant)
    value = identifier(one.dependent)
    return f"""(SELECT {keys}, vs[1] AS top, ns[1] AS most, list_sum(ns)::BIGINT AS total, silent, vs[2] AS rival,
        coalesce(ns[2], 0) AS second
        FROM (SELECT {keys}, list(v ORDER BY n DESC, v) FILTER (v IS NOT NULL) AS vs,
            list(n ORDER BY n DESC, v) FILTER (v IS NOT NULL) AS ns,
            coalesce(sum(n) FILTER (v IS NULL), 0)::BIGINT AS silent
            FROM (SELECT {keys}, {value} AS v, count(*) AS n FROM {source} WHERE {known} GROUP BY ALL)
            GROUP BY {keys} HAVING count(v) > 0))"""


def _commonest(one: FunctionalDependency, sample: Sample) -> float:
    cells = sample[one.dependent]
    return max(cells.counts.values()) / cells.filled
