"""The readings worth trying for a sample: delimiters, quotes, escapes."""

import re
from collections import Counter
from collections.abc import Iterator

from sluice_clean.engine.records import Form

COMMON = tuple(",;\t|:^~\x01\x1f\x1e\x1c\x14\x02\x03¦·§¬¶†‡")
_QUOTES = ('"', "'", "`", "|", "~", "$", "^", "%", "*", "þ")
_RUN = re.compile(r"[^\w\s\"'.\-+()\[\]{}]{2,4}|\t{2,3}|[ \t][^\w\s\"'.\-+()\[\]{}]{1,3}[ \t]|[^\w\s\"'.\-+()\[\]{}] ")
_AROUND = re.compile(r"([^\w\s\"'.])([^\w\s\"'.]|\t)\1")
_BACKSLASHES = re.compile(r"\\+")
_FEW = 3
_MOST_OTHERS = 6
_MOST_LONG = 6
_SHARE_OF_LINES = 0.34
_NEARLY_ALL = 0.9
_COUNTED_LINES = 60


def candidates(lines: list[str], declared: str | None) -> Iterator[Form]:
    """Readings worth trying, the commoner first (it wins a tie).

    Args:
        lines: Physical lines of the sample, none blank.
        declared: The delimiter that the file declares itself.
    """
    text = "".join(lines)
    delimiters: list[str | None] = [declared] if declared else [*_delimiters(text, lines), None]
    for delimiter in delimiters:
        for quote, escape in _quotings(text, delimiter):
            yield Form(delimiter, quote, escape)
            if delimiter == " ":
                yield Form(delimiter, quote, escape, runs=True)
            elif delimiter is not None and _is_padded(text, delimiter):
                yield Form(delimiter, quote, escape, padded=True)


def _delimiters(text: str, lines: list[str]) -> list[str]:
    found = [mark for mark in COMMON if mark in text]
    counts = Counter(text[: 1 << 18])
    others = [mark for mark, count in counts.most_common(80) if count > 1 and _may_delimit(mark)]
    found += [mark for mark in others if mark not in found][:_MOST_OTHERS]
    found += _long_delimiters(lines)
    spaced = " " in text or "\t" in text
    return [*found, " "] if spaced and (not _is_tabbed(lines) or _is_gapped(lines)) else found


def _is_tabbed(lines: list[str]) -> bool:
    """Whether nearly all lines have the same number of tabs: then no single space delimits."""
    (tabs, agreeing), *_ = Counter(line.count("\t") for line in lines).most_common(1)
    return tabs > 0 and agreeing >= len(lines) * _NEARLY_ALL


def _is_gapped(lines: list[str]) -> bool:
    """Whether nearly all lines have several spaces between words: where tabs are too, both may set columns apart."""
    return sum("  " in line.strip() for line in lines) >= len(lines) * _NEARLY_ALL


def _long_delimiters(lines: list[str]) -> list[str]:
    """Runs of two to four characters that most lines have."""
    having: Counter[str] = Counter()
    chosen = lines[:_COUNTED_LINES]
    for line in chosen:
        body = line.rstrip("\r\n")[:5_000]
        runs = set(_RUN.findall(body)) | {match.group() for match in _AROUND.finditer(body)}
        # In an order of their own: of equally frequent ones the first are tried, in every process the same.
        having.update(sorted({run[:size] for run in runs for size in (2, 3, 4) if len(run) >= size}))
    return [run for run, count in having.most_common(20) if count >= len(chosen) * _SHARE_OF_LINES and count > 1][
        :_MOST_LONG
    ]


def _may_delimit(mark: str) -> bool:
    return not (mark.isalnum() or mark.isspace() or mark in "\"'\\_-.()[]{}<>@%$€£") and mark.isprintable()


def _quotings(text: str, delimiter: str | None) -> list[tuple[str | None, str | None]]:
    """Quote and escape; the double quote first: where the sample has none it may still come later."""
    found: list[tuple[str | None, str | None]] = []
    for quote in _QUOTES:
        if quote in (delimiter or "") or (quote != '"' and not _wraps(text, quote, delimiter)):
            continue
        if _escapes(text, quote, delimiter) or (quote in text and _backslashes_are_doubled(text)):
            found.append((quote, "\\"))
        found.append((quote, quote))
    if delimiter is not None and "\\" + delimiter in text:
        found.append((None, "\\"))
    return [*found, (None, None)] if '"' in text else found


def _escapes(text: str, quote: str, delimiter: str | None) -> bool:
    """Whether a backslash stands before a quote within a quoted field."""
    if "\\" + quote not in text:
        return False
    mark, edge = re.escape(quote), re.escape(delimiter or "\n")
    return re.search(rf"(?:^|[\r\n]|{edge})[ ]?{mark}[^{mark}]*\\{mark}", text) is not None


def _backslashes_are_doubled(text: str) -> bool:
    """Whether backslashes come in pairs only: then one escapes the other."""
    if "\\\\" not in text:
        return False
    runs = [match.end() - match.start() for match in _BACKSLASHES.finditer(text)]
    return len(runs) > _FEW and all(length % 2 == 0 for length in runs)


def _wraps(text: str, quote: str, delimiter: str | None) -> bool:
    """Whether some fields begin and end with a mark: only then it may be a quote."""
    if quote not in text or not _may_wrap(text, quote, delimiter or "\n"):
        return False
    mark, edge = re.escape(quote), re.escape(delimiter or "\n")
    content = "" if quote in "\"'" else f"(?!{edge})"  # an unusual quote must be seen around a field without delimiters
    inner = rf"(?:{content}[^{mark}]|{mark}{mark}|\\{mark})+"
    opened = re.search(rf"(?:^|[\r\n]|{edge})[ ]?{mark}{inner}{mark}[ ]?(?={edge}|[\r\n]|\Z)", text)
    return opened is not None


def _may_wrap(text: str, quote: str, edge: str) -> bool:
    """Whether a mark stands where a field begins, and one where a field ends: cheap, and mostly not so."""
    edges = (edge, "\n", "\r")
    openings = {before + blank + quote for before in edges for blank in ("", " ")}
    endings = {quote + blank + after for after in edges for blank in ("", " ")}
    opens = text.startswith((quote, " " + quote)) or any(opening in text for opening in openings)
    return opens and (text.endswith((quote, quote + " ")) or any(ending in text for ending in endings))


def _is_padded(text: str, delimiter: str) -> bool:
    if delimiter.isspace():
        return False
    return any(blank + delimiter in text or delimiter + blank in text for blank in " \t")
