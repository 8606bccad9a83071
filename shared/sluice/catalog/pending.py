"""Prepared commits that lost a race, laid down where whoever wins the next one takes them along.

An item is only a hint: what decides is the object's pointer. A hint whose fencing number was overtaken, or whose
change was carried out already, means nothing; one that is lost costs its owner another try.
"""

from typing import TYPE_CHECKING

from sluice.catalog.changes import Commit, Member, settled
from sluice.catalog.due import PENDING_SECONDS, due
from sluice.catalog.items import Item, dataset_pk, from_item, key, object_sk, pending_sk, to_attribute, to_object
from sluice.models.run import Run

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# No more than BatchGetItem takes, nor than a transaction could carry.
_MOST = 50


def lay_down(client: "DynamoDBClient", table: str, change: Commit) -> None:
    """Say which change is ready to be committed."""
    # The API's form of a run leaves out what is the catalog's own; none of it is set before the commit.
    run = change.run.model_dump(mode="json") if change.run else None
    content = {"dataset": change.dataset, "object": change.object, "fence": change.fence, "etag": change.etag}
    content |= due(change.object, PENDING_SECONDS)
    attributes = {name: to_attribute(name, value) for name, value in content.items() if value is not None}
    prepared: Item = {"prepared": to_attribute("prepared", run)} if run else {}
    client.put_item(TableName=table, Item={**_key(change), **attributes, **prepared})


def take_back(client: "DynamoDBClient", table: str, change: Commit) -> None:
    """Forget what was laid down for the change's object."""
    client.delete_item(TableName=table, Key=_key(change))


def others(client: "DynamoDBClient", table: str, own: Commit) -> list[Member]:
    """What other objects' workers laid down and may still be committed, with their pointers as they are now."""
    found = client.query(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :pending)",
        ExpressionAttributeValues={":pk": {"S": dataset_pk(own.dataset)}, ":pending": {"S": pending_sk("")}},
        Limit=_MOST,
    )
    changes = [change for change in map(to_commit, found["Items"]) if change.object != own.object]
    if not changes:
        return []
    keys = [key(dataset_pk(change.dataset), object_sk(change.object)) for change in changes]
    # Pointers that are not given (throttling) are taken along next time, by somebody.
    answer = client.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
    pointers = {pointer.name: pointer for pointer in map(to_object, answer["Responses"].get(table, []))}
    members = [Member(change, pointers[change.object]) for change in changes if change.object in pointers]
    return [one for one in members if one.pointer.fence == one.change.fence and not settled(one.change, one.pointer)]


def to_commit(item: Item) -> Commit:
    """Read a change back."""
    plain = from_item(item)
    run = Run.model_validate({**plain["prepared"], "fence": plain["fence"]}) if "prepared" in plain else None
    return Commit(plain["dataset"], plain["object"], plain["fence"], run, plain.get("etag"))


def _key(change: Commit) -> Item:
    return key(dataset_pk(change.dataset), pending_sk(change.object))
