"""What may lie around a table: compression and archives, one file per container, recognised by content."""

from sluice_clean.engine.containers.unpack import Member, container_of, unpack

__all__ = ["Member", "container_of", "unpack"]
