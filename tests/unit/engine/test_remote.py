"""An object that is no local file: it is read in ranges, a few times over at most, whatever its name is."""

from pathlib import Path

from sluice_clean.engine import CleanSettings, Lineage, Source, Target, clean, local_connection

ROWS = 400_000


def test_an_object_in_storage_is_downloaded_in_ranges(tmp_path: Path) -> None:
    body = b"id,name\n" + b"".join(b"%d,the name of %d\n" % (row, row) for row in range(ROWS))
    asked: list[tuple[int, int]] = []

    def read(start: int, length: int) -> bytes:
        asked.append((start, length))
        return body[start : start + length]

    settings = CleanSettings(temp_dir=tmp_path)
    source = Source(url="s3://bucket/raw/a*b[1].csv", name="a*b[1].csv", size=len(body), read=read)
    target = Target(
        data_prefix=f"{tmp_path}/data-",
        rejects_url=f"{tmp_path}/rejects.parquet",
        lineage=Lineage(object="a*b[1].csv", run="r", order="1#r"),
    )
    report = clean(source, target, settings=settings, connect=lambda: local_connection(settings))
    assert (report.rows_in, report.rows_out, report.format) == (ROWS, ROWS, "csv")
    assert sum(length for _, length in asked if length < len(body)) < 2 * len(body) + (32 << 20)
    assert {start for start, _ in asked} >= {0, 8 << 20}
