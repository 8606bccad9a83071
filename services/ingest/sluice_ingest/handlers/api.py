"""The write side of the API: `PUT /v1/datasets/{dataset}`, `POST /v1/datasets/{dataset}/objects`, `…/replays`."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice.api import json_body, last_as_one_segment, make_app, raw_body, serve
from sluice.catalog import CatalogWriter
from sluice.catalog.replays import Replays
from sluice.models.dataset import DatasetUpdate
from sluice.models.replay import ReplayOrder
from sluice.names import DATASET_PATTERN, check_dataset_name
from sluice.settings import load_settings
from sluice.telemetry import get_tracer
from sluice_ingest import objects, replays
from sluice_ingest.settings import IngestSettings
from sluice_ingest.storage import CleanBucket, RawBucket

app = make_app("Sluice ingest", "How data gets in: datasets and their raw files.")

DatasetName = Annotated[str, Path(description=f"Name of the dataset: `{DATASET_PATTERN}`")]


@dataclass(frozen=True)
class Edge:
    """The parts of AWS that this service talks to."""

    bucket: RawBucket
    clean: CleanBucket
    catalog: CatalogWriter
    replays: Replays
    max_body_bytes: int


@cache
def edge() -> Edge:
    """Made once per process: clients are dear to make and safe to keep."""
    settings = load_settings(IngestSettings)
    s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
    return Edge(
        RawBucket(s3, settings.raw_bucket),
        CleanBucket(s3, settings.clean_bucket),
        CatalogWriter(dynamodb, settings.catalog_table),
        Replays(dynamodb, settings.catalog_table),
        settings.max_body_bytes,
    )


@app.put(
    "/v1/datasets/<dataset>",
    summary="Create or change a dataset",
    description="Body: `{title?, description?, schema?, settings?}`; what is left out stays, null clears. Where that "
    "changes how files are cleaned, `replay_url` is where to have those cleaned again that are there already.",
    tags=["datasets"],
)
def put_dataset(dataset: DatasetName) -> Response[str]:
    """Create a dataset, or change the members that the body names."""
    name = check_dataset_name(dataset)
    update = json_body(app.current_event, DatasetUpdate)
    before = edge().catalog.find_dataset(name)
    changed = edge().catalog.put_dataset(name, update)
    document = json.loads(changed.to_json())
    if before and before.objects and before.contract != changed.contract:
        document["replay_url"] = replays.path(name)
    return _json(200, document)


@app.delete(
    "/v1/datasets/<dataset>",
    summary="Delete a dataset",
    description="Its objects go, hence all that came of them; meanwhile nothing can be written into it.",
    tags=["datasets"],
)
def delete_dataset(dataset: DatasetName) -> Response[str]:
    """Ask for the deletion of a dataset; the clean service carries it out."""
    deleting = edge().catalog.delete_dataset(check_dataset_name(dataset))
    return _json(202, json.loads(deleting.to_json()))


@app.delete(
    "/v1/datasets/<dataset>/objects/<name>",
    summary="Delete one raw file",
    description="Its records go. The name may hold slashes.",
    tags=["objects"],
)
def delete_object(
    dataset: DatasetName, name: Annotated[str, Path(description="Name of the file within the dataset")]
) -> Response[str]:
    """Delete a raw file; its records go by themselves."""
    # The handler quoted the name, so that it is one segment.
    deleted = objects.delete(edge().bucket, edge().catalog, dataset, unquote(name))
    return Response(202, content_types.APPLICATION_JSON, deleted.model_dump_json())


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


@app.post(
    "/v1/datasets/<dataset>/replays",
    summary="Clean again what is there already",
    description="Under today's contract. Body: `{runs?, rejects_only?}`; `{}` means every object of the dataset.",
    tags=["replays"],
)
def post_replay(dataset: DatasetName) -> Response[str]:
    """Order a replay; it goes on by itself."""
    name = check_dataset_name(dataset)
    wanted = json_body(app.current_event, ReplayOrder)
    request_id = app.current_event.request_context.request_id or ""
    parts = edge()
    replay = replays.order(parts.catalog, parts.replays, parts.clean, name, wanted, request_id)
    return _json(202, replay.to_json() | {"status_url": replays.path(name, replay.replay)})


@app.get("/v1/datasets/<dataset>/replays/<replay>", summary="How far a replay is", tags=["replays"])
def get_replay(dataset: DatasetName, replay: Annotated[str, Path(description="Id of the replay")]) -> Response[str]:
    """The replay: objects done, and how many rows became valid."""
    return _json(200, edge().replays.find(check_dataset_name(dataset), replay).to_json())


def _json(status: int, document: dict[str, Any]) -> Response[str]:
    return Response(status, content_types.APPLICATION_JSON, json.dumps(document))


@get_tracer().capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of the function."""
    return serve(app, last_as_one_segment(event, "objects"), context)
