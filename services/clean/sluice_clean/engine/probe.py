"""What kind of file is this? Answered from bounded samples of its bytes; its name is a hint at most."""

from dataclasses import dataclass

from sluice_clean.engine.binaries import binary_kind
from sluice_clean.engine.errors import BinaryFileError, BlankFileError, EmptyFileError, UnreadableError
from sluice_clean.engine.model import CleanSettings, Source
from sluice_clean.engine.stream import Repairs, decode, text_chunks

HEAD_BYTES = 1 << 20
PROBE_BYTES = 64 << 10
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
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
        compression: None: what lay around the table is gone by now.
        encoding: A Python codec: utf-8, utf-16-le, ….
        marked: Whether a byte order mark was there.
        head: The first text of the file, up to `HEAD_BYTES`.
        whole: Whether ``head`` is all there is.
        later: Further pieces, from the middle and the end, cut to whole lines.
        plain: Whether DuckDB can read the object as it lies: uncompressed and, as far as seen, UTF-8.
        kind: A binary format that is read: xlsx, parquet, …; ``head`` is empty then. None for text.
    """

    source: Source
    compression: str | None
    encoding: str
    marked: bool
    head: str
    whole: bool
    later: tuple[str, ...]
    plain: bool
    kind: str | None = None


def probe(source: Source, settings: CleanSettings) -> Sample:
    """Looks at the first bytes of a file without compression around it, and at some from its middle and end.

    Raises:
        EngineError: It is empty, blank, or in a binary format that isn't read.
    """
    if source.size == 0:
        raise EmptyFileError("the file is empty: 0 bytes")
    stored = source.read(0, HEAD_BYTES)
    if kind := binary_kind(stored, source):
        return Sample(source, None, "binary", marked=False, head="", whole=False, later=(), plain=False, kind=kind)
    encoding, marked = _encoding(stored)
    _refuse_binary(stored, encoding)
    repairs = Repairs()
    text = "".join(decode(iter([stored[: _whole_characters(stored, encoding)]]), encoding, repairs))
    whole = len(stored) >= source.size
    if not text.strip("\ufeff\x00 \t\r\n\x0b\x0c\x1a"):
        _refuse_blank(source, encoding, settings)
    later = () if whole or encoding != "utf-8" else _later(source, repairs)
    plain = encoding == "utf-8" and not repairs.stray
    return Sample(source, None, encoding, marked, text, whole, later, plain)


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
    if encoding != "utf-8":
        return
    part = head[:PROBE_BYTES]
    controls = sum(part.count(byte) for byte in range(32) if byte not in _TEXT_CONTROLS)
    allowed = max(_FEW_CONTROLS, len(part) * _MAX_CONTROL_SHARE)
    if controls > allowed or part.count(0) > max(_FEW_CONTROLS, len(part) * _MAX_NUL_SHARE):
        raise BinaryFileError("the file is binary data, not text")


def _refuse_blank(source: Source, encoding: str, settings: CleanSettings) -> None:
    for chunk in text_chunks(source, None, encoding, settings, Repairs()):
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
