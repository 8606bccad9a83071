"""DynamoDB in this process: conditions and transactions are atomic, between threads too, and calls can be watched.

Only what Sluice uses, strictly: what is not known raises. `tests/unit/fakes` holds it against moto.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError
from tests.fakes.expressions import Item, matches, plain, updated

Key = tuple[str, str]
_INDEXES = {"by_kind": ("gsi1pk", "gsi1sk"), "by_due": ("due_pk", "due_at")}


class ConditionalCheckFailedException(ClientError):  # noqa: N818 - DynamoDB's name
    pass


class TransactionCanceledException(ClientError):  # noqa: N818 - DynamoDB's name
    pass


class DynamoDB:
    """A client of tables with the keys `pk` and `sk`.

    Args:
        watch: called with the operation's name before each call: to count, to stop, to let others go first.
        most_items: how many items a transaction may have (100 on AWS, 10 on one emulator).
        page: how many items a query evaluates at most.
    """

    exceptions = SimpleNamespace(
        ConditionalCheckFailedException=ConditionalCheckFailedException,
        TransactionCanceledException=TransactionCanceledException,
    )

    def __init__(
        self, watch: Callable[[str], None] = lambda _: None, *, most_items: int = 100, page: int = 1_000
    ) -> None:
        self.tables: dict[str, dict[Key, Item]] = {}
        self.calls: Counter[str] = Counter()
        self.watch = watch
        self._most_items = most_items
        self._page = page
        self._lock = threading.RLock()

    def _begin(self, operation: str) -> None:
        self.watch(operation)
        self.calls[operation] += 1

    def _table(self, name: str) -> dict[Key, Item]:
        return self.tables.setdefault(name, {})

    def items(self, table: str) -> list[Item]:
        """All items of a table, by key."""
        return [item for _, item in sorted(self._table(table).items())]

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> Item:  # noqa: N803
        self._begin("get_item")
        del ConsistentRead
        with self._lock:
            item = self._table(TableName).get(_key(Key))
        return {"Item": dict(item)} if item is not None else {}

    def put_item(self, **request: Any) -> Item:
        self._begin("put_item")
        with self._lock:
            self._check(request, request["Item"])
            self._table(request["TableName"])[_key(request["Item"])] = dict(request["Item"])
        return {}

    def update_item(self, **request: Any) -> Item:
        self._begin("update_item")
        with self._lock:
            self._check(request, request["Key"])
            item = self._updated(request)
        return {"Attributes": dict(item)} if request.get("ReturnValues") == "ALL_NEW" else {}

    def delete_item(self, **request: Any) -> Item:
        self._begin("delete_item")
        with self._lock:
            self._check(request, request["Key"])
            self._table(request["TableName"]).pop(_key(request["Key"]), None)
        return {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Item]) -> Item:  # noqa: N803
        self._begin("batch_get_item")
        with self._lock:
            found = {
                name: [dict(table[_key(key)]) for key in asked["Keys"] if _key(key) in table]
                for name, asked in RequestItems.items()
                for table in [self._table(name)]
            }
        return {"Responses": found, "UnprocessedKeys": {}}

    def batch_write_item(self, *, RequestItems: Mapping[str, list[Item]]) -> Item:  # noqa: N803
        self._begin("batch_write_item")
        with self._lock:
            for table, requests in RequestItems.items():
                if not 1 <= len(requests) <= 25:
                    raise _error(ClientError, "ValidationException")
                for request in requests:
                    self._write_one(table, request)
        return {"UnprocessedItems": {}}

    def _write_one(self, table: str, request: Item) -> None:
        if "PutRequest" in request:
            item = request["PutRequest"]["Item"]
            self._table(table)[_key(item)] = dict(item)
        else:
            self._table(table).pop(_key(request["DeleteRequest"]["Key"]), None)

    def transact_get_items(self, *, TransactItems: list[Item]) -> Item:  # noqa: N803
        self._begin("transact_get_items")
        self._limit(TransactItems)
        with self._lock:
            found = [self._table(get["Get"]["TableName"]).get(_key(get["Get"]["Key"])) for get in TransactItems]
        return {"Responses": [{"Item": dict(item)} if item is not None else {} for item in found]}

    def transact_write_items(self, *, TransactItems: list[Item]) -> Item:  # noqa: N803
        self._begin("transact_write_items")
        self._limit(TransactItems)
        requests = [next(iter(write.items())) for write in TransactItems]
        keys = [(request["TableName"], _key(request.get("Key") or request["Item"])) for _, request in requests]
        if len(set(keys)) != len(keys):
            raise _error(ClientError, "ValidationException")
        with self._lock:
            held = [self._holds(request, request.get("Key") or request["Item"]) for _, request in requests]
            if not all(held):
                self.calls["transactions lost"] += 1
                reasons = [{"Code": "None" if good else "ConditionalCheckFailed"} for good in held]
                raise _error(TransactionCanceledException, "TransactionCanceledException", reasons)
            for verb, request in requests:
                self._carry_out(verb, request)
        return {}

    def _carry_out(self, verb: str, request: Item) -> None:
        if verb == "Update":
            self._updated(request)
        elif verb == "Put":
            self._table(request["TableName"])[_key(request["Item"])] = dict(request["Item"])
        elif verb == "Delete":
            self._table(request["TableName"]).pop(_key(request["Key"]), None)
        elif verb != "ConditionCheck":
            raise ValueError(verb)

    def query(self, **request: Any) -> Item:
        self._begin("query")
        names, values = request.get("ExpressionAttributeNames", {}), request["ExpressionAttributeValues"]
        hash_key, range_key = _INDEXES[request["IndexName"]] if "IndexName" in request else ("pk", "sk")
        with self._lock:
            found = [
                item
                for item in self._table(request["TableName"]).values()
                if hash_key in item and matches(request["KeyConditionExpression"], item, names, values)
            ]
        found.sort(
            key=lambda item: (item[range_key]["S"], *_key(item)), reverse=not request.get("ScanIndexForward", True)
        )
        start = request.get("ExclusiveStartKey")
        if start:
            after = [_key(item) for item in found].index(_key(start))
            found = found[after + 1 :]
        limit = min(request.get("Limit", self._page), self._page)
        page, rest = found[:limit], found[limit:]
        kept = [dict(item) for item in page if matches(request.get("FilterExpression"), item, names, values)]
        last = (
            {"LastEvaluatedKey": {name: page[-1][name] for name in {"pk", "sk", hash_key, range_key}}} if rest else {}
        )
        return {"Items": kept, "Count": len(kept), **last}

    def get_paginator(self, operation: str) -> Any:
        if operation != "query":
            raise ValueError(operation)
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, **request: Any) -> Iterator[Item]:
        page_size = request.pop("PaginationConfig", {}).get("PageSize")
        limit = {"Limit": page_size} if page_size else {}
        page = self.query(**request, **limit)
        yield page
        while "LastEvaluatedKey" in page:
            page = self.query(**request, **limit, ExclusiveStartKey=page["LastEvaluatedKey"])
            yield page

    def _limit(self, requests: list[Item]) -> None:
        if not 1 <= len(requests) <= self._most_items:
            raise _error(ClientError, "ValidationException")

    def _holds(self, request: Item, key: Item) -> bool:
        item = self._table(request["TableName"]).get(_key(key), {})
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        return matches(request.get("ConditionExpression"), item, names, values)

    def _check(self, request: Item, key: Item) -> None:
        if not self._holds(request, key):
            raise _error(ConditionalCheckFailedException, "ConditionalCheckFailedException")

    def _updated(self, request: Item) -> Item:
        table, key = self._table(request["TableName"]), request["Key"]
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        _check_placeholders(request, names, values)
        before = table.get(_key(key), dict(key))
        after = updated(request["UpdateExpression"], before, names, values)
        if any(after.get(name) != key[name] for name in ("pk", "sk")):
            raise _error(ClientError, "ValidationException")
        for index in _INDEXES.values():
            if any(name in after and not after[name].get("S") for name in index):
                raise _error(ClientError, "ValidationException")
        table[_key(key)] = after
        return after


def _check_placeholders(request: Item, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """DynamoDB refuses placeholders that no expression uses, and empty sets."""
    text = f"{request['UpdateExpression']} {request.get('ConditionExpression', '')} "
    unused = [name for name in (*names, *values) if not any(f"{name}{end}" in text for end in " ,)=")]
    if unused or any(plain(value) in {("SS", frozenset()), ("NS", frozenset())} for value in values.values()):
        raise _error(ClientError, "ValidationException", [{"Code": f"unused or empty: {unused}"}])


def _key(item: Item) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _error(kind: type[ClientError], code: str, reasons: list[Item] | None = None) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": str(reasons or code)}, "CancellationReasons": reasons or []}
    return kind(response, "fake")
