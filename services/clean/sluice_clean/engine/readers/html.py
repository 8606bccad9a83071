"""HTML: the largest table of data, joined by those with the same header; a page without one becomes a document.

A document is one record: title, text, url, language, published, as the page tells them.
"""

import re

from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.work import Workspace

_OPENS = re.compile(
    r"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*+<(?:!doctype\s+html|html|head|body|title|meta|table|article|main)[\s>]",
    re.DOTALL | re.IGNORECASE,
)


class HtmlReader:
    """Takes text that begins like a page or a table of HTML."""

    def recognises(self, sample: Sample) -> bool:
        """See `Reader`."""
        return _OPENS.match(sample.head.lstrip("\ufeff \t\r\n")) is not None

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """See `Reader`."""
        from sluice_clean.engine.readers.html_tables import read_page  # it brings the parser, which few files need

        with work.timed("read"):
            return read_page(sample, work)
