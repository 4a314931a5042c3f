"""Reading PDFs as a person would: their text, and their pages as pictures."""

from pathlib import Path

import pypdfium2


def text_of(pdf: bytes) -> str:
    """All text of a PDF, page after page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def picture_of(pdf: bytes, file: Path, page: int = 0) -> None:
    """A page of a PDF as a PNG file."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        document[page].render(scale=1.4).to_pil().save(file)
    finally:
        document.close()
