"""Records of an XML document, one at a time, as cells by column."""

from collections.abc import Iterable, Iterator
from html.entities import html5
from typing import NamedTuple
from xml.parsers import expat

import orjson

from sluice_clean.engine.errors import TooLargeError
from sluice_clean.engine.readers.xml_structure import MAX_DEPTH, Node, local

Json = str | None | list["Json"] | dict[str, "Json"]

_OUTSIDE = 20  # names of elements outside the records that are told


class Element:
    """An element in a record: its texts and its children in their order, and the children alone."""

    __slots__ = ("attributes", "children", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.parts: list[str | Element] = []
        self.children: list[Element] = []

    def add(self, child: "Element") -> None:
        """Appends an element."""
        self.parts.append(child)
        self.children.append(child)

    def own_text(self) -> str:
        """What stands directly in it."""
        if not self.children:
            return "".join(self.parts)  # type: ignore[arg-type] # texts alone
        return "".join(part for part in self.parts if isinstance(part, str))

    def whole_text(self) -> str:
        """All text in it, in order."""
        return "".join(part if isinstance(part, str) else part.whole_text() for part in self.parts)


class Found(NamedTuple):
    """A record; ``cells`` by column number, None when it is longer than may be (``text`` is its beginning then)."""

    cells: dict[int, str | None] | None
    line: int
    text: str


class Columns:
    """Numbers the columns as they appear. An attribute and a child of the same name are two."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self.labels: list[str] = []

    def number(self, key: str) -> int:
        """The number of a path; ``@`` marks an attribute."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.labels)
            self.labels.append(key.replace("@", ""))
        return found


class Records:
    """Handlers of a parser that gather records.

    Args:
        parser: Gets the handlers.
        record: The elements that are records.
        limit: Characters of a record, at most.
    """

    def __init__(self, parser: expat.XMLParserType, record: Node, limit: int) -> None:
        self.columns = Columns()
        self.outside: dict[str, int] = {}
        self._parser = parser
        self._path = record.path
        self._lists = _lists(record)
        self._limit = limit
        self._found: list[Found] = []
        self._names: list[str] = []
        self._matching = 0
        self._open: list[Element] = []
        self._context: list[dict[str, str]] = []
        self._varying = _varying(record)
        self._text: list[str] = []
        self._is_leaf = False
        self._line = self._size = 0
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.SkippedEntityHandler = self._entity

    def take(self) -> Iterator[Found]:
        """The records that are complete."""
        found, self._found = self._found, []
        return iter(found)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = local(name)
        if self._open:
            if len(self._open) + len(self._names) > MAX_DEPTH:
                raise TooLargeError(f"the document's elements are nested more than {MAX_DEPTH} deep")
            element = Element(name, attributes)
            self._size += len(name) + (sum(map(len, attributes.values())) if attributes else 0)
            if self._size <= self._limit:
                self._open[-1].add(element)
            self._open.append(element)
            return
        depth = len(self._names)
        on_path = self._matching == depth < len(self._path) and self._path[depth] == name
        if on_path and depth + 1 == len(self._path):
            self._line = self._parser.CurrentLineNumber
            self._open.append(Element(name, attributes))
            self._size = sum(map(len, attributes.values()))
            return
        self._names.append(name)
        self._text, self._is_leaf = [], True
        if on_path:
            self._matching += 1
            self._context.append({f"{name}.@{local(key)}": value for key, value in _data(attributes)})
        elif len(self._names) > MAX_DEPTH:
            raise TooLargeError(f"the document's elements are nested more than {MAX_DEPTH} deep")

    def _end(self, _: str) -> None:
        if self._open:
            element = self._open.pop()
            if not self._open:
                self._found.append(self._record(element))
            return
        depth = len(self._names)
        name, is_leaf = self._names.pop(), self._is_leaf
        self._is_leaf = False
        if depth == self._matching:
            self._matching -= 1
            self._context.pop()
        elif depth == self._matching + 1 and self._matching:
            self._outside(name, is_leaf=is_leaf)

    def _outside(self, name: str, *, is_leaf: bool) -> None:
        """An element beside the records: a text belongs to those that follow under the same parent."""
        text = "".join(self._text).strip()
        self._text = []
        parent = self._names[-1]
        if is_leaf and self._matching - 1 in self._varying:
            self._context[-1][f"{parent}.{name}"] = text
        elif len(self.outside) < _OUTSIDE or name in self.outside:
            self.outside[name] = self.outside.get(name, 0) + 1

    def _characters(self, data: str) -> None:
        if self._open:
            room = self._limit - self._size
            self._size += len(data)
            if room > 0:
                self._open[-1].parts.append(data[:room])
        elif len(self._text) < self._limit:
            self._text.append(data)

    def _entity(self, name: str, is_parameter: bool) -> None:
        """An entity that only a document type elsewhere declares: taken for HTML's of that name."""
        if not is_parameter:
            self._characters(html5.get(f"{name};", f"&{name};"))

    def _record(self, element: Element) -> Found:
        if self._size > self._limit:
            return Found(None, self._line, element.whole_text()[: self._limit])
        cells: dict[int, str | None] = {}
        for depth, context in enumerate(self._context):
            if depth in self._varying:
                cells.update((self.columns.number(key), value) for key, value in context.items())
        self._flatten(element, "", (), cells)
        return Found(cells, self._line, "")

    def _flatten(self, element: Element, prefix: str, path: tuple[str, ...], cells: dict[int, str | None]) -> None:
        nothing = False
        for key, value in element.attributes.items():
            nothing = nothing or _is_nil(key, value)
            if _is_data(key):
                cells[self.columns.number(f"{prefix}@{local(key)}")] = value
        own = element.own_text()
        said = own.strip() if element.children else own or not element.attributes
        if said and not nothing:
            text = element.whole_text() if element.children else own
            cells[self.columns.number(prefix.rstrip(".") or element.name)] = text
        self._flatten_children(element.children, prefix, path, cells)

    def _flatten_children(
        self, children: list[Element], prefix: str, path: tuple[str, ...], cells: dict[int, str | None]
    ) -> None:
        number = self.columns.number
        for name, group in _grouped(children):
            inner = (*path, name)
            if isinstance(group, list) or inner in self._lists:
                values = [_json(child) for child in (group if isinstance(group, list) else [group])]
                cells[number(prefix + name)] = orjson.dumps(values).decode()
            elif group.children or group.attributes:
                self._flatten(group, f"{prefix}{name}.", inner, cells)
            else:
                cells[number(prefix + name)] = group.own_text()


def _lists(record: Node) -> set[tuple[str, ...]]:
    """Paths below a record that occur several times in one."""
    own = len(record.path)
    return {node.path[own:] for node in record.below() if node is not record and node.repeats}


def _varying(record: Node) -> set[int]:
    """Depths of the elements around the records of which there are several: what they say differs by record."""
    depths, node = set(), record.parent
    while node is not None and node.parent is not None:
        if node.count > 1:
            depths.add(len(node.path) - 1)
        node = node.parent
    return depths


def _grouped(children: list[Element]) -> Iterable[tuple[str, Element | list[Element]]]:
    """The elements by name: one, or those that have the name in common."""
    groups: dict[str, Element | list[Element]] = {}
    for child in children:
        found = groups.get(child.name)
        if found is None:
            groups[child.name] = child
        elif isinstance(found, list):
            found.append(child)
        else:
            groups[child.name] = [found, child]
    return groups.items()


def _is_data(key: str) -> bool:
    """Whether an attribute says something about the record, not about namespaces and schemas."""
    return not (key == "xmlns" or key.startswith(("xmlns:", "xsi:")))


def _is_nil(key: str, value: str) -> bool:
    return key == "xsi:nil" and value in {"true", "1"}


def _data(attributes: dict[str, str]) -> list[tuple[str, str]]:
    return [(key, value) for key, value in attributes.items() if _is_data(key)]


def _json(element: Element) -> Json:
    """An element as JSON: a text, or an object."""
    if any(_is_nil(key, value) for key, value in element.attributes.items()):
        return None
    attributes = _data(element.attributes)
    children = element.children
    if not attributes and not children:
        return element.own_text()
    found: dict[str, Json] = {local(key): value for key, value in attributes}
    for name, group in _grouped(children):
        value = _json(group) if isinstance(group, Element) else [_json(child) for child in group]
        found[name if name not in found else f"{name}_"] = value
    if element.own_text().strip():
        found["text" if "text" not in found else "text_"] = element.whole_text() if children else element.own_text()
    return found
