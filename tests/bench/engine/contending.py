"""Runs contenders as processes of their own, and measures each as a whole: seconds, CPU seconds, peak memory."""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

CONTENDERS = Path(__file__).parent / "contenders"
PEERS = Path(__file__).parents[3] / ".venv-bench" / "bin" / "python"


@dataclass(frozen=True)
class Contender:
    """A script, its interpreter, and what it does not do of the same work."""

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    peer: bool = True
    leaves_out: str = ""


@dataclass(frozen=True)
class Figures:
    """Medians over the rounds; memory is the highest seen, in MB."""

    seconds: float
    cpu: float
    memory: float
    failed: str = ""


def contend(
    contenders: list[Contender], source: Path, folder: Path, rounds: int, threads: int = 2
) -> dict[str, Figures]:
    """Runs each contender once a round, in turn, so that what disturbs the machine disturbs all alike."""
    runs: dict[str, list[Figures]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            runs[contender.name].append(_run(contender, source, folder, threads))
    return {name: _middle(figures) for name, figures in runs.items()}


def _run(contender: Contender, source: Path, folder: Path, threads: int) -> Figures:
    target = folder / contender.name.replace(" ", "-")
    shutil.rmtree(target, ignore_errors=True)
    if target.is_file():
        target.unlink()
    interpreter = str(PEERS) if contender.peer else sys.executable
    command = [interpreter, str(CONTENDERS / contender.script), str(source), str(target), str(threads)]
    started = time.perf_counter()
    command += contender.arguments
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        errors = (process.stderr.read() if process.stderr else b"").decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    failed = errors.strip().splitlines()[-1][:100] if process.returncode and errors.strip() else ""
    return Figures(seconds, usage.ru_utime + usage.ru_stime, _megabytes(usage), failed)


def _megabytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1024


def _middle(figures: list[Figures]) -> Figures:
    return Figures(
        statistics.median(one.seconds for one in figures),
        statistics.median(one.cpu for one in figures),
        max(one.memory for one in figures),
        next((one.failed for one in figures if one.failed), ""),
    )


def table(title: str, found: dict[str, Figures], ours: str, contenders: list[Contender]) -> str:
    """The figures as text, each contender's as a ratio to ours as well."""
    left = {contender.name: contender.leaves_out for contender in contenders}
    lines = [f"\n{title}", f"{'':24}{'s':>8}{'CPU s':>8}{'MB':>8}{'ours is':>10}  leaves out"]
    for name, one in found.items():
        speed = f"{one.seconds / found[ours].seconds:.2f} x"
        note = f"FAILED: {one.failed}" if one.failed else left[name]
        lines.append(f"{name:24}{one.seconds:8.2f}{one.cpu:8.2f}{one.memory:8.0f}{speed:>10}  {note}")
    return "\n".join(lines)
