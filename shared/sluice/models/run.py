"""Runs: one cleaning of one version of one object under one contract."""

from typing import Any, Literal

from pydantic import BaseModel, Field, computed_field

RunStatus = Literal["received", "cleaning", "loading", "done", "failed", "superseded"]

# Cleaning is one step and counts for half of a run; loading is the other half, part by part.
_CLEANED = 0.5


class RunError(BaseModel):
    """Why a run failed: a slug of the closed list in docs/api.md, and one sentence."""

    type: str
    detail: str


WORKER_LOST = RunError(
    type="worker-lost",
    detail="The function ended without a word, of time or memory; it is tried again by itself, three times in all.",
)


# Of each kind of change, so many rows of a diff are stored: a page of the API holds as many.
MAX_DIFF_ROWS = 1_000


class RunDiff(BaseModel):
    """How many records a run added, changed and removed, by key, against the run that it replaced.

    `against` is None for the first run of an object, which added all its records. `listed` of the rows are stored.
    """

    against: str | None = None
    added: int = 0
    changed: int = 0
    removed: int = 0
    listed: int = 0


class Run(BaseModel):
    """A run as the API gives it; rows_in = rows_out + rows_rejected + rows_duplicate once it is cleaned.

    A run is served from generation `generation_from` up to, and without, `generation_to`. While it is being cleaned,
    `due_at` is the end of its worker's lease. `ended_at` is when it failed, was overtaken or was replaced; its files
    are collected some time after (`collected_at`), once its parts are out of DynamoDB (`unloaded_parts`).
    `pack` names a file that holds its rows among those of other runs.
    A large object is cleaned in `ranges`, perhaps in several rounds; `ranges_done` are those of this `round`.
    `closed` says that the run has failed for good: no worker takes it up again. `replay` is the replay that it belongs
    to, and how many rows of the object were refused before it, as `{id}#{rows}`.
    """

    run: str
    dataset: str
    object: str
    version_id: str
    event: str | None = None
    correlation_id: str | None = None
    status: RunStatus = "received"
    rows_in: int = 0
    rows_out: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    issues: int = 0
    parts: int = 0
    loaded_parts: set[int] = Field(default_factory=set, exclude=True)
    bytes_in: int = 0
    bytes_out: int = 0
    format: str | None = None
    compression: str | None = None
    encoding: str | None = None
    dialect: dict[str, Any] | None = None
    table_schema: dict[str, Any] | None = Field(default=None, serialization_alias="schema")
    received_at: str
    started_at: str | None = None
    finished_at: str | None = None
    last_modified: str | None = None
    timings_ms: dict[str, float] = Field(default_factory=dict)
    error: RunError | None = None
    diff: RunDiff | None = None
    generation_from: int | None = None
    generation_to: int | None = None
    fence: int = Field(default=0, exclude=True)
    unloaded_parts: set[int] = Field(default_factory=set, exclude=True)
    due_at: str | None = Field(default=None, exclude=True)
    ended_at: str | None = Field(default=None, exclude=True)
    collected_at: str | None = Field(default=None, exclude=True)
    sweeps: int = Field(default=0, exclude=True)
    pack: str | None = Field(default=None, exclude=True)
    round: int | None = Field(default=None, exclude=True)
    ranges: int = Field(default=0, exclude=True)
    ranges_done: set[int] = Field(default_factory=set, exclude=True)
    closed: bool = Field(default=False, exclude=True)
    replay: str | None = Field(default=None, exclude=True)

    @property
    def live(self) -> bool:
        """Whether the run's records are served."""
        return self.generation_from is not None and self.generation_to is None

    def seen_at(self, now: str) -> "Run":
        """The run as it is at a moment: one whose worker's lease has run out has failed, swept up or not."""
        if self.status != "cleaning" or self.due_at is None or self.due_at > now:
            return self
        return self.model_copy(update={"status": "failed", "error": WORKER_LOST, "finished_at": self.due_at})

    @computed_field
    def parts_loaded(self) -> int:
        """How many parts are in DynamoDB."""
        return len(self.loaded_parts)

    @computed_field
    def stage(self) -> str:
        """What the run is doing: the status, in words for the steps of DESIGN's picture."""
        return {"received": "waiting", "cleaning": "clean", "loading": "load"}.get(self.status, "finished")

    @computed_field
    def progress(self) -> float:
        """How far the run is, 0 to 1."""
        if self.status == "loading":
            return round(_CLEANED + (1 - _CLEANED) * len(self.loaded_parts) / max(self.parts, 1), 3)
        if self.status == "cleaning":
            return round(_CLEANED * len(self.ranges_done) / max(self.ranges, 1), 3)
        return 0.0 if self.status == "received" else 1.0

    def to_json(self) -> dict[str, Any]:
        """The run as the API writes it; members that are not known yet are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def order_token(last_modified: str, run: str) -> str:
    """Sort key of a run's records: of two records with one key, the one with the greater token is served.

    `last_modified` is ISO 8601 in UTC of a fixed width, so that tokens sort by time; ties go by run id.
    """
    return f"{last_modified}#{run}"
