"""The file itself: opened as often as needed, and looked at before anything is believed about it."""

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from portal.i18n import N_
from portal.refusal import Refused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PICTURES_AND_PAPERS = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"RIFF",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x7fELF",
    b"MZ\x90",
)
_TEXT_NAMES = (".csv", ".tsv", ".txt")
_WORKBOOK_NAMES = (".xlsx", ".xlsm")
_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """How much of a file this house is ready to read."""

    file_bytes: int = 64 * _MEGABYTE
    expanded_bytes: int = 1024 * _MEGABYTE
    shared_text_bytes: int = 160 * _MEGABYTE
    ratio: int = 250
    ratio_from_bytes: int = 32 * _MEGABYTE
    line_bytes: int = 16 * _MEGABYTE
    columns: int = 256
    cell_chars: int = 32_767
    rows: int = 2_000_000

    def check_expansion(self, packed: int, expanded: int) -> None:
        """Refuse a compressed file that grows beyond reason, as one made to exhaust the memory does."""
        if expanded > self.expanded_bytes or (
            expanded > self.ratio_from_bytes and expanded > packed * self.ratio
        ):
            raise Refused(
                N_("The file unpacks to more than is reasonable (%(size)s MB) and was not opened."),
                field="file",
                size=f"{expanded / _MEGABYTE:,.0f}",
            )


DEFAULT_LIMITS = Limits()


class Source:
    """A file by its path, or an open binary file, that can be read from its beginning more than once."""

    def __init__(self, file: str | Path | BinaryIO) -> None:
        self._file = file

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The bytes from the beginning; an open file that was handed in stays open afterwards."""
        if isinstance(self._file, str | Path):
            with Path(self._file).open("rb") as stream:
                yield stream
        else:
            self._file.seek(0)
            yield self._file

    def size(self) -> int:
        """The size in bytes, as stored."""
        with self.opened() as stream:
            return stream.seek(0, os.SEEK_END)


def recognise(source: Source, filename: str, limits: Limits) -> str:
    """`text`, `gzip` or `workbook`, by the content first and the name second; anything else is refused."""
    size = source.size()
    if not size:
        raise Refused(N_("The file is empty."), field="file")
    if size > limits.file_bytes:
        raise Refused(
            N_("The file is larger than %(most)s MB. Split it, or save it as a compressed CSV (.csv.gz)."),
            field="file",
            most=limits.file_bytes // _MEGABYTE,
        )
    with source.opened() as stream:
        start = stream.read(4096)
        if start.startswith(_OLE):
            _refuse_old_workbook(start + stream.read())
    name = filename.lower().strip()
    if start.startswith(b"PK"):
        _check_workbook(source, limits)
        return "workbook"
    if name.endswith(_WORKBOOK_NAMES):
        raise Refused(N_("The file is named as an Excel workbook, but it is not one."), field="file")
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    refuse_what_is_not_text(start)
    if not name.endswith(_TEXT_NAMES):
        raise Refused(
            N_("Files of this kind are not read. Give a CSV file (.csv, .tsv, .txt) or a workbook (.xlsx)."),
            field="file",
        )
    return "text"


def refuse_what_is_not_text(start: bytes) -> None:
    """Refuse pictures, papers, programs and web pages that carry the name of a table."""
    if start.lstrip()[:64].lower().startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
        raise Refused(
            N_(
                "The file is a web page saved under the name of a table. Open it and save it as .xlsx or CSV."
            ),
            field="file",
        )
    if start.startswith((*_PICTURES_AND_PAPERS, _OLE, b"PK\x03\x04", b"\x1f\x8b")):
        raise Refused(N_("The file is not a table but something else under its name."), field="file")


def _refuse_old_workbook(content: bytes) -> None:
    if _ENCRYPTED in content:
        raise Refused(N_("The workbook is protected by a password. Save it without one."), field="file")
    raise Refused(
        N_("This is a workbook of the old Excel kind (.xls). Open it in Excel and save it as .xlsx."),
        field="file",
    )


def _check_workbook(source: Source, limits: Limits) -> None:
    """What the table of contents of the package says, before any of it is unpacked."""
    with source.opened() as stream:
        try:
            parts = zipfile.ZipFile(stream).infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise damaged() from None
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise Refused(N_("The workbook is protected by a password. Save it without one."), field="file")
    if "xl/workbook.bin" in names:
        raise Refused(
            N_("This is a binary workbook (.xlsb). Open it in Excel and save it as .xlsx."), field="file"
        )
    if "xl/workbook.xml" not in names:
        raise Refused(
            N_("The file is a package of some other kind, not an Excel workbook (.xlsx)."), field="file"
        )
    packed, expanded = (sum(getattr(part, size) for part in parts) for size in ("compress_size", "file_size"))
    limits.check_expansion(max(packed, 1), expanded)
    for part in parts:
        limits.check_expansion(max(part.compress_size, 1), part.file_size)
        if part.filename == "xl/sharedStrings.xml" and part.file_size > limits.shared_text_bytes:
            raise Refused(
                N_("The workbook holds more text than is read at once. Save it as CSV."), field="file"
            )


def damaged() -> Refused:
    """The refusal of a file that ends too early or contradicts itself."""
    return Refused(N_("The file is damaged or was not transferred completely."), field="file")
