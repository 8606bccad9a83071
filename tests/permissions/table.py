"""Which of the things that functions do needs which of their grants: one row a grant."""

from tests.permissions import probes
from tests.permissions.grants import Grant
from tests.permissions.probes import Probe

CLEAN, LOAD, INGEST, QUERY = "clean/CleanRole", "clean/LoadRole", "ingest/ApiRole", "query/ApiRole"
SWEEP, REPLAY, FEED = "clean/SweepRole", "clean/ReplayRole", "clean/FeedRole"
MERGE = "clean/MergeRole"

SHOWN: dict[Grant, Probe] = {
    Grant(CLEAN, "ReadRaw", "s3:GetObject", "raw_bucket/raw/*"): probes.clean_a_file,
    Grant(CLEAN, "ReadRaw", "s3:GetObjectVersion", "raw_bucket/raw/*"): probes.clean_a_file,
    Grant(CLEAN, "WriteClean", "s3:PutObject", "clean_bucket/data/*"): probes.clean_a_file,
    Grant(CLEAN, "WriteClean", "s3:PutObject", "clean_bucket/rejects/*"): probes.clean_a_file,
    Grant(CLEAN, "WriteClean", "s3:PutObject", "clean_bucket/reports/*"): probes.clean_a_file,
    Grant(CLEAN, "WriteClean", "s3:PutObject", "clean_bucket/loads/*"): probes.clean_a_file,
    Grant(CLEAN, "Catalog", "dynamodb:GetItem", "table/catalog_table"): probes.withdraw_a_file,
    Grant(CLEAN, "Catalog", "dynamodb:UpdateItem", "table/catalog_table"): probes.withdraw_a_file,
    Grant(CLEAN, "WriteClean", "s3:PutObject", "clean_bucket/diffs/*"): probes.compare_runs,
    Grant(CLEAN, "ReadClean", "s3:GetObject", "clean_bucket/data/*"): probes.compare_runs,
    Grant(CLEAN, "WriteClean", "s3:PutObject", "clean_bucket/ranges/*"): probes.clean_a_large_file,
    Grant(CLEAN, "WriteClean", "s3:PutObject", "clean_bucket/pieces/*"): probes.clean_a_large_file,
    Grant(CLEAN, "ReadClean", "s3:GetObject", "clean_bucket/pieces/*"): probes.clean_a_large_file,
    Grant(CLEAN, "ReportFailure", "sqs:SendMessage", "sluice-clean-failures"): probes.put_aside_an_event,
    Grant(LOAD, "ReadClean", "s3:GetObject", "clean_bucket/data/*"): probes.load_a_part,
    Grant(LOAD, "Catalog", "dynamodb:GetItem", "table/catalog_table"): probes.load_a_part,
    Grant(LOAD, "Catalog", "dynamodb:UpdateItem", "table/catalog_table"): probes.unload_a_part,
    Grant(LOAD, "Records", "dynamodb:BatchWriteItem", "table/records_table"): probes.load_a_part,
    Grant(MERGE, "FindDue", "dynamodb:Query", "table/catalog_table/index/by_due"): probes.merge_files,
    Grant(MERGE, "Catalog", "dynamodb:GetItem", "table/catalog_table"): probes.merge_files,
    Grant(MERGE, "Catalog", "dynamodb:Query", "table/catalog_table"): probes.merge_files,
    Grant(MERGE, "Catalog", "dynamodb:UpdateItem", "table/catalog_table"): probes.merge_files,
    Grant(MERGE, "Merge", "s3:GetObject", "clean_bucket/data/*"): probes.merge_files,
    Grant(MERGE, "Merge", "s3:PutObject", "clean_bucket/data/*"): probes.merge_files,
    Grant(SWEEP, "FindDue", "dynamodb:Query", "table/catalog_table/index/by_due"): probes.send_an_outbox,
    Grant(SWEEP, "Catalog", "dynamodb:GetItem", "table/catalog_table"): probes.send_an_outbox,
    Grant(SWEEP, "Catalog", "dynamodb:UpdateItem", "table/catalog_table"): probes.send_an_outbox,
    Grant(SWEEP, "Catalog", "dynamodb:DeleteItem", "table/catalog_table"): probes.forget_a_commit,
    Grant(SWEEP, "SendAgain", "s3:PutObject", "clean_bucket/loads/*"): probes.send_an_outbox,
    Grant(SWEEP, "DeleteDataset", "dynamodb:Query", "table/catalog_table"): probes.delete_a_dataset,
    Grant(SWEEP, "DeleteDataset", "dynamodb:BatchWriteItem", "table/catalog_table"): probes.delete_a_dataset,
    Grant(SWEEP, "FindFiles", "s3:ListBucketVersions", "raw_bucket"): probes.delete_a_dataset,
    Grant(SWEEP, "FindFiles", "s3:ListBucketVersions", "clean_bucket"): probes.collect_a_run,
    Grant(SWEEP, "Collect", "s3:DeleteObject", "raw_bucket/raw/*"): probes.delete_a_dataset,
    Grant(SWEEP, "Collect", "s3:DeleteObjectVersion", "raw_bucket/raw/*"): probes.delete_a_dataset,
    Grant(SWEEP, "Collect", "s3:DeleteObject", "clean_bucket/rejects/*"): probes.delete_a_dataset,
    Grant(SWEEP, "Collect", "s3:DeleteObjectVersion", "clean_bucket/rejects/*"): probes.delete_a_dataset,
    Grant(SWEEP, "Collect", "s3:DeleteObject", "clean_bucket/reports/*"): probes.delete_a_dataset,
    Grant(SWEEP, "Collect", "s3:DeleteObjectVersion", "clean_bucket/reports/*"): probes.delete_a_dataset,
    Grant(SWEEP, "Collect", "s3:DeleteObject", "clean_bucket/loads/*"): probes.delete_a_dataset,
    Grant(SWEEP, "Collect", "s3:DeleteObjectVersion", "clean_bucket/loads/*"): probes.delete_a_dataset,
    Grant(SWEEP, "Collect", "s3:DeleteObjectVersion", "clean_bucket/data/*"): probes.delete_a_dataset,
    Grant(SWEEP, "Collect", "s3:DeleteObject", "clean_bucket/data/*"): probes.collect_a_run,
    Grant(INGEST, "DeleteRaw", "s3:DeleteObject", "raw_bucket/raw/*"): probes.delete_a_file,
    Grant(INGEST, "PutRaw", "s3:PutObject", "raw_bucket/raw/*"): probes.post_a_file,
    Grant(REPLAY, "Catalog", "dynamodb:GetItem", "table/catalog_table"): probes.begin_a_replay,
    Grant(REPLAY, "Catalog", "dynamodb:UpdateItem", "table/catalog_table"): probes.begin_a_replay,
    Grant(REPLAY, "FindRuns", "dynamodb:Query", "table/catalog_table/index/by_kind"): probes.begin_a_replay,
    Grant(REPLAY, "CleanAgain", "lambda:InvokeFunction", "function:sluice-clean-clean"): probes.begin_a_replay,
    Grant(FEED, "Catalog", "dynamodb:GetItem", "table/catalog_table"): probes.publish_a_change,
    Grant(FEED, "ReportFailure", "sqs:SendMessage", "sluice-clean-failures"): probes.put_aside_a_change,
    Grant(INGEST, "OrderReplay", "s3:PutObject", "clean_bucket/replays/*"): probes.order_a_replay,
    Grant(INGEST, "Catalog", "dynamodb:GetItem", "table/catalog_table"): probes.order_a_replay,
    Grant(INGEST, "Catalog", "dynamodb:UpdateItem", "table/catalog_table"): probes.describe_a_dataset,
    Grant(QUERY, "ReadClean", "s3:GetObject", "clean_bucket/data/*"): probes.read_by_filter,
    Grant(QUERY, "ReadClean", "s3:GetObject", "clean_bucket/rejects/*"): probes.read_rejects,
    Grant(QUERY, "ReadClean", "s3:GetObject", "clean_bucket/reports/*"): probes.read_a_report,
    Grant(QUERY, "ReadClean", "s3:GetObject", "clean_bucket/diffs/*"): probes.read_a_diff,
    Grant(QUERY, "Catalog", "dynamodb:GetItem", "table/catalog_table"): probes.read_a_dataset,
    Grant(QUERY, "Catalog", "dynamodb:PutItem", "table/catalog_table"): probes.make_the_first_page_token,
    Grant(QUERY, "Catalog", "dynamodb:Query", "table/catalog_table"): probes.list_objects,
    Grant(QUERY, "CatalogByKind", "dynamodb:Query", "table/catalog_table/index/by_kind"): probes.list_datasets,
    Grant(QUERY, "Records", "dynamodb:Query", "table/records_table"): probes.read_by_key,
}

_MISSING_KEY = (
    "without it S3 answers 403 for a key that isn't there; the emulator answers 404 either way, and the function, "
    "which never lists, looks the same"
)
_CROWD = "only commits that meet need it, which can't be forced from outside"
_QUEUE = "Lambda sends a failed event under the function's role; the emulator puts it into the queue by itself"
_STREAM = "Lambda reads the stream under the function's role; the emulator reads it by itself"
_TRACES = "Lambda's X-Ray daemon sends traces under the function's role; the emulator has none"
_LOGS = "Lambda writes the logs under the function's role; the emulator keeps them by itself"

NOT_SHOWN: dict[Grant, str] = {
    Grant(CLEAN, "FindRaw", "s3:ListBucket", "raw_bucket"): _MISSING_KEY,
    Grant(CLEAN, "FindClean", "s3:ListBucket", "clean_bucket"): _MISSING_KEY,
    Grant(QUERY, "FindClean", "s3:ListBucket", "clean_bucket"): _MISSING_KEY,
    Grant(FEED, "Publish", "sns:Publish", "sluice-changes"): "the emulator lets everybody publish",
    Grant(REPLAY, "ReportFailure", "sqs:SendMessage", "sluice-clean-failures"): _QUEUE,
    Grant(LOAD, "ReportFailure", "sqs:SendMessage", "sluice-clean-load-failures"): _QUEUE,
}
_RACE = "only a file that is posted while its dataset is being deleted needs it, which can't be forced from outside"
_OTHERS = "what is deleted with a dataset like its reports, and isn't made by every file"
NOT_SHOWN[Grant(INGEST, "Catalog", "dynamodb:DeleteItem", "table/catalog_table")] = _RACE
for _kind in ("diffs", "replays", "ranges", "pieces"):
    for _action in ("DeleteObject", "DeleteObjectVersion"):
        NOT_SHOWN[Grant(SWEEP, "Collect", f"s3:{_action}", f"clean_bucket/{_kind}/*")] = _OTHERS
for _action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"):
    NOT_SHOWN[Grant(FEED, "ReadStream", f"dynamodb:{_action}", "table/catalog_table/stream/*")] = _STREAM
for _action in ("PutItem", "BatchGetItem"):
    NOT_SHOWN[Grant(SWEEP, "Pending", f"dynamodb:{_action}", "table/catalog_table")] = _CROWD
for _action in ("PutItem", "DeleteItem", "Query", "BatchGetItem"):
    NOT_SHOWN[Grant(CLEAN, "Pending", f"dynamodb:{_action}", "table/catalog_table")] = _CROWD
for _role, _function in (
    (CLEAN, "clean-clean"),
    (LOAD, "clean-load"),
    (SWEEP, "clean-sweep"),
    (MERGE, "clean-merge"),
    (REPLAY, "clean-replay"),
    (FEED, "clean-feed"),
    (INGEST, "ingest-api"),
    (QUERY, "query-api"),
):
    for _action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        NOT_SHOWN[Grant(_role, "Log", _action, f"log-group:/aws/lambda/sluice-{_function}:*")] = _LOGS
    for _action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"):
        NOT_SHOWN[Grant(_role, "Trace", _action, "*")] = _TRACES
