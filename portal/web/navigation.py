"""What the layout shows around every page: navigation by job, notices, language, the person."""

from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request, session, url_for
from flask_login import current_user
from sqlalchemy import Select, select

from portal import i18n, outbox
from portal.accounts.roles import ROLE_TITLES, Role, audience_of
from portal.feature import NavEntry
from portal.i18n import gettext
from portal.web.access import allows
from portal.web.session import db, me, settings


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
        "home_url": url_for("session.home"),
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
    return came_from.path if came_from.netloc == request.host and came_from.path else url_for("session.home")


def _signed_in_layout() -> dict[str, Any]:
    user = me()
    lines, asked = _frame(Role(user.role))
    found = db().execute(asked, {"person": user.id, "company": user.customer_id}).one()
    unread, *counts = found
    urls = _urls(lines)
    numbers = iter(counts)
    shown = {
        entry.endpoint: {
            "title": gettext(entry.title),
            "url": url,
            "icon": entry.icon,
            "count": (next(numbers) or None) if entry.count is not None else None,
            "active": _is_here(entry.endpoint, url),
        }
        for entry, url in zip(lines, urls, strict=True)
    }
    heads = [entry for entry in lines if not entry.under]
    family = _families(lines, shown)
    return {
        "viewer": user,
        "user_note": i18n.name_of(user.customer) if user.customer else gettext(ROLE_TITLES[Role(user.role)]),
        "nav": [
            {"title": gettext(section), "entries": [shown[entry.endpoint] for entry in entries]}
            for section, entries in groupby(heads, key=lambda entry: entry.section)
        ],
        "nav_phone": [shown[entry.endpoint] for entry in heads if entry.on_phone][:4],
        "family": family,
        "bell": {"url": url_for("session.notifications"), "count": unread},
        "search_url": url_for("session.search"),
    }


def _families(lines: list[NavEntry], shown: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The pages that stand together with this one; the head of each family is marked and counts for all its pages."""
    here: list[dict[str, Any]] = []
    for head in lines:
        members = [entry for entry in lines if head.endpoint in (entry.endpoint, entry.under)]
        if len(members) == 1:
            continue
        pages = [dict(shown[entry.endpoint]) for entry in members]
        now_on = [entry.endpoint == request.endpoint for entry in members]
        if any(now_on):
            here = [{**page, "active": on} for page, on in zip(pages, now_on, strict=True)]
        shown[head.endpoint]["active"] = any(page["active"] for page in pages)
        shown[head.endpoint]["count"] = sum(page["count"] or 0 for page in pages) or None
    return here


def _frame(role: Role) -> tuple[list[NavEntry], Select[Any]]:
    """The lines that a role sees, and one statement for the unread notices and for what waits behind each line."""
    known: dict[Role, tuple[list[NavEntry], Select[Any]]] = current_app.extensions.setdefault("frames", {})
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
        known[role] = lines, select(*(count.scalar_subquery() for count in (outbox.UNREAD, *counted)))
    return known[role]


def _urls(lines: list[NavEntry]) -> list[str]:
    """Where the lines lead, worked out once for each place that the portal is served under."""
    known: dict[str, str] = current_app.extensions.setdefault("nav_urls", {})
    place = request.script_root
    for entry in lines:
        if place + entry.endpoint not in known:
            known[place + entry.endpoint] = url_for(entry.endpoint)
    return [known[place + entry.endpoint] for entry in lines]


def _is_here(endpoint: str, url: str) -> bool:
    return request.endpoint == endpoint or (url != "/" and request.path.startswith(url + "/"))
