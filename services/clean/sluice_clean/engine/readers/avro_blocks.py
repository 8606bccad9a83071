"""An Avro file's header, its blocks, and the records in them."""

import io
import json
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from fastavro import parse_schema, schemaless_reader
from fastavro.schema import SchemaParseException, UnknownType

from sluice_clean.engine.errors import CorruptFileError, TooLargeError
from sluice_clean.engine.readers.avro_codecs import expanded

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
LARGEST_BLOCK = 64 << 20  # bytes, expanded or not; writers make them of 16 kB to some MB
LARGEST_HEADER = 16 << 20
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


class Header(NamedTuple):
    """What a file says about its records."""

    schema: Any
    labels: list[str]
    is_record: bool
    codec: str
    sync: bytes
    size: int


class Block(NamedTuple):
    """Some records; ``number`` is the block's, from 1 on."""

    number: int
    records: int
    data: bytes


def header_of(data: bytes) -> Header:
    """The header that a file begins with.

    Raises:
        CorruptFileError: It is damaged.
    """
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
    return Header(schema, labels, is_record, codec, found["sync"], file.tell())


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


def blocks_of(file: IO[bytes], header: Header) -> Iterator[Block]:
    """The blocks behind the header, one at a time.

    Raises:
        CorruptFileError: One is damaged, or cut off.
        TooLargeError: One is larger than is held in memory.
    """
    number = 0
    while (first := file.read(1)) != b"":
        number += 1
        count, size = _number(file, first), _number(file, file.read(1))
        if count < 0 or size < 0:
            raise CorruptFileError(f"the Avro file is damaged at its block {number:,}")
        if size > LARGEST_BLOCK:
            raise TooLargeError(f"block {number:,} of the Avro file has {size:,} bytes; the limit is {LARGEST_BLOCK:,}")
        stored, sync = file.read(size), file.read(_SYNC)
        if len(stored) < size or sync != header.sync:
            raise CorruptFileError(f"the Avro file is cut off or damaged at its block {number:,}")
        data = expanded(stored, header.codec, LARGEST_BLOCK, number)
        if count > len(data):
            raise CorruptFileError(f"the Avro file is damaged: its block {number:,} has more records than bytes")
        yield Block(number, count, data)


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


def records_of(block: Block, header: Header) -> Iterator[Any]:
    """The records of a block.

    Raises:
        CorruptFileError: They are damaged, or other than the header says.
    """
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
