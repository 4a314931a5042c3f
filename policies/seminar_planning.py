"""Seminars are planned, changed while they are to come, announced to customers, and thrown away before that."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from policies.seminar_telling import Invited, tell_changed, tell_invited
from policies.seminars import Seminar, SeminarState
from policies.signing_up import move_up
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

MOST_PLACES = 10_000
LONGEST = timedelta(days=14)
FARTHEST = timedelta(days=3 * 366)
WORDS = ("title_th", "title_en", "about_th", "about_en", "place_th", "place_en")


class Verb(StrEnum):
    """Acts on a seminar, for the audit trail."""

    PLANNED = "seminar.planned"
    CHANGED = "seminar.changed"
    ANNOUNCED = "seminar.announced"
    DISCARDED = "seminar.discarded"


@dataclass(frozen=True)
class SeminarFacts:
    """What a seminar is about, where and when it is, and how many people fit in."""

    title_th: str
    title_en: str
    starts_at: datetime
    ends_at: datetime
    places: int
    about_th: str = ""
    about_en: str = ""
    place_th: str = ""
    place_en: str = ""

    def as_facts(self) -> dict[str, Any]:
        """The facts as the audit trail keeps them."""
        return asdict(self) | {
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
        }


def facts_of(seminar: Seminar) -> SeminarFacts:
    """What is known of a seminar, as plain values."""
    return SeminarFacts(**{name: getattr(seminar, name) for name in SeminarFacts.__dataclass_fields__})


def plan(session: Session, facts: SeminarFacts, *, by: User, now: datetime) -> Seminar:
    """A draft of a seminar, which customers do not see yet.

    Refused without a title or place, in the past, when it ends before it starts, and with fewer than one or more than
    10,000 places.
    """
    facts = _checked(facts, now)
    number = next_number(session, "SM", business_day(now))
    seminar = Seminar(number=number, owner_id=by.id, created_at=now, **asdict(facts))
    session.add(seminar)
    session.flush()
    _record(session, Verb.PLANNED, seminar, by=by, now=now, after=facts.as_facts())
    return seminar


def change(session: Session, seminar: Seminar, facts: SeminarFacts, *, by: User, now: datetime) -> Seminar:
    """Have a seminar be otherwise, as long as it has not begun.

    With more places the first of the waiting list move up and are told; fewer places than are taken are refused. Who
    signed up is told of another time or place.
    """
    found = locked(session, seminar)
    if found.state not in (SeminarState.DRAFT, SeminarState.ANNOUNCED):
        raise Refused(N_("A seminar that was held or cancelled cannot be changed any more."))
    if found.state == SeminarState.ANNOUNCED and found.starts_at <= now:
        raise Refused(N_("The seminar has begun, so it cannot be changed any more."))
    facts, before = _checked(facts, now), facts_of(found)
    if facts.places < found.taken:
        raise Refused(
            N_("%(taken)s places are taken already, so there cannot be fewer."),
            field="places",
            taken=found.taken,
        )
    if facts == before:
        return found
    for name, value in asdict(facts).items():
        setattr(found, name, value)
    session.flush()
    _record(session, Verb.CHANGED, found, by=by, now=now, before=before.as_facts(), after=facts.as_facts())
    if found.state == SeminarState.ANNOUNCED:
        if _where_and_when(facts) != _where_and_when(before):
            tell_changed(session, found, now=now)
        move_up(session, found, now=now)
    return found


def announce(
    session: Session, seminar: Seminar, invited: Iterable[Invited] = (), *, by: User, now: datetime
) -> int:
    """Show a draft to every customer, who may sign up from now on; says how many people were told.

    Only the people of companies among the `invited` are told, each once. Refused when it is no draft, or when it
    should have begun already.
    """
    found = locked(session, seminar)
    if found.state != SeminarState.DRAFT:
        raise Refused(N_("Only a draft can be announced."))
    if found.starts_at <= now:
        raise Refused(N_("The seminar would have begun already. Please move it to a later time first."))
    found.state = SeminarState.ANNOUNCED
    session.flush()
    chosen = list(invited)
    told = tell_invited(session, found, chosen, now=now)
    facts = {"people_told": told, "invited": [str(one) for one in chosen]}
    _record(session, Verb.ANNOUNCED, found, by=by, now=now, after=facts)
    return told


def discard(session: Session, seminar: Seminar, *, by: User, now: datetime) -> None:
    """Throw a draft away; refused once it was announced, for then it is cancelled."""
    found = locked(session, seminar)
    if found.state != SeminarState.DRAFT:
        raise Refused(N_("Only a draft can be thrown away. An announced seminar is cancelled."))
    session.delete(found)
    _record(session, Verb.DISCARDED, found, by=by, now=now, before=facts_of(found).as_facts())


def locked(session: Session, seminar: Seminar) -> Seminar:
    """The seminar, locked and read anew; everything that changes it or its sign-ups begins with this."""
    found = lock(session, Seminar, [seminar.id])
    if not found:
        raise Refused(N_("This seminar was thrown away in the meantime."))
    return found[0]


def _record(
    session: Session,
    verb: Verb,
    seminar: Seminar,
    *,
    by: User,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(session, verb, "seminar", seminar.number, by=by, now=now, before=before, after=after)


def _where_and_when(facts: SeminarFacts) -> tuple[object, ...]:
    return (facts.starts_at, facts.ends_at, facts.place_th, facts.place_en)


def _checked(facts: SeminarFacts, now: datetime) -> SeminarFacts:
    """The facts without needless blanks, each text in both languages; refused where they make no seminar."""
    facts = replace(facts, **{word: getattr(facts, word).strip() for word in WORDS})
    if not facts.title_th and not facts.title_en:
        raise Refused(N_("Give the seminar a title in at least one language."), field="title_th")
    if not facts.place_th and not facts.place_en:
        raise Refused(N_("Say where it takes place, in at least one language."), field="place_th")
    if facts.starts_at <= now:
        raise Refused(N_("A seminar begins in the future."), field="first_day")
    if facts.starts_at > now + FARTHEST:
        raise Refused(N_("That day is more than three years away. Please check the year."), field="first_day")
    if facts.ends_at <= facts.starts_at:
        raise Refused(N_("A seminar ends after it begins."), field="ends")
    if facts.ends_at - facts.starts_at > LONGEST:
        raise Refused(
            N_("A seminar lasts %(most)s days at most. Please check its last day."),
            field="last_day",
            most=LONGEST.days,
        )
    if not 1 <= facts.places <= MOST_PLACES:
        raise Refused(
            N_("A seminar has between 1 and %(most)s places."), field="places", most=f"{MOST_PLACES:,}"
        )
    return replace(
        facts,
        **{
            name: getattr(facts, name)
            or getattr(facts, f"{name[:-3]}_{'en' if name.endswith('th') else 'th'}")
            for name in WORDS
        },
    )
