class RuntimeExecutorPlugin:
    name: str
