"""A versioned bucket in this process, as the clean service's adapters show it, and what it notifies of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sluice_clean.buckets import Version

Notify = Callable[[str, str, str], None]


@dataclass(frozen=True)
class Stored:
    """A version of a key; a delete marker has no body."""

    id: str
    body: bytes | None
    last_modified: str


class Bucket:
    """Keys with their versions, the newest last.

    Args:
        name: the bucket's.
        now: the time, to the second, as S3 tells it.
        notify: told key, version and event of each change.
        watch: called before each call of a worker.
    """

    def __init__(self, name: str, now: Callable[[], str], notify: Notify, watch: Callable[[str], None]) -> None:
        self.name = name
        self.keys: dict[str, list[Stored]] = {}
        self._now = now
        self._notify = notify
        self._watch = watch
        self._made = 0

    def put(self, key: str, body: bytes | None, event: str = "ObjectCreated:Put") -> None:
        """Put a version, or a delete marker where there is no body."""
        self._made += 1
        stored = Stored(f"v{self._made}", body, self._now())
        self.keys.setdefault(key, []).append(stored)
        self._notify(key, stored.id, event)

    def copy(self, source: str, target: str) -> bool:
        """Copy what is there now; False if there is nothing."""
        found = self.top(source)
        if found is None or found.body is None:
            return False
        self.put(target, found.body, "ObjectCreated:Copy")
        return True

    def delete_key(self, key: str) -> None:
        """Put a delete marker."""
        self.put(key, None, "ObjectRemoved:DeleteMarkerCreated")

    def delete_version(self, key: str, version_id: str) -> None:
        """Delete a version, or a marker, for good."""
        before = self.keys.get(key, [])
        left = [stored for stored in before if stored.id != version_id]
        if len(left) == len(before):
            return
        self.keys[key] = left
        if not left:
            del self.keys[key]
        self._notify(key, version_id, "ObjectRemoved:Delete")

    def top(self, key: str) -> Stored | None:
        """The newest version or marker."""
        return self.keys[key][-1] if key in self.keys else None

    # what workers call

    def current(self, key: str) -> Version | None:
        self._watch("head")
        found = self.top(key)
        if found is None or found.body is None:
            return None
        return Version(key, found.id, found.id, found.last_modified, len(found.body))

    def body(self, version: Version) -> bytes:
        self._watch("get")
        found = next((stored for stored in self.keys.get(version.key, []) if stored.id == version.version_id), None)
        if found is None or found.body is None:
            raise FileNotFoundError(version.key)
        return found.body

    def versions(self, prefix: str) -> list[dict[str, str]]:
        self._watch("list")
        return [
            {"Key": key, "VersionId": stored.id}
            for key, all_of_it in self.keys.items()
            if key.startswith(prefix)
            for stored in all_of_it
        ]

    def delete(self, versions: Sequence[dict[str, str]]) -> None:
        for version in versions:
            self._watch("delete")
            self.delete_version(version["Key"], version["VersionId"])
