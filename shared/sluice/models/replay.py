"""Replays: cleaning again, under today's contract, what was cleaned before."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

MAX_RUNS = 100


class ReplayOrder(BaseModel):
    """Body of `POST /v1/datasets/{dataset}/replays`; empty, it means every object of the dataset."""

    model_config = ConfigDict(extra="forbid")

    runs: list[str] | None = Field(
        default=None, min_length=1, max_length=MAX_RUNS, description="Only the objects of these runs."
    )
    rejects_only: bool = Field(default=False, description="Only objects of which rows were refused.")


class Replay(BaseModel):
    """A replay as the API gives it.

    `objects` is known once the replay has begun. `rows_rejected_before` and `rows_rejected_after` count the refused
    rows of the objects that are done.
    """

    replay: str
    dataset: str
    runs: list[str] | None = None
    rejects_only: bool = False
    requested_at: str
    correlation_id: str | None = None
    objects: int | None = None
    objects_done: int = 0
    rows_rejected_before: int = 0
    rows_rejected_after: int = 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> Literal["received", "running", "done"]:
        """How far it is."""
        if self.objects is None:
            return "received"
        return "done" if self.objects_done >= self.objects else "running"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def rows_recovered(self) -> int:
        """How many more rows are valid now; negative, if today's contract refuses more."""
        return self.rows_rejected_before - self.rows_rejected_after

    def to_json(self) -> dict[str, Any]:
        """The replay as the API writes it; members that are not known yet are left out."""
        return self.model_dump(mode="json", exclude_none=True)
