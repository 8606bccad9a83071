"""An HTML page as a document: its title, its text, and what it says about itself."""

import json
import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from sluice_clean.engine.readers.html_grid import text_of

PAGE_LABELS = ("title", "text", "url", "language", "published")
_BESIDE = "nav, header, footer, aside, form, button, dialog, [role=navigation], [role=banner], [role=contentinfo]"
_PUBLISHED = (
    "article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.date",
    "dcterms.created",
    "citation_publication_date",
    "pubdate",
    "publish-date",
    "publication_date",
)
_MOST_OF_PAGE = 0.3  # share of the page's text that an article has at least to stand for the page
_LD_DATE = re.compile(r'"datePublished"\s*:\s*("(?:[^"\\]|\\.)*")')


def page_record(page: LexborHTMLParser) -> list[str | None]:
    """Cells for `PAGE_LABELS`."""
    meta = dict(_meta(page))
    return [
        _title(page, meta),
        page_text(page) or None,
        _attribute(page, "link[rel=canonical]", "href") or meta.get("og:url"),
        _attribute(page, "html", "lang") or meta.get("content-language") or meta.get("og:locale"),
        _published(page, meta),
    ]


def _meta(page: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """What the page's meta elements say, by lower-case name; the first of a name comes last."""
    for node in reversed(page.css("meta")):
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("http-equiv")
        name = name or attributes.get("itemprop")
        content = (attributes.get("content") or "").strip()
        if name and content:
            yield name.strip().lower(), content


def _attribute(page: LexborHTMLParser, selector: str, name: str) -> str | None:
    node = page.css_first(selector)
    return ((node.attributes.get(name) or "").strip() or None) if node is not None else None


def _title(page: LexborHTMLParser, meta: dict[str, str]) -> str | None:
    for selector in ("head title", "h1"):
        node = page.css_first(selector)
        if node is not None and (text := text_of(node)):
            return text
    return meta.get("og:title")


def _published(page: LexborHTMLParser, meta: dict[str, str]) -> str | None:
    stated = next((meta[name] for name in _PUBLISHED if name in meta), None)
    if stated:
        return stated
    for script in page.css('script[type="application/ld+json"]'):
        if match := _LD_DATE.search(script.text()):
            return _unquoted(match[1])
    return _attribute(page, "article time[datetime]", "datetime")


def _unquoted(text: str) -> str | None:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return None
    return str(found) or None


def page_text(page: LexborHTMLParser) -> str:
    """The page's text, a line per block: of its article if that is much of it, without what stands beside it."""
    body = page.body
    if body is None:
        return ""
    whole = text_of(body, separator="\n")
    parts = [*page.css("main"), *page.css("article"), *page.css("[role=main]")]
    texts = [text_of(part, separator="\n") for part in parts]
    best = max(texts, key=len, default="")
    if best and len(best) >= len(whole) * _MOST_OF_PAGE:
        return best
    for node in page.css(_BESIDE):
        if _is_in_page(node):
            node.decompose()
    return text_of(body, separator="\n") or whole


def _is_in_page(node: LexborNode) -> bool:
    """Whether it is not itself the page's whole content."""
    return node.tag not in {"html", "body"}
