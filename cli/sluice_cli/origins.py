"""Sources as a command line names them: files, patterns, URLs, standard input."""

import glob
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from sluice_cli.errors import CliError
from sluice_cli.spool import Limits, Tell, pieces, spool

STANDARD_INPUT = "-"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PATTERN_CHARACTERS = frozenset("*?[")
_PACKINGS = frozenset({".gz", ".bz2", ".xz", ".zst", ".zip"})


class Origin(Protocol):
    """One source.

    Attributes:
        label: What messages, reports and lineage call it.
        stem: What its output is called, without an extension.
    """

    @property
    def label(self) -> str: ...  # noqa: D102 - see the class

    @property
    def stem(self) -> str: ...  # noqa: D102 - see the class

    def local(self, folder: Path, limits: Limits, tell: Tell) -> Path:
        """The source as a file that DuckDB can name; made in ``folder`` if need be.

        Raises:
            CliError: It can't be had.
        """
        ...


@dataclass(frozen=True)
class FileOrigin:
    """A path: a regular file is read where it lies, a named pipe or a device is copied first."""

    path: Path

    @property
    def label(self) -> str:
        """The path as given."""
        return str(self.path)

    @property
    def stem(self) -> str:
        """The file's name, without its extension."""
        return _stem(self.path.name)

    def local(self, folder: Path, limits: Limits, tell: Tell) -> Path:
        """See `Origin`."""
        path = self.path.absolute()
        if not path.is_file():
            copy = folder / "source"
            tell(None, "reading")
            with path.open("rb") as stream:
                spool(pieces(stream), copy, self.label, limits)
            return copy
        with path.open("rb"):
            pass  # it may be unreadable: said here, in the system's words
        if not _PATTERN_CHARACTERS.isdisjoint(str(path)):
            # DuckDB takes these for a pattern, which may match other files too.
            link = folder / "source"
            link.symlink_to(path)
            return link
        return path


@dataclass(frozen=True)
class WebOrigin:
    """An http or https URL."""

    url: SplitResult

    @property
    def label(self) -> str:
        """The URL without its user and query: both may hold secrets."""
        host = self.url.netloc.rpartition("@")[2]
        return f"{self.url.scheme}://{host}{self.url.path}"

    @property
    def stem(self) -> str:
        """The last part of its path, or its host."""
        name = unquote(PurePosixPath(self.url.path).name).replace("/", "_").replace("\0", "_")
        return _stem(name) or self.url.hostname or "download"

    def local(self, folder: Path, limits: Limits, tell: Tell) -> Path:
        """See `Origin`."""
        from sluice_cli.download import download  # the HTTP client is slow to import, and most sources are files

        path = folder / "source"
        tell(None, "downloading")
        download(self.url, self.label, path, limits, tell)
        return path


@dataclass(frozen=True)
class PipeOrigin:
    """Standard input."""

    label: str = "stdin"
    stem: str = "stdin"

    def local(self, folder: Path, limits: Limits, tell: Tell) -> Path:
        """See `Origin`."""
        path = folder / "source"
        tell(None, "reading")
        spool(pieces(sys.stdin.buffer), path, self.label, limits)
        return path


def find_origins(arguments: Sequence[str]) -> list[Origin]:
    """The sources that a command line means, in its order; a pattern's files in the order of their names.

    Raises:
        CliError: There is no such file, a pattern matches none, or the URL is of another kind.
    """
    if arguments.count(STANDARD_INPUT) > 1:
        raise CliError("standard input (-) can be read once only")
    return [origin for argument in arguments for origin in _origins(argument)]


def _origins(argument: str) -> Iterator[Origin]:
    if argument == STANDARD_INPUT:
        yield PipeOrigin()
    elif _SCHEME.match(argument):
        yield _web(argument)
    else:
        yield from (FileOrigin(path) for path in _files(argument))


def _web(argument: str) -> WebOrigin:
    try:
        url = urlsplit(argument)
        host = url.hostname
    except ValueError as error:
        raise CliError(f"{argument}: not a URL: {error}") from error
    if url.scheme not in ("http", "https") or not host:
        raise CliError(f"{argument}: only http:// and https:// URLs are read")
    return WebOrigin(url)


def _files(argument: str) -> list[Path]:
    path = Path(argument)
    if path.is_dir():
        raise CliError(f"{argument}: a folder; name its files, or a pattern such as '{argument.rstrip('/')}/*.csv'")
    if path.exists():
        return [path]
    if _PATTERN_CHARACTERS.isdisjoint(argument):
        raise CliError(f"{argument}: no such file")
    found = sorted(Path(name) for name in glob.glob(argument, recursive=True))  # noqa: PTH207 - absolute patterns too
    files = [found_path for found_path in found if found_path.is_file()]
    if not files:
        raise CliError(f"{argument}: no file matches")
    return files


def _stem(name: str) -> str:
    """The name without its extension, and without that of its compression: ``a.csv.gz`` is ``a``."""
    path = PurePosixPath(name)
    if path.suffix.lower() in _PACKINGS and path.stem:
        path = PurePosixPath(path.stem)
    return path.stem
