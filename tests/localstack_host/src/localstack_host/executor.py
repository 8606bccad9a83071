"""LocalStack's runtime executor `process`: an execution environment is a process on this machine."""

import math
import os
import tempfile
import threading
import time
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

from localstack_host.function_process import Function, FunctionProcess
from localstack_host.runtime_api import Event

_HOST = "127.0.0.1"


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """Chosen by `LAMBDA_RUNTIME_EXECUTOR=process`."""

    name = "process"

    def load(self, *_args: object, **_options: object) -> type[RuntimeExecutor]:
        """The class that LocalStack makes executors of."""
        return ProcessRuntimeExecutor


class ProcessRuntimeExecutor(RuntimeExecutor):
    """One execution environment: LocalStack gives it one event at a time.

    As on AWS, an invocation that breaks the process fails, and the next one gets a fresh process.
    """

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 - the base class's name
        super().__init__(id, function_version)
        self._log_path = _log_folder() / f"{function_version.id.function_name}-{id}.log"
        self._log_position = 0
        self._environment: dict[str, str] = {}
        self._process: FunctionProcess | None = None
        self._stopped = False
        self._lock = threading.Lock()  # a stop may come amid an invocation

    def start(self, env_vars: dict[str, str]) -> None:
        """Start the process, so that it is warm when the first event comes."""
        self._environment = {name: str(value) for name, value in env_vars.items()}
        self._usable_process()

    def stop(self) -> None:
        """End the process for good."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.stop()
                self._process = None

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run one event; the result has everything that was logged since the last one."""
        request_id = payload["invoke-id"]
        event = Event(request_id, payload["invoked-function-arn"], payload["trace-id"], payload["payload"])
        process = self._usable_process()
        began = time.monotonic()
        answer = process.invoke(event)
        took = (time.monotonic() - began) * 1000
        logs = self._new_logs()
        if answer.is_error and not process.usable:
            logs += answer.body.decode(errors="replace") + "\n"
        told = self._framed(request_id, logs, took)
        return InvocationResult(request_id, answer.body, is_error=answer.is_error, logs=told)

    def get_address(self) -> str:
        """Where the environment is."""
        return _HOST

    def get_endpoint_from_executor(self) -> str:
        """Where LocalStack is, seen from the function."""
        return _HOST

    def get_runtime_endpoint(self) -> str:
        """LocalStack's own address."""
        return f"http://{_HOST}:{config.GATEWAY_LISTEN[0].port}"

    def get_logs(self) -> str:
        """Everything that the environment logged."""
        return self._log_path.read_text(errors="replace") if self._log_path.exists() else ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the code."""
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Nothing: LocalStack removes the code itself."""

    def _usable_process(self) -> FunctionProcess:
        with self._lock:
            if self._stopped:
                raise LambdaRuntimeException(f"execution environment {self.id} was stopped")
            if self._process is None or not self._process.usable:
                if self._process is not None:
                    self._process.stop()
                self._process = FunctionProcess(self._function())
            return self._process

    def _function(self) -> Function:
        function = self.function_version.config
        folder = str(function.code.get_unzipped_code_location())
        environment = self._environment | {
            "PATH": os.environ["PATH"],
            "HOME": tempfile.gettempdir(),
            "TMPDIR": tempfile.gettempdir(),
            "LAMBDA_TASK_ROOT": folder,
            "PYTHONPATH": folder,
            # what is printed must be in the log before the answer is
            "PYTHONUNBUFFERED": "1",
        }
        return Function(
            handler=function.handler,
            folder=Path(folder),
            environment=environment,
            timeout=function.timeout,
            init_timeout=config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT,
            log_path=self._log_path,
        )

    def _new_logs(self) -> str:
        with self._log_path.open("rb") as log:
            log.seek(self._log_position)
            new = log.read()
        self._log_position += len(new)
        return new.decode(errors="replace")

    def _framed(self, request_id: str, logs: str, milliseconds: float) -> str:
        """The log of one invocation as AWS writes it."""
        end = "" if not logs or logs.endswith("\n") else "\n"
        return (
            f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n{logs}{end}"
            f"END RequestId: {request_id}\n"
            f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {math.ceil(milliseconds)} ms\t"
            f"Memory Size: {self.function_version.config.memory_size} MB\n"
        )


def _log_folder() -> Path:
    folder = Path(tempfile.gettempdir(), "lambda-logs")
    folder.mkdir(exist_ok=True)
    return folder
