"""Packs: files that hold the rows of many small runs, so that reading a dataset takes few of them."""

from typing import Literal

from pydantic import BaseModel


class Pack(BaseModel):
    """A pack as the catalog holds it; `rows` are those that were written, also of runs that have ended since.

    `stale_at` is when rows of a run were first known to be in it that nobody may read any more.
    `due_at` is, while it is being written, when its writer must be dead, and once it has ended, when its file goes.
    """

    dataset: str
    pack: str
    rows: int = 0
    state: Literal["writing", "ready", "ended"] = "writing"
    stale_at: str | None = None
    due_at: str | None = None
