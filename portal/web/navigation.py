"""What the layout shows around every page: navigation by job, notices, language, the person."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app, g, request, session
from flask_login import current_user
from sqlalchemy import Select, select

from portal import i18n, outbox
from portal.accounts.roles import ROLE_TITLES, Role, audience_of
from portal.feature import NavEntry
from portal.i18n import gettext
from portal.web.access import allows
from portal.web.drawing import piece
from portal.web.paths import address
from portal.web.session import db, me, settings

MOST_ON_PHONE = 4
DRAWN = 512
"""Navigations that a process keeps for each role: one for each place in the portal and each set of counts."""


class Spot(NamedTuple):
    """All that the navigation around a page depends on: two pages of one spot have it alike."""

    language: str
    place: str
    endpoint: str | None
    here: tuple[int, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Frame:
    """What stands around the pages of a role: its lines, the statement that counts, and what draws them."""

    lines: list[NavEntry]
    asked: Select[Any]
    drawn: Callable[[Spot], dict[str, Any]]


def choose_language() -> None:
    """Speak the language chosen in this browser, else the person's own, else the browser's first that we know."""
    if request.endpoint == "static":
        return
    chosen = session.get("language")
    if chosen is None and current_user.is_authenticated:
        chosen = current_user.language
    if chosen is None:
        chosen = request.accept_languages.best_match(list(i18n.LANGUAGES)) or i18n.DEFAULT_LANGUAGE
    i18n.speak(chosen)


def for_layout() -> dict[str, Any]:
    """The values that `layout.html` needs on every page."""
    spoken = i18n.language()
    common = {
        "demo": settings().demo,
        "lang": spoken,
        "locale": spoken,
        "viewer": None,
        "home_url": address("session.home"),
        "here": _here(),
    }
    if not current_user.is_authenticated:
        return common
    if "layout" not in g:
        g.layout = _signed_in_layout()
    return {**common, **g.layout}


def _here() -> str:
    """The address of this page that can be opened again: after a refused form, of the page the form stood on."""
    if request.method == "GET":
        return request.full_path if request.query_string else request.path
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host and came_from.path else address("session.home")


def _signed_in_layout() -> dict[str, Any]:
    user = me()
    frame = _frame(Role(user.role))
    asked = {"person": user.id, "company": user.customer_id}
    unread, *counts = db().connection().execute(frame.asked, asked).one()
    path, endpoint = request.path, request.endpoint
    urls = [address(entry.endpoint) for entry in frame.lines]
    here = tuple(
        n
        for n, (entry, url) in enumerate(zip(frame.lines, urls, strict=True))
        if entry.endpoint == endpoint or (url != "/" and path.startswith(url + "/"))
    )
    return {
        "viewer": user,
        "user_note": i18n.name_of(user.customer) if user.customer else gettext(ROLE_TITLES[Role(user.role)]),
        "bell": {"url": address("session.notifications"), "count": unread},
        "search_url": address("session.search"),
        **frame.drawn(Spot(i18n.language(), request.script_root, endpoint, here, tuple(counts))),
    }


def _frame(role: Role) -> Frame:
    """The lines that a role sees, and one statement for the unread notices and for what waits behind each line."""
    known: dict[Role, Frame] = current_app.extensions.setdefault("frames", {})
    if role not in known:
        lines = sorted(
            (
                entry
                for entry in current_app.extensions["nav"]
                if entry.audience is audience_of(role) and allows(role, entry.permission)
            ),
            key=lambda entry: entry.order,
        )
        first: dict[str, int] = {}
        for entry in lines:
            first.setdefault(entry.section, entry.order)
        lines.sort(key=lambda entry: (first[entry.section], entry.order))
        counted = [entry.count for entry in lines if entry.count is not None]
        asked = select(*(count.scalar_subquery() for count in (outbox.UNREAD, *counted)))
        known[role] = Frame(lines, asked, lru_cache(DRAWN)(partial(_drawn, lines)))
    return known[role]


def _drawn(lines: list[NavEntry], spot: Spot) -> dict[str, Any]:
    """The navigation as it stands around a page, and the pages that stand together with it."""
    numbers = iter(spot.counts)
    shown = {
        entry.endpoint: {
            "title": gettext(entry.title),
            "url": address(entry.endpoint),
            "icon": entry.icon,
            "count": (next(numbers) or None) if entry.count is not None else None,
            "active": n in spot.here,
        }
        for n, entry in enumerate(lines)
    }
    heads = [entry for entry in lines if not entry.under]
    family = _families(lines, shown, spot.endpoint)
    nav = [
        {"title": gettext(section), "entries": [shown[entry.endpoint] for entry in entries]}
        for section, entries in groupby(heads, key=lambda entry: entry.section)
    ]
    on_phone = [shown[entry.endpoint] for entry in heads if entry.on_phone][:MOST_ON_PHONE]
    return {
        "side": piece("_side.html", nav=nav, home_url=address("session.home")),
        "bottom": piece("_bottom.html", nav_phone=on_phone),
        "family": family,
    }


def _families(
    lines: list[NavEntry], shown: dict[str, dict[str, Any]], endpoint: str | None
) -> list[dict[str, Any]]:
    """The pages that stand together with this one; the head of each family is marked and counts for all its pages."""
    here: list[dict[str, Any]] = []
    for head in lines:
        members = [entry for entry in lines if head.endpoint in (entry.endpoint, entry.under)]
        if len(members) == 1:
            continue
        pages = [dict(shown[entry.endpoint]) for entry in members]
        now_on = [entry.endpoint == endpoint for entry in members]
        if any(now_on):
            here = [{**page, "active": on} for page, on in zip(pages, now_on, strict=True)]
        shown[head.endpoint]["active"] = any(page["active"] for page in pages)
        shown[head.endpoint]["count"] = sum(page["count"] or 0 for page in pages) or None
    return here
