"""Whatever LocalStack started ends with it: told to stop, or killed."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.localstack_host.tests.conftest import client_arguments, deployer, eventually, processes_in

from sluice_tools import emulator, localstack_host
from sluice_tools.cloud import Cloud

SLEEPS = "import time\ndef handler(event, context): time.sleep(event)"


def make_busy(cloud: Cloud) -> None:
    """Have it start DynamoDB Local, a function that is idle, and one that is at work."""
    dynamodb = boto3.client("dynamodb", **client_arguments(cloud))
    dynamodb.list_tables()
    deploy = deployer(cloud)
    deploy(SLEEPS)(0)
    at_work = deploy(SLEEPS, timeout=50)
    threading.Thread(target=_ignoring_the_end, args=(at_work,), daemon=True).start()


def _ignoring_the_end(function: Any) -> None:
    try:
        function(40)
    except (ClientError, BotoCoreError):
        return


def kinds(folder: Path) -> dict[str, int]:
    commands = processes_in(folder).values()
    words = ("localstack.runtime.main", "DynamoDBLocal.jar", "localstack_host.function")
    return {word: sum(word in command for command in commands) for word in words}


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_nothing_is_left_behind(installation: localstack_host.Installation, tmp_path: Path, killed: bool) -> None:
    expected = {"localstack.runtime.main": 1, "DynamoDBLocal.jar": 1, "localstack_host.function": 2}
    with localstack_host.running(installation, emulator.free_port(), tmp_path, tmp_path / "log") as cloud:
        make_busy(cloud)
        eventually(lambda: kinds(tmp_path) == expected)
        assert kinds(tmp_path) == expected
        if killed:
            (main,) = (pid for pid, command in processes_in(tmp_path).items() if "localstack.runtime.main" in command)
            os.kill(main, signal.SIGKILL)
    if killed:  # nobody is there to wait for its children
        eventually(lambda: not processes_in(tmp_path))
    assert processes_in(tmp_path) == {}
