from abc import ABC, abstractmethod

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult

class RuntimeExecutor(ABC):
    id: str
    function_version: FunctionVersion

    def __init__(self, id: str, function_version: FunctionVersion) -> None: ...  # noqa: A002 - its name
    @abstractmethod
    def start(self, env_vars: dict[str, str]) -> None: ...
    @abstractmethod
    def stop(self) -> None: ...
    @abstractmethod
    def get_address(self) -> str: ...
    @abstractmethod
    def get_endpoint_from_executor(self) -> str: ...
    @abstractmethod
    def get_runtime_endpoint(self) -> str: ...
    @abstractmethod
    def invoke(self, payload: dict[str, str]) -> InvocationResult: ...
    @abstractmethod
    def get_logs(self) -> str: ...
    @classmethod
    @abstractmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None: ...
    @classmethod
    @abstractmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None: ...

class LambdaRuntimeException(Exception): ...  # noqa: N818 - its name
