"""Physical lines, and those that are no records whatever the dialect."""

import re
from collections.abc import Sequence

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_FRAME = "|+:;, \t"
_STROKES = "-=_\u2500\u2501\u2550\u253c\u2502\u2500\u250c\u2510\u2514\u2518\u251c\u2524\u252c\u2534"
_STROKE = re.compile(f"[{re.escape(_STROKES)}]{{2}}")
_LONGEST_RULE = 20_000
_LONGEST_DECLARATION = 20
_FENCE, _CLOSING = "---", ("---", "...")
_FRONT_MATTER = re.compile(r"\s*(?:- .*|[\w.$-]+:(?: .*)?|#.*)?")
_MOST_FRONT_MATTER = 150
_SEPARATOR_LINE = re.compile(r'\s*"?sep=([^\r\n]+?)"?\s*', re.IGNORECASE)
COMMENT_MARKS = ("#", "//", "--", "%", ";", "!", "*", "rem ", "@")


def physical_lines(text: str) -> list[str]:
    """The lines of a text with their ends: LF, CRLF or a lone CR."""
    return _LINE.findall(text)


def body_of(line: str) -> str:
    """A line without its end, and without a byte order mark that an appended file left at its start."""
    return line.rstrip("\r\n").removeprefix("\ufeff")


def is_blank(line: str) -> bool:
    """Whether a line holds nothing to see."""
    return not line.strip(" \t\r\n\x0b\x0c\x00\x1a\ufeff")


def is_rule(line: str) -> bool:
    """Whether a line only draws: dashes under a header, the frame of a table."""
    body = line.strip()
    if not body or len(body) > _LONGEST_RULE or body.strip(_FRAME + _STROKES):
        return False
    if _STROKE.search(body):
        return True
    return body.startswith("|") and "-" in body and "--" not in body.replace(" ", "") and not body.strip("|-: ")


def declared_delimiter(line: str) -> str | None:
    """The delimiter that a first line ``sep=;`` declares, as spreadsheets write it."""
    match = _SEPARATOR_LINE.fullmatch(body_of(line)) if len(line) < _LONGEST_DECLARATION else None
    return {"\\t": "\t", "tab": "\t"}.get(match.group(1).lower(), match.group(1)) if match else None


def front_matter(lines: Sequence[str]) -> int:
    """How many lines at the top are YAML between fences, as CSVY and static sites have it."""
    if not lines or body_of(lines[0]).rstrip() != _FENCE:
        return 0
    for index, line in enumerate(lines[1:_MOST_FRONT_MATTER], 1):
        body = body_of(line).rstrip()
        if body in _CLOSING:
            return index + 1 if any(":" in inner for inner in lines[1:index]) else 0
        if not _FRONT_MATTER.fullmatch(body):
            return 0
    return 0
