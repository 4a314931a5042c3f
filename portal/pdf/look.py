"""The look of a document: colours, sizes and distances, in points."""

from dataclasses import dataclass

from portal.pdf.typeface import Face, run

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89
MARGIN = 48.0
CONTENT_WIDTH = PAGE_WIDTH - 2 * MARGIN

INK = "#1f2933"
MUTED = "#5b6775"
ACCENT = "#1d5f8a"
RULE = "#d5dbe1"
TINT = "#f4f7f9"
WHITE = "#ffffff"


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a text is set; `leading` leaves room for the marks above and below Thai letters."""

    face: Face = Face.REGULAR
    size: float = 9.5
    leading: float = 15.2
    color: str = INK

    @property
    def drop(self) -> float:
        """From the top of a line down to its baseline."""
        return self.leading / 2 + self.size * 0.33

    def width(self, text: str) -> float:
        """How many points a text runs on one line."""
        return run(text, self.face).width * self.size


STYLES = {
    "body": TextStyle(),
    "strong": TextStyle(face=Face.SEMIBOLD),
    "muted": TextStyle(color=MUTED),
    "small": TextStyle(size=8, leading=12.4, color=MUTED),
    "lead": TextStyle(size=11, leading=17.6),
}
TITLE = TextStyle(Face.BOLD, 17, 24)
NUMBER = TextStyle(Face.SEMIBOLD, 11, 16, ACCENT)
ISSUER = TextStyle(Face.SEMIBOLD, 12, 18)
ISSUER_LINE = TextStyle(Face.REGULAR, 8, 12, MUTED)
HEADINGS = {1: TextStyle(Face.SEMIBOLD, 12.5, 19), 2: TextStyle(Face.SEMIBOLD, 10.5, 16)}
LABEL = TextStyle(Face.REGULAR, 8.5, 14, MUTED)
ADDRESS = TextStyle(Face.REGULAR, 8.8, 13.6)
PARTY_NAME = TextStyle(Face.SEMIBOLD, 9.5, 15.2)
SIGNED = TextStyle(Face.REGULAR, 9.2, 16.5)
SIGNED_DATE = TextStyle(Face.REGULAR, 8.5, 16.5, MUTED)
VALUE = TextStyle(Face.REGULAR, 9.2, 14)
CELL = TextStyle(Face.REGULAR, 8.8, 13.4)
CELL_STRONG = TextStyle(Face.SEMIBOLD, 8.8, 13.4)
CELL_NOTE = TextStyle(Face.REGULAR, 7.6, 11.4, MUTED)
COLUMN_TITLE = TextStyle(Face.SEMIBOLD, 8, 11.8, MUTED)
CELL_MUTED = TextStyle(Face.REGULAR, 8.8, 13.4, MUTED)
TOTAL_LABEL = TextStyle(Face.REGULAR, 9.2, 15, MUTED)
GRAND_TOTAL_LABEL = TextStyle(Face.SEMIBOLD, 9.2, 19)
TOTAL = TextStyle(Face.REGULAR, 9.2, 15)
GRAND_TOTAL = TextStyle(Face.BOLD, 11, 19)
RUNNING = TextStyle(Face.REGULAR, 7.8, 11.6, MUTED)
RUNNING_STRONG = TextStyle(Face.SEMIBOLD, 7.8, 11.6, MUTED)
