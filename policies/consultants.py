"""Managers name the people of the distributor who give customers advice, on what and where."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.consultations import Consultant
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES, STAFF_ROLES
from portal.db import first_to_write, lock
from portal.i18n import N_
from portal.refusal import Refused

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")
WORDS = ("subject_th", "subject_en", "place_th", "place_en")


class Verb(StrEnum):
    """Acts on consultants, for the audit trail."""

    NAMED = "consultant.named"
    CHANGED = "consultant.changed"


@dataclass(frozen=True)
class ConsultantFacts:
    """On what somebody advises and where; one who is not active offers no more times."""

    subject_th: str
    subject_en: str
    place_th: str = ""
    place_en: str = ""
    active: bool = True

    def as_facts(self) -> dict[str, Any]:
        """The facts as the audit trail keeps them."""
        return asdict(self)


def facts_of(consultant: Consultant) -> ConsultantFacts:
    """What is known of a consultant, as plain values."""
    return ConsultantFacts(
        **{name: getattr(consultant, name) for name in ConsultantFacts.__dataclass_fields__}
    )


def name_consultant(
    session: Session, code: str, person: User | None, facts: ConsultantFacts, *, by: User, now: datetime
) -> Consultant:
    """Have a person of the distributor give advice, under a code that never changes.

    Refused for anybody else, for who is one already, without a subject or place, and when the code is taken.
    """
    code, facts = code.strip().upper(), _checked(facts)
    if not CODE.fullmatch(code):
        raise Refused(N_("A code has up to 20 letters and digits, such as PLANNING."), field="code")
    if person is None or person.role not in STAFF_ROLES or not person.active:
        raise Refused(N_("Choose somebody of the distributor who may sign in."), field="person")
    if session.scalar(select(Consultant.id).where(Consultant.code == code)):
        raise Refused(N_("There is a consultant with that code already."), field="code")
    if session.scalar(select(Consultant.id).where(Consultant.user_id == person.id)):
        raise Refused(N_("%(name)s gives advice already."), field="person", name=person.name)
    consultant = Consultant(code=code, user_id=person.id, **asdict(facts))
    with first_to_write(session, Refused(N_("Somebody else has just named this consultant."), field="code")):
        session.add(consultant)
    after = facts.as_facts() | {"person": person.email}
    audit.record(session, Verb.NAMED, "consultant", code, by=by, now=now, after=after)
    return consultant


def change_consultant(
    session: Session, consultant: Consultant, facts: ConsultantFacts, *, by: User, now: datetime
) -> None:
    """Have it known otherwise on what or where somebody advises, or that they do no more; what is booked stays."""
    (found,) = lock(session, Consultant, [consultant.id])
    facts, before = _checked(facts), facts_of(found)
    if facts == before:
        return
    for name, value in asdict(facts).items():
        setattr(found, name, value)
    audit.record(
        session,
        Verb.CHANGED,
        "consultant",
        found.code,
        by=by,
        now=now,
        before=before.as_facts(),
        after=facts.as_facts(),
    )


def keeps_times_of(person: User, consultant: Consultant) -> bool:
    """Whether a person may offer and withdraw a consultant's times: the consultant, and managers."""
    return person.id == consultant.user_id or person.role in MANAGING_ROLES


def _checked(facts: ConsultantFacts) -> ConsultantFacts:
    facts = replace(facts, **{word: getattr(facts, word).strip() for word in WORDS})
    if not facts.subject_th and not facts.subject_en:
        raise Refused(N_("Say on what they advise, in at least one language."), field="subject_th")
    if not facts.place_th and not facts.place_en:
        raise Refused(N_("Say where they meet customers, in at least one language."), field="place_th")
    return replace(
        facts,
        subject_th=facts.subject_th or facts.subject_en,
        subject_en=facts.subject_en or facts.subject_th,
        place_th=facts.place_th or facts.place_en,
        place_en=facts.place_en or facts.place_th,
    )
