"""In what encoding a file is: told by all of its bytes beyond ASCII, not by its first ones."""

from sluice_clean.engine.encoding.census import Census
from sluice_clean.engine.encoding.decision import Encoding, detect, has_mark, label_of

__all__ = ["Census", "Encoding", "detect", "has_mark", "label_of"]
