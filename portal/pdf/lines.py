"""Text broken into lines: between Thai words, never inside one unless it is wider than the line."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from icu4py.breakers import CharacterBreaker, LineBreaker

from portal.pdf.look import TextStyle

# Where the last line would be shorter than this share of the room, the lines above give it words of theirs.
SHORT_LAST = 0.34
NARROWER = (0.9, 0.8, 0.7, 0.6, 0.5)


@lru_cache(8192)
def break_lines(text: str, style: TextStyle, room: float) -> tuple[str, ...]:
    """The lines of a text within `room` points; its own line ends are kept, no text is one empty line."""
    lines: list[str] = []
    for part in map(str.strip, text.split("\n")):
        lines.extend([part] if style.width(part) <= room else _balanced(part, style, room))
    return tuple(lines)


def widest_piece(text: str, style: TextStyle) -> float:
    """The width of the widest piece of a text that stays together on one line."""
    return max((style.width(piece.strip()) for piece in LineBreaker(text, "th")), default=0.0)


def _balanced(text: str, style: TextStyle, room: float) -> list[str]:
    pieces = list(_pieces(text, style, room))
    lines = best = list(_filled(pieces, style, room))
    if len(lines) > 4:
        return lines
    for share in NARROWER:
        if style.width(best[-1]) >= room * SHORT_LAST:
            break
        tried = list(_filled(pieces, style, room * share))
        if len(tried) > len(lines):
            break
        best = tried
    return best


def _filled(pieces: Iterable[str], style: TextStyle, room: float) -> Iterator[str]:
    line, used = "", 0.0
    for piece in pieces:
        if line and used + style.width(piece.rstrip()) > room:
            yield line.rstrip()
            line, used = "", 0.0
        line += piece
        used += style.width(piece)
    yield line.rstrip()


def _pieces(text: str, style: TextStyle, room: float) -> Iterator[str]:
    for piece in LineBreaker(text, "th"):
        if style.width(piece.rstrip()) <= room:
            yield piece
        else:
            # A long code or address: cut between whole letters with their marks.
            yield from CharacterBreaker(piece, "th")
