"""Binary formats by their first bytes: those that are read, and those that are refused by name."""

from sluice_clean.engine.containers.zip import MAGICS as ZIP_MAGICS
from sluice_clean.engine.containers.zip import document_kind
from sluice_clean.engine.errors import BinaryFileError
from sluice_clean.engine.model import Source

_READ = (
    (b"PAR1\x15", "parquet"),
    (b"Obj\x01", "avro"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    # BIFF 2 to 5 without a compound file around it
    (b"\x09\x00\x04\x00", "xls"),
    (b"\x09\x02\x06\x00", "xls"),
    (b"\x09\x04\x06\x00", "xls"),
    (b"\x09\x08\x08\x00\x00\x05", "xls"),
)
_READ_DOCUMENTS = frozenset({"xlsx", "xlsb", "ods"})
_REFUSED = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"RIFF", "a sound, film or image in RIFF"),
    (b"ID3", "a sound in MP3"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "an executable"),
    (b"MZ\x90", "an executable"),
    (b"\xca\xfe\xba\xbe", "an executable"),
    (b"\x00asm", "an executable"),
    (b"PK\x07\x08", "a part of a zip archive in several parts"),
    (b"ARROW1", "an Arrow file"),
    (b"\xff\xff\xff\xff", "an Arrow stream"),
    (b"ORC", "an ORC file"),
    (b"PARE", "an encrypted Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x00\x01\x00\x00Standard", "an Access database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"CDF\x01", "a NetCDF file"),
    (b"CDF\x02", "a NetCDF file"),
    (b"$FL2", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"\x00" * 12 + b"\xc2\xea\x81\x60", "a SAS file"),
    (b"RDX2\n", "an R data file"),
    (b"RDX3\n", "an R data file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x04\x22\x4d\x18", "compressed with lz4"),
    (b"\x1f\x9d", "compressed with compress"),
    (b"LZIP\x01", "compressed with lzip"),
    (b"\xff\x06\x00\x00sNaPpY", "compressed with snappy"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
)
# Text can begin with these letters too; a control character follows in the binary format.
_PRINTABLE_MARKS = frozenset({b"RIFF", b"ID3", b"ORC", b"PARE", b"$FL2"})
_LOOK = 16


def binary_kind(head: bytes, source: Source) -> str | None:
    """``parquet``, ``avro``, ``xlsx``, ``xlsb``, ``xls``, ``ods``; None for anything else.

    Raises:
        BinaryFileError: It is in a binary format that isn't read.
        EngineError: It is a zip file that is damaged.
    """
    if head.startswith(ZIP_MAGICS):
        kind = document_kind(source)
        if kind in _READ_DOCUMENTS:
            return kind
        raise BinaryFileError(f"the file is {_article(kind)} document" if kind else "the file is a zip archive")
    for magic, kind in _READ:
        if head.startswith(magic):
            return kind
    for magic, kind in _REFUSED:
        if head.startswith(magic) and not (magic in _PRINTABLE_MARKS and _is_text(head)):
            raise BinaryFileError(f"the file is {kind}, which is not read here")
    return None


def _is_text(head: bytes) -> bool:
    return not any(byte < 32 and byte not in b"\t\r\n" for byte in head[:_LOOK])  # noqa: PLR2004 - a space


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "OoXx" else f"a {kind}"
