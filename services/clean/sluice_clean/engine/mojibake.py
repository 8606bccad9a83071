"""Text that was encoded twice: UTF-8 read as Windows-1252, Mac Roman or Windows-1251 and encoded again.

Repaired only where it is certain. A run of characters beyond ASCII is turned back into the bytes that it was made
of; if these are UTF-8 and spell what people write, the run is what a wrong decoder left. Short runs that could have
been written on purpose (a capital with a tilde before a closing quote) are left alone, unless the rest of the line
was surely damaged in the same way.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache, partial

MOST_EXAMPLES = 3
_MOST_LEVELS = 3
_CODECS = ("cp1252", "cp1251", "mac_roman", "cp437", "cp850", "cp1250")
_WESTERN = frozenset(("cp1252", "cp1250"))
_RUN = re.compile("[^\x00-\x7f]{2,}")
_LINE = re.compile("[^\r\n]+")
_CLOSERS = frozenset(
    "\u201d\u201c\u2019\u2018\u00bb\u00ab\u203a\u2039\u2026\u2013\u2014\u2122\u00ae\u2020\u2021\u2022\u201e\u201a\u00a0"
)
_TYPOGRAPHY = re.compile("[\u2010-\u2044\u20ac\u2122\u2212\u2248\u2260\u2264\u2265\u2190-\u2193\u25cf\ufeff]")
_LATIN = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]")
_SYMBOL = re.compile("[\u00a0-\u00bf\u00d7\u00f7]")
_CONTROLS = re.compile("[\x80-\x9f]")
_NEVER_WRITTEN = frozenset(("Cc", "Cn", "Co", "Cs"))
_C1 = range(0x80, 0xA0)
_JAPANESE = frozenset(("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "FULLWIDTH"))
# The same in UTF-8, to tell at once that a piece of a file holds nothing of the kind.
_HINTS = tuple(
    (lead, re.compile(hint))
    for lead, hint in (
        (
            b"\xc3",
            rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xc6\x92|\xcb[\x86\x9c]|\xe2[\x80\x82\x84])",
        ),
        (
            b"\xd0",
            rb"\xd0[\x92-\xbf](?:\xc2[\xa0-\xbf]|\xe2[\x80\x82\x84]|\xd0[\x81-\x8f]|\xd1[\x90-\x9f]|\xd2[\x90\x91])",
        ),
        (
            b"\xd1",
            rb"\xd1[\x80-\x84](?:\xc2[\xa0-\xbf]|\xe2[\x80\x82\x84]|\xd0[\x81-\x8f]|\xd1[\x90-\x9f]|\xd2[\x90\x91])",
        ),
        (b"\xc4", rb"\xc4[\x82\x8e-\x91\xb9](?:\xc2|\xc4|\xc5|\xcb|\xe2)"),
        (b"\xe2", rb"\xe2\x88\x9a[\xc2-\xce\xe2]"),
        (b"\xe2", rb"\xe2\x80[\x93\x9a](?:\xc3|\xe2\x88)"),
        (b"\xe2", rb"\xe2\x94[\x80-\xbc][\xc2-\xce\xe2]"),
        (b"\xe2", rb"\xe2\x95[\x90-\xac][\xc2-\xce\xe2]"),
        (b"\xc2", rb"\xc2\xac[\xc2\xc3\xe2]"),
        (b"\xce", rb"\xce\x93\xc3\x87"),
        (b"\xc3", rb"\xc3\x94\xc3\x87"),
    )
)


def is_suspicious(data: bytes) -> bool:
    """Whether some UTF-8 may hold text that was encoded twice: a quick look that `repair` would confirm or deny."""
    if data.isascii():
        return False
    # One byte is found ten times as fast as a pattern, and most files lack most of them.
    return any(lead in data and hint.search(data) for lead, hint in _HINTS)


def repair(text: str, examples: list[tuple[str, str]] | None = None) -> tuple[str, int]:
    """A text with its doubly encoded parts set right, and the number of lines that this changed.

    Args:
        text: Any number of lines.
        examples: Gets up to `MOST_EXAMPLES` pairs of what stood there and what stands there now.
    """
    if text.isascii() or not is_suspicious(text.encode("utf-8", "surrogatepass")):
        return text, 0
    changed = 0

    def mend(match: re.Match[str]) -> str:
        nonlocal changed
        line = match.group()
        mended = _repair_line(line)
        if mended != line:
            changed += 1
            if examples is not None and len(examples) < MOST_EXAMPLES:
                examples.append((line, mended))
        return mended

    return _LINE.sub(mend, text), changed


def _repair_line(line: str) -> str:
    for _ in range(_MOST_LEVELS):
        if line.isascii() or _gate().search(line) is None:
            break
        mended = _once(line)
        if mended == line:
            break
        line = mended
    return line


def _once(line: str) -> str:
    """One level less of encoding."""
    proven = {codec for match in _RUN.finditer(line) for codec, _ in _readings(match.group()) if _proves(match, codec)}
    return _RUN.sub(partial(_mended, proven=proven), line)


def _proves(match: re.Match[str], codec: str) -> bool:
    original = _undone(match.group(), codec)
    return original is not None and _is_certain(match, original, codec)


def _mended(match: re.Match[str], proven: set[str]) -> str:
    for codec, original in _readings(match.group()):
        if codec in proven:
            return original
    return match.group()


def _readings(run: str) -> Iterator[tuple[str, str]]:
    """What a run may have been, by the code pages that could have damaged it."""
    for codec in _CODECS:
        original = _undone(run, codec)
        if original is not None:
            yield codec, original


@lru_cache(maxsize=1 << 14)
def _undone(run: str, codec: str) -> str | None:
    """The text whose UTF-8 reads as this run in a code page; None where there is none that anybody writes."""
    encode = _encoder(codec)
    try:
        text = b"".join(map(encode, run)).decode("utf-8")
    except UnicodeError:
        return None
    if _CONTROLS.search(text):  # nobody writes them, but what was encoded three times passes through them
        return _undone(text, codec)
    return None if any(unicodedata.category(mark) in _NEVER_WRITTEN for mark in text) else text


@cache
def _encoder(codec: str) -> Callable[[str], bytes]:
    @cache
    def encode(character: str) -> bytes:
        # Decoders differ on bytes that a code page leaves undefined: most let them through as they are.
        return bytes([ord(character)]) if "\x80" <= character <= "\x9f" else character.encode(codec)

    return encode


def _is_certain(match: re.Match[str], original: str, codec: str) -> bool:
    """Whether nobody would have written the run itself."""
    run = match.group()
    if any(mark > "\uffff" for mark in original):
        return True
    if _TYPOGRAPHY.search(original) and len(run) > len(original) + 1:
        return all(_TYPOGRAPHY.match(mark) or mark.isalpha() or _SYMBOL.match(mark) for mark in original)
    if len(original) > 1:
        return _is_one_script(original) and (codec in _WESTERN or not run.isalpha() or _has_odd_case(run))
    if _LATIN.match(original) or (_SYMBOL.match(original) and codec in _WESTERN):
        return _is_certain_alone(match, codec)
    return False


def _is_certain_alone(match: re.Match[str], codec: str) -> bool:
    """Whether nobody would have written the two characters that were one, by what stands around them."""
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    closing = match.group()[1] in _CLOSERS
    if codec not in _WESTERN:
        return not closing and (before.isalpha() or after.isalpha())
    within = before.isalpha() and after.isalpha()
    return not closing or within or before.islower() or (after.islower() and not before.isalpha())


def _is_one_script(text: str) -> bool:
    """Letters of one script, or letters and symbols of Western Europe."""
    if all(_LATIN.match(mark) or _SYMBOL.match(mark) for mark in text):
        return True
    scripts = {unicodedata.name(mark, "?").split()[0] for mark in text if mark.isalpha()}
    return len(scripts) == 1 or (bool(scripts) and scripts <= _JAPANESE)


def _has_odd_case(run: str) -> bool:
    """Whether capitals and small letters alternate as in no word."""
    capitals = sum(mark.isupper() for mark in run)
    return 1 < capitals < len(run) or (capitals == 1 and not run[0].isupper())


@cache
def _gate() -> re.Pattern[str]:
    """Two characters that some code page makes of the beginning of a UTF-8 character."""
    leads = {mark for codec in _CODECS for mark in _characters(range(0xC2, 0xF5), codec)}
    continued = {mark for codec in _CODECS for mark in _characters(range(0x80, 0xC0), codec)}
    return re.compile(f"[{re.escape(''.join(sorted(leads)))}][{re.escape(''.join(sorted(continued)))}]")


def _characters(codes: range, codec: str) -> set[str]:
    """What some bytes are in a code page, and the bytes themselves as controls."""
    return {bytes([code]).decode(codec, "ignore") for code in codes} | {chr(code) for code in codes if code in _C1}
