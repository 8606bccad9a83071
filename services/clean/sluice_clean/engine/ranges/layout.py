"""What all workers on one object go by."""

import hashlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

from pydantic import ConfigDict, TypeAdapter, with_config

from sluice_clean.engine.dialect import Shape
from sluice_clean.engine.model import Source
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.report import Dialect
from sluice_clean.engine.review import Verdicts
from sluice_clean.engine.totals import Standing
from sluice_clean.engine.values import Decision

# Sums of a column may be infinite.
_CONFIG = ConfigDict(ser_json_inf_nan="constants")


@dataclass(frozen=True)
class Facts:
    """What is known of the whole object; see `RawTable`. ``encoding`` is a Python codec."""

    labels: list[str | None]
    format: str
    encoding: str
    dialect: Dialect | None
    warnings: list[str]
    nested: bool = False

    def table(self) -> RawTable:
        """The table without its records."""
        warnings = list(self.warnings)
        return RawTable(
            self.labels, iter(()), "", sampled_all=False, format=self.format, encoding=self.encoding,
            dialect=self.dialect, warnings=warnings,
        )  # fmt: skip


@with_config(_CONFIG)
@dataclass(frozen=True)
class Layout:
    """How an object is cut, and how its records are read and cleaned.

    Attributes:
        plan: The columns.
        shape: The dialect of delimited text; None where each line is a JSON value.
        facts: What the report tells of the object as a whole.
        cuts: Where the first record begins, where each range ends, and where the last record ends, in bytes.
        first_line: The line with which the first record begins.
        range_bytes: How long a range was to be, about.
        attempt: Counts the plans, from 1 on.
        decided: What the rows asked for under earlier plans; see `Verdicts`.
        standings: By a range's first byte, the running sums before it; only of ranges whose totals hang on them.
        tried: Cell, decision and misfits of the readings so far.
    """

    plan: Plan
    shape: Shape | None
    facts: Facts
    cuts: tuple[int, ...]
    first_line: int
    range_bytes: int
    attempt: int = 1
    decided: dict[str, Decision] = field(default_factory=dict)
    standings: dict[int, Standing] = field(default_factory=dict)
    tried: list[tuple[str, Decision, int]] = field(default_factory=list)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First byte and end of each range."""
        return list(pairwise(self.cuts))

    def name(self, span: tuple[int, int]) -> str:
        """Names a range's result by all that it depends on: under another layout, the same name gives the same."""
        facts = self.facts
        rules = (self.plan, self.shape, facts.encoding, facts.labels, self.standings.get(span[0]))
        digest = hashlib.sha256(_RULES.dump_json(rules, by_alias=True)).hexdigest()[:16]
        return f"{digest}/{span[0]}-{span[1]}"

    @property
    def verdicts(self) -> Verdicts:
        """What earlier readings told."""
        found = Verdicts(dict(self.decided))
        for cell, decision, misfits in self.tried:
            found.misfits.setdefault(cell, {})[decision] = misfits
        return found

    def to_json(self) -> bytes:
        """The layout as JSON."""
        return _LAYOUT.dump_json(self, by_alias=True)

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Reads a layout back.

        Raises:
            pydantic.ValidationError: The text is none.
        """
        return _LAYOUT.validate_json(text)  # type: ignore[return-value]


_LAYOUT = TypeAdapter(Layout)
_RULES = TypeAdapter(tuple[Plan, Shape | None, str, list[str | None], Standing | None], config=_CONFIG)


def tried(verdicts: Verdicts) -> list[tuple[str, Decision, int]]:
    """The readings of a run as a layout keeps them."""
    return [(cell, one, count) for cell, counts in verdicts.misfits.items() for one, count in counts.items()]


def window(source: Source, start: int, end: int) -> Source:
    """Some bytes of a source as one of their own."""
    size = end - start

    def read(at: int, length: int) -> bytes:
        return source.read(start + at, max(0, min(length, size - at)))

    return Source(source.url, source.name, size, read)
