"""What an uploaded file is, told by its content and never by its name; pure."""

import re
import warnings
from io import BytesIO

from PIL import Image

from portal.i18n import N_
from portal.refusal import Refused

MOST_BYTES = 5 * 1024 * 1024
PDF = "application/pdf"
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", PDF: "pdf"}
"""The kinds of file that are taken, with the ending each gets when it is handed out."""
MOST_PIXELS = 40_000_000
"""A larger picture takes too much memory to look at."""
_PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_CROSS_REFERENCE = re.compile(rb"\s*(?:xref|[0-9]+\s+[0-9]+\s+obj)")
_START = re.compile(rb"startxref\s+([0-9]{1,10})\s+%%EOF")


def media_type_of(content: bytes) -> str:
    """The media type of a PNG, JPEG or WebP picture or a PDF paper.

    Refused for anything else, empty, too large, or broken so that nobody could open it.
    """
    if not content:
        raise Refused(N_("Choose a file that is not empty."), field="file")
    if len(content) > MOST_BYTES:
        raise Refused(N_("A file has at most %(most)s megabytes."), field="file", most=MOST_BYTES // 1024**2)
    media_type = _looks_like(content)
    if media_type == PDF:
        _refuse_broken_paper(content)
    else:
        _refuse_broken_picture(content, _PICTURES[media_type])
    return media_type


def _looks_like(content: bytes) -> str:
    """The kind that the first bytes claim."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return PDF
    raise Refused(N_("This is no PNG, JPEG or WebP picture and no PDF."), field="file")


def _refuse_broken_picture(content: bytes, name: str) -> None:
    """Refuse a picture that cannot be drawn, or is so large that drawing it would take too much."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # odd but readable pictures are taken; large ones are refused below
            with Image.open(BytesIO(content), formats=[name]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Refused(
                        N_("A picture has at most %(most)s million dots."),
                        field="file",
                        most=MOST_PIXELS // 1_000_000,
                    )
                picture.load()
    except Refused:
        raise
    except Exception:
        raise Refused(N_("This picture is broken: it cannot be drawn."), field="file") from None


def _refuse_broken_paper(content: bytes) -> None:
    """Refuse a paper whose end does not lead to its table of contents, as every reader looks for it."""
    starts = _START.findall(content[-2048:])
    if not starts or not _CROSS_REFERENCE.match(content, int(starts[-1])) or b"/Root" not in content:
        raise Refused(N_("This PDF is broken: it cannot be opened."), field="file")
