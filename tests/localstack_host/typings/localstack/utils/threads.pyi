from localstack.utils.run import ShellCommandThread

TMP_THREADS: list[ShellCommandThread]
