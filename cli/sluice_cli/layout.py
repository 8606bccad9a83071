"""Which outputs a command line asks for, checked before any work is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sluice_cli.errors import CliError
from sluice_cli.formats import CSV, FORMATS, PARQUET, Format, format_of
from sluice_cli.origins import FileOrigin, Origin
from sluice_cli.outbox import Place

STREAM = "-"


@dataclass(frozen=True)
class Layout:
    """Where the records go: all to one place, or each source's to its own file in a folder."""

    form: Format
    place: Place | None = None
    folder: Path | None = None

    def file_of(self, origin: Origin) -> Place:
        """Where one source's records go."""
        if self.place is not None:
            return self.place
        return Place(Path(self.folder or ".", origin.stem + self.form.extension))


def records_layout(output: str | None, form: str | None) -> Layout:
    """Where ``--output`` and ``--format`` send the records.

    Nothing and ``-`` are standard output; a folder is one that exists, or a name with a slash at its end or without
    an extension.

    Raises:
        CliError: The format isn't known.
    """
    named = FORMATS[form] if form else None
    if output is None or output == STREAM:
        return Layout(named or CSV, Place(None))
    path = Path(output)
    if path.is_dir() or output.endswith("/") or not (path.suffix or path.exists()):
        return Layout(named or PARQUET, folder=path)
    if path.suffix:
        return Layout(named or format_of(path), Place(path))
    return Layout(named or CSV, Place(path))


def side_place(path: Path | None, *, records: Layout, stream: str = "stdout") -> Place | None:
    """Where a report or the rejects go; ``-`` is ``stream`` where the records are on standard output."""
    if path is None or str(path) != STREAM:
        return Place(path) if path else None
    busy = records.place is not None and records.place.path is None
    if busy and stream == "stdout":
        raise CliError("the records go to standard output already: give -o, or a file for the rejects")
    return Place(None, stream if busy else "stdout")


def check(records: Layout, origins: Sequence[Origin], others: Iterable[Place | None]) -> None:
    """Looks whether all outputs can be written and none would take another's, or a source's, place.

    Raises:
        CliError: It isn't so.
    """
    taken: dict[Path, str] = {}
    for origin in origins:
        if isinstance(origin, FileOrigin) and origin.path.is_file():
            taken[origin.path.resolve()] = f"source {origin.label}"
    if records.place is None:
        for origin in origins:
            _take(records.file_of(origin), f"records of {origin.label}", taken)
    else:
        records.place.check()
        _take(records.place, "records", taken)
    for place in others:
        if place is not None:
            place.check()
            _take(place, "report or rejects", taken)


def _take(place: Place, what: str, taken: dict[Path, str]) -> None:
    if place.path is None or (place.path.exists() and not place.path.is_file()):
        return
    final = place.path.resolve()
    if final in taken:
        raise CliError(f"{place.path}: the {what} would be written over the {taken[final]}")
    taken[final] = what
