"""JSON within a call of a function (JSONP): the call is taken off, and what stands within keeps its place."""

import re
from collections.abc import Iterator

from sluice_clean.engine.probe import Sample

_CALL = re.compile(r"\ufeff?\s*(?:/\*.*?\*/\s*)?[^\W\d][\w.$]*\s*\(\s*(?=[\[{])")
_END = re.compile(r"\)\s*;?\s*")
_LONGEST_END = 64


def padding_of(sample: Sample) -> int:
    """How many characters stand before the JSON, if it is within a call that ends where the file ends; else 0."""
    call = _CALL.match(sample.head)
    if call is None:
        return 0
    last = sample.head if sample.whole else _last_characters(sample)
    return call.end() if _without_end(last) != last else 0


def _last_characters(sample: Sample) -> str:
    start = max(0, sample.source.size - _LONGEST_END * 4)
    return sample.source.read(start - start % 4, _LONGEST_END * 8).decode(sample.encoding, "replace")


def unpadded(chunks: Iterator[str], padding: int) -> Iterator[str]:
    """A text with blanks for what stands before its JSON, and without what stands behind it."""
    held = ""
    for chunk in chunks:
        text = held + chunk
        if padding:
            text = re.sub(r"[^\n]", " ", text[:padding]) + text[padding:]
        kept = max(0, len(text) - _LONGEST_END)
        padding = max(0, padding - kept)
        yield text[:kept]
        held = text[kept:]
    yield _without_end(held)


def _without_end(text: str) -> str:
    """A text without the end of the call."""
    place = text.rfind(")")
    return text[:place] if place >= 0 and _END.fullmatch(text, place) else text
