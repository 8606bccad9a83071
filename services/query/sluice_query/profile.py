"""The answer of `/schema`: the Table Schema in force, with what the runs' reports tell of each field."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from sluice.models.run import Run
from sluice_query.schema import merged_schema
from sluice_query.state import State

MAX_REPORTS = 50

ReadReport = Callable[[Run], bytes | None]


def schema_document(state: State, read_report: ReadReport) -> dict[str, Any]:
    """The declared Table Schema, or the inferred one of all live runs, each field with its `profile`.

    Of many runs only the newest `MAX_REPORTS` are asked; `profiled_runs` and `runs` tell.
    """
    contract = state.dataset.table_schema
    document = contract.to_json() if contract else merged_schema(state.runs, state.columns)
    asked = state.runs[-MAX_REPORTS:]
    reports = [orjson.loads(text) for text in map(read_report, asked) if text]
    profiles = _profiles(reports)
    for field in document["fields"]:
        field["profile"] = profiles.get(field["name"])
    return {
        **document,
        "declared": contract is not None,
        "generation": str(state.generation),
        "runs": len(state.runs),
        "profiled_runs": len(reports),
    }


def _profiles(reports: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    profiles: dict[str, dict[str, Any]] = {}
    for report in reports:
        for column in report.get("columns", []):
            profile = profiles.setdefault(str(column["name"]), {"rows": 0, "nulls": 0, "invalid": 0, "changed": 0})
            profile["rows"] += int(report.get("rows_out", 0))
            profile["nulls"] += int(column.get("nulls", 0))
            profile["invalid"] += int(column.get("invalid", 0))
            profile["changed"] += sum(int(change["count"]) for change in column.get("changes", {}).values())
    return profiles
