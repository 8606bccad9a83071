"""What functions tell of themselves: logs, metrics and traces, by Powertools.

One correlation id goes from the request, or from S3's own event, along with the raw object through cleaning and
loading; every log line of that road carries it as `correlation_id`.
"""

from functools import cache

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "Sluice"

# User metadata of a raw object: the id of the request that brought it.
CORRELATION_METADATA = "sluice-correlation-id"


@cache
def get_logger() -> Logger:
    """The logger of this process: JSON lines. POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL name and level it."""
    return Logger(use_rfc3339=True, utc=True)


@cache
def get_tracer() -> Tracer:
    """The tracer of this process (AWS X-Ray); POWERTOOLS_TRACE_DISABLED turns it off."""
    return Tracer()


@cache
def get_metrics(stage: str) -> Metrics:
    """The metrics of this process, in CloudWatch's namespace `Sluice`, with the dimensions `service` and `stage`."""
    metrics = Metrics(namespace=NAMESPACE)
    metrics.set_default_dimensions(stage=stage)
    return metrics


def count(stage: str, **counts: int) -> None:
    """Add counts to the stage's metrics; they are written when `flush` is called."""
    for name, number in counts.items():
        get_metrics(stage).add_metric(name=name, unit=MetricUnit.Count, value=number)


def duration(stage: str, name: str, milliseconds: float) -> None:
    """Add a duration to the stage's metrics."""
    get_metrics(stage).add_metric(name=name, unit=MetricUnit.Milliseconds, value=milliseconds)


def percent(stage: str, name: str, value: float) -> None:
    """Add a share, 0 to 100, to the stage's metrics."""
    get_metrics(stage).add_metric(name=name, unit=MetricUnit.Percent, value=value)


def flush(stage: str) -> None:
    """Write what was counted since the last time, as CloudWatch's embedded metric format on standard output."""
    metrics = get_metrics(stage)
    if metrics.metric_set:
        metrics.flush_metrics()
