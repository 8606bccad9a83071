"""Many texts by number, on disk: a workbook's shared strings can be larger than memory."""

import mmap
from array import array
from pathlib import Path


class TextTable:
    """Texts are added, then looked up.

    Args:
        path: Where they lie; removed with the run's folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._ends = array("Q", [0])
        self._data: mmap.mmap | bytes = b""

    def add(self, text: str) -> None:
        """Appends a text."""
        stored = text.encode("utf-8", "surrogatepass")
        self._file.write(stored)
        self._ends.append(self._ends[-1] + len(stored))

    def finish(self) -> None:
        """No more texts will come."""
        self._file.close()
        if self._ends[-1]:
            with self._path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        """The text of this number.

        Raises:
            IndexError: There is none.
        """
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._data[self._ends[number] : self._ends[number + 1]].decode("utf-8", "surrogatepass")
