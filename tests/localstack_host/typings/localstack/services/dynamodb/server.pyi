from collections.abc import Callable

from localstack.utils.run import ShellCommandThread

class DynamodbServer:
    port: int
    do_start_thread: Callable[[DynamodbServer], ShellCommandThread]
