"""The fake DynamoDB answers as moto does."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.fakes.dynamodb import DynamoDB

TABLE = "unit-catalog"
CONDITIONS = (
    None,
    "attribute_not_exists(pk)",
    "#n = :two",
    "#n >= :two OR attribute_not_exists(#n)",
    "(#s = :a AND #n <> :two) OR attribute_exists(#tags)",
    "NOT (#n BETWEEN :one AND :two)",
    "#n IN (:one, :two) AND begins_with(sk, :a)",
)
UPDATES = (
    "SET #n = :two, #s = :a",
    "SET #n = if_not_exists(#n, :one) REMOVE #s",
    "ADD #n :one, #tags :tags",
    "SET #s = :a DELETE #tags :x",
    "SET #s = if_not_exists(#s, :b) ADD #n :two DELETE #tags :x",
)
NAMES = {"#n": "number", "#s": "text", "#tags": "tags"}
VALUES = {
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":a": {"S": "a"},
    ":b": {"S": "b"},
    ":tags": {"SS": ["x", "y"]},
    ":x": {"SS": ["x"]},
}


def used(text: str, members: dict[str, Any]) -> dict[str, Any]:
    words = re.findall(r"[#:]\w+", text)
    return {name: value for name, value in members.items() if name in words}


def an_update(draw: random.Random) -> dict[str, Any]:
    expression, condition = draw.choice(UPDATES), draw.choice(CONDITIONS)
    text = f"{expression} {condition or ''}"
    request = {
        "TableName": TABLE,
        "Key": {"pk": {"S": draw.choice("pq")}, "sk": {"S": draw.choice(["a", "ab", "b"])}},
        "UpdateExpression": expression,
        "ExpressionAttributeNames": used(text, NAMES),
        "ExpressionAttributeValues": used(text, VALUES),
    }
    return request | ({"ConditionExpression": condition} if condition else {})


def outcome(call: Callable[..., Any], **request: Any) -> Any:
    try:
        answer = call(**request)
    except ClientError as error:
        reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        return error.response["Error"]["Code"], reasons
    return settled(answer.get("Attributes", {}))


def settled(item: Any) -> Any:
    return {name: {kind: sorted(v) if kind == "SS" else v for kind, v in value.items()} for name, value in item.items()}


def everything(client: Any) -> list[Any]:
    found = []
    for pk in "pq":
        answer = client.query(
            TableName=TABLE, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}}
        )
        found += [settled(item) for item in answer["Items"]]
    return found


@pytest.mark.parametrize("seed", range(8))
def test_updates_and_transactions_do_what_they_do_in_moto(aws: Any, seed: int) -> None:
    draw, fake, moto = random.Random(seed), DynamoDB(), aws.dynamodb
    for _ in range(40):
        first, second = an_update(draw), an_update(draw)
        if draw.random() < 0.5 and first["Key"] != second["Key"]:
            request = {"TransactItems": [{"Update": first}, {"Update": second}]}
            assert outcome(fake.transact_write_items, **request) == outcome(moto.transact_write_items, **request)
        else:
            first["ReturnValues"] = "ALL_NEW"
            assert outcome(fake.update_item, **first) == outcome(moto.update_item, **first)
    assert everything(fake) == everything(moto)


def test_a_query_pages_filters_and_orders_as_moto_does(aws: Any) -> None:
    fake, moto = DynamoDB(), aws.dynamodb
    for number in range(7):
        item = {"pk": {"S": "p"}, "sk": {"S": f"r{number}"}, "tally": {"N": str(number % 3)}}
        item |= {"gsi1pk": {"S": "kind"}, "gsi1sk": {"S": f"{9 - number}"}} if number % 2 else {}
        for client in (fake, moto):
            client.put_item(TableName=TABLE, Item=item)
    asked: list[dict[str, Any]] = [
        {"KeyConditionExpression": "pk = :p AND begins_with(sk, :r)", "FilterExpression": "tally <= :one"},
        {"KeyConditionExpression": "pk = :p AND sk BETWEEN :r AND :r4", "Limit": 2, "ScanIndexForward": False},
        {"KeyConditionExpression": "gsi1pk = :kind", "IndexName": "by_kind", "Limit": 2},
    ]
    values = {":p": {"S": "p"}, ":r": {"S": "r"}, ":r4": {"S": "r4"}, ":one": {"N": "1"}, ":kind": {"S": "kind"}}
    for request in asked:
        text = " ".join(str(value) for value in request.values())
        request |= {"TableName": TABLE, "ExpressionAttributeValues": used(text, values)}
        pages = [list(client.get_paginator("query").paginate(**request)) for client in (fake, moto)]
        read = [[item["sk"]["S"] for page in found for item in page["Items"]] for found in pages]
        assert read[0] == read[1] != []
