"""What all workers on a large object go by; this brings the engine, which only they are in need of."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from sluice.models.dataset import Dataset
from sluice.models.table_schema import TableSchema
from sluice_clean.buckets import Version
from sluice_clean.engine import Reference
from sluice_clean.engine.ranges import Layout


@dataclass(frozen=True)
class Job:
    """The cleaning of one object in one round.

    Attributes:
        dataset: As it was when the run began.
        version: What is cleaned.
        previous: What was inferred of the version that is served.
        references: The records of each dataset that a foreign key refers to.
        layout: How the object is cut, and what its columns are.
    """

    dataset: Dataset
    version: Version
    previous: TableSchema | None
    references: dict[str, Reference]
    layout: Layout

    def to_json(self) -> str:
        """The job as JSON."""
        return _JOB.dump_json(self, by_alias=True).decode()

    @classmethod
    def from_json(cls, text: str) -> "Job":
        """Reads a job back."""
        return _JOB.validate_json(text)


_JOB = TypeAdapter(Job)
