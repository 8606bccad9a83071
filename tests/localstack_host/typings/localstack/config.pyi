class HostAndPort:
    port: int

GATEWAY_LISTEN: list[HostAndPort]
LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT: int
DYNAMODB_HEAP_SIZE: str
