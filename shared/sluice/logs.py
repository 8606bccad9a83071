"""Structured logs: one JSON object a line, with the service's name and the id of what is being handled."""

from functools import cache

from aws_lambda_powertools import Logger


@cache
def get_logger() -> Logger:
    """The logger of this process; name and level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL."""
    return Logger(use_rfc3339=True, utc=True)
