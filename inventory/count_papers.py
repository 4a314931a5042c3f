"""A count sheet on paper, in Thai or English: what to count, where, with bars to scan, and no figure of the books."""

from collections.abc import Sequence
from dataclasses import dataclass

from config import Seller
from inventory.counts import CountLine, CountSheet, SheetState
from portal.documents import LetterHead, Note, build_pdf
from portal.i18n import _, day_text, moment_text, name_of, speaking
from portal.pdf.barcodes import draw_code128
from portal.pdf.lines import break_lines
from portal.pdf.look import CELL, CELL_NOTE, CELL_STRONG, COLUMN_TITLE, MUTED, RULE
from portal.pdf.pen import Pen
from portal.pdf.strips import Strip

PAD = 6.0
BIN_WIDTH, BARS_WIDTH, COUNT_WIDTH = 62.0, 190.0, 84.0
BARS_HEIGHT, BARS_ROOM = 24.0, 44.0


def count_sheet_pdf(sheet: CountSheet, language: str, seller: Seller) -> bytes:
    """The sheet as PDF in a language (`th` or `en`); of a sheet to be counted again only the lines that are."""
    with speaking(language):
        again = sheet.state == SheetState.RECOUNT
        lines = [line for line in sheet.lines if not again or line.accurate is False]
        facts = [
            (_("Warehouse"), f"{sheet.warehouse.code} {name_of(sheet.warehouse)}"),
            (_("To be counted by"), day_text(sheet.due_on)),
            (_("Drawn"), moment_text(sheet.drawn_at)),
        ]
        if sheet.abc:
            facts.append((_("Class"), sheet.abc))
        asked = _(
            "Count what lies in the bin and what is picked but has not left. Leave out what is in quarantine. "
            "Write whole units; write 0 where nothing is there."
        )
        signed = _("Counted by: %(line)s  Date and time: %(line)s", line="_" * 24)
        return build_pdf(
            [_Lines(lines), Note(f"{asked}\n{signed}", _("How to count"))],
            title=_("Count sheet"),
            issuer=_letterhead(seller, language),
            language=language,
            number=sheet.number,
            facts=facts,
            mark=_("Counted again") if again else "",
            subject=name_of(sheet.warehouse),
        )


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a sheet: bin, product, bars of what a scanner reads, and a box for the count."""

    lines: Sequence[CountLine]

    def strips(self, width: float) -> list[Strip]:
        """A head that is repeated on each page, and a strip for each line."""
        head = self._head(width)
        return [head, *(self._line(line, width, head) for line in self.lines)]

    def _head(self, width: float) -> Strip:
        titles = (_("Bin"), _("Product"), _("Scan"), _("Counted"))
        height = COLUMN_TITLE.leading + PAD

        def draw(pen: Pen, x: float, top: float) -> None:
            for left, title in zip(_lefts(width), titles, strict=True):
                pen.text(x + left, top, title, COLUMN_TITLE)
            pen.rule(x, top - height, width, MUTED, 0.8)

        return Strip(height, draw, gap=10, keep=True)

    def _line(self, line: CountLine, width: float, head: Strip) -> Strip:
        lefts = _lefts(width)
        room = lefts[2] - lefts[1] - 2 * PAD
        names = break_lines(name_of(line.product), CELL, room)
        unit = name_of({"name_th": line.product.unit_th, "name_en": line.product.unit_en})
        below = [f"{line.product.sku} · {unit}"]
        if line.identity is not None:
            below.append(_("Lot %(number)s", number=line.identity.number))
        code = line.identity.number if line.identity else line.product.gtin or line.product.sku
        text_height = len(names) * CELL.leading + len(below) * CELL_NOTE.leading
        height = max(text_height, BARS_ROOM) + 2 * PAD

        def draw(pen: Pen, x: float, top: float) -> None:
            pen.lines(x + lefts[0], top - PAD, (line.bin or "–",), CELL_STRONG)
            pen.lines(x + lefts[1], top - PAD, names, CELL)
            pen.lines(x + lefts[1], top - PAD - len(names) * CELL.leading, tuple(below), CELL_NOTE)
            draw_code128(pen, x + lefts[2], top - PAD, code, height=BARS_HEIGHT, room=BARS_WIDTH - PAD)
            pen.text(x + lefts[2] + PAD, top - PAD - BARS_HEIGHT - 2, code, CELL_NOTE)
            pen.frame(x + lefts[3], top - PAD, COUNT_WIDTH, BARS_ROOM - PAD, MUTED)
            pen.rule(x, top - height, width, RULE, 0.4)

        return Strip(height, draw, repeat=(head,))


def _lefts(width: float) -> tuple[float, float, float, float]:
    count = width - COUNT_WIDTH
    return 0.0, BIN_WIDTH, count - BARS_WIDTH, count


def _letterhead(seller: Seller, language: str) -> LetterHead:
    """Who we are, on top of the paper."""
    if language == "th":
        return LetterHead(seller.name_th, [seller.address_th])
    return LetterHead(seller.name_en, [seller.address_en])
