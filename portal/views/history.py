"""The audit trail for managers, and how one act on record is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import audit
from portal.audit import AuditEntry, Narrowed
from portal.i18n import N_, gettext, moment_text
from portal.permissions import House
from portal.web.access import staff
from portal.web.session import db

bp = Blueprint("history", __name__, url_prefix="/manage/audit")

EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
"""Days outside are slips of the keyboard, and the last of all has no next day."""


@dataclass(frozen=True)
class Change:
    """One fact that an act changed, as text."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Told:
    """An act on record in words, in the language being spoken; also an entry of a timeline."""

    what: str
    who: str
    when: str
    subject: str
    subject_no: str
    changes: list[Change]
    why: str | None = None
    tone: str = "neutral"


@bp.get("")
@staff(House.AUDIT_VIEW)
def entries() -> ResponseReturnValue:
    """Who did what, newest first, narrowed to a subject, a person or a day."""
    asked = {name: request.args.get(name, "").strip()[:80] for name in ("subject", "person", "day")}
    narrowed = Narrowed(asked["subject"], asked["person"], _day(asked["day"]))
    older_than, newer_than = (request.args.get(name, type=int) for name in ("older", "newer"))
    found = audit.entries(db(), narrowed, older_than=older_than, newer_than=newer_than)
    kept: dict[str, Any] = {name: value for name, value in asked.items() if value}
    page = {
        "shown": len(found.rows),
        "total": None,
        "prev_url": url_for(".entries", **kept, newer=found.newer) if found.newer else None,
        "next_url": url_for(".entries", **kept, older=found.older) if found.older else None,
    }
    rows = [told(entry) for entry in found.rows]
    return render_template("house/audit.html", rows=rows, page=page, asked=asked, narrowed=bool(kept))


def told(entry: AuditEntry) -> Told:
    """An act on record in words."""
    verbs, subjects = current_app.extensions["verbs"], current_app.extensions["subjects"]
    return Told(
        what=_titled(verbs, entry.verb),
        who=entry.by.name if entry.by else gettext(N_("the portal itself")),
        when=moment_text(entry.at),
        subject=_titled(subjects, entry.subject_kind),
        subject_no=entry.subject_no,
        changes=_changes(entry.before or {}, entry.after or {}),
    )


def _titled(titles: Mapping[str, str], name: str) -> str:
    if name in titles:
        return gettext(titles[name])
    return name.replace(".", ": ").replace("_", " ").capitalize()


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    names = [
        name
        for name in (*before, *(n for n in after if n not in before))
        if before.get(name) != after.get(name)
    ]
    return [Change(name.replace("_", " "), _text(before.get(name)), _text(after.get(name))) for name in names]


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
