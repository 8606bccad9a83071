"""Encodings told by tables of a few rows, against charset-normalizer and chardet.

A table counts as right when it is read as it was written: many code pages agree on what a language writes.
"""

import time
from collections.abc import Callable

import pytest
from tests.unit.engine.test_encodings import LANGUAGES, encoded, table

from sluice_clean.engine.encoding import Census, detect

Detector = Callable[[bytes], str | None]
ROWS = (2, 5, 30, 200)


def _ours(data: bytes) -> str:
    census = Census()
    census.add(data)
    return detect(census).name


def _is_right(data: bytes, codec: str, found: str | None) -> bool:
    try:
        return found is not None and data.decode(found, "replace") == data.decode(codec)
    except LookupError:
        return False


@pytest.mark.slow
def test_ours_beats_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    normalizer = pytest.importorskip("charset_normalizer", reason="the peer is not installed")
    chardet = pytest.importorskip("chardet", reason="the peer is not installed")

    def normalized(data: bytes) -> str | None:
        best = normalizer.from_bytes(data).best()
        return best.encoding if best else None

    contenders: dict[str, Detector] = {
        "sluice": _ours,
        "charset-normalizer": normalized,
        "chardet": lambda data: chardet.detect(data)["encoding"],
    }
    with capsys.disabled():
        print(f"\n{'rows':>5} {'detector':>20} {'right':>7} {'ms':>7}")
        overall = dict.fromkeys(contenders, 0.0)
        for rows in ROWS:
            cases = [
                (encoded(table(labels, words, rows, f"{language}/{rows}/bench"), codec), codec)
                for language, (labels, words, codecs) in LANGUAGES.items()
                for codec in codecs
            ]
            for name, find in contenders.items():
                started = time.perf_counter()
                right = sum(_is_right(data, codec, find(data)) for data, codec in cases) / len(cases)
                spent = (time.perf_counter() - started) * 1000 / len(cases)
                print(f"{rows:>5} {name:>20} {right:7.3f} {spent:7.1f}")
                overall[name] += right
        assert overall.pop("sluice") > max(overall.values())
