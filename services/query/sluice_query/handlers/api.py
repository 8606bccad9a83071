"""The read side of the API: datasets, their schema, records, objects and runs."""

from typing import Annotated, Any
from urllib.parse import unquote

import orjson
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from sluice.api import make_app, serve
from sluice.api.app import openapi_document
from sluice.errors import NotFoundError, QueryTooHeavyError
from sluice.models.record import Record
from sluice.names import check_dataset_name
from sluice.telemetry import get_tracer
from sluice_query import diffs, records, render
from sluice_query.address import next_url
from sluice_query.docs import docs_page
from sluice_query.edge.aws import AwsEdge
from sluice_query.handlers.openapi import (
    RECORDS_HELP,
    DatasetName,
    Key,
    PagingParameters,
    RecordsParameters,
    RunId,
    answers,
)
from sluice_query.listings import Listing
from sluice_query.parameters import Paging, Parameters, parse_paging
from sluice_query.profile import schema_document
from sluice_query.request import header, matches_etag, query_parameters, with_key_as_one_segment
from sluice_query.service import Service
from sluice_query.tokens import fingerprint

TITLE = "Sluice query"
DESCRIPTION = "How data gets out: datasets, their records, and how they were cleaned."

Event = dict[str, Any]
PagingDocs = Annotated[PagingParameters, Query()]
RecordsDocs = Annotated[RecordsParameters, Query()]


class Routes:
    """The routes of one service; each reads the request, calls one function and shapes its answer.

    Parameters named `_` are there for the OpenAPI document: the domain reads and checks them, all faults at once.
    """

    def __init__(self, app: APIGatewayRestResolver, service: Service) -> None:
        self._app = app
        self._service = service

    def register(self) -> None:
        """Add every route to the app."""
        dataset, run = "/v1/datasets/<dataset>", "/v1/datasets/<dataset>/runs/<run>"
        self._get("/v1/datasets", self.datasets, "List the datasets", "Names, titles, counts.")
        self._get(dataset, self.dataset, "One dataset", "What is served of it now, its contract and its settings.")
        self._get(f"{dataset}/schema", self.schema, "The Table Schema in force", "With a profile of each field.")
        self._get(
            f"{dataset}/records", self.records, "Filter, sort and page records", RECORDS_HELP, *render.MEDIA_TYPES
        )
        same = "The same as in `/records`."
        self._get(f"{dataset}/records/<key>", self.record, "One record by its key", same, model=Record)
        self._get(f"{dataset}/objects", self.objects, "List the objects", "Each object's state and served run.")
        self._get(f"{dataset}/runs", self.runs, "List the runs", "The newest first.")
        self._get(run, self.run, "One run", "Its status, progress, counts and timings.")
        self._get(f"{run}/report", self.report, "What a run changed", "Per column and rule, with examples.")
        self._get(f"{run}/rejects", self.rejects, "What a run refused", "Each row with its line, raw text and reason.")
        self._get(f"{run}/issues", self.issues, "What a run set null", "Each cell with its text and reason.")
        self._get(
            f"{run}/diff", self.diff, "What a run added, changed and removed", "Against the run that it replaced."
        )
        self._app.get("/v1/docs", include_in_schema=False)(self.docs)

    def _get(
        self,
        path: str,
        call: Any,  # noqa: ANN401 - a route
        summary: str,
        description: str,
        *media: str,
        model: type[BaseModel] | None = None,
    ) -> None:
        responses = answers(summary, *media, model=model)
        self._app.get(path, summary=summary, description=description, responses=responses, tags=["data"])(call)

    @property
    def _event(self) -> Event:
        return self._app.current_event.raw_event

    @property
    def _parameters(self) -> Parameters:
        # The framework adds to the parameters in its own event while it validates.
        given: Parameters = self._app.context["parameters"]
        return given

    @property
    def _paging(self) -> Paging:
        return parse_paging(self._parameters)

    def datasets(self, _: PagingDocs) -> Response[str]:
        """List the datasets."""
        self._accept_json()
        return self._listing("datasets", self._service.listings.datasets(self._paging))

    def dataset(self, dataset: DatasetName) -> Response[str]:
        """Tell what a dataset is now."""
        self._accept_json()
        return _json(self._service.catalog.dataset(check_dataset_name(dataset)).to_json().encode())

    def schema(self, dataset: DatasetName) -> Response[str]:
        """Give the Table Schema in force."""
        self._accept_json()
        found = self._service.catalog.dataset(check_dataset_name(dataset))
        state = self._service.states.at(found, found.generation)
        return _json(orjson.dumps(schema_document(state, self._service.edge.files.report)))

    def records(self, dataset: DatasetName, _: RecordsDocs) -> Response[str]:
        """Give a page of records."""
        media = render.negotiate(header(self._event, "accept"))
        found = self._service.catalog.dataset(check_dataset_name(dataset))
        headers = {"ETag": records.etag(found, self._parameters, media), "Vary": "Accept", "Cache-Control": "no-cache"}
        if matches_etag(self._event, headers["ETag"]):
            return Response(304, body="", headers=headers)
        page = self._service.records.page(found, self._parameters, media)
        url = self._next_url(page.next)
        if url:
            headers["Link"] = f'<{url}>; rel="next"'
        body = records.body(page, media, url).decode()
        return Response(200, f"{media}; charset=utf-8" if media == render.CSV else media, body, headers)

    def record(self, dataset: DatasetName, key: Key) -> Response[str]:
        """Give the record under a key."""
        self._accept_json()
        found = self._service.catalog.dataset(check_dataset_name(dataset))
        body = self._service.by_key.find(found, unquote(key))
        headers = {"ETag": f'"{fingerprint(body.decode())}"', "Cache-Control": "no-cache"}
        if matches_etag(self._event, headers["ETag"]):
            return Response(304, body="", headers=headers)
        return Response(200, content_types.APPLICATION_JSON, body.decode(), headers)

    def objects(self, dataset: DatasetName, _: PagingDocs) -> Response[str]:
        """List a dataset's objects."""
        name = self._known(dataset)
        return self._listing("objects", self._service.listings.objects(name, self._paging))

    def runs(self, dataset: DatasetName, _: PagingDocs) -> Response[str]:
        """List a dataset's runs."""
        name = self._known(dataset)
        return self._listing("runs", self._service.listings.runs(name, self._paging))

    def run(self, dataset: DatasetName, run: RunId) -> Response[str]:
        """Tell how a run went, or goes."""
        self._accept_json()
        return _json(orjson.dumps(self._service.catalog.run(check_dataset_name(dataset), run).to_json()))

    def report(self, dataset: DatasetName, run: RunId) -> Response[str]:
        """Give a run's report."""
        self._accept_json()
        found = self._service.catalog.run(check_dataset_name(dataset), run)
        report = self._service.edge.files.report(found)
        if report is None:
            raise NotFoundError(f"Run '{run}' has no report: its status is '{found.status}'.")
        if render.escaped_size(report) > self._service.edge.settings.answer_bytes:
            raise QueryTooHeavyError(f"The report of run '{run}' is larger than an answer may be.")
        return _json(report)

    def rejects(self, dataset: DatasetName, run: RunId, _: PagingDocs) -> Response[str]:
        """Give a page of the rows that a run refused."""
        self._accept_json()
        found = self._service.catalog.run(check_dataset_name(dataset), run)
        service, url = self._service, self._service.edge.files.rejects(found)
        budget = service.edge.settings.answer_bytes
        page = service.listings.rejects(found, url, self._paging, lambda: service.database, budget)
        return self._listing("rejects", Listing([orjson.Fragment(line) for line in page.items], page.next))

    def issues(self, dataset: DatasetName, run: RunId, _: PagingDocs) -> Response[str]:
        """Give a page of the cells that a run set null."""
        self._accept_json()
        found = self._service.catalog.run(check_dataset_name(dataset), run)
        service, url = self._service, self._service.edge.files.issues(found)
        budget = service.edge.settings.answer_bytes
        page = service.listings.issues(found, url, self._paging, lambda: service.database, budget)
        return self._listing("issues", Listing([orjson.Fragment(line) for line in page.items], page.next))

    def diff(self, dataset: DatasetName, run: RunId, _: PagingDocs) -> Response[str]:
        """Tell what a run added, changed and removed, and give a page of the rows."""
        self._accept_json()
        found = self._service.catalog.run(check_dataset_name(dataset), run)
        if found.diff is None:
            raise NotFoundError(f"Run '{run}' has no diff: its status is '{found.status}'.")
        service, budget = self._service, self._service.edge.settings.answer_bytes
        page = service.diffs.page(found, found.diff, self._paging, lambda: service.database, budget)
        rows = Listing([orjson.Fragment(line) for line in page.items], page.next)
        return self._listing("rows", rows, diffs.summary(found, found.diff))

    def docs(self) -> Response[str]:
        """Show the OpenAPI document as a page."""
        return Response(200, content_types.TEXT_HTML, docs_page(openapi_document(self._app, TITLE, DESCRIPTION)))

    def _known(self, dataset: str) -> str:
        self._accept_json()
        return self._service.catalog.dataset(check_dataset_name(dataset)).name

    def _accept_json(self) -> None:
        render.negotiate(header(self._event, "accept"), (render.JSON,))

    def _next_url(self, token: str | None) -> str | None:
        emulated = self._service.edge.settings.endpoint_url is not None
        return next_url(self._event, self._parameters, token, emulated=emulated) if token else None

    def _listing(self, name: str, listing: Listing, above: dict[str, Any] | None = None) -> Response[str]:
        url = self._next_url(listing.next)
        headers: dict[str, str | list[str]] = {"Link": f'<{url}>; rel="next"'} if url else {}
        body = orjson.dumps({**(above or {}), name: listing.items, "next": listing.next, "next_url": url})
        return Response(200, content_types.APPLICATION_JSON, body.decode(), headers)


def _json(body: bytes) -> Response[str]:
    return Response(200, content_types.APPLICATION_JSON, body.decode())


def build_app(service: Service) -> APIGatewayRestResolver:
    """The app with its routes on a service."""
    app = make_app(TITLE, DESCRIPTION)
    Routes(app, service).register()
    return app


def answer(app: APIGatewayRestResolver, event: Event, context: LambdaContext) -> dict[str, Any]:
    """Answer one event with an app."""
    app.append_context(parameters=query_parameters(event))  # type: ignore[no-untyped-call] # Powertools
    return serve(app, with_key_as_one_segment(event), context)


app = build_app(Service(AwsEdge()))


@get_tracer().capture_lambda_handler(capture_response=False)
def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
    """Entry point of the function."""
    return answer(app, event, context)
