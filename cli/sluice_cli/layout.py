"""Which outputs a command line asks for, checked before any work is done."""

from collections.abc import Sequence
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
    return Layout(named or _format_for(path), Place(path))


def _format_for(path: Path) -> Format:
    """As the extension says; a device or a named pipe that has none takes CSV."""
    return CSV if not path.suffix and path.exists() else format_of(path)


@dataclass(frozen=True)
class SideFile:
    """Where refused rows or nulled cells go, and how they are written."""

    place: Place
    form: Format


def side_file(path: Path | None) -> SideFile | None:
    """Where ``--rejects`` or ``--issues`` sends its rows; ``-`` is standard output, as CSV.

    Raises:
        CliError: The format isn't known.
    """
    if path is None:
        return None
    return SideFile(Place(None), CSV) if str(path) == STREAM else SideFile(Place(path), _format_for(path))


def report_place(path: Path | None, records: Layout) -> Place | None:
    """Where ``--report`` sends its text; ``-`` is standard output, unless the records go there."""
    if path is None or str(path) != STREAM:
        return Place(path) if path else None
    return Place(None, "stderr" if is_standard_output(records.place) else "stdout")


def is_standard_output(place: Place | None) -> bool:
    """Whether something goes to standard output."""
    return place is not None and place.path is None and place.stream == "stdout"


def check(records: Layout, origins: Sequence[Origin], tables: Sequence[Place], report: Place | None) -> None:
    """Looks whether all outputs can be written and none would take another's, or a source's, place.

    Raises:
        CliError: It isn't so.
    """
    if sum(map(is_standard_output, (records.place, *tables))) > 1:
        raise CliError("standard output can take one of records, refused rows and nulled cells: give -o, or a file")
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
    for place in (*tables, report):
        if place is not None:
            place.check()
            _take(place, "report, rejects or issues", taken)


def _take(place: Place, what: str, taken: dict[Path, str]) -> None:
    if place.path is None or (place.path.exists() and not place.path.is_file()):
        return
    final = place.path.resolve()
    if final in taken:
        raise CliError(f"{place.path}: the {what} would be written over the {taken[final]}")
    taken[final] = what
