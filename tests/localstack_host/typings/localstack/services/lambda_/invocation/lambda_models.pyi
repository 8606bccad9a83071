from dataclasses import dataclass
from pathlib import Path

class ArchiveCode:
    def prepare_for_execution(self) -> None: ...
    def get_unzipped_code_location(self) -> Path: ...

class VersionIdentifier:
    function_name: str
    qualifier: str

class VersionFunctionConfiguration:
    handler: str
    timeout: int
    memory_size: int
    code: ArchiveCode

class FunctionVersion:
    id: VersionIdentifier
    config: VersionFunctionConfiguration

@dataclass
class InvocationResult:
    request_id: str
    payload: bytes | None
    is_error: bool
    logs: str | None
