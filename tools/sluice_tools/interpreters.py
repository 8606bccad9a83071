"""Python interpreters on this machine, found by running them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def find(version: str) -> str | None:
    """A Python of this version, or None: the one that runs this, if it is of the version, else as `search`.

    Args:
        version: Such as `3.13`.
    """
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return sys.executable if version == here else search(version)


def search(version: str) -> str | None:
    """A Python of this version on the machine, or None.

    A version manager's shims exist for versions that aren't installed or aren't chosen, so that a candidate counts
    only once it has run and said its version.

    Args:
        version: Such as `3.13`; `PYTHON313` may name its command.
    """
    return next((candidate for candidate in _candidates(version) if is_python(candidate, version)), None)


def given(version: str) -> str | None:
    """The command that the user named for this version (`PYTHON313` for `3.13`), unchecked; None if none."""
    return os.environ.get(f"PYTHON{version.replace('.', '')}") or None


def _candidates(version: str) -> Iterator[str]:
    if named := given(version):
        yield named
    name = f"python{version}"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if Path(folder, name).exists():
            yield str(Path(folder, name))
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}*/bin/{name}"), reverse=True))


def is_python(command: str, version: str) -> bool:
    """Whether the command is a Python of this version that can make virtual environments."""
    question = [command, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
    try:
        answer = subprocess.run(question, capture_output=True, check=False, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.strip() == version
