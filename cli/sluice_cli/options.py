"""Options that commands share, and the values that they take."""

import dataclasses
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, ConfigDict

from sluice_clean.engine import CleanSettings
from sluice_cli.spool import Limits

_MOST_THREADS = 8  # more would share one run's memory
_MIN_MEMORY = 64_000_000
_AMPLE_MEMORY = 1_000_000_000
# With less, a thread has less of a file in hand, and DuckDB is given two fifths: chunks and Python take the rest.
_SMALL_CHUNK = 8 << 20
_LEAST_FOR_DUCKDB = 200_000_000
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]i?)?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_OUTPUT = click.Path(dir_okay=False, allow_dash=True, path_type=Path)

Command = Callable[..., Any]


class Size(click.ParamType[int]):
    """A number of bytes: ``512MB`` (10^6), ``2GiB`` (2^30), ``100000``."""

    name = "size"

    def __init__(self, least: int = 1) -> None:
        self._least = least

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes that a text means."""
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(value.strip())
        if not found:
            self.fail(f"{value!r} is no size such as 512MB or 2GiB", param, ctx)
        size = int(float(found[1]) * _UNITS[(found[2] or "").lower()])
        if size < self._least:
            self.fail(f"{value} is too little; at least {self._least:,} bytes", param, ctx)
        return size


class EngineOptions(BaseModel):
    """How the engine is to work, as the options of `engine_options` tell it."""

    model_config = ConfigDict(frozen=True)

    memory: int | None
    threads: int
    day_first: bool
    max_input: int
    timeout: float
    quiet: bool
    as_text: bool = False
    salt: str = ""
    examine: bool = True
    repair: float | None = None

    def settings(self) -> CleanSettings:
        """For the engine; what no option names is the engine's default."""
        settings = CleanSettings(
            threads=self.threads,
            as_text=self.as_text,
            day_first=self.day_first,
            pii_salt=self.salt,
            examine=self.examine,
            repair=self.repair,
            ordered_parts=True,
        )
        if self.memory is None:
            return settings
        if not self.is_frugal:
            return dataclasses.replace(settings, memory_limit=f"{self.memory}B")
        limit = max(self.memory * 2 // 5, min(self.memory, _LEAST_FOR_DUCKDB))
        return dataclasses.replace(settings, memory_limit=f"{limit}B", chunk_bytes=_SMALL_CHUNK)

    @property
    def is_frugal(self) -> bool:
        """Whether less memory is to do than the engine's own default."""
        return self.memory is not None and self.memory < _AMPLE_MEMORY

    def limits(self) -> Limits:
        """For what is downloaded or piped in."""
        return Limits(self.max_input, self.timeout)


def engine_options(command: Command) -> Command:
    """Adds the options that every command has which runs the engine."""
    for option in reversed(_ENGINE_OPTIONS):
        command = option(command)
    return command


def output_option(*names: str, text: str) -> Callable[[Command], Command]:
    """An option that names a file to write, or ``-``."""
    return click.option(*names, type=_OUTPUT, metavar="FILE", help=text)


def _usable_processors() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_THREADS)


_ENGINE_OPTIONS = (
    click.option(
        "--memory", type=Size(_MIN_MEMORY), help=f"Memory to work in. [default: {CleanSettings.memory_limit}]"
    ),
    click.option(
        "--threads",
        type=click.IntRange(1, 256),
        default=_usable_processors,
        show_default=f"the machine's, {_MOST_THREADS} at most",
        help="Threads to work on.",
    ),
    click.option("--day-first", is_flag=True, help="Read 03/04/2020 as 3 April where no value of a column decides."),
    click.option(
        "--max-input",
        type=Size(),
        default="10GB",
        show_default=True,
        help="Bytes read from a URL or a pipe, at most.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=3600,
        show_default=True,
        help="Seconds that a download may take.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="No progress and no summary on stderr; errors only."),
)
