"""Objects: one key under `raw/{dataset}/`, and which run of it is served."""

from typing import Literal

from pydantic import BaseModel, Field


class ObjectPointer(BaseModel):
    """An object as the catalog holds it.

    `fence` counts the workers that ever took the object in hand: only the one that holds the newest number
    may commit. `active_run` is the run whose records are served, if any. `outbox` names the runs, as
    `{run}#{parts}`, whose load tasks a commit made due and nobody is known to have written yet.
    """

    dataset: str
    name: str
    fence: int = Field(default=0, exclude=True)
    state: Literal["new", "active", "removed"] = "new"
    version_id: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    active_run: str | None = None
    parts: int = 0
    rows: int = 0
    bytes: int = 0
    outbox: set[str] = Field(default_factory=set, exclude=True)
    updated_at: str | None = None
