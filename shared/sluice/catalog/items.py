"""Models to DynamoDB items and back.

Nested documents (schemas, dialects, timings) are stored as JSON text: they come back exactly as they went in,
and nothing passes through DynamoDB's number type but counters.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run

BY_KIND = "by_kind"
META = "META"
DATASETS = "DATASET"

_DOCUMENTS = frozenset({"table_schema", "settings", "dialect", "timings_ms", "error", "prepared", "diff"})
_TO_DYNAMO = TypeSerializer()
_FROM_DYNAMO = TypeDeserializer()

Item = dict[str, Any]


def dataset_pk(dataset: str) -> str:
    """Partition of everything that belongs to a dataset."""
    return f"DATASET#{dataset}"


def object_sk(name: str) -> str:
    """Sort key of an object's pointer."""
    return f"OBJECT#{name}"


def run_sk(run: str) -> str:
    """Sort key of a run."""
    return f"RUN#{run}"


def pending_sk(name: str) -> str:
    """Sort key of a prepared commit of an object."""
    return f"PENDING#{name}"


def pack_sk(pack: str) -> str:
    """Sort key of a file that holds many runs' rows."""
    return f"PACK#{pack}"


def runs_partition(dataset: str) -> str:
    """Partition of the index in which a dataset's runs lie by time."""
    return f"DATASET#{dataset}#RUN"


def key(pk: str, sk: str) -> Item:
    """A primary key as DynamoDB writes it."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def to_attribute(name: str, value: Any) -> Item:  # noqa: ANN401 - any attribute
    """One attribute value as DynamoDB writes it; documents become JSON text."""
    if name in _DOCUMENTS:
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return cast("Item", _TO_DYNAMO.serialize(value))


def from_item(item: Mapping[str, Any]) -> Item:
    """An item's attributes as plain Python values: integers, strings, sets, documents."""
    return {name: _plain(name, value) for name, value in item.items()}


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - any attribute
    # The kinds that nearly all attributes have, without boto3's detours: a dataset may have 10,000 runs to read.
    ((kind, content),) = value.items()
    if kind == "S":
        return json.loads(content) if name in _DOCUMENTS else content
    if kind == "N":
        return int(content)
    if kind == "NS":
        return {int(member) for member in content}
    return set(content) if kind == "SS" else _FROM_DYNAMO.deserialize(value)


def to_dataset(item: Mapping[str, Any]) -> Dataset:
    """Read a dataset from its META item."""
    return Dataset.model_validate(from_item(item))


def to_object(item: Mapping[str, Any]) -> ObjectPointer:
    """Read an object's pointer."""
    return ObjectPointer.model_validate(from_item(item))


def to_run(item: Mapping[str, Any]) -> Run:
    """Read a run."""
    return Run.model_validate(from_item(item))


class Assignments:
    """An UpdateExpression in the making: names and values are always passed apart from the text."""

    def __init__(self) -> None:
        self._set: list[str] = []
        self._remove: list[str] = []
        self._add: list[str] = []
        self._delete: list[str] = []
        self.names: dict[str, str] = {}
        self.values: Item = {}

    def _name(self, name: str) -> str:
        self.names[f"#{name}"] = name
        return f"#{name}"

    def value(self, name: str, value: Any) -> str:  # noqa: ANN401 - any attribute
        """Bind a value and give its placeholder."""
        self.values[f":{name}"] = to_attribute(name, value)
        return f":{name}"

    def set(self, **values: Any) -> "Assignments":  # noqa: ANN401 - any attributes
        """Set attributes; those given as None are removed."""
        for name, value in values.items():
            if value is None:
                self._remove.append(self._name(name))
            else:
                self._set.append(f"{self._name(name)} = {self.value(name, value)}")
        return self

    def set_once(self, **values: Any) -> "Assignments":  # noqa: ANN401 - any attributes
        """Set attributes that the item does not have yet."""
        for name, value in values.items():
            bound = self._name(name)
            self._set.append(f"{bound} = if_not_exists({bound}, {self.value(name, value)})")
        return self

    def increase(self, start: int, **values: int) -> "Assignments":
        """Add to numbers; those that the item does not have yet begin at `start`."""
        for name, value in values.items():
            bound = self._name(name)
            self.values[f":{name}_start"] = {"N": str(start)}
            self._set.append(f"{bound} = if_not_exists({bound}, :{name}_start) + {self.value(name, value)}")
        return self

    def add(self, **values: Any) -> "Assignments":  # noqa: ANN401 - numbers or sets
        """Add to numbers, or members to sets."""
        self._add += [f"{self._name(name)} {self.value(name, value)}" for name, value in values.items()]
        return self

    def delete(self, **values: Any) -> "Assignments":  # noqa: ANN401 - sets
        """Take members out of sets."""
        self._delete += [f"{self._name(name)} {self.value(name, value)}" for name, value in values.items()]
        return self

    def bind(self, **values: Any) -> "Assignments":  # noqa: ANN401 - any attributes
        """Bind names and values for a condition without changing them."""
        for name, value in values.items():
            self._name(name)
            self.value(name, value)
        return self

    def request(self, table: str, item_key: Item, condition: str | None = None) -> Item:
        """The members that UpdateItem and a transaction's Update share."""
        verbs = {"SET": self._set, "REMOVE": self._remove, "ADD": self._add, "DELETE": self._delete}
        parts = [f"{verb} {', '.join(actions)}" for verb, actions in verbs.items() if actions]
        request: Item = {
            "TableName": table,
            "Key": item_key,
            "UpdateExpression": " ".join(parts),
            "ExpressionAttributeNames": self.names,
        }
        if self.values:
            request["ExpressionAttributeValues"] = self.values
        if condition:
            request["ConditionExpression"] = condition
        return request
