"""The write side of the API: `PUT /v1/datasets/{dataset}`, `POST /v1/datasets/{dataset}/objects`."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import boto3
from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice.api import json_body, make_app, raw_body, serve
from sluice.catalog import CatalogWriter
from sluice.models.dataset import Dataset, DatasetUpdate
from sluice.names import DATASET_PATTERN, check_dataset_name
from sluice.settings import load_settings
from sluice.telemetry import get_tracer
from sluice_ingest import objects
from sluice_ingest.settings import IngestSettings
from sluice_ingest.storage import RawBucket

app = make_app("Sluice ingest", "How data gets in: datasets and their raw files.")

DatasetName = Annotated[str, Path(description=f"Name of the dataset: `{DATASET_PATTERN}`")]


@dataclass(frozen=True)
class Edge:
    """The parts of AWS that this service talks to."""

    bucket: RawBucket
    catalog: CatalogWriter
    max_body_bytes: int


@cache
def edge() -> Edge:
    """Made once per process: clients are dear to make and safe to keep."""
    settings = load_settings(IngestSettings)
    return Edge(
        RawBucket(boto3.client("s3"), settings.raw_bucket),
        CatalogWriter(boto3.client("dynamodb"), settings.catalog_table),
        settings.max_body_bytes,
    )


@app.put(
    "/v1/datasets/<dataset>",
    summary="Create or change a dataset",
    description="Body: `{title?, description?, schema?, settings?}`; what is left out stays, null clears.",
    tags=["datasets"],
)
def put_dataset(dataset: DatasetName) -> Response[str]:
    """Create a dataset, or change the members that the body names."""
    name = check_dataset_name(dataset)
    update = json_body(app.current_event, DatasetUpdate)
    return _json(200, edge().catalog.put_dataset(name, update))


@app.post(
    "/v1/datasets/<dataset>/objects",
    summary="Send one raw file",
    description="The body is the file, of any type. The answer names the run that will clean it.",
    tags=["objects"],
)
def post_object(
    dataset: DatasetName,
    name: Annotated[str, Query(description="Name of the file within the dataset, like `2026/a.csv`")],
) -> Response[str]:
    """Store a raw file; its cleaning starts by itself."""
    target = objects.check_target(dataset, name)
    event = app.current_event
    file = objects.RawFile(
        body=raw_body(event, edge().max_body_bytes),
        content_type=event.headers.get("content-type"),
        request_id=event.request_context.request_id or "",
    )
    accepted = objects.accept(edge().bucket, edge().catalog, target, file)
    return Response(202, content_types.APPLICATION_JSON, accepted.model_dump_json())


def _json(status: int, dataset: Dataset) -> Response[str]:
    return Response(status, content_types.APPLICATION_JSON, dataset.to_json())


@get_tracer().capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of the function."""
    return serve(app, event, context)
