"""The demo: real files in, what became of them, and records out by key and by filter."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import boto3
from rich.console import Console
from rich.table import Table

from sluice_tools.demo_files import DemoFile, all_files
from sluice_tools.errors import ToolError
from sluice_tools.http_client import Api
from sluice_tools.stage import Stage
from sluice_tools.workspace import LOCAL, Workspace

_RUN_SECONDS = 120
_SHOWN_ROWS = 3
_SHOWN_COLUMNS = 6


def run(workspace: Workspace) -> None:
    """Send every file, follow its run, and show what came of it.

    Raises:
        ToolError: Something didn't go as it must.
    """
    stage = Stage.known(workspace, LOCAL)
    profile = workspace.profile(LOCAL)
    ingest = Api(profile["ingest_url"], profile["ingest_key"])
    query = Api(profile["query_url"], profile["query_key"])
    console = Console()
    runs = [(file, _send(ingest, file)) for file in all_files(workspace)]
    summary = Table("dataset", "object", "format", "rows in", "out", "rejected", "duplicate", "seconds", title="Runs")
    for file, sent in runs:
        _add_run(summary, file, _follow(query, sent["status_url"]))
    console.print(summary)
    for file, sent in runs:
        console.print(_columns(file, _report(stage, profile["clean_bucket"], file.dataset, sent["run"])))
    for file, _ in runs:
        console.print(_answers(query, file))
        _read_by_key(console, query, file)
    console.print("[bold]All files are clean and served.[/] Ask on with the curl that `make run` prints.")


def _send(ingest: Api, file: DemoFile) -> dict[str, str]:
    if file.schema is not None:
        ingest.call("PUT", f"/v1/datasets/{file.dataset}", json.dumps({"schema": file.schema}).encode())
    path = f"/v1/datasets/{file.dataset}/objects?name={quote(file.name)}"
    sent: dict[str, str] = ingest.call("POST", path, file.body)
    return sent


def _follow(query: Api, status_url: str) -> dict[str, Any]:
    """Ask for a run until it has ended well.

    Raises:
        ToolError: It failed, or takes too long.
    """
    deadline = time.monotonic() + _RUN_SECONDS
    state: dict[str, Any] = {}
    while time.monotonic() < deadline:
        state = query.call("GET", status_url)
        if state["status"] == "failed":
            raise ToolError(f"{state['object']} failed: {state.get('error')}")
        if state["status"] in ("done", "superseded"):
            return state
        time.sleep(0.2)
    raise ToolError(f"{status_url} is still {state.get('status')!r} after {_RUN_SECONDS} s")


def _add_run(table: Table, file: DemoFile, run: Mapping[str, Any]) -> None:
    counts = (run["rows_in"], run["rows_out"], run["rows_rejected"], run["rows_duplicate"])
    if counts[0] != sum(counts[1:]):
        raise ToolError(f"{file.name}: {counts[0]} rows went in, but {sum(counts[1:])} are accounted for")
    seconds = sum(run.get("timings_ms", {}).values()) / 1000
    table.add_row(file.dataset, file.name, run.get("format"), *(f"{count:,}" for count in counts), f"{seconds:.2f}")


def _report(stage: Stage, bucket: str, dataset: str, run: str) -> dict[str, Any]:
    """The account of a run, from where the clean service put it."""
    s3 = boto3.client("s3", **stage.client_arguments)
    read: dict[str, Any] = json.load(s3.get_object(Bucket=bucket, Key=f"reports/{dataset}/run={run}.json")["Body"])
    return read


def _columns(file: DemoFile, report: Mapping[str, Any]) -> Table:
    """What the columns became and what was changed in them."""
    table = Table("column", "was", "type", "nulls", "changed", "for example", title=f"{file.name}: columns")
    for column in report["columns"]:
        rules, examples = [], []
        for rule, change in column["changes"].items():
            rules.append(f"{rule} {change['count']:,}")
            examples += [f"{example['before']!r} → {example['after']!r}" for example in change["examples"][:1]]
        table.add_row(
            column["name"],
            column["original"],
            column["type"],
            f"{column['nulls']:,}",
            ", ".join(rules),
            ", ".join(examples)[:70],
        )
    return table


def _answers(query: Api, file: DemoFile) -> Table:
    """What the filter finds."""
    page = query.call("GET", f"/v1/datasets/{file.dataset}/records?{file.question}&_size={_SHOWN_ROWS}")
    if not page["records"]:
        raise ToolError(f"{file.dataset}: {file.question} finds nothing")
    names = [name for name in page["records"][0] if not name.startswith("_")][:_SHOWN_COLUMNS]
    table = Table(*names, title=f"{file.dataset}: ?{file.question}")
    for record in page["records"]:
        table.add_row(*(str(record.get(name)) for name in names))
    return table


def _read_by_key(console: Console, query: Api, file: DemoFile) -> None:
    """Read a record again, by its key from DynamoDB, and see that both ways tell the same."""
    path = f"/v1/datasets/{file.dataset}/records"
    found = query.call("GET", f"{path}?{file.question}&_size=1")["records"][0]
    by_key = query.call("GET", f"{path}/{quote(found['_key'], safe='')}")
    differing = [name for name, value in found.items() if by_key.get(name) != value]
    if differing:
        raise ToolError(f"{file.dataset}: by key and by filter differ in {', '.join(differing)}")
    console.print(f"{path}/{found['_key']} gives the same record, from DynamoDB\n")
