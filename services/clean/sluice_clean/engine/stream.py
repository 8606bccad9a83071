"""The source as a stream of text: ranged reads, decoded, in bounded memory."""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sluice_clean.engine.model import Source

CHUNK = 4 << 20
GZIP_MAGIC = b"\x1f\x8b"
_STRAY = re.compile("[\udc80-\udcff]")
_NO_ESCAPE = re.compile(rb"\x1b(?!\([BJ]|\$[@B]|[($]?\Z)")  # of ISO-2022-JP: RFC 1468
_MARK = re.compile("(?<=[\r\n])\ufeff+")
_UNICODES = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
_JAPANESE = ("cp932", "shift_jis", "euc_jp", "iso2022_jp")
_CHINESE_AND_KOREAN = ("gb2312", "gbk", "gb18030", "hz", "big5", "big5hkscs", "cp950", "cp949", "euc_kr", "johab")
_WIDE = frozenset((*_UNICODES, *_JAPANESE, *_CHINESE_AND_KOREAN))  # by the names that `codecs.lookup` gives


@dataclass
class Repairs:
    """How many bytes had no meaning, read as Windows-1252 or replaced, among how many characters beyond ASCII.

    ``twice`` counts lines with text that was encoded twice.
    """

    stray: int = 0
    beyond_ascii: int = 0
    twice: int = 0

    @property
    def mostly_single_byte(self) -> bool:
        """Whether the text is Windows-1252 rather than UTF-8 with a few broken bytes."""
        return self.stray > 0 and self.stray * 2 >= self.beyond_ascii


def raw_chunks(source: Source, size: int = CHUNK) -> Iterator[bytes]:
    """The object's bytes as they are stored."""
    for start in range(0, source.size, size):
        yield source.read(start, min(size, source.size - start))


def replaces_strays(encoding: str) -> bool:
    """Whether invalid bytes become U+FFFD: in a code of several bytes a character, one byte has no meaning of its own.

    In all others they are read as Windows-1252.

    Args:
        encoding: Any of Python's names for a codec.
    """
    return codecs.lookup(encoding).name in _WIDE


def _single_byte(match: re.Match[str]) -> str:
    byte = bytes([ord(match.group()) - 0xDC00])
    try:
        return byte.decode("cp1252")
    except UnicodeDecodeError:  # five bytes have no meaning in Windows-1252
        return byte.decode("latin-1")


def decode(chunks: Iterator[bytes], encoding: str, repairs: Repairs) -> Iterator[str]:
    """The text of the chunks, without byte order marks: at the start, and at the start of lines of appended files.

    Under UTF-8 a byte that is not valid is read as Windows-1252, one by one, so that a file which mixes both
    loses nothing; so is a byte that a single-byte code page leaves undefined. In encodings of two or more bytes a
    character it becomes U+FFFD. All are counted in ``repairs``.
    """
    bytewise = not replaces_strays(encoding)
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if bytewise else "replace")
    at_line_start = True
    for chunk in _with_end(chunks):
        text = _decoded(decoder, chunk)
        if not text:
            continue
        if not text.isascii():
            text = _without_marks(text, at_line_start=at_line_start)
            text = _repair(text, repairs) if bytewise else _count_replaced(text, repairs)
        at_line_start = text.endswith(("\n", "\r")) if text else at_line_start
        if text:
            yield text


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes | None) -> str:
    """The text of a chunk; None is the end."""
    pending, flags = decoder.getstate()
    try:
        return decoder.decode(chunk or b"", final=chunk is None)
    except UnicodeError:  # an escape of ISO-2022-JP that is none: it is waited for its end, for ever
        decoder.setstate((b"", flags))
        pieces = _NO_ESCAPE.split(pending + (chunk or b""))
        return "\ufffd".join(decoder.decode(piece) for piece in pieces) + decoder.decode(b"", final=chunk is None)


def _with_end(chunks: Iterator[bytes]) -> Iterator[bytes | None]:
    yield from chunks
    yield None


def _without_marks(text: str, *, at_line_start: bool) -> str:
    if "\ufeff" not in text:
        return text
    return _MARK.sub("", text.lstrip("\ufeff") if at_line_start else text)


def _repair(text: str, repairs: Repairs) -> str:
    fixed, count = _STRAY.subn(_single_byte, text)
    repairs.stray += count
    repairs.beyond_ascii += len(fixed) - len(fixed.encode("ascii", "ignore"))
    return fixed


def _count_replaced(text: str, repairs: Repairs) -> str:
    repairs.stray += text.count("\ufffd")
    return text


def text_chunks(source: Source, encoding: str, repairs: Repairs) -> Iterator[str]:
    """The whole object as text, piece by piece."""
    return decode(raw_chunks(source), encoding, repairs)


def lines(chunks: Iterator[str], limit: int) -> Iterator[str]:
    """Physical lines, each with its line end: LF, CRLF, or a lone CR.

    A line of more than ``limit`` characters comes cut to ``limit + 1``, without its line end, so that whoever
    reads it sees that it is too long and memory stays bounded.
    """
    rest = ""
    for chunk in chunks:
        text = rest + chunk
        # A CR at the very end may be half of a CRLF: it waits for the next chunk.
        cut = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
        yield from _split(text[:cut], limit)
        rest = text[cut:]
        if len(rest) > limit + 1:
            rest = rest[: limit + 1] + ("\r" if rest.endswith("\r") else "")
    yield from _split(rest, limit)


def _split(text: str, limit: int) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        yield line if len(line) <= limit else line[: limit + 1]
