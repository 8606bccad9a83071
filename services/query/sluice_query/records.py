"""The answer of `/records`: which page, from which generation, as bytes."""

from dataclasses import dataclass
from typing import Any

import orjson

from sluice.errors import InvalidTokenError, UnavailableError
from sluice.models.dataset import Dataset
from sluice_query import parameters as p
from sluice_query import render
from sluice_query.columns import KEY, Column
from sluice_query.errors import FileGoneError
from sluice_query.parameters import Parameters
from sluice_query.query import Query, identity, normalised, parse_query
from sluice_query.reader import ParquetReader
from sluice_query.state import State, States
from sluice_query.tokens import Tokens, fingerprint

_FORMAT = 1  # Raise it when the same records come out as other bytes: it parts the ETags.
_LONGEST_ANCHOR = 1_500


@dataclass(frozen=True)
class Position:
    """Where a page begins: behind which record (None: at the start), in which generation."""

    generation: int
    values: list[Any] | None = None
    key: str | None = None


@dataclass(frozen=True)
class RecordsPage:
    """A page as it is sent, without the address of the next one."""

    encoded: list[bytes]
    query: Query
    generation: int
    next: str | None
    count: int | None


def etag(dataset: Dataset, parameters: Parameters, media: str) -> str:
    """The ETag of a page: known before any row is read."""
    state = (dataset.name, dataset.created_at, dataset.generation, dataset.contract)
    return f'"{fingerprint(_FORMAT, state, normalised(parameters), media)}"'


class Records:
    """Answers requests for pages of records."""

    def __init__(self, states: States, reader: ParquetReader, tokens: Tokens, budget: int) -> None:
        self._states = states
        self._reader = reader
        self._tokens = tokens
        self._budget = budget

    def page(self, dataset: Dataset, parameters: Parameters, media: str) -> RecordsPage:
        """One page.

        Raises:
            InvalidRequestError: a parameter is unknown or its value can't be.
            InvalidTokenError: the token is not this query's, or its generation is gone.
            QueryTooHeavyError: it takes too much time or memory, or one record is too large.
            UnavailableError: the dataset's files changed while they were read.
        """
        bound_to = fingerprint("records", dataset.name, dataset.created_at, identity(parameters))
        position = self._position(dataset, parameters, bound_to)
        try:
            state = self._states.at(dataset, position.generation, self._reader.footers)
            query = parse_query(parameters, state.members)
            return self._read(state, query, position, media, bound_to)
        except FileGoneError as error:
            if p.NEXT in parameters:
                raise InvalidTokenError("The page token has expired: its data was replaced; start again.") from error
            raise UnavailableError("The dataset changed while it was read; try again.") from error

    def _position(self, dataset: Dataset, parameters: Parameters, bound_to: str) -> Position:
        tokens = parameters.get(p.NEXT)
        if not tokens:
            return Position(dataset.generation)
        payload = self._tokens.read(bound_to, tokens[0])
        return Position(payload["g"], payload.get("v"), payload.get("k"))

    def _read(self, state: State, query: Query, position: Position, media: str, bound_to: str) -> RecordsPage:
        fetched = tuple(dict.fromkeys([*query.columns, *(order.column for order in query.order)]))
        after = self._after(state, query, position)
        width = len(query.columns)
        encode = encoder(query, media)
        found = self._reader.page(state, query, fetched, after, query.size + 1)
        cut = render.fit(found, lambda row: encode(row[:width]), query.size, self._budget)
        token = None
        if cut.last is not None:
            token = self._token(state, query, dict(zip(fetched, cut.last, strict=True)), bound_to)
        count = self._reader.count(state, query) if query.count else None
        return RecordsPage(cut.encoded, query, state.generation, token, count)

    def _after(self, state: State, query: Query, position: Position) -> list[Any] | None:
        if position.key is None:
            return position.values
        columns = [order.column for order in query.order]
        found = self._reader.newest(state, state.runs, position.key, columns)
        if found is None:
            raise InvalidTokenError("The page token has expired: its data was replaced; start again.")
        return list(found)

    def _token(self, state: State, query: Query, last: dict[Column, Any], bound_to: str) -> str:
        payload: dict[str, Any] = {"g": state.generation, "v": [last[order.column] for order in query.order]}
        if len(orjson.dumps(payload)) > _LONGEST_ANCHOR:
            # Long texts would make a token that no URL can hold: the key leads to them.
            payload = {"g": state.generation, "k": last[KEY]}
        return self._tokens.write(bound_to, payload)


def encoder(query: Query, media: str) -> render.Encoder:
    """How one record of the query is written in a media type."""
    if media == render.CSV:
        return render.csv_line
    return render.json_arrays(query.columns) if query.shape == "arrays" else render.json_objects(query.columns)


def body(page: RecordsPage, media: str, next_url: str | None) -> bytes:
    """The page as an answer's body."""
    if media == render.CSV:
        return b"".join([render.csv_line([column.name for column in page.query.columns]), *page.encoded])
    if media == render.NDJSON:
        return b"".join(line + b"\n" for line in page.encoded)
    members: dict[str, Any] = {"next": page.next, "next_url": next_url, "generation": str(page.generation)}
    if page.count is not None:
        members["count"] = page.count
    if page.query.shape == "arrays":
        members["columns"] = [column.name for column in page.query.columns]
    return render.envelope(page.encoded, members, "records")
