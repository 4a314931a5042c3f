"""Sarabun, shaped: the glyphs of a text, how wide they run and how they read when copied out of the page."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from threading import Lock
from typing import Any
from unicodedata import category

import fontpkg_sarabun
import uharfbuzz
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

THAI = re.compile("[\u0e00-\u0e7f]")
# Variants of a glyph have no code of their own; each gets the code of its number in the private-use area, so
# that the same text gives the same bytes whatever was set before it.
PRIVATE_USE = 0xE000
# Marks and pictures say nothing where they cannot be drawn; a letter leaves a box, so that its lack is seen.
LEFT_OUT = ("Cf", "Me", "Mn", "Sk", "So")
_SHAPES = re.compile(r"uni((?:[0-9A-F]{4})+)")
_PRIVATE_ENTRY = re.compile(r"> <([EF][0-9A-F]{3})>")


class Face(StrEnum):
    """The weights a document uses."""

    REGULAR = "Sarabun-Regular"
    SEMIBOLD = "Sarabun-SemiBold"
    BOLD = "Sarabun-Bold"


Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Run:
    """A text in one face: a code per glyph, its width at size 1, and what must be said beside the glyphs.

    `places` holds for each glyph how far to move back before it, back after it and up, in thousandths of the
    size; None where every glyph sits as it comes. `spoken` is the text that a reader should copy, where the
    glyphs alone would not give it.
    """

    codes: str
    width: float
    places: tuple[Place, ...] | None = None
    spoken: str | None = None


class ThaiFont(TTFont):
    """An embedded face that knows its shaped variants and which letters each of them stands for."""

    def __init__(self, face: Face) -> None:
        file = fontpkg_sarabun.ROOT / "files" / f"{face.value}.ttf"
        super().__init__(face.value, str(file), asciiReadable=0)
        # The stubs leave out half of what a face holds.
        self._face: Any = self.face
        self._shaper = uharfbuzz.Font(self.hbFace)
        self._letters: dict[int, str] = {}

    def shape(self, text: str) -> Run:
        """Set a text that may hold Thai: tone marks above vowels, narrow marks on tall consonants."""
        buffer = uharfbuzz.Buffer()
        buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(self._shaper, buffer)
        codes: list[str] = []
        places: list[Place] = []
        width = 0.0
        for glyph, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            code = self._code(glyph.codepoint)
            codes.append(chr(code))
            back = self._face.charWidths[code] - place.x_advance + place.x_offset
            places.append((-place.x_offset, back, place.y_offset))
            width += place.x_advance
        return Run("".join(codes), width / 1000, tuple(places) if any(map(any, places)) else None, text)

    def drawn(self, text: str) -> str:
        """A text without the pictures that the face does not have, such as emoji."""
        known = self._face.charToGlyph
        return "".join(one for one in text if ord(one) in known or category(one) not in LEFT_OUT)

    def plain(self, text: str) -> Run:
        """Set a text without Thai, letter by letter."""
        known, widths, default = self._face.charToGlyph, self._face.charWidths, self._face.defaultWidth
        width = sum(widths.get(ord(letter), default) for letter in text)
        return Run(text, width / 1000, None, None if all(ord(letter) in known for letter in text) else text)

    def _code(self, glyph: int) -> int:
        known = self._face.glyphToChar.get(glyph)
        if known:
            return int(known[0])
        code = PRIVATE_USE + glyph
        name = self._shaper.glyph_to_string(glyph).split(".")[0]
        if spelled := _SHAPES.fullmatch(name):
            letters = bytes.fromhex(spelled[1]).decode("utf-16-be")
        else:
            stem = self._face.glyphToChar.get(self._shaper.glyph_from_string(name))
            letters = chr(stem[0]) if stem else ""
        self._letters[code] = letters
        self._face.charWidths[code] = self._face.hmetrics[glyph][0]
        self._face.charToGlyph[code] = glyph
        self._face.glyphToChar[glyph] = [code]
        return code

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - overrides the font's own name
        """Embed the face, its variants mapped to their letters for readers that look at glyphs only."""
        super().addObjects(doc)

        def letters(entry: re.Match[str]) -> str:
            spelled = self._letters.get(int(entry[1], 16))
            return f"> <{spelled.encode('utf-16-be').hex().upper()}>" if spelled else entry[0]

        for name, thing in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:") and self.fontName in name:
                thing.content = _PRIVATE_ENTRY.sub(letters, thing.content)


_fonts: dict[Face, ThaiFont] = {}
_reading = Lock()


def font(face: Face) -> ThaiFont:
    """The face, read and registered once in a process."""
    if face not in _fonts:
        with _reading:
            if face not in _fonts:
                made = ThaiFont(face)
                pdfmetrics.registerFont(made)
                _fonts[face] = made
    return _fonts[face]


@lru_cache(16384)
def run(text: str, face: Face) -> Run:
    """A text set in a face; shaped only where there is Thai in it."""
    if not text.isascii():
        text = font(face).drawn(text)
    return font(face).shape(text) if THAI.search(text) else font(face).plain(text)
