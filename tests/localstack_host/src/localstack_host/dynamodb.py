"""Runs the DynamoDB Local of an npm package instead of downloading one, and ends it with LocalStack."""

import os
import sys

from localstack import config
from localstack.runtime import hooks
from localstack.services.dynamodb.server import DynamodbServer
from localstack.utils.run import ShellCommandThread
from localstack.utils.threads import TMP_THREADS


@hooks.on_infra_start()
def use_given_dynamodb() -> None:
    """Replace how LocalStack starts it. `LOCALSTACK_HOST_DYNAMODB_DIR` has the jar."""
    folder = os.environ["LOCALSTACK_HOST_DYNAMODB_DIR"]

    def start(server: DynamodbServer) -> ShellCommandThread:
        # fmt: off
        command = [
            # LocalStack starts it in a session of its own: by itself it would outlive a killed LocalStack
            sys.executable, "-m", "localstack_host.bound",
            "java", f"-Xmx{config.DYNAMODB_HEAP_SIZE}", f"-Djava.library.path={folder}/DynamoDBLocal_lib",
            "-jar", f"{folder}/DynamoDBLocal.jar", "-port", str(server.port), "-inMemory",
        ]
        # fmt: on
        thread = ShellCommandThread(command, strip_color=True, auto_restart=True, name="dynamodb-local")
        TMP_THREADS.append(thread)  # LocalStack ends these when it is told to stop
        thread.start()
        return thread

    DynamodbServer.do_start_thread = start
