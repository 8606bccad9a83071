"""One record by its key: from DynamoDB, in the very form in which `/records` gives it."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import unquote

from sluice.errors import RecordNotFoundError, UnavailableError
from sluice.models.dataset import Dataset
from sluice.models.record import key_of
from sluice.models.run import Run
from sluice_query import render
from sluice_query.columns import Column, Kind, decimal_scale
from sluice_query.errors import FileGoneError
from sluice_query.reader import ParquetReader
from sluice_query.schema import stored_columns
from sluice_query.state import Catalog, State, States, run_order

Attributes = Mapping[str, Any]
_FRACTION = re.compile(r"\.(\d*?)0*$")
_LOADING = "loading"
_ASKED = 10


class Items(Protocol):
    """What is needed of the records table."""

    def items(self, dataset: str, key: str) -> Iterator[Attributes]:
        """The items under a key, the greatest sort key first."""


class RecordByKey:
    """Finds records by key.

    Args:
        reader: gives the reader of the Parquet files; asked only where DynamoDB does not have the record.
    """

    def __init__(self, catalog: Catalog, states: States, items: Items, reader: Callable[[], ParquetReader]) -> None:
        self._catalog = catalog
        self._states = states
        self._items = items
        self._reader = reader
        self._loaded: set[str] = set()

    def find(self, dataset: Dataset, key: str) -> bytes:
        """The record as a JSON object.

        Gateways differ in whether a path arrives decoded: the key is looked up as it came, then decoded.

        Raises:
            RecordNotFoundError: the dataset has no record under the key.
        """
        state = self._states.at(dataset, dataset.generation)
        for candidate in dict.fromkeys((key, unquote(key))):
            row = self._find(state, candidate)
            if row is not None:
                return render.json_objects(tuple(state.members.values()))(row)
        raise RecordNotFoundError(dataset.name, unquote(key))

    def _find(self, state: State, key: str) -> render.Row | None:
        item = next((item for item in self._items.items(state.dataset.name, key) if _run_of(item) in state.by_id), None)
        found = state.by_id[_run_of(item)] if item else None
        behind = self._still_loading(state, found)
        if behind:
            # What is committed is served, although the items of these runs may still be on their way.
            row = self._from_parquet(state, behind, key)
            if row is not None:
                return row
        if item is None or found is None:
            return None
        return self._from_parquet(state, [found], key) if "oversize" in item else _row(item, found, state)

    def _still_loading(self, state: State, found: Run | None) -> list[Run]:
        """The runs whose items may be missing and would hide the record that was found."""
        least = run_order(found) if found else ""
        suspects = [
            run
            for run in state.runs
            if run.status == _LOADING and run.parts and run.run not in self._loaded and run_order(run) > least
        ]
        # To take a run for loading is never wrong, only slower: a crowd is not worth asking one by one.
        for run in suspects[:_ASKED]:
            current = self._catalog.find_run(run.dataset, run.run)
            if current is not None and current.status != _LOADING:
                self._loaded.add(run.run)
        return [run for run in suspects if run.run not in self._loaded]

    def _from_parquet(self, state: State, runs: list[Run], key: str) -> render.Row | None:
        reader = self._reader()
        try:
            exact = self._states.at(state.dataset, state.generation, reader.footers)
            return reader.newest(exact, runs, key, tuple(exact.members.values()))
        except FileGoneError as error:
            raise UnavailableError("The dataset changed while it was read; try again.") from error


def _run_of(item: Attributes) -> str:
    return str(item["run"]["S"])


def _row(item: Attributes, run: Run, state: State) -> list[Any]:
    record = item.get("record", {}).get("M", {})
    stored = {column.name: column for column in stored_columns(run)}
    values = [value_of(record.get(column.name), stored.get(column.name), column) for column in state.columns]
    return [*values, key_of(item["pk"]["S"]), item["object"]["S"], run.run, int(item["row"]["N"])]


def value_of(attribute: Attributes | None, stored: Column | None, wanted: Column) -> Any:  # noqa: ANN401 - a JSON value
    """An item's attribute as the Parquet reader would give the same value in the column `wanted`."""
    if attribute is None or attribute.get("NULL"):
        return None
    ((form, value),) = attribute.items()
    if form == "BOOL":
        return value if wanted.kind is Kind.BOOLEAN else str(value).lower()
    if form == "N":
        return _number(str(value), stored, wanted)
    return _text(str(value), stored, wanted)


def _number(text: str, stored: Column | None, wanted: Column) -> Any:  # noqa: ANN401 - a JSON value
    if wanted.kind is Kind.INTEGER:
        return int(text)
    if wanted.kind is Kind.NUMBER:
        return float(text)
    if wanted.kind is Kind.DECIMAL:
        return _decimal(text, wanted)
    # A column of text now: the text form of what it was.
    return repr(float(text)) if stored and stored.kind is Kind.NUMBER else str(int(text))


def _text(text: str, stored: Column | None, wanted: Column) -> str | float:
    if wanted.kind is Kind.DECIMAL:
        return _decimal(text, wanted)
    kind = stored.kind if stored else wanted.kind
    if kind is Kind.NUMBER and wanted.kind is Kind.NUMBER and "e" in text:
        # A double beyond the range of DynamoDB's numbers; decimals are written without exponents.
        return float(text)
    if kind is Kind.DATETIME:
        moment = text.replace(" ", "T").removesuffix("Z").removesuffix("+00:00").removesuffix("+00")
        return _without_zeros(moment) + "Z"
    return _without_zeros(text) if kind is Kind.TIME else text


def _without_zeros(text: str) -> str:
    """The text without zeros that end a fraction of a second, as DuckDB writes it."""
    return _FRACTION.sub(lambda found: f".{found[1]}" if found[1] else "", text)


def _decimal(text: str, wanted: Column) -> str:
    return f"{Decimal(text):.{decimal_scale(wanted.sql_type)}f}"
