"""The small parts at the rim: addresses, tokens' key, media types, the clock on queries."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from sluice.errors import NotAcceptableError, QueryTooHeavyError
from sluice_query.address import next_url
from sluice_query.docs import docs_page
from sluice_query.edge.database import Database
from sluice_query.edge.signing_key import SigningKey
from sluice_query.errors import FileGoneError
from sluice_query.render import CSV, JSON, NDJSON, negotiate
from sluice_query.request import query_parameters
from sluice_query.sql import Statement

Recorded = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize(
    ("host", "emulated", "expected"),
    [
        ("abc123.execute-api.eu-central-1.amazonaws.com", False, "https://abc123.execute-api.eu-central-1.amazonaws.com/dev/v1/datasets"),
        ("api.example.com", False, "https://api.example.com/dev/v1/datasets"),
        ("127.0.0.1:4566", True, "http://127.0.0.1:4566/_aws/execute-api/abc123/dev/v1/datasets"),
        ("abc123.execute-api.localhost:4566", True, "http://abc123.execute-api.localhost:4566/dev/v1/datasets"),
        (None, True, ""),
    ],
)  # fmt: skip
def test_the_next_page_is_where_the_client_came(
    recorded: Recorded, host: str | None, emulated: bool, expected: str
) -> None:
    event = recorded("apigateway_rest")
    event["headers"] = {"X-Forwarded-Proto": "https"} | ({"Host": host} if host else {})
    url = next_url(event, {"a": ["1", "ü&"], "_next": ["old"]}, "new", emulated=emulated)
    assert url == f"{expected}?a=1&a=%C3%BC%26&_next=new"


def test_parameters_are_read_from_either_form() -> None:
    assert query_parameters({"multiValueQueryStringParameters": {"a": ["1", "2"]}}) == {"a": ["1", "2"]}
    single = {"multiValueQueryStringParameters": None, "queryStringParameters": {"a": "1", "b": None}}
    assert query_parameters(single) == {"a": ["1"], "b": [""]}
    assert query_parameters({}) == {}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV; charset=utf-8", CSV),
        ("text/*", CSV),
        ("application/json;q=0.5, application/x-ndjson", NDJSON),
        ("application/json;q=0, */*", NDJSON),
        ("application/json;q=x, text/csv;q=0.1", CSV),
    ],
)
def test_media_types_are_negotiated(accept: str | None, media: str) -> None:
    assert negotiate(accept) == media


def test_what_cannot_be_given_is_refused() -> None:
    for accept in ("image/png", "text/csv;q=0", "application/xml, text/html"):
        with pytest.raises(NotAcceptableError, match="text/csv can"):
            negotiate(accept)


def test_the_signing_key_is_made_once(aws: Any) -> None:
    first, second = SigningKey(aws.dynamodb, "unit-catalog"), SigningKey(aws.dynamodb, "unit-catalog")
    assert len(first()) == 32
    assert first() == second() == SigningKey(aws.dynamodb, "unit-catalog")()


def test_two_functions_that_make_the_key_at_once_agree(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    late, early = SigningKey(aws.dynamodb, "unit-catalog"), SigningKey(aws.dynamodb, "unit-catalog")
    answers = iter([None])
    read = late._read
    monkeypatch.setattr(late, "_read", lambda: next(answers, ...) and read())
    made = early()
    assert late() == made


def test_every_statement_of_a_request_is_under_its_clock() -> None:
    database = Database(duckdb.connect, seconds=0.05)
    endless = Statement("SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) = 1")
    with pytest.raises(QueryTooHeavyError, match="time"):
        list(database.rows(endless))
    with pytest.raises(QueryTooHeavyError, match="time"):
        database.run(endless)
    database._seconds = 20
    database.begin()
    assert list(database.rows(Statement("SELECT 1"))) == [(1,)]


def test_too_little_memory_is_the_querys_fault() -> None:
    database = Database(lambda: duckdb.connect(config={"memory_limit": "20MB", "temp_directory": ""}), seconds=20)
    with pytest.raises(QueryTooHeavyError, match="memory"):
        list(database.rows(Statement("SELECT i FROM range(30000000) t(i) ORDER BY hash(i)")))


def test_a_missing_file_is_told_apart_from_other_faults() -> None:
    database = Database(duckdb.connect, seconds=20)
    with pytest.raises(FileGoneError):
        list(database.rows(Statement("FROM read_parquet('/nowhere/404.parquet')")))
    with pytest.raises(duckdb.InvalidInputException):
        list(database.rows(Statement(f"FROM read_parquet('{__file__}')")))


def test_docs_escape_what_they_show() -> None:
    operation = {"summary": "<script>", "parameters": [{"name": "<b>", "in": "query"}]}
    page = docs_page({"info": {"title": "<i>"}, "paths": {"/<x>": {"get": operation}}})
    assert not any(raw in page for raw in ("<script>", "<b><", "<i>", "/<x>"))
