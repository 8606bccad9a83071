"""Approximate functional dependencies X -> Y, for X of one column or two, from the sample.

The error is g3, the least share of rows to leave out (Kivinen & Mannila, "Approximate inference of functional
dependencies from relations", 1995). A small g3 alone says little: a dependent that is nearly constant, or a determinant
that is nearly a key, has it by chance. So the measure mu must be high too (probability of the dependent given the
determinant, corrected for what a random one of as many values would give; Piatetsky-Shapiro & Matheus, 1993). Only
minimal ones are kept, as in TANE (Huhtala et al., 1999), level by level.

Where several sources tell of the same things, they contradict each other more often than that: what a thing decides
then may be wrong in a third of the rows (Li et al., "Truth finding on the deep web", 2012).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from sluice_clean.engine.insight.keys import is_key
from sluice_clean.engine.insight.model import FunctionalDependency
from sluice_clean.engine.insight.sources import find_sources, find_thing
from sluice_clean.engine.insight.table import Cells, Sample

MAX_ERROR = 0.05
_MIN_GROUPS = 3  # values of the determinant that occur more than once
_MIN_SUPPORT = 0.3  # share of rows in such groups
_TRIED = 30  # columns, those of fewest values first
_PAIRED = 10  # of them, in pairs, if their values occur this often in the mean:
_FEW = 10
_GLANCES = (250, 2_000)  # rows that rule most out before all are counted
_SLACK = 3
_MAX_FOUND = 60
_MAX_TEXT = 200
_MEASURES = ("DOUBLE", "FLOAT", "DECIMAL")  # amounts decide nothing: two articles may come to the same sum


@dataclass(frozen=True)
class _Demand:
    """What a dependency must keep.

    Attributes:
        error: g3 at most.
        strength: mu at least.
    """

    error: float
    strength: float


_USUAL = _Demand(MAX_ERROR, 0.9)
_CONTRADICTED = _Demand(0.35, 0.5)


@dataclass
class _Group:
    """A determinant of one column or two.

    Attributes:
        parts: The columns.
    """

    parts: tuple[Cells, ...]
    _glances: dict[int, tuple[list[int], int]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(cells.column.name for cells in self.parts)

    @cached_property
    def codes(self) -> list[int]:
        """A number per row for its values; -1 where one of them is missing."""
        return self._joined(len(self.parts[0].codes))

    def glance(self, rows: int) -> tuple[list[int], int]:
        """The numbers of the first rows, and how many different ones they are."""
        if rows not in self._glances:
            codes = self._joined(rows)
            self._glances[rows] = (codes, len(set(codes)))
        return self._glances[rows]

    def _joined(self, rows: int) -> list[int]:
        first, *others = (cells.codes[:rows] for cells in self.parts)
        for codes, cells in zip(others, self.parts[1:], strict=True):
            width = len(cells.counts) + 1
            first = [x * width + y if x >= 0 and y >= 0 else -1 for x, y in zip(first, codes, strict=True)]
        return first


def dependencies(sample: Sample) -> list[FunctionalDependency]:
    """The minimal approximate dependencies, the strongest first."""
    columns = _eligible(sample)
    deciding = [cells for cells in columns if not cells.column.sql_type.startswith(_MEASURES)]
    found = list(_level([_Group((cells,)) for cells in deciding], columns, []))
    few = [cells for cells in deciding if len(cells.counts) <= cells.filled // _FEW][:_PAIRED]
    pairs = [_Group(pair) for pair in combinations(few, 2)]
    supported = [pair for pair in pairs if _repeats(pair.glance(_GLANCES[-1])[0]) >= _MIN_SUPPORT]
    found += _level(supported, columns, found)
    found = _told(sample, columns, deciding, found)
    return sorted(found, key=lambda one: (len(one.determinant), -one.strength, one.error))[:_MAX_FOUND]


def _eligible(sample: Sample) -> list[Cells]:
    """Columns that may decide or be decided: not constant, not keys, not prose."""
    found = [
        cells
        for cells in sample.cells.values()
        if len(cells.counts) > 1
        and not is_key(cells)
        and len(cells.counts) < _uninteresting(cells)
        and not (cells.column.is_text and max(map(len, cells.counts)) > _MAX_TEXT)
    ]
    return sorted(found, key=lambda cells: len(cells.counts))[:_TRIED]


def _uninteresting(cells: Cells) -> float:
    """So many values that too few rows share one."""
    return (1 - _MIN_SUPPORT / 2) * cells.filled


def _level(
    groups: Sequence[_Group], columns: list[Cells], known: list[FunctionalDependency], demand: _Demand = _USUAL
) -> Iterator[FunctionalDependency]:
    """The dependencies of these determinants that do not follow from ``known`` ones."""
    for group in groups:
        decided = {one.dependent for one in known if set(one.determinant) <= set(group.names)}
        for cells in columns:
            if cells.column.name in (*group.names, *decided) or not _may_decide(group, cells, demand):
                continue
            one = _measured(group, cells, demand)
            if one is not None:
                yield one


def _told(
    sample: Sample, columns: list[Cells], deciding: list[Cells], known: list[FunctionalDependency]
) -> list[FunctionalDependency]:
    """The known ones and what things decide that several sources tell of; amounts may rightly differ among sources."""
    facts = [cells for cells in columns if not cells.column.sql_type.startswith(_MEASURES)]
    for source in find_sources(sample):
        thing = find_thing(source, deciding)
        if thing is not None:
            others = [cells for cells in facts if cells is not source]
            known = [*known, *_level([_Group((thing,))], others, known, _CONTRADICTED)]
            told = {"source": source.column.name}
            known = [one.model_copy(update=told) if one.determinant == [thing.column.name] else one for one in known]
    return known


def _may_decide(group: _Group, cells: Cells, demand: _Demand) -> bool:
    """Some rows leave it open: a row that breaks the dependency makes at most one more pair of values."""
    for rows in _GLANCES:
        codes, distinct = group.glance(rows)
        pairs = len(set(zip(codes, cells.codes, strict=False)))
        if pairs - distinct > 2 * demand.error * len(codes) + _SLACK:
            return False
    return True


def _measured(group: _Group, cells: Cells, demand: _Demand) -> FunctionalDependency | None:
    joint = Counter(pair for pair in zip(group.codes, cells.codes, strict=True) if pair[0] >= 0 and pair[1] >= 0)
    sizes: Counter[int] = Counter()
    tops: dict[int, int] = {}
    squares: Counter[int] = Counter()
    dependent: Counter[int] = Counter()
    for (x, y), count in joint.items():
        sizes[x] += count
        squares[x] += count * count
        dependent[y] += count
        tops[x] = max(tops.get(x, 0), count)
    rows, groups = sizes.total(), sum(1 for size in sizes.values() if size > 1)
    together = sum(size for size in sizes.values() if size > 1)
    if groups < _MIN_GROUPS or together < _MIN_SUPPORT * rows or rows <= len(sizes):
        return None
    # Rows that are alone with their determinant can't break it, so they do not count for it either.
    error = (rows - sum(tops.values())) / together
    if error > demand.error or error >= 0.5 * (1 - max(dependent.values()) / rows):
        return None
    strength = _strength(rows, len(sizes), dependent, sum(squares[x] / sizes[x] for x in sizes) / rows)
    if strength < demand.strength:
        return None
    return FunctionalDependency(
        determinant=list(group.names),
        dependent=cells.column.name,
        error=round(error, 5),
        strength=round(strength, 4),
        groups=groups,
    )


def _strength(rows: int, values: int, dependent: Counter[int], given: float) -> float:
    """The measure mu: 1 for a dependency that holds, 0 or less for what chance gives.

    Args:
        rows: Rows that have both.
        values: Values of the determinant.
        dependent: How often each value of the dependent occurs.
        given: The chance that two rows with the same determinant have the same dependent.
    """
    alone = sum(count * count for count in dependent.values()) / (rows * rows)
    if alone >= 1:
        return 0.0
    return 1 - (1 - given) / (1 - alone) * (rows - 1) / (rows - values)


def _repeats(codes: list[int]) -> float:
    """The share of rows that are not alone with their value."""
    counts = Counter(codes)
    return sum(count for code, count in counts.items() if count > 1 and code >= 0) / max(1, len(codes))
