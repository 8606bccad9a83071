"""What a command of the tooling fails with."""


class ToolError(Exception):
    """A command can't go on; the message is the one clear line that its user sees."""
