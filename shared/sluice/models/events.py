"""What the change feed publishes: CloudEvents 1.0 in JSON, told apart by `type`.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md. docs/change-feed.schema.json is made of
these models.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from sluice.ids import event_id
from sluice.models.run import RunError


class DatasetUpdated(BaseModel):
    """The dataset serves something else than before."""

    generation: int = Field(description="The generation that is served now; it only ever goes up.")
    previous_generation: int = Field(description="The generation before the first commit that this event tells of.")
    rows: int
    bytes: int
    objects: int


class RunFailed(BaseModel):
    """A run failed; what was served before it stays served."""

    run: str
    object: str
    error: RunError
    run_url: str = Field(description="Path of the query API.")


class RejectsThreshold(BaseModel):
    """A run refused a larger share of its rows than the dataset's `reject_threshold`."""

    run: str
    object: str
    rows_in: int
    rows_rejected: int
    share: float = Field(description="rows_rejected / rows_in")
    threshold: float
    rejects_url: str = Field(description="Path of the query API.")


class _CloudEvent(BaseModel):
    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="The same for the same change, however often it comes.")
    source: str = Field(description="`/sluice/{stage}`")
    subject: str = Field(description="Name of the dataset.")
    time: str = Field(description="When the catalog changed, ISO 8601 in UTC.")
    datacontenttype: Literal["application/json"] = "application/json"


class DatasetUpdatedEvent(_CloudEvent):
    """`dataset.updated`."""

    type: Literal["dataset.updated"] = "dataset.updated"
    data: DatasetUpdated


class RunFailedEvent(_CloudEvent):
    """`run.failed`."""

    type: Literal["run.failed"] = "run.failed"
    data: RunFailed


class RejectsThresholdEvent(_CloudEvent):
    """`rejects.threshold`."""

    type: Literal["rejects.threshold"] = "rejects.threshold"
    data: RejectsThreshold


ChangeEvent = Annotated[DatasetUpdatedEvent | RunFailedEvent | RejectsThresholdEvent, Field(discriminator="type")]


def envelope(source: str, dataset: str, time: str, *identity: str) -> dict[str, str]:
    """The members that all events share; `identity` is what makes this change that change."""
    return {"id": event_id(dataset, *identity), "source": source, "subject": dataset, "time": time}


def events_schema() -> dict[str, Any]:
    """The JSON Schema of whatever the feed publishes."""
    schema = TypeAdapter(ChangeEvent).json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Sluice's change feed", **schema}
