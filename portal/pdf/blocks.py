"""Running text: paragraphs, headings, lists, notes and the white between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from portal.pdf.lines import break_lines
from portal.pdf.look import ACCENT, HEADINGS, STYLES, TINT, TextStyle
from portal.pdf.pen import Pen
from portal.pdf.strips import Block, Strip

StyleName = Literal["body", "strong", "muted", "small", "lead"]

INDENT = 16.0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text in one style; neither its first nor its last line stands alone on a page."""

    text: str
    style: StyleName = "body"

    def strips(self, width: float) -> list[Strip]:
        """One strip a line."""
        return _line_strips(self.text, STYLES[self.style], width, gap=6)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 or 2: it stays with what follows and is entered in the outline."""

    text: str
    level: int = 1

    def strips(self, width: float) -> list[Strip]:
        """One strip, with the white that sets it off from what is above."""
        style = HEADINGS[self.level]
        lines = break_lines(self.text, style, width)

        def draw(pen: Pen, x: float, top: float) -> None:
            pen.bookmark(self.text, self.level, top)
            pen.lines(x, top, lines, style)

        return [Strip(len(lines) * style.leading, draw, gap=18 if self.level == 1 else 12, keep=True)]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of points, numbered if so asked."""

    items: Sequence[str]
    numbered: bool = False
    style: StyleName = "body"

    def strips(self, width: float) -> list[Strip]:
        """The lines of each point, its mark beside the first."""
        style = STYLES[self.style]
        strips: list[Strip] = []
        for number, item in enumerate(self.items, start=1):
            mark = f"{number}." if self.numbered else "•"
            strips += _line_strips(item, style, width, gap=6 if number == 1 else 2, indent=INDENT, mark=mark)
        return strips


@dataclass(frozen=True, slots=True)
class Note:
    """A short text set apart in a tinted box, with a title if it has one."""

    text: str
    title: str = ""

    def strips(self, width: float) -> list[Strip]:
        """One strip."""
        head, body = STYLES["strong"], STYLES["body"]
        titles = break_lines(self.title, head, width - 28) if self.title else ()
        lines = break_lines(self.text, body, width - 28)
        height = len(titles) * head.leading + len(lines) * body.leading + 14

        def draw(pen: Pen, x: float, top: float) -> None:
            pen.box(x, top, width, height, TINT)
            pen.box(x, top, 2.4, height, ACCENT)
            pen.lines(x + 14, top - 7, titles, head)
            pen.lines(x + 14, top - 7 - len(titles) * head.leading, lines, body)

        return [Strip(height, draw, gap=10)]


@dataclass(frozen=True, slots=True)
class Space:
    """White between two blocks, in points."""

    height: float = 10

    def strips(self, width: float) -> list[Strip]:
        """Nothing but the gap."""
        return [Strip(0, _nothing, gap=self.height)]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""

    def strips(self, width: float) -> list[Strip]:
        """An empty strip that turns the page."""
        return [Strip(0, _nothing, breaks=True)]


@dataclass(frozen=True, slots=True)
class Together:
    """Blocks that stay on one page."""

    blocks: Sequence[Block]

    def strips(self, width: float) -> list[Strip]:
        """The strips of all blocks, each kept with the next."""
        strips = [strip for block in self.blocks for strip in block.strips(width)]
        for strip in strips[:-1]:
            strip.keep = True
        return strips


def _line_strips(
    text: str, style: TextStyle, width: float, *, gap: float, indent: float = 0, mark: str = ""
) -> list[Strip]:
    lines = break_lines(text, style, width - indent)
    last = len(lines) - 1

    def strip(number: int, line: str) -> Strip:
        def draw(pen: Pen, x: float, top: float) -> None:
            if mark and not number:
                pen.text(x + indent - 6 - style.width(mark), top, mark, style)
            pen.text(x + indent, top, line, style)

        held = number == last and last > 0
        return Strip(style.leading, draw, gap=0 if number else gap, keep=number == 0 and last > 0, hold=held)

    return [strip(number, line) for number, line in enumerate(lines)]


def _nothing(pen: Pen, x: float, top: float) -> None:
    """Draw nothing."""
