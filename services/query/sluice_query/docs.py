"""The documentation page: the OpenAPI document as plain HTML, nothing loaded from elsewhere."""

from collections.abc import Iterable
from html import escape
from typing import Any

from sluice_query.operators import OPERATORS

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; } code { background: #8882; padding: .1em .3em; border-radius: .2em; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .3em .6em;
border-bottom: 1px solid #8884; } :root { color-scheme: light dark; }
"""


def docs_page(document: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    info = document["info"]
    title = escape(info["title"])
    operations = [
        _operation(method, path, operation)
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{escape(info.get('description', ''))}</p>"
        "<p>Every call but the public ones wants the header <code>x-api-key</code>. "
        'The machine-readable form is <a href="openapi.json">openapi.json</a>.</p>'
        f"{''.join(operations)}<h2>Filter operators</h2><p>Write <code>column=value</code> or "
        f"<code>column__operator=value</code>; all filters must hold.</p>{_operators()}</body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = operation.get("parameters", [])
    # What follows is the operators' table as Markdown; this page has its own.
    description = operation.get("description", "").partition("\n\n")[0]
    return (
        f"<section><h2><code>{escape(method.upper())} {escape(path)}</code></h2>"
        f"<p><b>{escape(operation.get('summary', ''))}</b></p><p>{escape(description)}</p>"
        f"{_table(('parameter', 'in', 'meaning'), map(_parameter, parameters)) if parameters else ''}</section>"
    )


def _parameter(parameter: dict[str, Any]) -> tuple[str, str, str]:
    return parameter["name"], parameter["in"], parameter.get("description", "")


def _operators() -> str:
    return _table(("operator", "matches when the value"), ((one.name, one.help) for one in OPERATORS.values()))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{cells}</tr>{body}</table>"
