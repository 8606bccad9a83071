"""What serverless-python-requirements calls as `python -m pip`: packages for a function, by uv.

The plugin's own ways are either slow (pip again on every deploy) or wrong (a static cache that serves
stale shared code). Here the locked third-party packages are installed once per lock, platform and
interpreter, kept in `.cache/packages/`, and linked into each package from there; local packages
(`../../shared`) are built anew from a clean copy every time, so what is deployed is what is on disk.

A package is a function of its inputs: no file time, no umask and no folder name gets into it. Byte code is shipped,
since a cold start takes 1.8 x as long without: for shared and third-party code and for the service's own. It is made
by an interpreter of the target's version, and left out (with a note) where this machine has none; equal bytes
therefore want an interpreter of the same version, like every other tool that the locks name.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sluice_tools import interpreters

_CACHE = Path(".cache/packages")
_DROPPED_NAMES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock"})
_DROPPED_SUFFIXES = frozenset({".pyi", ".pyc", ".md", ".h", ".pxd"})
_MODE = 0o644  # of every packaged file, whatever the umask
_DROPPED_DIRS = frozenset({"__pycache__", "tests", "bin"})
# Lambda's Python comes with the SDK and what it needs; so does the interpreter that emulators run functions with.
_PROVIDED = frozenset({"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"})
_NOT_SOURCE = ("build", "dist", "*.egg-info", "__pycache__", ".*_cache")


@dataclass(frozen=True)
class Target:
    """The interpreter that the packages are for.

    Attributes:
        python_version: `3.13`, or empty for the interpreter that runs this.
        platform: A wheel platform such as `manylinux_2_28_aarch64`, or empty for this machine.
    """

    python_version: str = ""
    platform: str = ""

    def uv_arguments(self) -> list[str]:
        """The options that make `uv pip install` choose wheels for this target."""
        if not self.platform:
            return []
        system, _, machine = self.platform.rpartition("_")
        if machine == "64":  # x86_64 has an underscore of its own
            system, machine = system.removesuffix("_x86"), "x86_64"
        chosen = ["--python-platform", f"{machine}-{system}", "--only-binary", ":all:"]
        return [*chosen, "--python-version", self.python_version] if self.python_version else chosen

    def interpreter(self) -> str | None:
        """A Python here whose byte code the target can load, or None."""
        return interpreters.find(self.python_version) if self.python_version else sys.executable


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one `-m pip ...` call of the plugin.

    Args:
        arguments: As after the interpreter's name; the process's own if None.

    Returns:
        The exit status; a failure has said why on stderr.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:3] == ["-m", "pip", "help"]:
        print("pip install, by uv")  # the plugin looks for Debian's --system here: there is none
        return 0
    if given[:3] != ["-m", "pip", "install"]:
        print(f"packaging-python only installs requirements, not: {' '.join(given)}", file=sys.stderr)
        return 2
    options = _parser().parse_args(given[3:])
    try:
        install(options.requirement, options.target, Target(options.python_version, options.platform))
    except subprocess.CalledProcessError as error:
        print(error.stderr or error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    """The part of pip's options that the services' serverless.yml and the plugin use."""
    parser = argparse.ArgumentParser(prog="packaging-python -m pip install")
    parser.add_argument("-t", "--target", type=Path, required=True)
    parser.add_argument("-r", "--requirement", type=Path, required=True)
    parser.add_argument("--platform", default="")
    parser.add_argument("--python-version", default="")
    parser.add_argument("--implementation", choices=["cp"])
    parser.add_argument("--only-binary", choices=[":all:"])
    return parser


def install(requirements: Path, target: Path, wanted: Target) -> None:
    """Make a folder hold exactly what a requirements file asks for.

    Args:
        requirements: A locked file: hashed third-party lines, and local packages as paths relative to
            the working directory.
        target: The folder, which exists and is emptied.
        wanted: The interpreter that will import from it.

    Raises:
        subprocess.CalledProcessError: An installation failed; `stderr` says why.
    """
    lines = [line.strip() for line in requirements.read_text().splitlines() if line.strip()]
    local = [line for line in lines if line.startswith((".", "/"))]
    third_party = sorted(line for line in set(lines) - set(local) if _name(line) not in _PROVIDED)
    _empty(target, keep=requirements.name)
    if third_party:
        _link_tree(_third_party(third_party, wanted), target)
    for path in local:
        _install_local(Path(path).resolve(), target, wanted)
    _compile_service(Path.cwd(), target, wanted)
    requirements.chmod(_MODE)  # the plugin packages it too


def _name(line: str) -> str:
    """The normalised name of the package that a locked line asks for."""
    found = re.match(r"[A-Za-z0-9._-]+", line)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def _empty(target: Path, keep: str) -> None:
    """Remove what an earlier package left: the plugin reuses the folder, and a deleted module must go."""
    for path in target.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != keep:
            path.unlink()


def _third_party(lines: Sequence[str], wanted: Target) -> Path:
    """The folder with exactly these locked packages, installed on first use."""
    key = hashlib.sha256()
    for part in (*lines, repr(wanted), wanted.interpreter() or "", sys.version, Path(__file__).read_text()):
        key.update(part.encode() + b"\0")
    cached = _root() / _CACHE / key.hexdigest()[:32]
    if cached.is_dir():
        return cached
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cached.parent, prefix="new-") as scratch:
        lock, packages = Path(scratch, "lock.txt"), Path(scratch, "packages")
        lock.write_text("\n".join(lines) + "\n")
        _uv_install(packages, ["--require-hashes", *wanted.uv_arguments(), "-r", str(lock)])
        _finish(packages, wanted)
        try:
            packages.rename(cached)
        except OSError:
            # A parallel deploy of another service with the same lock was first: take its folder.
            if not cached.is_dir():
                raise
    return cached


def _install_local(source: Path, target: Path, wanted: Target) -> None:
    """Build a local package from a clean copy, so that no leftover of an earlier build gets in."""
    with tempfile.TemporaryDirectory() as scratch:
        copy, packages = Path(scratch, "source"), Path(scratch, "packages")
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*_NOT_SOURCE))
        _uv_install(packages, ["--no-build-isolation", "--no-cache", str(copy)])
        _finish(packages, wanted)
        shutil.copytree(packages, target, dirs_exist_ok=True)


def _uv_install(target: Path, arguments: Sequence[str]) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--link-mode", "copy"]
    command += ["--python", sys.executable, "--target", str(target), *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True)


def _compile_service(service: Path, target: Path, wanted: Target) -> None:
    """Add the byte code of the service's own package, whose sources the Serverless CLI packages."""
    with tempfile.TemporaryDirectory() as scratch:
        for package in sorted(path.parent for path in service.glob("*/__init__.py")):
            shutil.copytree(package, Path(scratch, package.name), ignore=shutil.ignore_patterns("__pycache__"))
        _finish(Path(scratch), wanted)
        for compiled in Path(scratch).rglob("*.pyc"):
            destination = target / compiled.relative_to(scratch)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(compiled, destination)


def _finish(packages: Path, wanted: Target) -> None:
    """Leave out what no function needs, compile the rest, and let no file tell who made it."""
    for path in sorted(packages.rglob("*"), reverse=True):
        if path.is_dir() and path.name in _DROPPED_DIRS:
            shutil.rmtree(path)
        elif path.is_file() and (path.name in _DROPPED_NAMES or path.suffix in _DROPPED_SUFFIXES):
            path.unlink()
    _compile(packages, wanted)
    for path in packages.rglob("*"):
        if path.is_file():
            path.chmod(_MODE)


def _compile(packages: Path, wanted: Target) -> None:
    """Byte code of the unchecked-hash kind: it depends on no file time, and is read without a look at its source."""
    interpreter = wanted.interpreter()
    if interpreter is None:
        print(f"no Python {wanted.python_version} here: packaging without byte code", file=sys.stderr)
        return
    command = [interpreter, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(packages), "-p", "/var/task", str(packages)]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    subprocess.run(command, check=True, capture_output=True, text=True, env=environment)


def _link_tree(source: Path, target: Path) -> None:
    """Copy a tree by hard links where the file system allows: nothing changes packaged files in place."""

    def link(origin: str, destination: str) -> str:
        try:
            os.link(origin, destination)
        except OSError:
            shutil.copy2(origin, destination)
        return destination

    shutil.copytree(source, target, copy_function=link, dirs_exist_ok=True)


def _root() -> Path:
    """The repository whose service is being packaged: the plugin runs this in services/<name>."""
    return Path.cwd().parent.parent


if __name__ == "__main__":
    sys.exit(main())
