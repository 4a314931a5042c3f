"""Which characters a file of text is written in: Unicode, Thai (TIS-620) or western European."""

import codecs
import re
from dataclasses import dataclass, field

NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp874": "TIS-620 / Windows-874",
    "cp1252": "Windows-1252",
}
"""The encodings this house reads, as people know them."""

_SAMPLE = 4_000_000
_HIGH = re.compile(rb"[\x80-\xff]+")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NOT_THAI = re.compile(rb"[\x81-\x84\x86-\x90\x98-\x9f\xdb-\xde\xfc-\xff]")
_THAI_MARK = re.compile(rb"[\xd1\xd4-\xda\xe7-\xee]")
_STRAY_MARK = re.compile(rb"(?<![\xa1-\xce\xd1\xd4-\xda\xe7-\xee])[\xd1\xd4-\xda\xe7-\xee]")


@dataclass
class TextSurvey:
    """Fed a file piece by piece, says in what it is written. Holds a bounded sample, never the whole file."""

    start: bytes = b""
    high: bytearray = field(default_factory=bytearray)
    high_bytes: int = 0
    nul: bool = False
    _utf8: codecs.IncrementalDecoder | None = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("strict")
    )

    def feed(self, piece: bytes) -> None:
        """Look at the next piece of the file."""
        if not self.start:
            self.start = piece[:4096]
        self.nul = self.nul or b"\0" in piece
        if not piece.isascii() and len(self.high) < _SAMPLE:
            self.high += b" ".join(_HIGH.findall(piece)) + b" "
        if self._utf8:
            try:
                self._utf8.decode(piece)
            except UnicodeDecodeError:
                self._utf8 = None

    def verdict(self) -> tuple[str, bool] | None:
        """The codec's name, and whether some characters are damaged in it; None if it is none of ours."""
        for mark, codec in (
            (codecs.BOM_UTF8, "utf-8-sig"),
            (codecs.BOM_UTF16_LE, "utf-16"),
            (codecs.BOM_UTF16_BE, "utf-16"),
        ):
            if self.start.startswith(mark):
                return codec, codec == "utf-8-sig" and not self._is_utf8()
        if self.nul and (half := _utf16_without_mark(self.start)):
            return half, False
        if self._is_utf8():
            return "utf-8", False
        return _guess(bytes(self.high))

    def _is_utf8(self) -> bool:
        if self._utf8 is None:
            return False
        try:
            self._utf8.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True


def _utf16_without_mark(start: bytes) -> str | None:
    """Every other byte names the alphabet: 00 for Latin letters, 0E for Thai ones."""
    even, odd = (sum(map(start[first::2].count, (0x00, 0x0E))) for first in (0, 1))
    half = len(start) // 2
    if odd > half * 0.9 > even:
        return "utf-16-le"
    if even > half * 0.9 > odd:
        return "utf-16-be"
    return None


def _guess(high: bytes) -> tuple[str, bool] | None:
    """Thai letters come in runs with their marks in place; western ones stand alone among plain letters."""
    runs = high.split()
    letters = sum(map(len, runs)) or 1
    if sum(map(len, _UTF8.findall(high))) > letters * 0.9:
        return "utf-8", True
    marks, stray = len(_THAI_MARK.findall(high)), len(_STRAY_MARK.findall(high))
    in_runs = sum(len(run) for run in runs if len(run) > 2)
    impossible = len(_NOT_THAI.findall(high))
    if in_runs <= letters * 0.6:
        return "cp1252", _cannot(high, "cp1252")
    if impossible <= letters * 0.01 and stray <= marks * 0.1:
        return "cp874", bool(impossible)
    return None


def _cannot(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return True
    return False
