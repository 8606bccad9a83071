"""What a person at the terminal sees while it works: a bar on a terminal, lines for the result, on stderr only."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from sluice_cli.errors import printable
from sluice_cli.spool import Tell


class Screen:
    """stderr; ``quiet`` leaves only errors."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet

    def say(self, line: str) -> None:
        """Tells one line; once nobody reads them, no more: the records are wanted all the same."""
        if self.quiet:
            return
        try:
            click.echo(printable(line) if not line.startswith(" ") else "  " + printable(line), err=True)
        except BrokenPipeError:
            self.quiet = True

    @contextmanager
    def working(self, label: str) -> Iterator[Tell]:
        """Shows a bar while its body works; gives what the body is to tell its progress to."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda _done, _doing: None
            return
        # Slow to import, and only a terminal shows it.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(printable(label), total=None)

            def tell(done: float | None, doing: str) -> None:
                total = None if done is None else 1.0
                progress.update(task, description=printable(f"{label}: {doing}"), total=total, completed=done or 0.0)

            yield tell
