"""Managers say which fast services there are and what the rule approves at once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.expedites import ExpediteRule, FastService
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.money import BASIS_POINTS
from portal.refusal import Refused

MOST_DAYS = 60
MOST_MINOR = 100_000_000_00
"""No service costs more than a hundred million baht; a higher figure is a slip."""


class Verb(StrEnum):
    """Acts on the terms of faster delivery, for the audit trail."""

    SERVICE_PUT = "fast_service.put"
    RULE_SET = "expedite_rule.set"


@dataclass(frozen=True)
class ServiceFacts:
    """A fast service: working days on the way, extra cost in satang; a name in one language stands for both."""

    code: str
    name_th: str
    name_en: str
    days: int
    base_minor: int
    per_unit_minor: int = 0
    active: bool = True


def put_service(session: Session, facts: ServiceFacts, *, by: User, now: datetime) -> FastService:
    """Add a fast service, or bring the one of this code up to date; requests keep the figures they were decided on.

    Refused without a code or a name, and for days or costs that cannot be.
    """
    code = facts.code.strip().upper()
    if not code:
        raise Refused(N_("Give a code."), field="code")
    if not facts.name_th.strip() and not facts.name_en.strip():
        raise Refused(N_("Give a name in at least one language."), field="name_th")
    if not 0 <= facts.days <= MOST_DAYS:
        raise Refused(N_("It takes between 0 and %(most)s working days."), field="days", most=MOST_DAYS)
    if not 0 <= facts.base_minor <= MOST_MINOR:
        raise Refused(N_("This cost cannot be."), field="base")
    if not 0 <= facts.per_unit_minor <= MOST_MINOR:
        raise Refused(N_("This cost cannot be."), field="per_unit")
    ids = session.scalars(select(FastService.id).where(FastService.code == code))
    service = next(iter(lock(session, FastService, ids)), None)
    before = _said(service) if service is not None else None
    if service is None:
        service = FastService(code=code)
        session.add(service)
    service.name_th = facts.name_th.strip() or facts.name_en.strip()
    service.name_en = facts.name_en.strip() or facts.name_th.strip()
    service.days, service.active = facts.days, facts.active
    service.base_minor, service.per_unit_minor = facts.base_minor, facts.per_unit_minor
    session.flush()
    after = _said(service)
    if after != before:
        audit.record(
            session, Verb.SERVICE_PUT, "fast_service", code, by=by, now=now, before=before, after=after
        )
    return service


def set_rule(
    session: Session, most_cost_minor: int, most_share_bp: int, *, by: User, now: datetime
) -> ExpediteRule:
    """What is approved at once: up to a cost in satang, and up to a share (basis points) of the order's margin.

    Refused for a cost or share that cannot be. Requests decided before stay as they were decided.
    """
    if not 0 <= most_cost_minor <= MOST_MINOR:
        raise Refused(N_("This cost cannot be."), field="most_cost")
    if not 0 <= most_share_bp <= BASIS_POINTS:
        raise Refused(N_("A share lies between 0 and 100 per cent."), field="most_share")
    rule = next(iter(lock(session, ExpediteRule, [1])), None)
    before = None
    if rule is None:
        rule = ExpediteRule(id=1, most_cost_minor=most_cost_minor, most_share_bp=most_share_bp)
        session.add(rule)
    else:
        before = {"most_cost_minor": rule.most_cost_minor, "most_share_bp": rule.most_share_bp}
        rule.most_cost_minor, rule.most_share_bp = most_cost_minor, most_share_bp
    after = {"most_cost_minor": most_cost_minor, "most_share_bp": most_share_bp}
    audit.record(session, Verb.RULE_SET, "expedite_rule", "1", by=by, now=now, before=before, after=after)
    return rule


def _said(service: FastService) -> dict[str, object]:
    return {
        "name_th": service.name_th,
        "name_en": service.name_en,
        "days": service.days,
        "base_minor": service.base_minor,
        "per_unit_minor": service.per_unit_minor,
        "active": service.active,
    }
