"""Keys that occur twice in a JSON object: the first value is kept, and the report says so."""

from collections.abc import Iterator, Sequence
from typing import Any

from sluice_clean.engine.work import Workspace

_MOST_TOLD = 5  # keys


class Repeating(dict[str, Any]):
    """An object in which keys occurred twice; it has the first value of each.

    Attributes:
        keys_twice: The keys.
    """

    keys_twice: tuple[str, ...] = ()


class FirstOfEach:
    """Makes objects of their members as they stand in the text: to be given to `json.loads`.

    Attributes:
        met: Whether a key occurred twice in one of them.
    """

    def __init__(self) -> None:
        self.met = False

    def __call__(self, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        """An object."""
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        self.met = True
        first, twice = Repeating(), dict[str, None]()
        for key, value in pairs:
            if key in first:
                twice[key] = None
            else:
                first[key] = value
        first.keys_twice = tuple(twice)
        return first


def keys_twice(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """The keys that occurred twice in an object, or in one within it."""
    if isinstance(value, Repeating):
        yield from value.keys_twice
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from keys_twice(inner)


class Repeats:
    """The keys that occurred twice in some record of a file."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, int]] = {}

    def add(self, key: str, record: int, count: int = 1) -> None:
        """Notes a key.

        Args:
            key: What occurred twice.
            record: The first record in which it did; 0: none of them, but what lies around them.
            count: In how many records it did.
        """
        first, known = self._found.get(key, (record, 0))
        self._found[key] = (min(first, record), known + count)

    def tell(self, work: Workspace, *, numbered: bool = True) -> None:
        """Says it in a warning; without numbers where the records' numbers are not known yet."""
        if not self._found:
            return
        # Without numbers in one order for all, so that ranges which say the same are heard once.
        ordered = sorted(self._found.items(), key=lambda item: (item[1][0] if numbered else 0, item[0]))
        told = [_told(key, *where) if numbered else repr(key) for key, where in ordered[:_MOST_TOLD]]
        if len(ordered) > _MOST_TOLD:
            told.append(f"and {len(ordered) - _MOST_TOLD:,} keys more")
        work.warnings.append(f"a key occurs twice in an object, and its first value was kept: {', '.join(told)}")


def _told(key: str, record: int, count: int) -> str:
    more = f" and {count - 1:,} more" if count > 1 else ""
    return f"{key!r} (record {record:,}{more})" if record else f"{key!r} (around the records)"
