"""DynamoDB's condition and update expressions, as far as Sluice writes them.

Items are attribute values as DynamoDB's low-level API writes them (`{"S": "a"}`), and are never changed in place.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

Item = dict[str, Any]
Value = Mapping[str, Any] | None
Scope = tuple[Item, Mapping[str, str], Mapping[str, Any]]  # item, names, values
Test = Callable[[Scope], bool]
Operand = Callable[[Scope], Value]

_TOKEN = re.compile(r"\s*(<=|>=|<>|[()=<>,+]|[#:]?[A-Za-z_][A-Za-z0-9_.]*)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def matches(expression: str | None, item: Item, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
    """Whether a condition holds for an item; an item that isn't there is empty."""
    return expression is None or _condition(expression)((item, names, values))


def updated(expression: str, item: Item, names: Mapping[str, str], values: Mapping[str, Any]) -> Item:
    """The item after an update; every operand is read from the item before it."""
    changed = dict(item)
    for change in _update(expression):
        change((item, names, values), changed)
    return changed


def plain(value: Value) -> tuple[str, Any] | None:
    """A value that compares as DynamoDB's does: with its type, numbers as numbers."""
    if value is None:
        return None
    ((kind, content),) = value.items()
    if kind == "N":
        return kind, Decimal(content)
    return (kind, frozenset(content)) if kind in {"SS", "NS"} else (kind, content)


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        if "".join(self.tokens) != re.sub(r"\s", "", text):
            raise ValueError(f"not understood: {text}")
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.next
        if not token or (expected is not None and token.upper() != expected):
            raise ValueError(f"expected {expected}, found {token!r} in {self.tokens}")
        self.at += 1
        return token

    def accept(self, *expected: str) -> bool:
        if self.next.upper() in expected:
            self.at += 1
            return True
        return False

    def either(self) -> Test:
        tests = [self.both()]
        while self.accept("OR"):
            tests.append(self.both())
        return lambda scope: any(test(scope) for test in tests)

    def both(self) -> Test:
        tests = [self.single()]
        while self.accept("AND"):
            tests.append(self.single())
        return lambda scope: all(test(scope) for test in tests)

    def single(self) -> Test:
        if self.accept("NOT"):
            test = self.single()
            return lambda scope: not test(scope)
        if self.accept("("):
            test = self.either()
            self.take(")")
            return test
        if self.next in _FUNCTIONS:
            return self.function()
        return self.comparison()

    def function(self) -> Test:
        name = self.take()
        self.take("(")
        arguments = [self.operand()]
        while self.accept(","):
            arguments.append(self.operand())
        self.take(")")
        made = _FUNCTIONS[name]
        return lambda scope: made(*(argument(scope) for argument in arguments))

    def comparison(self) -> Test:
        left = self.operand()
        if self.accept("BETWEEN"):
            low = self.operand()
            self.take("AND")
            high = self.operand()
            return lambda s: _compare(">=", left(s), low(s)) and _compare("<=", left(s), high(s))
        if self.accept("IN"):
            self.take("(")
            options = [self.operand()]
            while self.accept(","):
                options.append(self.operand())
            self.take(")")
            return lambda s: any(_compare("=", left(s), option(s)) for option in options)
        sign = self.take()
        right = self.operand()
        return lambda s: _compare(sign, left(s), right(s))

    def operand(self) -> Operand:
        if self.next == "if_not_exists":
            self.take()
            self.take("(")
            path = self.operand()
            self.take(",")
            fallback = self.operand()
            self.take(")")
            return lambda s: path(s) or fallback(s)
        token = self.take()
        if token.startswith(":"):
            return lambda s: s[2][token]
        return lambda s: s[0].get(_name(token, s[1]))


def _name(token: str, names: Mapping[str, str]) -> str:
    return names[token] if token.startswith("#") else token


def _compare(sign: str, left: Value, right: Value) -> bool:
    a, b = plain(left), plain(right)
    if a is None or b is None or a[0] != b[0]:
        return sign == "<>"
    return _COMPARE[sign](a[1], b[1])


_FUNCTIONS: dict[str, Callable[..., bool]] = {
    "attribute_exists": lambda value: value is not None,
    "attribute_not_exists": lambda value: value is None,
    "begins_with": lambda value, prefix: value is not None and value.get("S", "").startswith(prefix["S"]),
    "contains": lambda value, part: value is not None and part["S"] in (value.get("S") or value.get("SS") or ()),
}


@cache
def _condition(text: str) -> Test:
    parser = _Parser(text)
    test = parser.either()
    if parser.next:
        raise ValueError(f"left over: {parser.next!r} in {text}")
    return test


Change = Callable[[Scope, Item], None]


@cache
def _update(text: str) -> list[Change]:
    parser, changes = _Parser(text), []
    while parser.next:
        make = {"SET": _set, "REMOVE": _remove, "ADD": _add, "DELETE": _delete}[parser.take().upper()]
        changes.append(make(parser))
        while parser.accept(","):
            changes.append(make(parser))
    return changes


def _set(parser: _Parser) -> Change:
    target = parser.take()
    parser.take("=")
    value = parser.operand()
    more = parser.operand() if parser.accept("+") else None

    def change(scope: Scope, item: Item) -> None:
        result: Any = value(scope)
        if more:
            result = {"N": str(Decimal(result["N"]) + Decimal((more(scope) or {})["N"]))}
        item[_name(target, scope[1])] = result

    return change


def _remove(parser: _Parser) -> Change:
    target = parser.take()
    return lambda scope, item: item.pop(_name(target, scope[1]), None) and None


def _add(parser: _Parser) -> Change:
    target, operand = parser.take(), parser.operand()

    def change(scope: Scope, item: Item) -> None:
        name = _name(target, scope[1])
        ((kind, more),) = (operand(scope) or {}).items()
        if kind == "N":
            item[name] = {"N": str(Decimal(item.get(name, {"N": "0"})["N"]) + Decimal(more))}
        else:
            item[name] = {kind: sorted({*item.get(name, {kind: ()})[kind], *more})}

    return change


def _delete(parser: _Parser) -> Change:
    target, operand = parser.take(), parser.operand()

    def change(scope: Scope, item: Item) -> None:
        name = _name(target, scope[1])
        ((kind, members),) = (operand(scope) or {}).items()
        left = sorted({*item.get(name, {kind: ()})[kind]} - {*members})
        item.pop(name, None)
        if left:
            item[name] = {kind: left}

    return change
