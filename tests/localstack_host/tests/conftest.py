"""A real LocalStack, started as `make integration-test` starts it, and functions made of a few lines."""

import base64
import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from sluice_tools import emulator, localstack_host
from sluice_tools.cloud import Cloud
from sluice_tools.stage import ClientArguments, Stage
from sluice_tools.workspace import LOCAL, Workspace

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_ROLE = "arn:aws:iam::000000000000:role/any"


@dataclass(frozen=True)
class Answer:
    """What came of an invocation."""

    result: Any
    failed: bool
    log: str


@dataclass(frozen=True)
class Function:
    """A deployed function."""

    client: "LambdaClient"
    name: str

    def __call__(self, event: Any = None) -> Answer:
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event).encode(), LogType="Tail")
        return Answer(
            result=json.loads(answer["Payload"].read()),
            failed="FunctionError" in answer,
            log=base64.b64decode(answer.get("LogResult", "")).decode(),
        )


Deploy = Callable[..., Function]


@pytest.fixture(scope="session")
def installation() -> localstack_host.Installation:
    lacking = localstack_host.lacks()
    if lacking is not None:
        pytest.skip(lacking)
    return localstack_host.install(Workspace.here())


@pytest.fixture(scope="session")
def cloud(installation: localstack_host.Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("localstack")
    with localstack_host.running(installation, emulator.free_port(), folder, folder / "log") as running:
        yield running


@pytest.fixture
def deploy(cloud: Cloud) -> Deploy:
    return deployer(cloud)


def client_arguments(cloud: Cloud) -> ClientArguments:
    """How boto3 reaches a LocalStack."""
    return Stage(Workspace.here(), LOCAL, cloud.endpoint_url).client_arguments


def deployer(cloud: Cloud) -> Deploy:
    """How functions get onto a LocalStack."""
    config = Config(max_pool_connections=20, retries={"total_max_attempts": 1}, read_timeout=60)
    client = boto3.client("lambda", config=config, **client_arguments(cloud))

    def deploy(code: str, timeout: int = 10) -> Function:
        name = f"f-{uuid.uuid4().hex[:12]}"
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", code)
        client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=_ROLE,
            Handler="app.handler",
            Code={"ZipFile": package.getvalue()},
            Timeout=timeout,
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        return Function(client, name)

    return deploy


def processes_in(folder: Path) -> dict[int, str]:
    """The processes that work in a folder or below it, each with its command line."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            where, command = (entry / "cwd").readlink(), (entry / "cmdline").read_bytes()
        except OSError:
            continue  # gone meanwhile, or somebody else's
        if where.is_relative_to(folder) and command:
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def eventually(look: Callable[[], Any], seconds: float = 10) -> Any:
    """Look until what is seen is true; give what was seen last."""
    deadline = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return seen
