"""The pen that writes on a page: text that copies and searches as it was typed, rules, boxes, bookmarks."""

from io import BytesIO
from threading import Lock
from typing import Literal

from reportlab import rl_config
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from portal.pdf.look import INK, PAGE_HEIGHT, PAGE_WIDTH, RULE, TextStyle
from portal.pdf.typeface import Face, Place, Run, font, run

Align = Literal["left", "center", "right"]

_SHIFT = {"left": 0.0, "center": 0.5, "right": 1.0}
_COLORS: dict[str, Color] = {}
# Streams stay binary: a fifth smaller, and no time lost on spelling them in ASCII.
rl_config.useA85 = 0
# Embedding reads the font file from a position that all threads share.
_EMBEDDING = Lock()


class Pen:
    """Writes one document; the same calls give the same bytes."""

    def __init__(self, *, title: str, author: str, subject: str, language: str) -> None:
        self._paper = BytesIO()
        self._canvas = Canvas(
            self._paper, pagesize=(PAGE_WIDTH, PAGE_HEIGHT), invariant=1, pageCompression=1, lang=language
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self._canvas.setSubject(subject)
        self._canvas.setCreator("Sanya")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        self._operators: dict[tuple[str, Face, float], tuple[str, float]] = {}
        self._level = -1
        self._bookmarks = 0
        self._fill = self._stroke = ""

    def text(
        self, x: float, top: float, text: str, style: TextStyle, *, align: Align = "left", room: float = 0
    ) -> None:
        """Write one line whose box begins at `top`; `room` is what centred and right-set text aligns in."""
        if not text:
            return
        key = (text, style.face, style.size)
        known = self._operators.get(key)
        if known is None:
            known = self._operators[key] = self._written(*key)
        operators, width = known
        x += (room - width) * _SHIFT[align]
        self._fill_with(style.color)
        self._canvas.addLiteral(f"BT 1 0 0 1 {x:.2f} {top - style.drop:.2f} Tm {operators} ET")

    def lines(
        self,
        x: float,
        top: float,
        lines: tuple[str, ...],
        style: TextStyle,
        *,
        align: Align = "left",
        room: float = 0,
    ) -> None:
        """Write lines below each other, the first one's box beginning at `top`."""
        for line in lines:
            self.text(x, top, line, style, align=align, room=room)
            top -= style.leading

    def rule(self, x: float, y: float, width: float, color: str = RULE, weight: float = 0.6) -> None:
        """Draw a level rule."""
        self._stroke_with(color)
        self._canvas.setLineWidth(weight)
        self._canvas.line(x, y, x + width, y)

    def box(self, x: float, top: float, width: float, height: float, color: str, radius: float = 0) -> None:
        """Fill a box that hangs from `top`."""
        self._fill_with(color)
        if radius:
            self._canvas.roundRect(x, top - height, width, height, radius, stroke=0, fill=1)
        else:
            self._canvas.rect(x, top - height, width, height, stroke=0, fill=1)

    def frame(
        self, x: float, top: float, width: float, height: float, color: str = RULE, radius: float = 3
    ) -> None:
        """Draw the outline of a box that hangs from `top`."""
        self._stroke_with(color)
        self._canvas.setLineWidth(0.6)
        self._canvas.roundRect(x, top - height, width, height, radius, stroke=1, fill=0)

    def polyline(
        self,
        points: list[tuple[float, float]],
        color: str = INK,
        weight: float = 1.2,
        *,
        dashed: bool = False,
    ) -> None:
        """Draw a line through points."""
        self._stroke_with(color)
        self._canvas.setLineWidth(weight)
        self._canvas.setDash([3, 2] if dashed else [])
        path = self._canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        self._canvas.drawPath(path, stroke=1, fill=0)
        self._canvas.setDash([])

    def bookmark(self, title: str, level: int, top: float) -> None:
        """Enter a place of this page in the outline, at most one level below the entry before it."""
        self._level = min(level, self._level + 1)
        key = f"place-{self._bookmarks}"
        self._bookmarks += 1
        self._canvas.bookmarkHorizontal(key, 0, top)
        self._canvas.addOutlineEntry(title, key, self._level)

    def end_page(self) -> None:
        """Finish this page; the next call writes on a new one."""
        self._canvas.showPage()
        self._fill = self._stroke = ""

    def finish(self) -> bytes:
        """The finished document."""
        with _EMBEDDING:
            self._canvas.save()
        return self._paper.getvalue()

    def _written(self, text: str, face: Face, size: float) -> tuple[str, float]:
        shaped = run(text, face)
        operators = self._shown(shaped, face, size)
        if shaped.spoken is not None:
            spoken = shaped.spoken.encode("utf-16-be").hex()
            operators = f"/Span <</ActualText <FEFF{spoken}>>> BDC {operators} EMC"
        return operators, shaped.width * size

    def _shown(self, shaped: Run, face: Face, size: float) -> str:
        made = font(face)
        # Glyphs are numbered anew in each document.
        document = self._canvas._doc  # type: ignore[attr-defined]  # noqa: SLF001
        shown: list[str] = []
        done = 0
        for subset, codes in made.splitString(shaped.codes, document):
            shown.append(f"{made.getSubsetInternalName(subset, document)} {size:g} Tf")
            if shaped.places is None:
                shown.append(f"<{codes.hex()}> Tj")
            else:
                shown.append(_placed(codes, shaped.places[done : done + len(codes)], size))
            done += len(codes)
        return " ".join(shown)

    def _fill_with(self, color: str) -> None:
        if color != self._fill:
            self._canvas.setFillColor(_color(color))
            self._fill = color

    def _stroke_with(self, color: str) -> None:
        if color != self._stroke:
            self._canvas.setStrokeColor(_color(color))
            self._stroke = color


def _placed(codes: bytes, places: tuple[Place, ...], size: float) -> str:
    """The operators for glyphs off their natural places: moves along the line, a rise for raised marks."""
    operators: list[str] = []
    parts: list[str] = []
    glyphs, owed, height = "", 0.0, 0.0
    for code, (before, after, rise) in zip(codes, places, strict=True):
        if (owed + before or rise != height) and glyphs:
            parts.append(f"<{glyphs}>")
            glyphs = ""
        if rise != height:
            if parts:
                operators.append(f"[{' '.join(parts)}] TJ")
                parts = []
            operators.append(f"{rise * size / 1000:g} Ts")
            height = rise
        if owed + before:
            parts.append(f"{owed + before:g}")
        glyphs += f"{code:02x}"
        owed = after
    operators.append(f"[{' '.join([*parts, f'<{glyphs}>'])}] TJ")
    if height:
        operators.append("0 Ts")
    return " ".join(operators)


def _color(code: str) -> Color:
    if code not in _COLORS:
        _COLORS[code] = HexColor(code)
    return _COLORS[code]
