"""What Sluice costs on AWS, computed from list prices: nothing at rest but storage, and so much per million rows.

List prices of us-east-1 in US dollars, from the pages named beside them, as of 2026; other regions differ by some
percent. Free tiers are left out. Amounts of work are stated as assumptions below, and the table prints them.
"""

from dataclasses import dataclass

LAMBDA_GB_SECOND = 0.0000133334  # arm64 - https://aws.amazon.com/lambda/pricing/
LAMBDA_REQUEST = 0.20e-6
S3_PUT = 5.0e-6  # PUT, COPY, POST, LIST - https://aws.amazon.com/s3/pricing/
S3_GET = 0.4e-6
S3_GB_MONTH = 0.023
DYNAMODB_WRITE = 0.625e-6  # on-demand, per write unit of 1 KB - https://aws.amazon.com/dynamodb/pricing/on-demand/
DYNAMODB_READ = 0.125e-6  # per read unit of 4 KB, strongly consistent
DYNAMODB_GB_MONTH = 0.25
API_REQUEST = 3.5e-6  # REST - https://aws.amazon.com/api-gateway/pricing/
LOGS_GB = 0.50  # https://aws.amazon.com/cloudwatch/pricing/

MILLION = 1_000_000


@dataclass(frozen=True)
class Load:
    """How a million rows arrive, and what handling them takes.

    Attributes:
        rows_per_file: Rows in one raw file.
        bytes_per_row: Size of a row in the raw file.
        parquet_share: Clean Parquet's size as a share of the raw file's.
        item_bytes: Size of a row's item in DynamoDB.
        clean_seconds: Seconds of the clean function per million rows.
        clean_start_seconds: Seconds of the clean function per file, whatever its size.
        clean_gb: Memory of the clean function.
        load_items_per_second: Items that the load function writes.
        load_gb: Memory of the load function.
        rows_per_part: Rows in one Parquet part, hence for one load.
        log_bytes_per_run: What the functions log of one run.
    """

    rows_per_file: int = 100_000
    bytes_per_row: int = 250
    parquet_share: float = 0.3
    item_bytes: int = 700
    clean_seconds: float = 20.0
    clean_start_seconds: float = 0.5
    clean_gb: float = 3.008
    load_items_per_second: float = 2_000.0
    load_gb: float = 1.024
    rows_per_part: int = 100_000
    log_bytes_per_run: int = 4_000


def per_million_rows(load: Load) -> dict[str, float]:
    """Dollars for taking in, cleaning and loading a million rows, by what they are paid for."""
    files = MILLION / load.rows_per_file
    parts = files * max(1.0, load.rows_per_file / load.rows_per_part)
    clean_seconds = load.clean_seconds + files * load.clean_start_seconds
    load_seconds = MILLION / load.load_items_per_second
    units = MILLION * -(-load.item_bytes // 1024)
    return {
        "Lambda, cleaning": clean_seconds * load.clean_gb * LAMBDA_GB_SECOND + files * LAMBDA_REQUEST,
        "Lambda, loading": load_seconds * load.load_gb * LAMBDA_GB_SECOND + parts * LAMBDA_REQUEST,
        # raw file, report, rejects; a part and its load task
        "S3 requests": (files * 3 + parts * 2) * S3_PUT + (files * 4 + parts * 4) * S3_GET,
        "DynamoDB, records": units * DYNAMODB_WRITE,
        # fence, start, commit (four items, twice the units), outbox; a count per part
        "DynamoDB, catalog": (files * 12 + parts * 2) * DYNAMODB_WRITE + files * 10 * DYNAMODB_READ,
        "CloudWatch logs": files * load.log_bytes_per_run / 1e9 * LOGS_GB,
    }


def storage_per_million_rows(load: Load) -> dict[str, float]:
    """Dollars a month for keeping a million rows: raw file, clean Parquet, items."""
    raw_gb = MILLION * load.bytes_per_row / 1e9
    return {
        "S3, raw": raw_gb * S3_GB_MONTH,
        "S3, Parquet": raw_gb * load.parquet_share * S3_GB_MONTH,
        "DynamoDB, records": MILLION * load.item_bytes / 1e9 * DYNAMODB_GB_MONTH,
    }


def per_million_requests(milliseconds: float = 50.0, gb: float = 1.769) -> float:
    """Dollars for a million reads through the query API: gateway, function, two reads of DynamoDB."""
    function = milliseconds / 1000 * gb * LAMBDA_GB_SECOND + LAMBDA_REQUEST
    return MILLION * (API_REQUEST + function + 2 * DYNAMODB_READ)


def table() -> str:
    """All of it as text."""
    load = Load()
    lines = ["At rest: 0.00 (functions, APIs, tables and queues cost nothing while nothing happens)", ""]
    for title, costs in (
        (
            f"A million rows in (files of {load.rows_per_file:,} rows, {load.bytes_per_row} bytes each)",
            per_million_rows(load),
        ),
        ("A million rows kept, a month", storage_per_million_rows(load)),
    ):
        lines.append(f"{title}: {sum(costs.values()):.3f}")
        lines += [f"  {name:20} {dollars:8.4f}" for name, dollars in costs.items()]
        lines.append("")
    lines.append(f"A million reads through the query API: {per_million_requests():.2f}")
    return "\n".join(lines)
