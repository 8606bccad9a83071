"""The reference: what is served when all is quiet, told from nothing but what the bucket holds."""

from collections.abc import Iterable, Mapping


def newest_of_each_key(objects: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """Of the rows in the bucket's current objects the newest of each key.

    Args:
        objects: of each object its age, as text that sorts by it, and its rows by key.
    """
    served: dict[str, str] = {}
    for _, rows in sorted(objects, key=lambda one: one[0]):
        served |= rows
    return served
