"""What kind of file is this? Answered from bounded samples of its bytes; its name is a hint at most."""

import codecs
from dataclasses import dataclass, replace

from sluice_clean.engine.binaries import binary_kind
from sluice_clean.engine.encoding import Census, Encoding, detect, has_mark
from sluice_clean.engine.errors import BinaryFileError, BlankFileError, EmptyFileError, UnreadableError
from sluice_clean.engine.model import Source
from sluice_clean.engine.sql_dumps import is_sql_dump
from sluice_clean.engine.stream import CHUNK, Repairs, decode, text_chunks

HEAD_BYTES = 1 << 20
PROBE_BYTES = 64 << 10
_UNIT = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}  # bytes; in others a line can begin anywhere
_TEXT_CONTROLS = frozenset(b"\t\n\r\x0b\x0c\x1b\x1c\x1d\x1e\x1f\x1a\x00\x01\x02\x03\x08")
_MAX_CONTROL_SHARE = 0.02
_MAX_NUL_SHARE = 0.05
_FEW_CONTROLS = 3


@dataclass(frozen=True)
class Sample:
    """What the probe found.

    Attributes:
        source: The object itself.
        encoding: A Python codec: utf-8, utf-16-le, ….
        marked: Whether a byte order mark was there.
        head: The first text of the file, up to `HEAD_BYTES`.
        whole: Whether ``head`` is all there is.
        later: Further pieces, from the middle and the end, cut to whole lines.
        plain: Whether DuckDB can read the object as it lies: uncompressed and, as far as seen, UTF-8.
        kind: A binary format that is read: xlsx, parquet, …; ``head`` is empty then. None for text.
        confidence: 0..1, of the encoding.
    """

    source: Source
    encoding: str
    marked: bool
    head: str
    whole: bool
    later: tuple[str, ...]
    plain: bool
    kind: str | None = None
    confidence: float = 1.0


def probe(source: Source) -> Sample:
    """Looks at the first bytes of a file without compression around it, and at some from its middle and end.

    Raises:
        EngineError: It is empty, blank, or in a binary format that isn't read.
    """
    if source.size == 0:
        raise EmptyFileError("the file is empty: 0 bytes")
    stored = source.read(0, HEAD_BYTES)
    if kind := binary_kind(stored, source):
        return Sample(source, "binary", marked=False, head="", whole=False, later=(), plain=False, kind=kind)
    whole = len(stored) >= source.size
    found = _survey(stored, source)
    if whole and not stored.strip(b"\0"):
        raise EmptyFileError("the file holds nothing but zero bytes, as an empty tar archive does")
    _refuse_binary(stored, found.name)
    repairs = Repairs()
    text = _text(stored, found.name, repairs, whole=whole)
    if not text.strip("\ufeff\x00 \t\r\n\x0b\x0c\x1a"):
        _refuse_blank(source, found.name)
    if is_sql_dump(text):
        raise UnreadableError("the file is an SQL dump, which is not read here: its tables can be exported as CSV")
    later = () if whole else _later(source, found.name, repairs)
    plain = found.name == "utf-8" and not repairs.stray
    return Sample(source, found.name, found.marked, text, whole, later, plain, confidence=found.confidence)


def _survey(head: bytes, source: Source) -> Encoding:
    """The encoding by as much of the file as is cheap to see: all of a local file, three places of a remote one."""
    census = Census()
    census.add(head)
    census.size = source.size
    if not is_remote(source) and not has_mark(head):
        at = len(head)
        while at < source.size and not census.settled:
            chunk = source.read(at, CHUNK)
            census.add(chunk)
            at += len(chunk) or CHUNK
    elif not has_mark(head):
        for start in _places(source):
            census.add(_from_line_start(source.read(start, PROBE_BYTES)), follows=False)
    census.size = source.size
    return detect(census)


def _from_line_start(data: bytes) -> bytes:
    return data[data.find(b"\n") + 1 :]


def _places(source: Source) -> tuple[int, int]:
    """Where further samples begin: in the middle and before the end, at a multiple of every unit."""
    middle, end = max(HEAD_BYTES, source.size // 2), max(HEAD_BYTES, source.size - PROBE_BYTES)
    return middle - middle % 4, end - end % 4


def is_remote(source: Source) -> bool:
    """Whether every byte that is read of a source comes over a network."""
    return "://" in source.url


def settled(sample: Sample, census: Census) -> Sample:
    """The sample, read anew if all bytes of the file, seen meanwhile, tell another encoding than some did.

    Args:
        sample: What the probe found in some places.
        census: Of the whole file.
    """
    found = detect(census)
    if sample.kind is not None or sample.marked or found.name == sample.encoding:
        return sample
    return read_as(sample, found)


def read_as(sample: Sample, found: Encoding) -> Sample:
    """The sample, read anew in another encoding."""
    repairs = Repairs()
    text = _text(sample.source.read(0, HEAD_BYTES), found.name, repairs, whole=sample.whole)
    later = () if sample.whole else _later(sample.source, found.name, repairs)
    return replace(
        sample, encoding=found.name, head=text, later=later, plain=found.name == "utf-8", confidence=found.confidence
    )


def _refuse_binary(head: bytes, encoding: str) -> None:
    if encoding in _UNIT:
        return
    part = head[:PROBE_BYTES]
    controls = sum(part.count(byte) for byte in range(32) if byte not in _TEXT_CONTROLS)
    allowed = max(_FEW_CONTROLS, len(part) * _MAX_CONTROL_SHARE)
    padded = part.count(0) > max(_FEW_CONTROLS, len(part) * _MAX_NUL_SHARE)
    if controls > allowed or (padded and not _is_padded_text(part, encoding)):
        raise BinaryFileError("the file is binary data, not text")


def _is_padded_text(part: bytes, encoding: str) -> bool:
    """Lines of UTF-8 whose cells, or whose end, are filled up with NULs, and no other control character."""
    filled = part.rstrip(b"\0")
    text = filled.translate(None, b"\0")
    plain = not any(byte in text for byte in range(32) if byte not in b"\t\n\r\f")
    return encoding == "utf-8" and plain and b"\n" in text and len(text) * 2 >= len(filled)


def _refuse_blank(source: Source, encoding: str) -> None:
    line, column = 1, 1
    for chunk in text_chunks(source, encoding, Repairs()):
        line, column = line + chunk.count("\n"), len(chunk) - chunk.rfind("\n") + (column - 1) * ("\n" not in chunk)
        if chunk.strip("\ufeff\x00 \t\r\n\x0b\x0c\x1a"):
            raise UnreadableError(f"the first {HEAD_BYTES:,} bytes of the file are blank")
    raise BlankFileError(f"the file holds nothing but blank lines: it ends at line {line:,}, column {column:,}")


def _text(head: bytes, encoding: str, repairs: Repairs, *, whole: bool) -> str:
    """The head's text; a character that the sample's end cuts in two is left out."""
    if whole:
        return "".join(decode(iter([head]), encoding, repairs))
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    try:
        decoder.decode(head)
        unfinished = len(decoder.getstate()[0])
    except UnicodeError:  # what is invalid is repaired below
        unfinished = 0
    return "".join(decode(iter([head[: len(head) - unfinished]]), encoding, repairs))


def _later(source: Source, encoding: str, repairs: Repairs) -> tuple[str, ...]:
    """Pieces from the middle and the end, cut to whole lines; the last one reaches to the end of the file."""
    if encoding == "iso2022_jp":
        return ()  # where a piece begins nobody knows which characters its bytes are
    pieces = []
    for start in _places(source):
        data = source.read(start, source.size - start if start >= source.size - 2 * PROBE_BYTES else PROBE_BYTES)
        text = "".join(decode(iter([data]), encoding, Repairs()))
        ends = start + len(data) >= source.size
        first = min((place for place in (text.find("\n"), text.find("\r")) if place >= 0), default=len(text)) + 1
        last = len(text) if ends else max(text.rfind("\n"), text.rfind("\r")) + 1
        if first < last:
            pieces.append(text[first:last].removeprefix("\n"))
            repairs.stray += pieces[-1].count("\ufffd")
    return tuple(pieces)
