"""The frame around a document: letterhead and title first, a running head on later pages, a foot on all."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.i18n import gettext, speaking
from portal.pdf.lines import break_lines
from portal.pdf.look import (
    CONTENT_WIDTH,
    ISSUER,
    ISSUER_LINE,
    LABEL,
    MARGIN,
    MUTED,
    NUMBER,
    PAGE_HEIGHT,
    RUNNING,
    RUNNING_STRONG,
    TITLE,
    VALUE,
)
from portal.pdf.pen import Pen

TOP = 44.0
BOTTOM = 30.0
RUNNING_TOP = 30.0
RUNNING_HEIGHT = 28.0
HEAD_GAP = 9.0
FOOT_GAP = 8.0
ISSUER_SHARE = 0.56
MARK_PAD = 7.0


@dataclass(frozen=True, slots=True)
class LetterHead:
    """Who issues a document: the name, and beneath it the lines of address, tax id and telephone."""

    name: str
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page of one document carries around its text, measured once."""

    issuer: LetterHead
    title: str
    number: str
    mark: str
    facts: Sequence[tuple[str, str]]
    footer: Sequence[str]
    language: str

    @property
    def head_height(self) -> float:
        """From the top margin down to the text of the first page."""
        issuer = len(self._issuer_name()) * ISSUER.leading + len(self._issuer_lines()) * ISSUER_LINE.leading
        right = len(self._title_lines()) * TITLE.leading + (NUMBER.leading if self.number else 0)
        right += len(self.facts) * VALUE.leading + (20 if self.mark else 0)
        return max(issuer, right) + 12

    @property
    def foot_height(self) -> float:
        """From the foot of the text down to the bottom margin."""
        return max(len(self._foot_lines()), 1) * RUNNING.leading + FOOT_GAP

    @property
    def first_room(self) -> float:
        """Points of text on the first page."""
        return PAGE_HEIGHT - TOP - self.head_height - HEAD_GAP - self.foot_height - BOTTOM

    @property
    def later_room(self) -> float:
        """Points of text on every later page."""
        return PAGE_HEIGHT - RUNNING_TOP - RUNNING_HEIGHT - self.foot_height - BOTTOM

    def draw_head(self, pen: Pen, page: int) -> float:
        """Draw what stands above the text of a page; the answer is where the text begins."""
        if page > 1:
            return self._draw_running_head(pen)
        pen.bookmark(self._running_title(), 0, PAGE_HEIGHT)
        return self._draw_letterhead(pen)

    def draw_foot(self, pen: Pen, page: int, pages: int) -> None:
        """Draw the foot of a page: the footer lines, and which page of how many it is."""
        top = BOTTOM + self.foot_height - FOOT_GAP
        pen.rule(MARGIN, top + 3, CONTENT_WIDTH)
        pen.lines(MARGIN, top, self._foot_lines(), RUNNING)
        with speaking(self.language):
            counted = gettext("Page %(page)s of %(pages)s", page=page, pages=pages)
        pen.text(MARGIN, top, counted, RUNNING, align="right", room=CONTENT_WIDTH)

    def _draw_letterhead(self, pen: Pen) -> float:
        top = PAGE_HEIGHT - TOP
        names = self._issuer_name()
        pen.lines(MARGIN, top, names, ISSUER)
        pen.lines(MARGIN, top - len(names) * ISSUER.leading, self._issuer_lines(), ISSUER_LINE)
        self._draw_title(pen, top)
        foot = top - self.head_height
        pen.rule(MARGIN, foot, CONTENT_WIDTH, MUTED, 0.8)
        return foot - HEAD_GAP

    def _draw_title(self, pen: Pen, top: float) -> None:
        for line in self._title_lines():
            pen.text(MARGIN, top, line, TITLE, align="right", room=CONTENT_WIDTH)
            top -= TITLE.leading
        if self.number:
            pen.text(MARGIN, top, self.number, NUMBER, align="right", room=CONTENT_WIDTH)
            top -= NUMBER.leading
        right = MARGIN + CONTENT_WIDTH
        widest = max((VALUE.width(value) for _, value in self.facts), default=0)
        for label, value in self.facts:
            pen.text(MARGIN, top, label, LABEL, align="right", room=CONTENT_WIDTH - widest - 8)
            pen.text(right - widest, top, value, VALUE, align="right", room=widest)
            top -= VALUE.leading
        if self.mark:
            width = LABEL.width(self.mark) + 2 * MARK_PAD
            pen.frame(right - width, top - 3, width, 16)
            pen.text(right - width, top - 4, self.mark, LABEL, align="center", room=width)

    def _draw_running_head(self, pen: Pen) -> float:
        top = PAGE_HEIGHT - RUNNING_TOP
        pen.text(MARGIN, top, self.issuer.name, RUNNING)
        pen.text(MARGIN, top, self._running_title(), RUNNING_STRONG, align="right", room=CONTENT_WIDTH)
        pen.rule(MARGIN, top - RUNNING.leading - 4, CONTENT_WIDTH)
        return top - RUNNING_HEIGHT

    def _running_title(self) -> str:
        return f"{self.title} {self.number}".strip()

    def _issuer_name(self) -> tuple[str, ...]:
        return break_lines(self.issuer.name, ISSUER, CONTENT_WIDTH * ISSUER_SHARE)

    def _issuer_lines(self) -> tuple[str, ...]:
        room = CONTENT_WIDTH * ISSUER_SHARE
        return tuple(part for line in self.issuer.lines for part in break_lines(line, ISSUER_LINE, room))

    def _title_lines(self) -> tuple[str, ...]:
        return break_lines(self.title, TITLE, CONTENT_WIDTH * (0.96 - ISSUER_SHARE))

    def _foot_lines(self) -> tuple[str, ...]:
        room = CONTENT_WIDTH * 0.8
        return tuple(part for line in self.footer for part in break_lines(line, RUNNING, room))
