"""Documents on paper: A4 sheets of finished texts, as PDF.

A document is a sequence of blocks in a frame. It receives texts that are already written, dated and
translated, and gives the same bytes for the same texts.
"""

from collections.abc import Sequence

from portal.pdf.blocks import Bullets, Heading, Note, PageBreak, Paragraph, Space, Together
from portal.pdf.charts import Bar, Bars, Line, LineChart
from portal.pdf.facts import Facts, Parties, Party, Signature, Signatures, Totals
from portal.pdf.frame import Frame, LetterHead
from portal.pdf.look import CONTENT_WIDTH, MARGIN
from portal.pdf.pen import Pen
from portal.pdf.strips import Block, paginate
from portal.pdf.tables import Band, Column, LineTable, Row
from portal.pdf.words import amount_in_words_en, amount_in_words_th

__all__ = [
    "Band",
    "Bar",
    "Bars",
    "Block",
    "Bullets",
    "Column",
    "Facts",
    "Heading",
    "LetterHead",
    "Line",
    "LineChart",
    "LineTable",
    "Note",
    "PageBreak",
    "Paragraph",
    "Parties",
    "Party",
    "Row",
    "Signature",
    "Signatures",
    "Space",
    "Together",
    "Totals",
    "amount_in_words_en",
    "amount_in_words_th",
    "build_pdf",
]


def build_pdf(
    blocks: Sequence[Block],
    *,
    title: str,
    issuer: LetterHead,
    language: str,
    number: str = "",
    facts: Sequence[tuple[str, str]] = (),
    mark: str = "",
    footer: Sequence[str] = (),
    subject: str = "",
) -> bytes:
    """The document as PDF, portrait A4, its pages counted in `language` (th or en).

    The title, the number, the `facts` and the `mark` ("Original", "Draft") stand at the top right of the
    first page, opposite the issuer; later pages repeat title and number in small type. Title, issuer,
    `subject` and language are also the file's own properties.
    """
    frame = Frame(issuer, title, number, mark, facts, footer, language)
    strips = [strip for block in blocks for strip in block.strips(CONTENT_WIDTH)]
    pages = paginate(strips, frame.first_room, frame.later_room)
    pen = Pen(title=f"{title} {number}".strip(), author=issuer.name, subject=subject, language=language)
    for count, page in enumerate(pages, start=1):
        top = frame.draw_head(pen, count)
        for placed in page:
            placed.strip.draw(pen, MARGIN, top - placed.depth)
        frame.draw_foot(pen, count, len(pages))
        pen.end_page()
    return pen.finish()
