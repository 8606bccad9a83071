"""What `/records` is asked for: conditions, order, columns; read from the parameters, checked against the columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, cast

from sluice_query import parameters as p
from sluice_query.columns import KEY, OBJECT, ROW, Column
from sluice_query.operators import OPERATORS, Operator, operators_for
from sluice_query.parameters import Faults, Parameters
from sluice_query.values import Value

Shape = Literal["objects", "arrays"]
_SHAPES = ("objects", "arrays")
_EXTRAS = ("count",)
_SEPARATOR = "__"
# What a page token must have in common with the query that it is used with.
_FREE_BETWEEN_PAGES = frozenset({p.NEXT, p.SIZE, p.EXTRA, p.SHAPE})


@dataclass(frozen=True)
class Condition:
    """One filter: a column, an operator, the values to bind."""

    column: Column
    operator: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Order:
    """One column of the order; nulls always come last."""

    column: Column
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A checked request for records; `order` is total."""

    conditions: tuple[Condition, ...]
    order: tuple[Order, ...]
    columns: tuple[Column, ...]
    size: int = p.DEFAULT_SIZE
    count: bool = False
    shape: Shape = "objects"

    @property
    def needed(self) -> tuple[Column, ...]:
        """Every column that the query touches, each once, the given ones first."""
        touched = [*self.columns, *(order.column for order in self.order), *(one.column for one in self.conditions)]
        return tuple(dict.fromkeys(touched))


def parse_query(parameters: Parameters, members: Mapping[str, Column]) -> Query:
    """Read the parameters of `/records`; `_next` is left to whoever knows the tokens.

    Args:
        parameters: each name with all its values.
        members: what a record has, by name.

    Raises:
        InvalidRequestError: something is unknown or cannot be; it holds each fault and what is valid.
    """
    faults = Faults()
    query = Query(
        conditions=tuple(_conditions(parameters, members, faults)),
        order=_order(parameters, members, faults),
        columns=_columns(parameters, members, faults),
        size=p.read_size(parameters, faults),
        count=_count(parameters, faults),
        shape=_shape(parameters, faults),
    )
    p.once(parameters, p.NEXT, faults)
    faults.check()
    return query


def normalised(parameters: Parameters, *, leave_out: Iterable[str] = ()) -> list[tuple[str, list[str]]]:
    """The parameters in an order that does not depend on how they were written; sorting's own order is kept."""
    kept = [(name, list(values)) for name, values in parameters.items() if name not in leave_out]
    sorting = [pair for pair in kept if pair[0] in {p.SORT, p.SORT_DESC}]
    rest = sorted(pair for pair in kept if pair[0] not in {p.SORT, p.SORT_DESC})
    return sorting + rest


def identity(parameters: Parameters) -> list[tuple[str, list[str]]]:
    """What makes two requests pages of one listing."""
    return normalised(parameters, leave_out=_FREE_BETWEEN_PAGES)


def _conditions(parameters: Parameters, members: Mapping[str, Column], faults: Faults) -> Iterable[Condition]:
    for name, texts in parameters.items():
        if name in p.DESCRIPTIONS:
            continue
        target = _target(name, members, faults)
        if target is None:
            continue
        column, operator = target
        for text in texts:
            values = p.attempt(partial(operator.parse, column, text), name, faults)
            if values is not None:
                yield Condition(column, operator, values)


def _target(name: str, members: Mapping[str, Column], faults: Faults) -> tuple[Column, Operator] | None:
    """The column and operator that a parameter names; a column whose own name holds `__` is tried first."""
    if name in members:
        return members[name], OPERATORS["exact"]
    column_name, separator, operator_name = name.rpartition(_SEPARATOR)
    column = members.get(column_name) if separator else None
    if column is None:
        faults.add(name, _unknown_column(column_name or name, members))
    elif operator_name not in OPERATORS:
        faults.add(name, p.unknown("operator", operator_name, operators_for(column)))
    elif column.kind not in OPERATORS[operator_name].kinds:
        valid = ", ".join(operators_for(column))
        faults.add(name, f"'{operator_name}' is not possible on {column.kind} columns; valid: {valid}")
    else:
        return column, OPERATORS[operator_name]
    return None


def _unknown_column(name: str, members: Mapping[str, Column]) -> str:
    if name.startswith("_"):
        return p.unknown("column or parameter", name, [*p.DESCRIPTIONS, *members])
    return p.unknown("column", name, members)


def _order(parameters: Parameters, members: Mapping[str, Column], faults: Faults) -> tuple[Order, ...]:
    orders: dict[str, Order] = {}
    for parameter, names in parameters.items():
        for name in names if parameter in {p.SORT, p.SORT_DESC} else ():
            column = members.get(name)
            if column is None:
                faults.add(parameter, p.unknown("column", name, members))
            else:
                orders.setdefault(name, Order(column, parameter == p.SORT_DESC))
    if not orders:
        return Order(OBJECT), Order(ROW), Order(KEY)
    # One key has one record, so that nothing after it can matter.
    listed = list(orders.values())
    until_key = next((i for i, order in enumerate(listed) if order.column == KEY), None)
    return tuple(listed[: until_key + 1]) if until_key is not None else (*listed, Order(KEY))


def _columns(parameters: Parameters, members: Mapping[str, Column], faults: Faults) -> tuple[Column, ...]:
    names = parameters.get(p.COL)
    if not names:
        return tuple(members.values())
    for name in names:
        if name not in members:
            faults.add(p.COL, p.unknown("column", name, members))
    return tuple(dict.fromkeys(members[name] for name in [*names, KEY.name] if name in members))


def _count(parameters: Parameters, faults: Faults) -> bool:
    extras = parameters.get(p.EXTRA, [])
    for extra in extras:
        if extra not in _EXTRAS:
            faults.add(p.EXTRA, p.unknown("extra", extra, _EXTRAS))
    return "count" in extras


def _shape(parameters: Parameters, faults: Faults) -> Shape:
    shape = p.once(parameters, p.SHAPE, faults) or "objects"
    if shape not in _SHAPES:
        faults.add(p.SHAPE, p.unknown("shape", shape, _SHAPES))
    return cast("Shape", shape)
