"""What kind of file is this? Answered from bounded samples of its bytes; its name is a hint at most."""

from collections.abc import Iterator
from dataclasses import dataclass

from sluice_clean.engine.errors import BinaryFileError, BlankFileError, EmptyFileError, UnreadableError
from sluice_clean.engine.model import CleanSettings, Source
from sluice_clean.engine.stream import GZIP_MAGIC, Repairs, decode, gunzip, text_chunks

HEAD_BYTES = 1 << 20
PROBE_BYTES = 64 << 10
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_BINARIES = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "an executable"),
    (b"MZ\x90", "an executable"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
    (b"Rar!", "a RAR archive"),
)
_MARKUP = ("<!doctype html", "<html", "<?xml")
_TEXT_CONTROLS = frozenset(b"\t\n\r\x0b\x0c\x1b\x1c\x1d\x1e\x1f\x1a\x00\x01\x02\x03\x08")
_MAX_CONTROL_SHARE = 0.02
_MAX_NUL_SHARE = 0.05
_FEW_CONTROLS = 3
_LONGEST_CHARACTER = 4


@dataclass(frozen=True)
class Sample:
    """What the probe found.

    Attributes:
        source: The object itself.
        compression: "gzip" or None.
        encoding: A Python codec: utf-8, utf-16-le, ….
        marked: Whether a byte order mark was there.
        head: The first text of the file, up to `HEAD_BYTES`.
        whole: Whether ``head`` is all there is.
        later: Further pieces, from the middle and the end, cut to whole lines.
        plain: Whether DuckDB can read the object as it lies: uncompressed and, as far as seen, UTF-8.
    """

    source: Source
    compression: str | None
    encoding: str
    marked: bool
    head: str
    whole: bool
    later: tuple[str, ...]
    plain: bool


def probe(source: Source, settings: CleanSettings) -> Sample:
    """Looks at an object's first bytes, and at some from its middle and end.

    Raises:
        EngineError: It is empty, blank, binary, markup, or a broken gzip.
    """
    if source.size == 0:
        raise EmptyFileError("the file is empty: 0 bytes")
    stored = source.read(0, HEAD_BYTES)
    compression = "gzip" if stored.startswith(GZIP_MAGIC) else None
    head = _expanded_head(stored, source, settings) if compression else stored
    if not head:
        raise EmptyFileError("the file is empty once it is decompressed")
    encoding, marked = _encoding(head)
    _refuse_binary(head, encoding)
    repairs = Repairs()
    text = "".join(decode(iter([head[: _whole_characters(head, encoding)]]), encoding, repairs))
    whole = len(head) < HEAD_BYTES if compression else len(stored) >= source.size
    _refuse_markup(text)
    if not text.strip("\ufeff\x00 \t\r\n\x0b\x0c\x1a"):
        _refuse_blank(source, compression, encoding, settings)
    later = () if whole or compression or encoding != "utf-8" else _later(source, repairs)
    plain = compression is None and encoding == "utf-8" and not repairs.stray
    return Sample(source, compression, encoding, marked, text, whole, later, plain)


def _expanded_head(stored: bytes, source: Source, settings: CleanSettings) -> bytes:
    """The first expanded bytes; a stream that is broken within the head is found here already."""

    def upto_head() -> Iterator[bytes]:
        yield stored
        if len(stored) < source.size:
            raise _SampleEnds

    pieces, length = [], 0
    try:
        for piece in gunzip(upto_head(), settings.max_expanded_bytes):
            pieces.append(piece)
            length += len(piece)
            if length >= HEAD_BYTES:
                break
    except _SampleEnds:
        pass
    return b"".join(pieces)[:HEAD_BYTES]


class _SampleEnds(Exception):  # noqa: N818 - a signal between two functions of this module, no error
    """The stored head is used up while the stream goes on."""


def _encoding(head: bytes) -> tuple[str, bool]:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, True
    even, odd = head[0:4096:2], head[1:4096:2]
    if odd and even.count(0) * 10 < len(even) and odd.count(0) * 10 > len(odd) * 6:
        return "utf-16-le", False
    if even and odd.count(0) * 10 < len(odd) and even.count(0) * 10 > len(even) * 6:
        return "utf-16-be", False
    return "utf-8", False


def _refuse_binary(head: bytes, encoding: str) -> None:
    for magic, kind in _BINARIES:
        if head.startswith(magic):
            raise BinaryFileError(f"the file is {kind}, which is not read here")
    if encoding != "utf-8":
        return
    part = head[:PROBE_BYTES]
    controls = sum(part.count(byte) for byte in range(32) if byte not in _TEXT_CONTROLS)
    allowed = max(_FEW_CONTROLS, len(part) * _MAX_CONTROL_SHARE)
    if controls > allowed or part.count(0) > max(_FEW_CONTROLS, len(part) * _MAX_NUL_SHARE):
        raise BinaryFileError("the file is binary data, not text")


def _refuse_markup(text: str) -> None:
    start = text[:200].lstrip("\ufeff \t\r\n").lower()
    for opening in _MARKUP:
        if start.startswith(opening):
            raise UnreadableError(f"the file is markup (it begins with {opening!r}), not delimited text or JSON")


def _refuse_blank(source: Source, compression: str | None, encoding: str, settings: CleanSettings) -> None:
    for chunk in text_chunks(source, compression, encoding, settings, Repairs()):
        if chunk.strip("\ufeff\x00 \t\r\n\x0b\x0c\x1a"):
            raise UnreadableError(f"the first {HEAD_BYTES:,} bytes of the file are blank")
    raise BlankFileError("the file holds nothing but blank lines")


def _whole_characters(head: bytes, encoding: str) -> int:
    """Where to cut a sample so that no character is cut in two."""
    if encoding.startswith("utf-16"):
        return len(head) - len(head) % 2
    if encoding.startswith("utf-32"):
        return len(head) - len(head) % 4
    try:
        head[-_LONGEST_CHARACTER:].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return len(head) - (min(len(head), _LONGEST_CHARACTER) - error.start)
    return len(head)


def _later(source: Source, repairs: Repairs) -> tuple[str, ...]:
    """Pieces from the middle and the end, cut to whole lines."""
    pieces = []
    for start in (max(HEAD_BYTES, source.size // 2), max(HEAD_BYTES, source.size - PROBE_BYTES)):
        data = source.read(start, min(PROBE_BYTES, source.size - start))
        first, last = data.find(b"\n") + 1, data.rfind(b"\n") + 1
        if first < last:
            pieces.append("".join(decode(iter([data[first:last]]), "utf-8", repairs)))
    return tuple(pieces)
