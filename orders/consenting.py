"""A company says once for all its orders what it wants when a line is short."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from orders.substitutions import ConsentRule, SubstitutionConsent
from portal import audit
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of consenting, for the audit trail."""

    CHANGED = "substitution.consent_changed"


def find_consent(session: Session, customer_id: int) -> SubstitutionConsent | None:
    """What a company has agreed to, with who gave it; None while it has said nothing and so is asked."""
    query = select(SubstitutionConsent).where(SubstitutionConsent.customer_id == customer_id)
    return session.scalars(query.options(joinedload(SubstitutionConsent.given_by))).one_or_none()


def consents_of(session: Session, customer_ids: Collection[int]) -> dict[int, SubstitutionConsent]:
    """What each of these companies has agreed to; those that have said nothing are absent."""
    if not customer_ids:
        return {}
    query = select(SubstitutionConsent).where(SubstitutionConsent.customer_id.in_(customer_ids))
    return {consent.customer_id: consent for consent in session.scalars(query)}


def rule_of(consent: SubstitutionConsent | None) -> ConsentRule:
    """The rule that a consent means; without one the company is asked each time."""
    return ConsentRule(consent.rule) if consent else ConsentRule.ASK


def give_consent(session: Session, customer: Customer, rule: str, *, by: User, now: datetime) -> bool:
    """From now on this holds for all orders of a company; says whether that is new. Offers already made go on."""
    if rule not in set(ConsentRule):
        raise Refused(N_("Choose one of the three."), field="rule")
    lock(session, Customer, [customer.id])  # two people choosing at once take turns
    consent = find_consent(session, customer.id)
    before = rule_of(consent)
    if consent is not None and before == rule:
        return False
    if consent is None:
        consent = SubstitutionConsent(customer_id=customer.id)
        session.add(consent)
    consent.rule, consent.given_by, consent.given_at = rule, by, now
    audit.record(
        session,
        Verb.CHANGED,
        "customer",
        customer.code,
        by=by,
        now=now,
        before={"rule": before.value},
        after={"rule": rule},
    )
    return True
