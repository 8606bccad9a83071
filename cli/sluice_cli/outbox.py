"""Output files appear complete and together, or not at all."""

import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sluice_cli.errors import CliError
from sluice_cli.spool import CHUNK_BYTES


@dataclass(frozen=True)
class Place:
    """Where one output goes: a file, or a stream of this process ("stdout", "stderr")."""

    path: Path | None
    stream: str = "stdout"

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.stream if self.path is None else str(self.path)

    def check(self) -> None:
        """Looks, before the work, whether it can be written.

        Raises:
            CliError: Its folder isn't there or can't be written to, or it is a folder itself.
        """
        if self.path is None:
            return
        if self.path.is_dir():
            raise CliError(f"{self.path}: a folder, not a file")
        folder = self.path.absolute().parent
        if not folder.is_dir():
            raise CliError(f"{self.path}: there is no folder {self.path.parent}")
        if not os.access(folder if _renamed(self.path) else self.path, os.W_OK):
            raise CliError(f"{self.path}: no permission to write there")


def _renamed(path: Path) -> bool:
    """Whether a finished file may take the path's place: devices and named pipes are written into instead."""
    return path.is_file() or not path.exists()


class Outbox:
    """Gives a temporary path for each output; `publish` brings them all to their places."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[tuple[Path, Place]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for temporary, _ in self._waiting:
            temporary.unlink(missing_ok=True)

    def path_for(self, place: Place) -> Path:
        """Where to write what is to appear at ``place``: in the same folder, so that a rename suffices."""
        token = secrets.token_hex(6)
        if place.path is not None and _renamed(place.path):
            final = place.path.resolve()  # a symbolic link stays one
            temporary = final.with_name(f".{final.name[:100]}.{token}.tmp")
        else:
            temporary = self._folder / f"out-{token}"
        self._waiting.append((temporary, place))
        return temporary

    def publish(self) -> None:
        """Puts every output in its place, files first: a reader of our stream may go away.

        Raises:
            CliError: A place can't be written to.
            BrokenPipeError: Nobody reads the stream any more.
        """
        for temporary, place in sorted(self._waiting, key=lambda waiting: waiting[1].path is None):
            try:
                _deliver(temporary, place)
            except BrokenPipeError:
                raise
            except OSError as error:
                raise CliError(f"{place.label}: {error.strerror}") from error
        self._waiting.clear()


def _deliver(temporary: Path, place: Place) -> None:
    if place.path is None:
        with temporary.open("rb") as file:
            stream = (sys.stderr if place.stream == "stderr" else sys.stdout).buffer
            shutil.copyfileobj(file, stream, CHUNK_BYTES)
            stream.flush()
    elif _renamed(place.path):
        final = place.path.resolve()
        if final.exists():
            shutil.copymode(final, temporary)
        temporary.replace(final)
    else:
        with temporary.open("rb") as file, place.path.open("wb") as device:
            shutil.copyfileobj(file, device, CHUNK_BYTES)
