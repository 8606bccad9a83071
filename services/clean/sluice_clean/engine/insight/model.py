"""What is found out about clean records, as JSON-able models."""

from typing import Literal

from pydantic import BaseModel, Field

JsonScalar = bool | int | float | str | None
"""A value as the report writes it: dates, times and decimals as text."""

RuleName = Literal[
    "typo",
    "variant",
    "dependency",
    "missing",
    "outlier",
    "unit-mix",
    "decimal-slip",
    "swapped-date",
    "spreadsheet-date",
    "spilled",
]


class TopValue(BaseModel):
    """One of a column's most frequent values."""

    value: JsonScalar
    count: int


class Bucket(BaseModel):
    """Values from ``low`` up to but not including ``high``; the last bucket includes it."""

    low: JsonScalar
    high: JsonScalar
    count: int


class TextLength(BaseModel):
    """Lengths of a text column's values, in characters."""

    minimum: int
    mean: float
    maximum: int


class ColumnProfile(BaseModel):
    """One column's figures.

    ``sampled`` names the figures that were taken from the sample; the others are exact. ``distinct``
    is an estimate where it is named there (Haas & Stokes' Duj1, which PostgreSQL uses too).
    """

    name: str
    type: str
    sql_type: str
    semantic_type: str | None = None
    semantic_share: float | None = Field(default=None, description="0..1: values looked at that are of that type")
    count: int = Field(description="records with a value")
    nulls: int
    distinct: int = 0
    minimum: JsonScalar = None
    maximum: JsonScalar = None
    mean: float | None = None
    quantiles: dict[str, JsonScalar] = Field(default_factory=dict)
    top: list[TopValue] = Field(default_factory=list)
    histogram: list[Bucket] = Field(default_factory=list)
    length: TextLength | None = None
    sampled: list[str] = Field(default_factory=list)


class CandidateKey(BaseModel):
    """Columns whose values together tell the sampled records apart; ``uniqueness`` is the share that they do."""

    columns: list[str]
    uniqueness: float


class FunctionalDependency(BaseModel):
    """Records that agree on ``determinant`` agree on ``dependent``, all but a share.

    Attributes:
        determinant: One or two columns.
        dependent: The column that they decide.
        error: The g3 measure: the least share of records to leave out so that it holds (Kivinen & Mannila, 1995).
        strength: 0..1, how far it is from what chance would give (the measure mu, after Piatetsky-Shapiro & Matheus).
        groups: Values of the determinant that occur more than once in the sample: what it rests on.
        source: The column that says who tells it, if it is one that several sources tell, and often differently.
    """

    determinant: list[str]
    dependent: str
    error: float
    strength: float
    groups: int
    source: str | None = None


class Suggestion(BaseModel):
    """A cell that is probably wrong, and what it should probably be.

    Attributes:
        column: The column.
        row: The 1-based record number in the source.
        value: What stands there, as text; empty for a cell without a value.
        suggested: What should, as text; None where there is only the suspicion.
        confidence: 0..1.
        rule: What found it.
        reason: One sentence for people.
        everywhere: The same value is wrong wherever it stands in the column, not in this record alone.
        cells: How many records have the value, if it is wrong everywhere.
    """

    column: str
    row: int
    value: str
    suggested: str | None
    confidence: float = Field(ge=0, le=1)
    rule: RuleName
    reason: str
    everywhere: bool = False
    cells: int = 1


class Quality(BaseModel):
    """A score from 0 to 100, and what it is made of, each from 0 to 1; see `quality.score` for the formula."""

    score: float
    completeness: float
    validity: float
    uniqueness: float
    consistency: float
    plausibility: float
    formula: str


class Insight(BaseModel):
    """Everything that was found out about the records of a run.

    Attributes:
        rows: Records.
        sampled_rows: How many of them were looked at closely; equal to ``rows`` when all were.
        columns: Figures per column.
        keys: Candidate keys, from the sample.
        dependencies: Approximate functional dependencies, from the sample.
        geo_pairs: Pairs of columns that hold latitude and longitude.
        suggestions: Suspected errors, the most certain first within each column, so many of a column at most.
        suspected: Per column, cells that are suspected.
        repairs: Every suggestion, those beyond the limit too; not part of the report.
        quality: The score.
        notes: What was left out because of a limit.
    """

    rows: int
    sampled_rows: int
    columns: list[ColumnProfile]
    keys: list[CandidateKey] = Field(default_factory=list)
    dependencies: list[FunctionalDependency] = Field(default_factory=list)
    geo_pairs: list[tuple[str, str]] = Field(default_factory=list)
    suggestions: list[Suggestion] = Field(default_factory=list)
    suspected: dict[str, int] = Field(default_factory=dict)
    repairs: list[Suggestion] = Field(default_factory=list, exclude=True, repr=False)
    quality: Quality
    notes: list[str] = Field(default_factory=list)
