"""Datasets: a name, an optional contract, settings, and counters of what is served."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sluice.ids import contract_fingerprint
from sluice.models.table_schema import TableSchema

MAX_TITLE = 200
MAX_DESCRIPTION = 4_000


class DatasetSettings(BaseModel):
    """How a dataset's objects are cleaned, where the contract does not say."""

    model_config = ConfigDict(extra="forbid")

    as_text: bool = Field(default=False, description="Parse only: every value stays the text that it was.")
    type_tolerance: float = Field(
        default=0.01,
        ge=0,
        le=0.5,
        description="Share of a column's non-null values that may fail to fit its inferred type.",
    )
    day_first: bool = Field(
        default=False, description="How to read 03/04/2020 where no value of the column decides: 3 April, not 4 March."
    )
    repair: float | None = Field(
        default=None,
        ge=0.5,
        le=1,
        description="Apply suggested repairs of at least this confidence; none are applied unless this is set.",
    )
    reject_threshold: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of a run's rows that may be refused before the change feed says so.",
    )

    def of_cleaning(self) -> dict[str, Any]:
        """Those that decide what a cleaning gives."""
        return self.model_dump(mode="json", exclude={"reject_threshold"})


class DatasetUpdate(BaseModel):
    """Body of `PUT /v1/datasets/{dataset}`; a member that is left out keeps what it was."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    title: str | None = Field(default=None, max_length=MAX_TITLE)
    description: str | None = Field(default=None, max_length=MAX_DESCRIPTION)
    table_schema: TableSchema | None = Field(default=None, alias="schema")
    settings: DatasetSettings | None = None


class Dataset(BaseModel):
    """A dataset as the catalog holds it.

    `generation` goes up by one with each commit; `rows`, `bytes` and `objects` count what is served.
    `deleting_at` is when its deletion was asked for, as long as that goes on. `loose` counts the
    runs that began or ended since small files were last merged.
    """

    name: str
    title: str | None = None
    description: str | None = None
    table_schema: TableSchema | None = None
    settings: DatasetSettings = Field(default_factory=DatasetSettings)
    generation: int = 0
    rows: int = 0
    bytes: int = 0
    objects: int = 0
    created_at: str
    updated_at: str
    deleting_at: str | None = None
    loose: int = Field(default=0, exclude=True)

    @property
    def contract(self) -> str:
        """Fingerprint of what decides a cleaning: the contract and the settings."""
        schema = self.table_schema.to_json() if self.table_schema else None
        return contract_fingerprint(schema, self.settings.of_cleaning())

    def to_json(self) -> str:
        """The dataset as the API gives it, as JSON text."""
        document = self.model_dump(mode="json", exclude={"table_schema"})
        return json.dumps(document | {"schema": self.table_schema.to_json() if self.table_schema else None})

    def summary(self) -> dict[str, Any]:
        """The dataset as the API lists it."""
        return self.model_dump(mode="json", exclude={"table_schema", "settings"})
