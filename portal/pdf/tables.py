"""Tables of lines: columns as wide as they need, a head on every page, notes beneath their rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.pdf.lines import break_lines, widest_piece
from portal.pdf.look import (
    CELL,
    CELL_MUTED,
    CELL_NOTE,
    CELL_STRONG,
    COLUMN_TITLE,
    MUTED,
    RULE,
    TINT,
    TextStyle,
)
from portal.pdf.pen import Align, Pen
from portal.pdf.strips import Strip

PAD_X, PAD_Y = 5.0, 3.2
WIDEST_FIT = 0.3
# A title up to here stays on one line.
SHORT_TITLE = 64.0
LEAST_FILL = 0.24
# A row this long is cut rather than carried over whole.
LINES_A_STRIP = 12


@dataclass(frozen=True, slots=True)
class Column:
    """A column: as wide as its cells need or as `width` says; one that fills takes what the others leave."""

    title: str
    width: float | None = None
    align: Align = "left"
    fill: bool = False
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, with a note in small grey type beneath it."""

    cells: Sequence[str]
    note: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A title across the table, over the rows that follow."""

    title: str


@dataclass(frozen=True, slots=True)
class LineTable:
    """Columns and rows, which have one cell for each column or are refused with ValueError.

    Where no column fills, the first one does.
    """

    columns: Sequence[Column]
    rows: Sequence[Row | Band]
    zebra: bool = True

    def __post_init__(self) -> None:
        for row in self.rows:
            if isinstance(row, Row) and len(row.cells) != len(self.columns):
                raise ValueError(f"a row of {len(row.cells)} cells in a table of {len(self.columns)} columns")

    def strips(self, width: float) -> list[Strip]:
        """The head, then the rows; the head is repeated and no row is left alone beneath or above it."""
        grid = _Grid(self.columns, self.rows, width)
        head = grid.head()
        strips = [head]
        shaded = False
        for row in self.rows:
            shaded = not shaded and isinstance(row, Row)
            strips += (
                [grid.band(row, head)]
                if isinstance(row, Band)
                else grid.row(row, head, shaded=self.zebra and not shaded)
            )
        if len(strips) > 2:
            strips[1].keep = strips[-1].hold = True
        return strips


@dataclass(frozen=True, slots=True)
class _Note:
    """A row's note: its lines, what they add to the row's height, how far up among its cells they begin."""

    lines: tuple[str, ...] = ()
    height: float = 0
    rise: float = 0


class _Grid:
    """The columns of one table, measured."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Row | Band], width: float) -> None:
        self.columns = columns
        self.width = width
        self.filling = next((place for place, column in enumerate(columns) if column.fill), 0)
        self.widths = _widths(columns, [row for row in rows if isinstance(row, Row)], width, self.filling)
        self.lefts = [sum(self.widths[:place]) for place in range(len(columns))]

    def head(self) -> Strip:
        style = COLUMN_TITLE
        titles = [self._broken(place, column.title, style) for place, column in enumerate(self.columns)]
        deepest = max(map(len, titles))
        height = deepest * style.leading + 2 * PAD_Y

        def draw(pen: Pen, x: float, top: float) -> None:
            for place, lines in enumerate(titles):
                lowered = top - PAD_Y - (deepest - len(lines)) * style.leading
                self._cell(pen, x, lowered, place, lines, style)
            pen.rule(x, top - height, self.width, MUTED, 0.8)

        return Strip(height, draw, gap=10, keep=True)

    def band(self, band: Band, head: Strip) -> Strip:
        lines = break_lines(band.title, CELL_STRONG, self.width - 2 * PAD_X)
        height = len(lines) * CELL_STRONG.leading + 2 * PAD_Y + 3

        def draw(pen: Pen, x: float, top: float) -> None:
            pen.lines(x + PAD_X, top - PAD_Y - 3, lines, CELL_STRONG)
            pen.rule(x, top - height, self.width)

        return Strip(height, draw, keep=True, repeat=(head,))

    def row(self, row: Row, head: Strip, *, shaded: bool) -> list[Strip]:
        style = CELL_STRONG if row.strong else CELL
        cells = [self._broken(place, text, style) for place, text in enumerate(row.cells)]
        deepest = max(map(len, cells))
        note = self._note(row.note, cells, deepest, style.leading) if row.note else _Note()

        def slice_of(start: int) -> Strip:
            first, last = start == 0, start + LINES_A_STRIP >= deepest
            count = min(LINES_A_STRIP, deepest - start)
            head_room = PAD_Y if first else 0
            text_height = head_room + count * style.leading
            height = text_height + (note.height + PAD_Y if last else 0)

            def draw(pen: Pen, x: float, top: float) -> None:
                if shaded:
                    pen.box(x, top, self.width, height, TINT)
                for place, lines in enumerate(cells):
                    shown = lines[start : start + count]
                    self._cell(
                        pen,
                        x,
                        top - head_room,
                        place,
                        shown,
                        CELL_MUTED if self.columns[place].muted else style,
                    )
                if last:
                    left = x + self.lefts[self.filling] + PAD_X
                    pen.lines(left, top - text_height + note.rise, note.lines, CELL_NOTE)
                    pen.rule(x, top - height, self.width, RULE, 0.4)

            return Strip(height, draw, repeat=(head,))

        return [slice_of(start) for start in range(0, deepest, LINES_A_STRIP)]

    def _note(self, text: str, cells: Sequence[tuple[str, ...]], deepest: int, leading: float) -> "_Note":
        left = self.lefts[self.filling] + PAD_X
        spare = deepest - len(cells[self.filling])
        if spare and deepest <= LINES_A_STRIP:
            # The column has room beneath its own text, so the note stays within it.
            room = self.widths[self.filling] - 2 * PAD_X
            lines = break_lines(text, CELL_NOTE, room)
            rise = spare * leading
            return _Note(lines, max(len(lines) * CELL_NOTE.leading - rise, 0), rise)
        lines = break_lines(text, CELL_NOTE, self.width - left - PAD_X)
        return _Note(lines, len(lines) * CELL_NOTE.leading)

    def _broken(self, place: int, text: str, style: TextStyle) -> tuple[str, ...]:
        return break_lines(text, style, self.widths[place] - 2 * PAD_X)

    def _cell(
        self, pen: Pen, x: float, top: float, place: int, lines: tuple[str, ...], style: TextStyle
    ) -> None:
        room = self.widths[place] - 2 * PAD_X
        pen.lines(
            x + self.lefts[place] + PAD_X, top, lines, style, align=self.columns[place].align, room=room
        )


def _widths(columns: Sequence[Column], rows: Sequence[Row], width: float, filling: int) -> list[float]:
    fills = {place for place, column in enumerate(columns) if column.fill} or {filling}
    needs = {
        place: column.width
        if column.width is not None
        else _fit(column, [row.cells[place] for row in rows], width)
        for place, column in enumerate(columns)
        if place not in fills
    }
    left = width - sum(needs.values())
    least = width * LEAST_FILL * len(fills)
    if left < least and needs:
        share = (width - least) / sum(needs.values())
        needs = {place: need * share for place, need in needs.items()}
        left = least
    return [needs.get(place, left / len(fills)) for place in range(len(columns))]


def _fit(column: Column, texts: Sequence[str], width: float) -> float:
    longest = max((CELL_STRONG.width(text) for text in set(texts)), default=0)
    title = COLUMN_TITLE.width(column.title)
    if title > SHORT_TITLE:
        title = widest_piece(column.title, COLUMN_TITLE)
    # Half a point more, so that rounding never breaks the very text that the column was measured by.
    return min(max(longest, title) + 2 * PAD_X + 0.5, width * WIDEST_FIT)
