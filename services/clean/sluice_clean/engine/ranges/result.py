"""What the cleaning of one range tells, beside the files that it writes."""

from base64 import b64decode, b64encode

from pydantic import BaseModel, ConfigDict, Field

from sluice_clean.engine.encoding import Census
from sluice_clean.engine.report import Change, Example, Part
from sluice_clean.engine.stream import Repairs
from sluice_clean.engine.tally import Tally
from sluice_clean.engine.totals import Found


class Counted(BaseModel):
    """A `Tally` without its records: ``rivals`` are column, place and texts that fit."""

    valued: dict[int, int] = Field(default_factory=dict)
    misfits: dict[int, int] = Field(default_factory=dict)
    fits: dict[int, int] = Field(default_factory=dict)
    unfit: dict[int, int] = Field(default_factory=dict)
    rivals: list[tuple[int, int, int]] = Field(default_factory=list)
    settled: list[int] = Field(default_factory=list)
    changes: dict[int, dict[str, Change]] = Field(default_factory=dict)

    @classmethod
    def of(cls, tally: Tally) -> "Counted":
        """What a tally holds."""
        rivals = [(column, place, fits) for (column, place), fits in tally.rivals.items()]
        return cls(
            valued=tally.valued,
            misfits=tally.misfits,
            fits=tally.fits,
            unfit=tally.unfit,
            rivals=rivals,
            settled=sorted(tally.settled),
            changes=tally.changes,
        )

    def add_to(self, tally: Tally, first_row: int) -> None:
        """Adds it to the tally of the whole object, in which ``first_row`` records come before these."""
        for column, valued in self.valued.items():
            misfits = self.misfits.get(column, 0)
            tally.add_values(column, valued - misfits, misfits)
        for column, count in self.fits.items():
            tally.add_fits(column, count)
        for column, count in self.unfit.items():
            tally.add_unfit(column, count)
        for column, place, fits in self.rivals:
            tally.add_rival(column, place, fits)
        for column in self.settled:
            tally.add_settled(column)
        for column, changes in self.changes.items():
            for rule, change in changes.items():
                moved = [
                    Example(row=one.row + first_row, before=one.before, after=one.after) for one in change.examples
                ]
                tally.add_change(column, rule, change.count, moved)


class Evidence(BaseModel):
    """What a range's bytes tell of the object's encoding; stretches of bytes are in base64."""

    contexts: list[str] = Field(default_factory=list)
    utf8_characters: int = 0
    strays: int = 0

    @classmethod
    def of(cls, census: Census) -> "Evidence":
        """What a census found."""
        kept = [b64encode(one).decode() for one in (*census.firsts, *census.contexts)]
        return cls(contexts=kept, utf8_characters=census.utf8_characters, strays=census.strays)

    def add_to(self, census: Census) -> None:
        """Adds it to the census of the whole object."""
        census.absorb([b64decode(one) for one in self.contexts], self.utf8_characters, self.strays)


class Mended(BaseModel):
    """See `Repairs`."""

    stray: int = 0
    beyond_ascii: int = 0
    twice: int = 0

    @classmethod
    def of(cls, repairs: Repairs) -> "Mended":
        """What was mended."""
        return cls(stray=repairs.stray, beyond_ascii=repairs.beyond_ascii, twice=repairs.twice)

    def add_to(self, repairs: Repairs) -> None:
        """Adds it to the repairs of the whole object."""
        repairs.stray += self.stray
        repairs.beyond_ascii += self.beyond_ascii
        repairs.twice += self.twice


class RangeResult(BaseModel):
    """A cleaned range; rows and lines in its files count from its own beginning.

    Attributes:
        start: Its first byte.
        end: Where its last record ends: the cut, or beyond it where no record begins at the cut.
        records: Records in it.
        lines: Physical lines in it.
        duplicates: Records that repeat another of the range.
        keys: Of JSON records, in the order in which they first appear.
        parts: Its Parquet files.
        rejects: Records that it refused.
        rejects_url: Their file; it is there if there are any.
        issues: Cells that became null.
        issues_url: Likewise.
        counted: What was done to the cells.
        totals: Of each chunk what may be a total, and what was taken for one.
        evidence: Of the encoding.
        mended: What had to be mended in the bytes.
        timings_ms: By stage.
        warnings: For people.
    """

    model_config = ConfigDict(ser_json_inf_nan="constants")

    start: int
    end: int
    records: int
    lines: int
    duplicates: int
    keys: list[str]
    parts: list[Part]
    rejects: int
    rejects_url: str
    issues: int
    issues_url: str | None
    counted: Counted
    totals: list[tuple[Found, list[int]]]
    evidence: Evidence
    mended: Mended
    timings_ms: dict[str, float]
    warnings: list[str]
