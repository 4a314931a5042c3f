"""What an uploaded file is, told by its content and never by its name; pure."""

from portal.i18n import N_
from portal.refusal import Refused

MOST_BYTES = 5 * 1024 * 1024
PDF = "application/pdf"
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", PDF: "pdf"}
"""The kinds of file that are taken, with the ending each gets when it is handed out."""


def media_type_of(content: bytes) -> str:
    """The media type of a PNG, JPEG or WebP picture or a PDF paper. Refused for anything else, empty or too large."""
    if not content:
        raise Refused(N_("Choose a file that is not empty."), field="file")
    if len(content) > MOST_BYTES:
        raise Refused(N_("A file has at most %(most)s megabytes."), field="file", most=MOST_BYTES // 1024**2)
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return PDF
    raise Refused(N_("This is no PNG, JPEG or WebP picture and no PDF."), field="file")
