"""Which elements of an XML document are its records: found by counting siblings."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sluice_clean.engine.errors import TooLargeError

MAX_DEPTH = 200
_MAX_PATHS = 100_000
_LEAF = 0.1  # weight of elements that are text alone: rather a list in a record than records
_NESTED = 0.25  # weight of repeated elements within repeated ones: rather a part of a record
_MOST = 0.8  # share of a document that its records make up, at least, when they are texts alone


def local(name: str) -> str:
    """A name without its namespace's prefix."""
    return name.rpartition(":")[2]


@dataclass
class Node:
    """All elements of one path.

    Attributes:
        name: Without prefix.
        count: How many there are.
        attributes: How many attributes they have together.
        siblings: How many there are at most under one parent.
        run: How many there are under the parent that is open.
        begun: Those of its children's paths that there are under the element that is open.
    """

    name: str
    parent: "Node | None" = None
    count: int = 0
    attributes: int = 0
    siblings: int = 0
    run: int = 0
    children: dict[str, "Node"] = field(default_factory=dict)
    begun: list["Node"] = field(default_factory=list)

    @property
    def repeats(self) -> bool:
        """Whether two of them have the same parent."""
        return self.siblings > 1

    @property
    def path(self) -> tuple[str, ...]:
        """The names from the root on."""
        above = self.parent.path if self.parent is not None and self.parent.parent is not None else ()
        return (*above, self.name)

    def below(self) -> Iterator["Node"]:
        """This node and all under it."""
        yield self
        for child in self.children.values():
            yield from child.below()


class Structure:
    """Counts; to be given to a parser as its handlers. The document itself is the node above the root."""

    def __init__(self) -> None:
        self.document = Node("")
        self._at = self.document
        self._depth = self._paths = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        node = self._at.children.get(name)
        if node is None:
            self._paths += 1
            if self._paths > _MAX_PATHS:
                raise TooLargeError(f"the document has more than {_MAX_PATHS:,} different paths of elements")
            node = self._at.children[name] = Node(local(name), self._at)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooLargeError(f"the document's elements are nested more than {MAX_DEPTH} deep")
        if not node.run:
            self._at.begun.append(node)
        node.count += 1
        node.run += 1
        node.attributes += len(attributes)
        self._at = node

    def end(self, _: str) -> None:
        """An element ends."""
        node = self._at
        for child in node.begun:  # not all children: each record may have others of ten thousand
            child.siblings = max(child.siblings, child.run)
            child.run = 0
        node.begun.clear()
        self._depth -= 1
        if node.parent is not None:
            self._at = node.parent

    def finish(self) -> None:
        """No more will be counted; what is still open is closed."""
        while self._at.parent is not None:
            self.end("")


def record_node(document: Node) -> Node:
    """The elements that are records.

    Those with the most siblings that make up the most of the document; repeated elements within repeated ones count
    for less, and so do those that hold nothing but text. Without any repetition it is the first element from the
    root on that has more than one child.
    """
    (root,) = document.children.values()
    sizes: dict[int, int] = {}
    _measure(root, sizes)
    best, score = None, 0.0
    for node in root.below():
        if not node.repeats:
            continue
        share = sizes[id(node)] / (sizes[id(root)] - root.count)
        is_leaf = not node.children and not node.attributes
        if is_leaf and share < _MOST:
            continue
        found = node.siblings * share * (_LEAF if is_leaf else 1.0) * _NESTED ** _repeated_above(node)
        if found > score:
            best, score = node, found
    return best or _single(root)


def _measure(node: Node, sizes: dict[int, int]) -> int:
    """How many elements and attributes there are on each path and below."""
    size = node.count + node.attributes + sum(_measure(child, sizes) for child in node.children.values())
    sizes[id(node)] = size
    return size


def _repeated_above(node: Node) -> int:
    count, above = 0, node.parent
    while above is not None:
        count += above.repeats
        above = above.parent
    return count


def _single(node: Node) -> Node:
    """The one record of a document without repetition."""
    while len(node.children) == 1 and not node.attributes:
        (child,) = node.children.values()
        if not child.children and not child.attributes:
            break
        node = child
    return node
