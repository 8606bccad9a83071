"""From a census to an encoding."""

import codecs
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from sluice_clean.engine.encoding.census import LONGEST_CONTEXT, Census
from sluice_clean.engine.encoding.likelihood import multi_byte, single_byte

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Python's codec, the label of the WHATWG or IANA, and its log-likelihood before any evidence, against the commonest.
_SINGLE = (
    ("cp1252", "windows-1252", 0.0),
    ("cp1251", "windows-1251", -0.5),
    ("cp1250", "windows-1250", -1.0),
    ("cp1254", "windows-1254", -1.5),
    ("cp1253", "windows-1253", -1.5),
    ("cp1257", "windows-1257", -2.0),
    ("cp1255", "windows-1255", -1.5),
    ("cp1256", "windows-1256", -1.5),
    ("cp874", "windows-874", -1.5),
    ("cp1258", "windows-1258", -2.5),
    ("iso8859_15", "iso-8859-15", -2.0),
    ("iso8859_2", "iso-8859-2", -2.0),
    ("koi8_r", "koi8-r", -1.5),
    ("koi8_u", "koi8-u", -2.0),
    ("iso8859_5", "iso-8859-5", -2.5),
    ("iso8859_7", "iso-8859-7", -2.0),
    ("iso8859_13", "iso-8859-13", -3.0),
    ("iso8859_4", "iso-8859-4", -5.0),
    ("iso8859_6", "iso-8859-6", -2.5),
    ("iso8859_10", "iso-8859-10", -6.0),
    ("iso8859_3", "iso-8859-3", -8.0),
    ("iso8859_16", "iso-8859-16", -3.5),
    ("mac_roman", "macintosh", -3.0),
    ("mac_cyrillic", "x-mac-cyrillic", -3.0),
    ("mac_latin2", "x-mac-ce", -3.5),
    ("mac_greek", "x-mac-greek", -3.5),
    ("mac_turkish", "x-mac-turkish", -3.5),
    ("cp866", "ibm866", -2.0),
    ("cp850", "ibm850", -3.0),
    ("cp437", "ibm437", -3.5),
    ("cp852", "ibm852", -3.5),
    ("cp857", "ibm857", -4.0),
    ("cp737", "ibm737", -4.0),
    ("cp862", "ibm862", -4.0),
)
_MULTI = (
    ("cp932", "shift_jis", 0.0),
    ("euc_jp", "euc-jp", 0.0),
    ("gb18030", "gb18030", 0.0),
    ("big5hkscs", "big5", 0.0),
    ("cp949", "euc-kr", 0.0),
)
_EAST_ASIAN = frozenset(codec for codec, _, _ in _MULTI)
_OTHER_LABELS = {"iso2022_jp": "iso-2022-jp", "iso8859-1": "iso-8859-1", "iso8859-9": "iso-8859-9", "gbk": "gbk"}
_FEWEST_NULS = 3
_ONE_SIDED = 0.9
_MIXED = 0.4  # share of whole UTF-8 characters that makes a file UTF-8 with strays
_MOST_BROKEN = 0.02
_GLANCED, _JUDGED = 3 << 10, 24 << 10
_SECOND_LOOKS = 6
_CERTAIN = 10.0
_HIGH = bytes(range(0x80, 0x100))
_MAC_LINES = 3.0
_UNDEFINED = -14.0
_UTF32_NULS = 0.55
_BYTES_OF_WORD = re.compile(rb"(?<![A-Za-z\x80-\xff])[A-Za-z]*+[\x80-\xff][A-Za-z\x80-\xff]*+")
_SAME_WORD = 2  # how often a word counts as evidence


@dataclass(frozen=True)
class Encoding:
    """In what encoding a file is.

    Attributes:
        name: Python's codec.
        confidence: 0..1.
        marked: Whether a byte order mark says so.
    """

    name: str
    confidence: float
    marked: bool = False

    @property
    def label(self) -> str:
        """The label of the WHATWG or IANA, in lower case."""
        return label_of(self.name)


def has_mark(head: bytes) -> bool:
    """Whether a file begins with a byte order mark."""
    return head.startswith(tuple(mark for mark, _ in MARKS))


def label_of(codec: str) -> str:
    """The label of a Python codec: windows-1252 for cp1252; what is no codec is its own label."""
    try:
        name = codecs.lookup(codec).name
    except LookupError:
        return codec
    return codec if name == "utf-8" else _labels().get(name, codec)


@cache
def _labels() -> dict[str, str]:
    """The labels of all that is not UTF-8, by codec; a look at each codec imports it."""
    return {codecs.lookup(codec).name: label for codec, label, _ in (*_SINGLE, *_MULTI)} | _OTHER_LABELS


def detect(census: Census) -> Encoding:
    """The encoding that explains all evidence best."""
    for mark, name in MARKS:
        if census.head.startswith(mark):
            return Encoding(name, 1.0, marked=True)
    census.finish()
    wide = _wide(census)
    if wide is not None:
        return wide
    if not census.strays:
        if census.escapes and _is_iso_2022_jp(census.head):
            return Encoding("iso2022_jp", 0.95)
        return Encoding("utf-8", 1.0 if census.utf8_characters else 0.99)
    share = census.utf8_characters / (census.utf8_characters + census.strays)
    if share >= _MIXED:
        return Encoding("utf-8", round(0.5 + share / 2, 3))
    return _best(census)


def _is_iso_2022_jp(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("iso2022_jp")().decode(head)
    except UnicodeError:  # an escape that does not end is no UnicodeDecodeError
        return False
    return True


def _wide(census: Census) -> Encoding | None:
    """UTF-16 or UTF-32 without a mark: every second byte, or three of four, are mostly zero."""
    size = len(census.head)
    head = census.head[: size - size % 4] or census.head[: size - size % 2]
    nuls = [head[place::4].count(0) for place in range(4)]
    total = sum(nuls)
    if total < _FEWEST_NULS or census.size % 2:
        return None
    if total >= len(head) * _UTF32_NULS and min(nuls[0], nuls[3]) < total * 0.1:
        return _decodes(head, "utf-32-be" if nuls[3] < nuls[0] else "utf-32-le")
    even, odd = nuls[0] + nuls[2], nuls[1] + nuls[3]
    if max(even, odd) < total * _ONE_SIDED:
        return None
    return _decodes(head, "utf-16-be" if even > odd else "utf-16-le")


def _decodes(head: bytes, name: str) -> Encoding | None:
    """The encoding, if the bytes read as lines and as characters that are written."""
    try:
        text = codecs.getincrementaldecoder(name)().decode(head)
    except UnicodeDecodeError:
        return None
    unwritten = sum(
        1 for character in text if not character.isprintable() and character not in "\t\r\n\ufeff\u3000\u00a0"
    )
    return Encoding(name, 0.95) if unwritten <= len(text) * _MOST_BROKEN else None


def _best(census: Census) -> Encoding:
    """The likeliest reading of the evidence: of all on a little of it, then of the best of them on more."""
    mac = _MAC_LINES if b"\r" in census.head and b"\n" not in census.head else 0.0
    priors = {codec: prior + (mac if codec.startswith("mac") else 0.0) for codec, _, prior in (*_SINGLE, *_MULTI)}
    promising = _ranked(_evidence(census, _GLANCED), priors)[:_SECOND_LOOKS]
    ranked = _ranked(_evidence(census, _JUDGED), {codec: priors[codec] for _, alike in promising for codec in alike})
    margin = ranked[0][0] - ranked[1][0] if len(ranked) > 1 else _CERTAIN
    return Encoding(ranked[0][1][0], round(1 - 0.5 * math.exp(-margin / 4), 3))


def _ranked(evidence: list[bytes], priors: dict[str, float]) -> list[tuple[float, list[str]]]:
    """The codecs, the likeliest first; those that read the same text together, the commonest of them first."""
    data = b"\n".join(evidence)
    size = len(data) - len(data.translate(None, _HIGH))
    scores: dict[str, float] = {}
    alike: dict[str, list[str]] = {}
    for codec in sorted(priors, key=lambda codec: -priors[codec]):
        text, broken = _read(evidence, codec)
        alike.setdefault(text, []).append(codec)
        if text in scores:
            continue
        sound = text.replace("\ufffd", "")
        mean = multi_byte(sound, codec) if codec in _EAST_ASIAN else single_byte(sound)
        width = 2 if codec in _EAST_ASIAN else 1
        scores[text] = mean * max(0, size - broken) + width * _UNDEFINED * broken + priors[codec]
    return sorted(((score, alike[text]) for text, score in scores.items()), reverse=True)


def _read(evidence: list[bytes], codec: str) -> tuple[str, int]:
    """The text, and how many bytes or sequences are none."""
    if codec not in _EAST_ASIAN:
        text = b"\n".join(evidence).decode(codec, "replace")
        return text, text.count("\ufffd")
    texts = [line.decode(codec, "replace") for line in evidence]
    # A long line may have been cut within a character.
    cut = sum(
        text.endswith("\ufffd") for line, text in zip(evidence, texts, strict=True) if len(line) >= LONGEST_CONTEXT
    )
    text = "\n".join(texts)
    return text, text.count("\ufffd") - cut


def _evidence(census: Census, amount: int) -> list[bytes]:
    """Some of the lines, from all over the file: about so many bytes, and one with each byte that the file has."""
    contexts = census.contexts
    while sum(map(len, contexts)) > amount and len(contexts) > 1:
        contexts = contexts[::2]
    return _telling(dict.fromkeys([*census.firsts, *contexts]))


def _telling(lines: Iterable[bytes]) -> list[bytes]:
    """The lines that say something new: a name in every record is evidence once or twice, not a thousand times."""
    met: Counter[bytes] = Counter()
    found = []
    for line in lines:
        words = set(_BYTES_OF_WORD.findall(line))
        if not all(met[word] >= _SAME_WORD for word in words):
            found.append(line)
        met.update(words)
    return found
