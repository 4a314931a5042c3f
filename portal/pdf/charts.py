"""Plain charts for reports: bars with a target, and lines over time. Axes begin at zero."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.pdf.look import ACCENT, CELL, CELL_NOTE, INK, RULE, TINT
from portal.pdf.pen import Align, Pen
from portal.pdf.strips import Strip

BAR_HEIGHT = 9.0
CHART_LEFT = 34.0
# Lines differ in dash as well as colour, so that a grey printer tells them apart.
LINE_COLORS = (ACCENT, "#b4531f", INK)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value and the value as text; `target` draws a tick across it."""

    label: str
    value: float
    text: str
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Level bars beneath each other on one scale."""

    bars: Sequence[Bar]

    def strips(self, width: float) -> list[Strip]:
        """One strip a bar."""
        label = min(max((CELL.width(bar.label) for bar in self.bars), default=0) + 10, width * 0.4)
        text = max((CELL.width(bar.text) for bar in self.bars), default=0) + 10
        room = width - label - text
        most = max((max(bar.value, bar.target or 0) for bar in self.bars), default=0) or 1

        def strip(bar: Bar, gap: float) -> Strip:
            def draw(pen: Pen, x: float, top: float) -> None:
                pen.text(x, top, bar.label, CELL)
                pen.box(x + label, top - 3, room, BAR_HEIGHT, TINT)
                pen.box(x + label, top - 3, room * max(bar.value, 0) / most, BAR_HEIGHT, ACCENT)
                if bar.target is not None:
                    at = x + label + room * bar.target / most
                    pen.polyline([(at, top - 1), (at, top - 5 - BAR_HEIGHT)])
                pen.text(x + label + room, top, bar.text, CELL, align="right", room=text)

            return Strip(CELL.leading + 3, draw, gap=gap)

        return [strip(bar, 0 if place else 8) for place, bar in enumerate(self.bars)]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its name and a value for each place of the axis, None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over the places named in `axis`; `ticks` are the values, with texts, ruled across it."""

    axis: Sequence[str]
    lines: Sequence[Line]
    ticks: Sequence[tuple[float, str]]
    height: float = 130

    def strips(self, width: float) -> list[Strip]:
        """One strip: the chart, the axis beneath it and the names of the lines."""
        room = width - CHART_LEFT
        most = (
            max(
                [at for at, _ in self.ticks]
                + [v for line in self.lines for v in line.values if v is not None]
            )
            or 1
        )
        step = room / max(len(self.axis) - 1, 1)

        def draw(pen: Pen, x: float, top: float) -> None:
            left, foot = x + CHART_LEFT, top - self.height
            for at, text in self.ticks:
                y = foot + self.height * at / most
                pen.rule(left, y, room, RULE, 0.4)
                pen.text(x, y + CELL_NOTE.drop - 2.5, text, CELL_NOTE, align="right", room=CHART_LEFT - 6)
            self._draw_axis(pen, left, foot - 3, room, step)
            for place, line in enumerate(self.lines):
                points = [
                    (left + step * at, foot + self.height * value / most)
                    for at, value in enumerate(line.values)
                    if value is not None
                ]
                if points:
                    pen.polyline(points, LINE_COLORS[place % len(LINE_COLORS)], dashed=place > 0)
            self._draw_names(pen, left, foot - 3 - CELL_NOTE.leading - 4)

        return [Strip(self.height + 2 * CELL_NOTE.leading + 10, draw, gap=12)]

    def _draw_axis(self, pen: Pen, left: float, top: float, room: float, step: float) -> None:
        widest = max((CELL_NOTE.width(text) for text in self.axis), default=0) + 8
        every = max(1, -(-int(widest) // max(int(step), 1)))
        for place in range(0, len(self.axis), every):
            at = left + step * place
            align: Align = "left" if place == 0 else "right" if at + widest / 2 > left + room else "center"
            shift = {"left": 0.0, "center": widest / 2, "right": widest}[align]
            pen.text(at - shift, top, self.axis[place], CELL_NOTE, align=align, room=widest)

    def _draw_names(self, pen: Pen, left: float, top: float) -> None:
        for place, line in enumerate(self.lines):
            middle = top - CELL_NOTE.leading / 2
            color = LINE_COLORS[place % len(LINE_COLORS)]
            pen.polyline([(left, middle), (left + 16, middle)], color, dashed=place > 0)
            pen.text(left + 20, top, line.name, CELL_NOTE)
            left += 20 + CELL_NOTE.width(line.name) + 18
