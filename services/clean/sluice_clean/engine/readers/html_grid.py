"""Tables of an HTML page as grids of texts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from sluice_clean.engine.errors import TooLargeError

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote br caption dd details div dl dt fieldset figcaption figure footer form h1 h2"
        " h3 h4 h5 h6 header hr legend li main nav ol option p pre section summary table td th tr ul",
    )
)
SKIPPED = frozenset({"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "head"})
_SECTIONS = ("thead", "tbody", "tfoot")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_MOST_COLUMNS = 1000  # of one cell, as HTML has it
_MOST_ROWS = 65_534
_MOST_CELLS = 10_000_000
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        caption: Its caption, or "".
        rows: Cells; what spans several columns or rows stands in each.
        headers: How many rows, from the first, are the header by their tags.
    """

    caption: str
    rows: list[list[str | None]]
    headers: int

    @property
    def cells(self) -> int:
        """How many cells have a text."""
        return sum(bool(cell) for row in self.rows for cell in row)


def text_of(node: LexborNode, *, separator: str = " ") -> str:
    """What a node shows, blocks and line breaks apart from each other by ``separator``."""
    pieces: list[str] = []
    for text in _texts(node):
        if text is None:
            if pieces and pieces[-1] != separator:
                pieces.append(separator)
        else:
            pieces.append(_SPACE.sub(" ", text))
    parts = "".join(pieces).split(separator)
    return separator.join(part for part in (_SPACE.sub(" ", part).strip() for part in parts) if part)


def _texts(node: LexborNode) -> Iterator[str | None]:
    """The texts under a node; None where a block begins or ends."""
    stack: list[LexborNode | None] = []
    stack += reversed(list(node.iter(include_text=True)))
    while stack:
        at = stack.pop()
        if at is None:
            yield None
        elif at.tag == "-text":
            yield at.text_content or ""
        elif at.tag == "img":
            yield at.attributes.get("alt") or ""
        elif at.tag not in SKIPPED and not _is_hidden(at):
            is_block = at.tag in _BLOCKS
            if is_block:
                yield None
                stack.append(None)
            stack += reversed(list(at.iter(include_text=True)))


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def grid_of(table: LexborNode) -> Grid:
    """The grid of a table that holds no other."""
    caption = next((text_of(child) for child in table.iter() if child.tag == "caption"), "")
    rows: list[list[str | None]] = []
    headers = 0
    for tag, found in _sections(table):
        filled = _filled(found)
        if tag == "thead":
            headers += len(filled)
        elif headers == len(rows):
            headers += _leading_headers(found)
        rows += filled
    return Grid(caption, rows, headers if headers < len(rows) else 0)


def _sections(table: LexborNode) -> list[tuple[str, list[LexborNode]]]:
    """The rows of a table's head, bodies and foot, in this order."""
    sections = [
        (child.tag, [row for row in child.iter() if row.tag == "tr"])
        for child in table.iter()
        if child.tag in _SECTIONS
    ]
    return sorted(sections, key=lambda section: _SECTIONS.index(section[0]))


def _leading_headers(rows: Sequence[LexborNode]) -> int:
    """How many rows, from the first, hold header cells only."""
    count = 0
    for row in rows:
        tags = [cell.tag for cell in row.iter() if cell.tag in {"td", "th"}]
        if not tags or set(tags) != {"th"}:
            break
        count += 1
    return count


def _filled(rows: Sequence[LexborNode]) -> list[list[str | None]]:
    """The cells of a section's rows; a cell that spans several places stands in each."""
    grid: list[list[str | None]] = []
    total = 0
    below: dict[int, tuple[int, str]] = {}  # column: rows that a cell from above still takes, and its text
    for row in rows:
        cells: list[str | None] = []
        for cell in row.iter():
            if cell.tag not in {"td", "th"}:
                continue
            _place_from_above(cells, below)
            text = text_of(cell)
            across = _span(cell, "colspan", _MOST_COLUMNS)
            down = _span(cell, "rowspan", _MOST_ROWS)
            for _ in range(across):
                if down > 1:
                    below[len(cells)] = (down - 1, text)
                cells.append(text)
        _place_from_above(cells, below, to_end=True)
        total += len(cells)
        if total > _MOST_CELLS:
            raise TooLargeError(f"a table of the page has more than {_MOST_CELLS:,} cells")
        grid.append(cells)
    return grid


def _place_from_above(cells: list[str | None], below: dict[int, tuple[int, str]], *, to_end: bool = False) -> None:
    while below and (len(cells) in below or (to_end and len(cells) <= max(below))):
        rows, text = below.pop(len(cells), (0, None))
        if rows > 1 and text is not None:
            below[len(cells)] = (rows - 1, text)
        cells.append(text)


def _span(cell: LexborNode, name: str, most: int) -> int:
    text = (cell.attributes.get(name) or "").strip()
    number = int(text) if text.isdecimal() and len(text) < 8 else 1  # noqa: PLR2004 - digits of no sane number
    return min(number, most) if number else (most if name == "rowspan" else 1)
