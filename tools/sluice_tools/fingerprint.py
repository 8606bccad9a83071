"""What a service's deployment is made of, as one hash: equal hash, nothing to deploy."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from sluice_tools.workspace import Workspace, emulator_environment

_IGNORED_DIRS = frozenset({"__pycache__", ".serverless", "build", "node_modules"})
_COMMON_FILES = ("services/common.yml", "services/gateway.yml", "serverless-compose.yml", "package-lock.json")
_COMMON_FOLDERS = ("shared", "tools/serverless-native-zip")
_PACKAGING_FILES = ("tools/packaging-python", "tools/sluice_tools/packaging.py", "tools/sluice_tools/interpreters.py")


def of_service(workspace: Workspace, service: str) -> str:
    """The hash of everything that decides what a local deployment of a service contains."""
    digest = hashlib.sha256()
    for path in sorted(_inputs(workspace, service)):
        digest.update(str(path.relative_to(workspace.root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    # interpreter and architecture; the address is left out, since no deployed function carries it
    digest.update(repr(sorted(emulator_environment("").items())).encode())
    return digest.hexdigest()


def _inputs(workspace: Workspace, service: str) -> Iterator[Path]:
    for name in (*_COMMON_FILES, *_PACKAGING_FILES):
        yield workspace.root / name
    for folder in (workspace.service(service), *(workspace.root / name for name in _COMMON_FOLDERS)):
        yield from _files(folder)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _IGNORED_DIRS and not name.endswith(".egg-info")]
        yield from (Path(parent, name) for name in files if name != ".env.local")
