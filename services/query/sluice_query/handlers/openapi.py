"""What the OpenAPI document says of the routes' parameters and answers; the operators come from their table."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BaseModel, Field

from sluice.names import DATASET_PATTERN
from sluice_query import parameters as p
from sluice_query.operators import operators_markdown
from sluice_query.render import MEDIA_TYPES

DatasetName = Annotated[str, Path(description=f"Name of the dataset: `{DATASET_PATTERN}`")]
RunId = Annotated[str, Path(description="Id of the run")]
Key = Annotated[str, Path(description="The record's `_key`; any characters, percent-encoded")]

RECORDS_HELP = (
    "Filters are parameters: `column=value` or `column__operator=value`; all must hold. `_key`, `_object`, `_run` "
    "and `_row` can be filtered too. An unknown column, operator or parameter is a 400 that lists the valid ones.\n\n"
    + operators_markdown()
)


def _documented(name: str) -> Any:  # noqa: ANN401 - a pydantic field
    return Field(default=None, alias=name, description=p.DESCRIPTIONS[name])


class PagingParameters(BaseModel):
    """Parameters of every listing; they are read by `sluice_query.parameters`."""

    size: str | None = _documented(p.SIZE)
    next: str | None = _documented(p.NEXT)


class RecordsParameters(PagingParameters):
    """Parameters of `/records`, besides the filters; they are read by `sluice_query.query`."""

    sort: str | None = _documented(p.SORT)
    sort_desc: str | None = _documented(p.SORT_DESC)
    col: str | None = _documented(p.COL)
    extra: str | None = _documented(p.EXTRA)
    shape: str | None = _documented(p.SHAPE)


def answers(description: str, *media_types: str, model: type[BaseModel] | None = None) -> dict[int, Any]:
    """The `responses` of a route that answers with JSON, or with the media types."""
    schema = model.model_json_schema() if model else {}
    content: dict[str, Any] = {media: {"schema": schema} for media in media_types or MEDIA_TYPES[:1]}
    return {200: {"description": description, "content": content}}
