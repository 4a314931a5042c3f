"""Strips: the slices of a document that are never cut, and how they stack into pages."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from portal.pdf.pen import Pen


@dataclass(slots=True)
class Strip:
    """One slice across the page; `draw` is handed the pen, the left edge and the top.

    `gap` is the white above it, dropped at the head of a page. `keep` holds it on one page with the next
    strip, `hold` with the one before; `breaks` opens a new page. `repeat` is drawn again above it where it is
    the first of a later page.
    """

    height: float
    draw: Callable[[Pen, float, float], None]
    gap: float = 0
    keep: bool = False
    hold: bool = False
    breaks: bool = False
    repeat: tuple["Strip", ...] = ()


class Block(Protocol):
    """A part of a document: it says which strips it takes at a width."""

    def strips(self, width: float) -> list[Strip]:
        """The strips of this block, top to bottom."""


@dataclass(slots=True)
class Placed:
    """A strip and how far below the head of its page's text it hangs."""

    strip: Strip
    depth: float


def paginate(strips: Sequence[Strip], first_room: float, later_room: float) -> list[list[Placed]]:
    """Stack strips into pages of so many points, those that belong together on one page if it holds them."""
    pages: list[list[Placed]] = [[]]
    depth = opened = 0.0
    room = first_room

    def place(strip: Strip) -> None:
        nonlocal depth
        depth += strip.gap if pages[-1] else 0
        pages[-1].append(Placed(strip, depth))
        depth += strip.height

    def turn(strip: Strip) -> None:
        nonlocal depth, opened, room
        pages.append([])
        depth, room = 0.0, later_room
        for head in strip.repeat:
            place(head)
        opened = depth

    for group in _groups(strips):
        first = group[0]
        height = sum(strip.gap + strip.height for strip in group)
        alone = height - first.gap + sum(head.height for head in first.repeat)
        if pages[-1] and (first.breaks or (depth + height > room and alone <= later_room)):
            turn(first)
        for strip in group:
            # A strip taller than a page is set at its head all the same, rather than turning pages for ever.
            if depth > opened and depth + strip.gap + strip.height > room:
                turn(strip)
            place(strip)
    return pages


def _groups(strips: Iterable[Strip]) -> list[list[Strip]]:
    groups: list[list[Strip]] = []
    together = False
    for strip in strips:
        if groups and (together or strip.hold) and not strip.breaks:
            groups[-1].append(strip)
        else:
            groups.append([strip])
        together = strip.keep
    return groups
