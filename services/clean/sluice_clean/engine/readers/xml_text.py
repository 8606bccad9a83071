"""A document of XML as it is given to a parser."""

import re
from collections.abc import Iterator

from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.declared import declared_encoding
from sluice_clean.engine.stream import Repairs, text_chunks

PIECE = 1 << 20
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class XmlText:
    """The document's text.

    Attributes:
        encoding: What it is read with.
        repairs: What had to be mended in its bytes, as far as it was read the last time.
        illegal: Characters in it that XML does not allow, as far.
    """

    def __init__(self, sample: Sample) -> None:
        self._source = sample.source
        self.encoding = declared_encoding(sample)
        self.repairs = Repairs()
        self.illegal = 0

    @property
    def warnings(self) -> list[str]:
        """What is to be told of it."""
        if not self.illegal:
            return []
        return [f"{self.illegal:,} characters that XML does not allow were replaced by U+FFFD"]

    def pieces(self) -> Iterator[bytes]:
        """The document in UTF-8, without white space before it, and without what XML does not allow."""
        self.repairs, self.illegal, begun = Repairs(), 0, False
        for text in text_chunks(self._source, self.encoding, self.repairs):
            shown = text if begun else text.lstrip("\ufeff \t\r\n")
            begun = begun or bool(shown)
            clean, count = ILLEGAL.subn("\ufffd", shown)
            self.illegal += count
            for at in range(0, len(clean), PIECE):
                yield clean[at : at + PIECE].encode("utf-8", "replace")
