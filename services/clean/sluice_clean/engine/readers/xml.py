"""XML: the elements that repeat are the records, their attributes and children the columns.

Children of children are columns with a dotted name; a child that occurs several times in some record is a JSON array.
Namespaces are dropped. Where records lie in several groups, the group's attributes and texts are columns too.
"""

import re
from dataclasses import dataclass
from itertools import islice
from xml.parsers import expat

from sluice_clean.engine.encoding import label_of
from sluice_clean.engine.errors import MalformedXmlError, NoRecordsError
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.growing import TOO_LONG, GrowingTable
from sluice_clean.engine.readers.spool import reported_encoding
from sluice_clean.engine.readers.xml_records import Records
from sluice_clean.engine.readers.xml_structure import Node, Structure, record_node
from sluice_clean.engine.readers.xml_text import ILLEGAL, PIECE, XmlText
from sluice_clean.engine.work import Workspace
from sluice_clean.engine.xml_parser import new_parser, parse, run

_SAMPLED = 32 << 20  # characters by which the records are found
_OPENS = re.compile(r"\s*(?:<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>\s*)*+<[^\W\d][\w.:-]*(?=[\s/>])", re.DOTALL)
_NAMED = re.compile(r"\.(?:xml|xsd|xsl|rss|atom|kml|gpx|svg|wsdl)(?:\.gz)?$", re.IGNORECASE)
_ENOUGH = 2  # elements that are closed within the first one: then a fault is one of XML, and no sign of other text


class XmlReader:
    """Takes text with an XML declaration, and text that reads as XML as far as it was looked at."""

    def recognises(self, sample: Sample) -> bool:
        """See `Reader`."""
        head = sample.head.lstrip("\ufeff \t\r\n")
        if head[:6].lower() in {"<?xml ", "<?xml\t", "<?xml\n", "<?xml\r"}:
            return True
        named = bool(_NAMED.search(sample.source.name))
        return _OPENS.match(head) is not None and _is_xml(head, whole=sample.whole, named=named)

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """See `Reader`."""
        with work.timed("read"):
            return _Reading(sample, work).table()


def _is_xml(head: str, *, whole: bool, named: bool) -> bool:
    """Whether a text is XML, well-formed or not: broken XML is no table of another kind."""
    text = ILLEGAL.sub("\ufffd", head)
    pieces = (text[at : at + PIECE].encode("utf-8", "replace") for at in range(0, len(text), PIECE))
    parser, nesting = new_parser(encoding="utf-8"), _Nesting()
    parser.StartElementHandler, parser.EndElementHandler = nesting.start, nesting.end
    try:
        if whole:
            run(parser, pieces)
        else:
            for _ in islice(parse(parser, pieces), -(-len(head) // PIECE)):
                pass
    except MalformedXmlError as error:
        declares = not isinstance(error.__cause__, expat.ExpatError)  # refused by the parser's rules, not its grammar
        return named or declares or (nesting.depth > 0 and nesting.closed >= _ENOUGH)
    return True


@dataclass
class _Nesting:
    """How many elements are open, and how many were closed."""

    depth: int = 0
    closed: int = 0

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        self.depth += 1

    def end(self, _name: str) -> None:
        self.depth -= 1
        self.closed += 1


class _Reading:
    """One document, read twice: first its beginning for its structure, then all of it for its records."""

    def __init__(self, sample: Sample, work: Workspace) -> None:
        self._text = XmlText(sample)
        self._work = work

    def table(self) -> RawTable:
        record = record_node(self._structure())
        parser = new_parser(encoding="utf-8")
        records = Records(parser, record, self._work.settings.max_record_bytes)
        growing = GrowingTable(self._work, name="records")
        for _ in parse(parser, self._text.pieces()):
            for found in records.take():
                if found.cells is None:
                    limit = self._work.settings.max_record_bytes
                    growing.refuse(TOO_LONG, f"more than {limit:,} characters", found.text, found.line)
                    continue
                width = max(found.cells, default=-1) + 1
                growing.add([found.cells.get(place) for place in range(width)], found.line)
        if not growing.records:
            raise NoRecordsError("the XML document has no records")
        return self._found(growing, records, record.name)

    def _found(self, growing: GrowingTable, records: Records, name: str) -> RawTable:
        labels: list[str | None] = [*(records.columns.labels or [name])]  # no record says anything: all are too long
        grown = growing.finish(range(len(labels)))
        warnings = []
        if records.outside:
            names = ", ".join(f"{name} ({count:,})" for name, count in records.outside.items())
            warnings.append(f"elements beside the records, not read: {names}")
        warnings += self._text.warnings
        encoding = reported_encoding(self._text.encoding, self._text.repairs, self._work)
        return RawTable(labels, *grown, "xml", label_of(encoding), nested=True, warnings=warnings)

    def _structure(self) -> Node:
        structure = Structure()
        parser = new_parser(encoding="utf-8")
        parser.StartElementHandler = structure.start
        parser.EndElementHandler = structure.end
        read = 0
        for _ in parse(parser, self._text.pieces()):
            read += PIECE
            if read >= _SAMPLED:
                break
        structure.finish()
        if not structure.document.children:
            raise NoRecordsError("the XML document has no element")
        return structure.document
