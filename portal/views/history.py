"""The audit trail for managers, and how one act on record is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from portal import audit
from portal.audit import AuditEntry, Narrowed
from portal.i18n import N_, day_text, gettext, moment_text, money_text, percent_text, quantity_text
from portal.money import BASIS_POINTS
from portal.permissions import House
from portal.web.access import staff
from portal.web.session import db
from portal.web.turning import links, places

bp = Blueprint("history", __name__, url_prefix="/manage/audit")

EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
"""Days outside are slips of the keyboard, and the last of all has no next day."""


DATED = ("_on", "_at", "_by", "_from", "_until")
"""How the names of facts end that are days or moments."""


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
    found = audit.entries(db(), narrowed, **places())
    return render_template(
        "house/audit.html",
        rows=[told(entry) for entry in found.rows],
        page=links(found, ".entries", total=None, **asked),
        asked=asked,
        narrowed=any(asked.values()),
    )


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
    currency = str(after.get("currency") or before.get("currency") or "THB")
    facts = current_app.extensions["facts"]
    return [
        Change(
            _titled(facts, name),
            fact_text(name, before.get(name), currency),
            fact_text(name, after.get(name), currency),
        )
        for name in names
    ]


def fact_text(name: str, value: object, currency: str = "THB") -> str | None:
    """A fact on record as people read it: amounts and shares with their units, days and moments in words."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return gettext(N_("yes") if value else N_("no"))
    if isinstance(value, int):
        if name.endswith("_minor"):
            return money_text(value, currency)
        return percent_text(Decimal(value) / BASIS_POINTS) if name.endswith("_bp") else quantity_text(value)
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (fact_text(name, one, currency) for one in value))) or None
    if isinstance(value, dict):
        return ", ".join(f"{key}: {fact_text(str(key), one, currency) or '–'}" for key, one in value.items())
    return _day_in_words(str(value)) if name.endswith(DATED) else str(value)


def _day_in_words(text: str) -> str:
    try:
        return (
            moment_text(datetime.fromisoformat(text)) if "T" in text else day_text(date.fromisoformat(text))
        )
    except ValueError:
        return text


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
