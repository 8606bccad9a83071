"""Rows to what clients read: JSON, NDJSON, CSV; cut where an answer would get too large."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from sluice.errors import NotAcceptableError, QueryTooHeavyError
from sluice_query.columns import Column, Kind

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
MEDIA_TYPES = (JSON, NDJSON, CSV)

Row = Sequence[Any]
Encoder = Callable[[Row], bytes]

_EXACT_IN_JSON = 2**53
_NEEDS_QUOTES = frozenset('",\r\n')


def negotiate(accept: str | None, offered: Sequence[str] = MEDIA_TYPES) -> str:
    """The offered media type that the client wants most (RFC 9110: weights, wildcards).

    Raises:
        NotAcceptableError: it wants none of them.
    """
    wanted = _parse_accept(accept) if accept and accept.strip() else {"*/*": 1.0}
    weights = {media: _weight(media, wanted) for media in offered}
    best = max(offered, key=lambda media: weights[media])
    if weights[best] <= 0:
        raise NotAcceptableError(f"Nothing in 'Accept: {(accept or '')[:200]}' can be given; {', '.join(offered)} can.")
    return best


def _parse_accept(accept: str) -> dict[str, float]:
    wanted = {}
    for part in accept.split(","):
        media, *options = (piece.strip().lower() for piece in part.split(";"))
        weight = next((option[2:] for option in options if option.startswith("q=")), "1")
        wanted[media] = float(weight) if weight.replace(".", "", 1).isdigit() else 0.0
    return wanted


def _weight(media: str, wanted: dict[str, float]) -> float:
    for pattern in (media, media.split("/", maxsplit=1)[0] + "/*", "*/*"):
        if pattern in wanted:
            return wanted[pattern]
    return 0.0


def to_json_value(value: object, column: Column) -> object:
    """A fetched value as JSON holds it: integers beyond 2^53 become text, JSON text becomes JSON."""
    if value is None:
        return None
    if column.kind is Kind.JSON:
        # A line break can only stand between tokens here, and would break NDJSON.
        return orjson.Fragment(str(value).replace("\n", " ").replace("\r", " "))
    if column.kind is Kind.INTEGER and isinstance(value, int) and abs(value) > _EXACT_IN_JSON:
        return str(value)
    return value


def json_objects(columns: Sequence[Column]) -> Encoder:
    """Encodes a row as a JSON object."""
    names = [column.name for column in columns]
    convert = _converter(columns)
    return lambda row: orjson.dumps(dict(zip(names, convert(row), strict=True)))


def json_arrays(columns: Sequence[Column]) -> Encoder:
    """Encodes a row as a JSON array."""
    convert = _converter(columns)
    return lambda row: orjson.dumps(convert(row))


def _converter(columns: Sequence[Column]) -> Callable[[Row], list[Any]]:
    special = [place for place, column in enumerate(columns) if column.kind in {Kind.JSON, Kind.INTEGER}]

    def convert(row: Row) -> list[Any]:
        values = list(row)
        for place in special:
            values[place] = to_json_value(values[place], columns[place])
        return values

    return convert


def csv_line(values: Row) -> bytes:
    """One CSV line (RFC 4180); null is nothing between the commas, an empty text is a pair of quotes."""
    return (",".join(map(_csv_cell, values)) + "\r\n").encode()


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    quoted = not text or not _NEEDS_QUOTES.isdisjoint(text) or text != text.strip()
    return '"' + text.replace('"', '""') + '"' if quoted else text


@dataclass(frozen=True)
class Cut:
    """The encoded rows that fit into an answer, and the last of them as a row if there were more."""

    encoded: list[bytes]
    last: Row | None = None


def fit(rows: Iterable[Row], encode: Encoder, size: int, budget: int) -> Cut:
    """Encode up to `size` rows, as many as fit into `budget` bytes of an answer.

    Raises:
        QueryTooHeavyError: not even the first row fits.
    """
    encoded: list[bytes] = []
    spent = 0
    last: Row = ()
    for row in rows:
        if len(encoded) == size:
            return Cut(encoded, last)
        line = encode(row)
        spent += escaped_size(line)
        if spent > budget:
            if not encoded:
                raise QueryTooHeavyError("One record alone is larger than an answer may be; choose columns with _col.")
            return Cut(encoded, last)
        encoded.append(line)
        last = row
    return Cut(encoded)


def escaped_size(text: bytes) -> int:
    """Bytes that the text takes inside the JSON document in which Lambda passes answers on."""
    return len(text) + text.count(b'"') + text.count(b"\\") + text.count(b"\n") + text.count(b"\r") + 1


def envelope(encoded: Sequence[bytes], members: dict[str, Any], name: Literal["records", "rejects"]) -> bytes:
    """The JSON document around encoded rows."""
    rest = orjson.dumps(members)
    return b'{"%s":[%s],%s' % (name.encode(), b",".join(encoded), rest[1:])
