"""What lies around a file: compression and archives, by content and within limits."""

import base64
import bz2
import gzip
import io
import lzma
import os
import stat
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sluice_clean.engine import CleanSettings, Source, local_connection
from sluice_clean.engine.containers import Member, unpack
from sluice_clean.engine.errors import (
    CorruptArchiveError,
    CorruptGzipError,
    EmptyFileError,
    EncryptedFileError,
    EngineError,
    TooLargeError,
)
from sluice_clean.engine.work import Workspace

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"id,name\n" + b"".join(b"%d,Ada %d\n" % (number, number) for number in range(20_000))
# `zip -e` of a file with eight bytes
ENCRYPTED_ZIP = base64.b64decode(
    "UEsDBAoACQAAAAAAIQAAAAAAFAAAAAgAAAAFAAAAYS5jc3ZhYmNkZWZnaGlqa2xtbm9wcXJzdFBLAQIeAwoACQAAAAAAIQAAAAAAFAAAAAgAAAAF"
    "AAAAAAAAAAEAAACkgQAAAABhLmNzdlBLBQYAAAAAAQABADMAAAA3AAAAAAA="
)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    settings = CleanSettings(temp_dir=tmp_path, max_expanded_bytes=64 << 20)
    with Workspace(local_connection(settings), settings) as workspace:
        yield workspace


def source_of(data: bytes, tmp_path: Path, name: str = "data") -> Source:
    path = tmp_path / f"source-{len(list(tmp_path.iterdir()))}"
    path.write_bytes(data)
    local = Source.local(path)
    return Source(local.url, name, local.size, local.read)


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def tarred(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def content(member: Member) -> bytes:
    return member.source.read(0, member.source.size)


def found(members: list[Member]) -> list[tuple[str | None, str | None, bytes]]:
    return [(member.name, member.container, content(member)) for member in members]


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstd.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


def test_a_file_that_is_no_container_comes_back_as_it_is(work: Workspace, tmp_path: Path) -> None:
    source = source_of(TEXT, tmp_path)
    (member,) = unpack(source, work)
    assert member == Member(None, source, None)
    assert list(work.folder.iterdir()) == []


@pytest.mark.parametrize("label", COMPRESSIONS)
def test_compressed_by_content_whatever_its_name(label: str, work: Workspace, tmp_path: Path) -> None:
    (member,) = unpack(source_of(COMPRESSIONS[label](TEXT), tmp_path, "a.csv"), work)
    assert (member.name, member.container, content(member)) == (None, label, TEXT)
    assert member.source.name == "a.csv"
    assert work.warnings == []


@pytest.mark.parametrize("label", COMPRESSIONS)
def test_several_members_in_a_row_are_all_read(label: str, work: Workspace, tmp_path: Path) -> None:
    data = b"".join(COMPRESSIONS[label](TEXT[at : at + 1000]) for at in range(0, len(TEXT), 1000))
    (member,) = unpack(source_of(data, tmp_path), work)
    assert content(member) == TEXT


@pytest.mark.parametrize("label", COMPRESSIONS)
def test_a_member_longer_than_a_piece_is_whole(label: str, work: Workspace, tmp_path: Path) -> None:
    data = b"0" * (9 << 20) + TEXT
    (member,) = unpack(source_of(COMPRESSIONS[label](data), tmp_path), work)
    assert content(member) == data


@pytest.mark.parametrize("label", COMPRESSIONS)
@pytest.mark.parametrize("cut", [10, 100, -1, -5, -20])
def test_a_stream_that_is_cut_off_is_refused(label: str, cut: int, work: Workspace, tmp_path: Path) -> None:
    expected = CorruptGzipError if label == "gzip" else CorruptArchiveError
    data = COMPRESSIONS[label](os.urandom(4000) + TEXT)
    with pytest.raises(expected, match=f"{label} stream is (truncated|corrupt)"):
        unpack(source_of(data[:cut], tmp_path), work)


@pytest.mark.parametrize("label", ["gzip", "bzip2", "xz"])
def test_a_damaged_stream_is_refused(label: str, work: Workspace, tmp_path: Path) -> None:
    data = bytearray(COMPRESSIONS[label](TEXT))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(EngineError, match=label):
        unpack(source_of(bytes(data), tmp_path), work)


@pytest.mark.parametrize("label", COMPRESSIONS)
def test_a_bomb_ends_at_the_limit(label: str, work: Workspace, tmp_path: Path) -> None:
    data = COMPRESSIONS[label](b"0" * (65 << 20))
    with pytest.raises(TooLargeError, match="expands to more than 67,108,864 bytes"):
        unpack(source_of(data, tmp_path), work)


def test_bytes_after_the_end_are_told_and_padding_is_not(work: Workspace, tmp_path: Path) -> None:
    packed = gzip.compress(TEXT)
    assert content(unpack(source_of(packed + b"\0" * 5000, tmp_path), work)[0]) == TEXT
    assert work.warnings == []
    assert content(unpack(source_of(packed + b"garbage", tmp_path), work)[0]) == TEXT
    assert work.warnings == ["bytes after the end of the gzip stream were not read"]


def test_a_skippable_frame_holds_nothing(work: Workspace, tmp_path: Path) -> None:
    skip = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    (member,) = unpack(source_of(skip + zstd.compress(TEXT), tmp_path), work)
    assert content(member) == TEXT


def test_text_that_begins_like_bzip2_is_text(work: Workspace, tmp_path: Path) -> None:
    assert unpack(source_of(b"BZh,b\n1,2\n", tmp_path), work)[0].container is None


def test_compressed_twice_is_read_and_more_often_is_refused(work: Workspace, tmp_path: Path) -> None:
    twice = bz2.compress(gzip.compress(TEXT))
    (member,) = unpack(source_of(twice, tmp_path), work)
    assert (member.container, content(member)) == ("bzip2+gzip", TEXT)
    with pytest.raises(CorruptArchiveError, match="compressed more than 2 times"):
        unpack(source_of(gzip.compress(twice), tmp_path), work)


def test_compressed_nothing_is_an_empty_file(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(EmptyFileError, match="once it is decompressed"):
        unpack(source_of(gzip.compress(b""), tmp_path), work)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=str
)
def test_the_members_of_a_zip_archive(method: int, work: Workspace, tmp_path: Path) -> None:
    members = unpack(source_of(zipped(("a.csv", TEXT), ("sub/b.csv", b"x\n1\n"), method=method), tmp_path), work)
    assert found(members) == [("a.csv", "zip", TEXT), ("sub/b.csv", "zip", b"x\n1\n")]
    assert [member.source.name for member in members] == ["a.csv", "b.csv"]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=str)
@pytest.mark.parametrize("label", [None, *COMPRESSIONS])
def test_the_members_of_a_tar_archive(form: int, label: str | None, work: Workspace, tmp_path: Path) -> None:
    data = tarred(("a.csv", TEXT), ("sub/" + "b" * 80 + ".csv", b"x\n1\n"), form=form)
    packed = COMPRESSIONS[label](data) if label else data
    members = unpack(source_of(packed, tmp_path), work)
    around = f"{label}+tar" if label else "tar"
    assert found(members) == [("a.csv", around, TEXT), ("sub/" + "b" * 80 + ".csv", around, b"x\n1\n")]
    assert work.warnings == []


def test_an_archive_in_an_archive_is_opened_and_a_deeper_one_is_told(work: Workspace, tmp_path: Path) -> None:
    deepest = zipped(("deep.csv", TEXT))
    inner = tarred(("c.csv.gz", gzip.compress(TEXT)), ("deepest.zip", deepest))
    outer = zipped(("a.csv", b"x\n1\n"), ("inner.tar.gz", gzip.compress(inner)))
    members = unpack(source_of(outer, tmp_path), work)
    assert found(members) == [
        ("a.csv", "zip", b"x\n1\n"),
        ("inner.tar.gz/c.csv.gz", "zip+gzip+tar+gzip", TEXT),
    ]
    assert work.warnings == [
        "members left aside (an archive within archives within an archive): inner.tar.gz/deepest.zip"
    ]


def test_a_zip_archive_in_a_zip_archive(work: Workspace, tmp_path: Path) -> None:
    members = unpack(source_of(zipped(("in.zip", zipped(("a.csv", TEXT)))), tmp_path), work)
    assert found(members) == [("in.zip/a.csv", "zip+zip", TEXT)]


def test_what_holds_no_data_is_left_aside_and_named(work: Workspace, tmp_path: Path) -> None:
    file = io.BytesIO(zipped(("a.csv", TEXT), ("empty.csv", b""), (".DS_Store", b"x"), ("__MACOSX/._a.csv", b"y")))
    with zipfile.ZipFile(file, "a") as archive:
        archive.mkdir("folder")
    members = unpack(source_of(file.getvalue(), tmp_path), work)
    assert [member.name for member in members] == ["a.csv"]
    assert work.warnings == [
        "members left aside (empty): empty.csv",
        "members left aside (hidden): .DS_Store",
        "members left aside (a Mac's notes about files): __MACOSX/._a.csv",
    ]


def test_links_and_devices_in_a_tar_archive_are_left_aside(work: Workspace, tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind, target in (("l", tarfile.SYMTYPE, "/etc/passwd"), ("h", tarfile.LNKTYPE, "a"), ("d", b"3", "")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
        info = tarfile.TarInfo("../../a.csv")
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT))
    members = unpack(source_of(file.getvalue(), tmp_path), work)
    assert found(members) == [("../../a.csv", "tar", TEXT)]
    assert Path(members[0].source.url).parent == work.folder, "a member's name is no path"
    assert work.warnings == ["members left aside (a link): l, h", "members left aside (no regular file): d"]


def test_members_of_one_name_are_both_read(work: Workspace, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("a.csv", b"x\n1\n"), ("a.csv", b"x\n2\n"))
    assert [content(member) for member in unpack(source_of(data, tmp_path), work)] == [b"x\n1\n", b"x\n2\n"]


def test_an_archive_without_files(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(EmptyFileError, match="the archive is empty"):
        unpack(source_of(zipped(), tmp_path), work)
    with pytest.raises(EmptyFileError, match="no file to read; left aside: hidden"):
        unpack(source_of(zipped((".a", b"x")), tmp_path), work)


def test_an_encrypted_archive(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(EncryptedFileError, match="encrypted"):
        unpack(source_of(ENCRYPTED_ZIP, tmp_path), work)


@pytest.mark.parametrize("keep", [30, 0.2, 0.5, 0.9, -22, -10])
def test_a_zip_archive_that_is_cut_off(keep: float, work: Workspace, tmp_path: Path) -> None:
    data = zipped(("a.csv", TEXT), ("b.csv", TEXT))
    cut = int(len(data) * keep) if isinstance(keep, float) else keep
    with pytest.raises(CorruptArchiveError, match="zip archive is corrupt"):
        unpack(source_of(data[:cut], tmp_path), work)


def test_a_damaged_member_of_a_zip_archive_is_named(work: Workspace, tmp_path: Path) -> None:
    data = bytearray(zipped(("a.csv", TEXT), ("b.csv", TEXT), method=zipfile.ZIP_STORED))
    data[len(data) * 3 // 4] ^= 0xFF
    with pytest.raises(CorruptArchiveError, match=r"at its member 'b\.csv'"):
        unpack(source_of(bytes(data), tmp_path), work)


@pytest.mark.parametrize("keep", [600, 5000, len(TEXT) + 100, len(TEXT) + 1000 + 512])
def test_a_tar_archive_that_is_cut_off(keep: int, work: Workspace, tmp_path: Path) -> None:
    data = tarred(("a.csv", TEXT), ("b.csv", TEXT))
    with pytest.raises(CorruptArchiveError, match="tar archive is corrupt or cut off"):
        unpack(source_of(data[:keep], tmp_path), work)


def test_a_broken_header_in_a_tar_archive_is_no_end(work: Workspace, tmp_path: Path) -> None:
    first = tarred(("a.csv", b"x\n1\n"))[:1024]
    broken = bytearray(tarred(("b.csv", TEXT)))
    broken[10] ^= 0xFF
    with pytest.raises(CorruptArchiveError, match="bad checksum"):
        unpack(source_of(first + bytes(broken), tmp_path), work)


def test_a_tar_archive_without_its_end_mark_is_read_and_told(work: Workspace, tmp_path: Path) -> None:
    (member,) = unpack(source_of(tarred(("a.csv", b"x\n1\n"))[:1024], tmp_path), work)
    assert content(member) == b"x\n1\n"
    assert work.warnings == ["the tar archive has no end mark: it may be cut off"]


def test_a_compressed_tar_archive_is_checked_to_its_end(work: Workspace, tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(tarred(("a.csv", TEXT))))
    packed[-6] ^= 0xFF
    with pytest.raises(CorruptGzipError):
        unpack(source_of(bytes(packed), tmp_path), work)


def test_too_many_members(tmp_path: Path) -> None:
    settings = CleanSettings(temp_dir=tmp_path, max_members=10)
    for data in (
        zipped(*((f"{number}.csv", b"x") for number in range(11))),
        tarred(*((f"{number}.csv", b"x") for number in range(11))),
    ):
        with (
            Workspace(local_connection(settings), settings) as work,
            pytest.raises(TooLargeError, match="more than 10 members"),
        ):
            unpack(source_of(data, tmp_path), work)


def test_a_zip_bomb_is_counted_over_all_members(work: Workspace, tmp_path: Path) -> None:
    data = zipped(*((f"{number}.csv", b"0" * (8 << 20)) for number in range(9)))
    with pytest.raises(TooLargeError, match="expands to more than"):
        unpack(source_of(data, tmp_path), work)


def test_a_directory_of_a_million_members_is_not_read(work: Workspace, tmp_path: Path) -> None:
    data = zipped(("a", b""))
    entry = data[data.index(b"PK\x01\x02") : data.index(b"PK\x05\x06")]
    count = 120_000
    directory = entry * count
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    end[12:16] = len(directory).to_bytes(4, "little")
    with pytest.raises(TooLargeError, match="directory is larger"):
        unpack(source_of(data[: data.index(b"PK\x01\x02")] + directory + bytes(end), tmp_path), work)


def test_an_enormous_name_in_a_tar_archive_is_not_read(work: Workspace, tmp_path: Path) -> None:
    with pytest.raises(TooLargeError, match="a name in the tar archive"):
        unpack(source_of(gzip.compress(tarred(("a" * (1 << 20), b"x"))), tmp_path), work)


def test_office_documents_are_left_whole(work: Workspace, tmp_path: Path) -> None:
    book = zipped(("xl/workbook.xml", b"<x/>"), ("[Content_Types].xml", b"<x/>"))
    sheet = zipped(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", b"<x/>"))
    for data in (book, sheet):
        (member,) = unpack(source_of(data, tmp_path), work)
        assert (member.container, content(member)) == (None, data)
    members = unpack(source_of(zipped(("a.xlsx", book), ("b.ods", sheet)), tmp_path), work)
    assert found(members) == [("a.xlsx", "zip", book), ("b.ods", "zip", sheet)]


def test_modes_of_members_are_not_taken_over(work: Workspace, tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, b"/etc/passwd")
        archive.writestr("a.csv", TEXT)
    assert [member.name for member in unpack(source_of(file.getvalue(), tmp_path), work)] == ["a.csv"]
    assert work.warnings == ["members left aside (a link): link.csv"]
