"""How the blocks of an Avro file are compressed."""

import zlib
from collections.abc import Callable

import cramjam

from sluice_clean.engine.containers.base import Compression
from sluice_clean.engine.containers.bzip2 import Bzip2
from sluice_clean.engine.containers.xz import Xz
from sluice_clean.engine.containers.zstd import Zstd
from sluice_clean.engine.errors import CorruptFileError, EngineError, TooLargeError, UnreadableError

_CHECKSUM = 4  # bytes after a block in snappy
_STREAMS: dict[str, Compression] = {"bzip2": Bzip2(), "xz": Xz(), "zstandard": Zstd()}
_Codec = Callable[[bytes, int], bytes]


def expanded(stored: bytes, codec: str, limit: int, number: int) -> bytes:
    """A block's bytes.

    Args:
        stored: As they are in the file.
        codec: As the file calls it.
        limit: Bytes that it may expand to.
        number: The block's, for the message.

    Raises:
        UnreadableError: The codec is not known here.
        CorruptFileError: The block is damaged.
        TooLargeError: It expands to more.
    """
    if codec in _STREAMS:
        return _streamed(stored, codec, limit, number)
    expand = {"null": _null, "deflate": _deflate, "snappy": _snappy}.get(codec)
    if expand is None:
        raise UnreadableError(f"the Avro file is compressed with {codec!r}, which is not read here")
    try:
        data = expand(stored, limit)
    except OverflowError as error:
        raise TooLargeError(f"block {number:,} of the Avro file expands to more than {limit:,} bytes") from error
    except (zlib.error, cramjam.DecompressionError, ValueError) as error:
        raise CorruptFileError(f"the Avro file is damaged at its block {number:,}: {error}") from error
    return data


def _streamed(stored: bytes, codec: str, limit: int, number: int) -> bytes:
    try:
        return b"".join(_STREAMS[codec].expand(iter([stored]), limit, lambda _: None))
    except TooLargeError:
        raise
    except EngineError as error:
        raise CorruptFileError(f"the Avro file is damaged at its block {number:,}: {error}") from error


def _null(stored: bytes, _: int) -> bytes:
    return stored


def _deflate(stored: bytes, limit: int) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    data = stream.decompress(stored, limit + 1)
    if len(data) > limit:
        raise OverflowError
    if not stream.eof:
        raise ValueError("it is cut off")
    return data


def _snappy(stored: bytes, limit: int) -> bytes:
    """Raw snappy, whose first bytes tell its length, and a checksum of the expanded bytes."""
    body, checksum = stored[:-_CHECKSUM], stored[-_CHECKSUM:]
    if cramjam.snappy.decompress_raw_len(body) > limit:
        raise OverflowError
    data = bytes(cramjam.snappy.decompress_raw(body))
    if zlib.crc32(data).to_bytes(_CHECKSUM, "big") != checksum:
        raise ValueError("its checksum is wrong")
    return data
