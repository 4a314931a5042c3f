"""What a document is about and how it closes: facts, parties, totals, signatures."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.pdf.lines import break_lines
from portal.pdf.look import (
    ADDRESS,
    GRAND_TOTAL,
    GRAND_TOTAL_LABEL,
    INK,
    LABEL,
    MUTED,
    PARTY_NAME,
    SIGNED,
    SIGNED_DATE,
    STYLES,
    TOTAL,
    TOTAL_LABEL,
    VALUE,
)
from portal.pdf.pen import Pen
from portal.pdf.strips import Strip

GUTTER = 24.0
TOTALS_SHARE = 0.46
SIGNING_ROOM = 44.0
LABEL_GAP = 10.0


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values, read down one column after the other."""

    pairs: Sequence[tuple[str, str]]
    columns: int = 2

    def strips(self, width: float) -> list[Strip]:
        """One strip a row of facts."""
        across = (width - GUTTER * (self.columns - 1)) / self.columns
        depth = -(-len(self.pairs) // self.columns)
        stacks = [self.pairs[start : start + depth] for start in range(0, len(self.pairs), depth or 1)]
        labels = [
            min(max(LABEL.width(label) for label, _ in stack) + LABEL_GAP, across * 0.5) for stack in stacks
        ]
        return [self._row(stacks, labels, across, row) for row in range(depth)]

    def _row(
        self, stacks: Sequence[Sequence[tuple[str, str]]], labels: Sequence[float], across: float, row: int
    ) -> Strip:
        cells = [
            (
                place * (across + GUTTER),
                label_width,
                break_lines(stack[row][0], LABEL, label_width - LABEL_GAP + 0.5),
                break_lines(stack[row][1], VALUE, across - label_width),
            )
            for place, (stack, label_width) in enumerate(zip(stacks, labels, strict=True))
            if row < len(stack)
        ]
        height = max(max(len(label), len(value)) for _, _, label, value in cells) * VALUE.leading + 1.5

        def draw(pen: Pen, x: float, top: float) -> None:
            for left, label_width, label, value in cells:
                pen.lines(x + left, top, label, LABEL)
                pen.lines(x + left + label_width, top, value, VALUE)

        return Strip(height, draw, gap=0 if row else 8, keep=row == 0)


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody a document names: in which role, the name, and the lines of the address."""

    role: str
    name: str
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Parties:
    """Parties side by side, such as buyer and place of delivery."""

    parties: Sequence[Party]

    def strips(self, width: float) -> list[Strip]:
        """One strip."""
        across = (width - GUTTER * (len(self.parties) - 1)) / len(self.parties)
        columns = [
            (
                party.role,
                break_lines(party.name, PARTY_NAME, across),
                tuple(part for line in party.lines for part in break_lines(line, ADDRESS, across)),
            )
            for party in self.parties
        ]
        height = max(
            LABEL.leading + len(name) * PARTY_NAME.leading + len(lines) * ADDRESS.leading
            for _, name, lines in columns
        )

        def draw(pen: Pen, x: float, top: float) -> None:
            for place, (role, name, lines) in enumerate(columns):
                left = x + place * (across + GUTTER)
                pen.text(left, top, role, LABEL)
                pen.lines(left, top - LABEL.leading, name, PARTY_NAME)
                pen.lines(left, top - LABEL.leading - len(name) * PARTY_NAME.leading, lines, ADDRESS)

        return [Strip(height, draw, gap=8)]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums at the foot of a table, the last one strong; `words` is the sum written out, set beside them.

    They stay on one page with the last row above them.
    """

    lines: Sequence[tuple[str, str]]
    words: str = ""

    def strips(self, width: float) -> list[Strip]:
        """One strip."""
        across = width * TOTALS_SHARE
        left = width - across
        inset = 5.0
        body = STYLES["body"]
        words = break_lines(self.words, body, left - GUTTER) if self.words else ()
        plain, (last_label, last_amount) = self.lines[:-1], self.lines[-1]
        sums = len(plain) * TOTAL.leading
        height = max(sums + GRAND_TOTAL.leading + 12, len(words) * body.leading)

        def draw(pen: Pen, x: float, top: float) -> None:
            for label, amount in plain:
                pen.text(x + left, top, label, TOTAL_LABEL)
                pen.text(x + left, top, amount, TOTAL, align="right", room=across - inset)
                top -= TOTAL.leading
            pen.rule(x + left, top - 3, across, MUTED, 0.8)
            foot = top - 6 - GRAND_TOTAL.leading
            pen.text(x + left, top - 6, last_label, GRAND_TOTAL_LABEL)
            pen.text(x + left, top - 6, last_amount, GRAND_TOTAL, align="right", room=across - inset)
            pen.rule(x + left, foot - 3, across, INK, 0.8)
            pen.lines(x + inset, min(foot + len(words) * body.leading + 2, top + sums), words, body)

        return [Strip(height, draw, gap=10, hold=True)]


@dataclass(frozen=True, slots=True)
class Signature:
    """A place to sign: in which role, the name beneath the line, and the words before the date."""

    role: str
    name: str = ""
    date_label: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    """Places to sign, side by side and never cut."""

    boxes: Sequence[Signature]

    def strips(self, width: float) -> list[Strip]:
        """One strip."""
        across = (width - GUTTER * (len(self.boxes) - 1)) / len(self.boxes)
        height = SIGNING_ROOM + 3 * SIGNED.leading

        def draw(pen: Pen, x: float, top: float) -> None:
            for place, box in enumerate(self.boxes):
                left = x + place * (across + GUTTER)
                below = top - SIGNING_ROOM
                pen.rule(left + across * 0.1, below + 4, across * 0.8, MUTED, 0.5)
                for text in (f"({box.name})" if box.name else "", box.role):
                    if text:
                        pen.text(left, below, text, SIGNED, align="center", room=across)
                        below -= SIGNED.leading
                if box.date_label:
                    self._date(pen, left, below, across, box.date_label)

        return [Strip(height, draw, gap=20)]

    @staticmethod
    def _date(pen: Pen, left: float, top: float, across: float, label: str) -> None:
        taken = SIGNED_DATE.width(label)
        dotted = across * 0.5
        start = left + (across - taken - 6 - dotted) / 2
        pen.text(start, top, label, SIGNED_DATE)
        pen.rule(start + taken + 6, top - SIGNED_DATE.drop - 1, dotted, MUTED, 0.4)
