"""Avro object container files. Standard: Avro 1.11, "Object Container Files".

Every value becomes text: what is nested JSON, times ISO 8601, bytes base64.
"""

import base64
import io
import json
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any, NamedTuple

import orjson
from fastavro import parse_schema, schemaless_reader
from fastavro.schema import SchemaParseException, UnknownType

from sluice_clean.engine.containers.base import SourceFile
from sluice_clean.engine.errors import CorruptFileError, NoRecordsError, TooLargeError
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.avro_codecs import expanded
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.growing import GrowingTable
from sluice_clean.engine.work import Workspace

_HEADER = parse_schema(
    {
        "type": "record",
        "name": "Header",
        "fields": [
            {"name": "magic", "type": {"type": "fixed", "name": "Magic", "size": 4}},
            {"name": "meta", "type": {"type": "map", "values": "bytes"}},
            {"name": "sync", "type": {"type": "fixed", "name": "Sync", "size": 16}},
        ],
    }
)
_LARGEST_BLOCK = 64 << 20  # bytes, expanded or not; writers make them of 16 kB to some MB
_LARGEST_HEADER = 16 << 20
_LONGEST_NUMBER = 10  # bytes
_SYNC = 16
_DEEPEST_SCHEMA = 100
# What the library raises about bytes that do not fit the schema.
_BROKEN = (
    EOFError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    StopIteration,
    SchemaParseException,
    UnknownType,
)

Schema = dict[str, Any] | list[Any] | str


class AvroReader:
    """Takes what the probe says is Avro."""

    def recognises(self, sample: Sample) -> bool:
        """See `Reader`."""
        return sample.kind == "avro"

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """See `Reader`."""
        with work.timed("read"), SourceFile(sample.source, _LARGEST_BLOCK) as file:
            header = _header(sample.source.read(0, _LARGEST_HEADER))
            file.seek(header.size)
            growing = GrowingTable(work, len(header.labels), "records")
            texts = _Texts()
            for block in _blocks(file, header):
                for record in _records(block, header):
                    values = record.values() if header.is_record else (record,)
                    growing.add([texts.of(value) for value in values])
        if not growing.records:
            raise NoRecordsError("the Avro file has no records")
        return RawTable(
            [*header.labels],
            *growing.finish(range(len(header.labels))),
            "avro",
            "utf-8",
            nested=True,
            warnings=["bytes are given in base64"] if texts.had_bytes else [],
        )


class _Header(NamedTuple):
    """What a file says about its records."""

    schema: Any
    labels: list[str]
    is_record: bool
    codec: str
    sync: bytes
    size: int


class _Block(NamedTuple):
    """Some records; ``number`` is the block's, from 1 on."""

    number: int
    records: int
    data: bytes


def _header(data: bytes) -> _Header:
    file = io.BytesIO(data)
    try:
        found: Any = schemaless_reader(file, _HEADER, None)
        stated: Schema = json.loads(found["meta"]["avro.schema"])
        _check(stated)
        schema: Any = parse_schema(stated)
        codec = found["meta"].get("avro.codec", b"null").decode("ascii")
        is_record = isinstance(stated, dict) and stated.get("type") in {"record", "error"}
        labels = [str(field["name"]) for field in schema["fields"]] if is_record else ["value"]
    except _BROKEN as error:
        raise CorruptFileError(f"the Avro file's header is damaged: {_reason(error)}") from error
    return _Header(schema, labels, is_record, codec, found["sync"], file.tell())


def _check(schema: Schema, depth: int = 0) -> None:
    """Refuses lists of items that take no bytes: a few bytes could tell of any number of them.

    Raises:
        ValueError: There is one, or types are nested too deeply.
    """
    if depth > _DEEPEST_SCHEMA:
        raise ValueError("types are nested too deeply")
    if isinstance(schema, list):
        for option in schema:
            _check(option, depth + 1)
    elif isinstance(schema, dict):
        if schema.get("type") == "array" and _takes_nothing(schema.get("items")):
            raise ValueError("a list of nothing")
        for inner in (schema.get("items"), schema.get("values"), schema.get("type")):
            _check(inner, depth + 1) if isinstance(inner, dict | list) else None
        for field in schema.get("fields", []):
            _check(field, depth + 1)


def _takes_nothing(schema: object) -> bool:
    if isinstance(schema, dict):
        kind = schema.get("type")
        if kind in {"record", "error"}:
            return all(_takes_nothing(field.get("type")) for field in schema.get("fields", []))
        return (kind == "fixed" and schema.get("size") == 0) or _takes_nothing(kind)
    return schema == "null"


def _blocks(file: IO[bytes], header: _Header) -> Iterator[_Block]:
    number = 0
    while (first := file.read(1)) != b"":
        number += 1
        count, size = _number(file, first), _number(file, file.read(1))
        if count < 0 or size < 0:
            raise CorruptFileError(f"the Avro file is damaged at its block {number:,}")
        if size > _LARGEST_BLOCK:
            raise TooLargeError(
                f"block {number:,} of the Avro file has {size:,} bytes; the limit is {_LARGEST_BLOCK:,}"
            )
        stored, sync = file.read(size), file.read(_SYNC)
        if len(stored) < size or sync != header.sync:
            raise CorruptFileError(f"the Avro file is cut off or damaged at its block {number:,}")
        data = expanded(stored, header.codec, _LARGEST_BLOCK, number)
        if count > len(data):
            raise CorruptFileError(f"the Avro file is damaged: its block {number:,} has more records than bytes")
        yield _Block(number, count, data)


def _number(file: IO[bytes], first: bytes) -> int:
    """A number of seven bits a byte, zig-zag."""
    value, byte = 0, first
    for place in range(_LONGEST_NUMBER):
        if byte == b"":
            raise CorruptFileError("the Avro file is cut off")
        value |= (byte[0] & 0x7F) << 7 * place
        if byte[0] < 0x80:  # noqa: PLR2004 - the eighth bit says that there is more
            break
        byte = file.read(1)
    return (value >> 1) ^ -(value & 1)


def _records(block: _Block, header: _Header) -> Iterator[Any]:
    data = io.BytesIO(block.data)
    for number in range(block.records):
        try:
            record = schemaless_reader(data, header.schema, None)
        except _BROKEN as error:
            where = f"record {number + 1:,} of block {block.number:,}"
            raise CorruptFileError(f"the Avro file is damaged at {where}: {_reason(error)}") from error
        yield record
    if data.tell() != len(block.data):
        raise CorruptFileError(f"the Avro file is damaged: bytes follow the last record of block {block.number:,}")


def _reason(error: Exception) -> str:
    text = str(error).splitlines()
    return text[0][:200] if text and text[0] else type(error).__name__


class _Texts:
    """Makes texts of values, and remembers whether bytes were among them."""

    def __init__(self) -> None:
        self.had_bytes = False

    def of(self, value: object) -> str | None:
        """A cell."""
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, dict | list | tuple):
            return orjson.dumps(value, default=self._scalar, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
        return self._scalar(value)

    def _scalar(self, value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, bytes):
            self.had_bytes = True
            return base64.b64encode(value).decode()
        if isinstance(value, datetime):
            return value.isoformat().replace("+00:00", "Z")
        if isinstance(value, date | time):
            return value.isoformat()
        return str(value)  # numbers, decimals, UUIDs
