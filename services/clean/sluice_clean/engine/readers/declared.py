"""The encoding of markup: it declares one itself, and is not always right."""

import codecs
import re

from sluice_clean.engine.probe import Sample

_WIDE = ("utf-16", "utf-32", "utf_16", "utf_32")
_XML = re.compile(r"""<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_HTML = re.compile(r"""<meta[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_LOOK = 4096
_SURE = 0.9


def declared_encoding(sample: Sample) -> str:
    """What to read a page or an XML document with.

    A byte order mark decides; then what the bytes themselves show without doubt (UTF-16, text beyond ASCII that is
    valid UTF-8); then the declaration; then what the probe found.
    """
    found = sample.encoding
    if sample.marked or found.startswith(_WIDE) or (found == "utf-8" and sample.plain):
        return found
    head = sample.head[:_LOOK]
    match = _XML.search(head) or _HTML.search(head)
    try:
        name = codecs.lookup(match[1]).name if match else "utf-8"
    except LookupError:
        name = "utf-8"
    if name.startswith(_WIDE) or name in {"utf-8", "utf-8-sig"}:
        # Markup is in UTF-8 if it says nothing else; that bytes are wrong shows it is not, if much speaks for another.
        return found if sample.confidence >= _SURE else "utf-8"
    return "cp1252" if name in {"iso8859-1", "ascii"} else name  # as browsers do: the others' letters are a part of it
