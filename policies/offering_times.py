"""A consultant, or a manager for them, offers times, one by one or as a series, and withdraws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.calendars import working_days
from policies.clocks import ONE_DAY
from policies.consultants import keeps_times_of
from policies.consultations import Consultant, Slot, SlotState
from policies.consulting_telling import tell_withdrawn
from portal import audit
from portal.accounts.models import User
from portal.clock import at, business_day
from portal.db import lock
from portal.i18n import N_, day_text
from portal.numbering import next_numbers
from portal.refusal import Refused

SHORTEST, LONGEST = 10, 480
"""Minutes that one time lasts."""
FARTHEST = timedelta(days=366)
MOST_DAYS = 92
MOST_TIMES = 300


class Verb(StrEnum):
    """Acts on a consultant's times, for the audit trail."""

    OFFERED = "consulting.offered"
    WITHDRAWN = "consulting.withdrawn"


@dataclass(frozen=True)
class Series:
    """Times of so many minutes, one after the other from `opens` on, on some weekdays (Monday is 0) of a span."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    minutes: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Offered:
    """The times that were offered, and the days of the series on which the house is closed, which were skipped."""

    slots: Sequence[Slot]
    skipped: Sequence[date]


def offer(
    session: Session, consultant: Consultant, day: date, opens: time, closes: time, *, by: User, now: datetime
) -> Slot:
    """One time on a day.

    Refused on a closed day, in the past, when it ends before it begins or lasts less than 10 minutes or more than 8
    hours, and when the consultant has offered a time that overlaps.
    """
    found = _kept_by(session, consultant, by)
    if not working_days(session, day).works(day):
        raise Refused(N_("We are closed on %(day)s."), field="day", day=day_text(day))
    if opens >= closes:
        raise Refused(N_("A time ends after it begins."), field="closes")
    begins, ends = at(day, opens), at(day, closes)
    _check_length((ends - begins) // timedelta(minutes=1), "closes")
    if begins <= now:
        raise Refused(N_("That time is over. Offer one that is to come."), field="day")
    _check_far(day, now, "day")
    return _offered(session, found, [(begins, ends)], by=by, now=now)[0]


def offer_series(
    session: Session, consultant: Consultant, series: Series, *, by: User, now: datetime
) -> Offered:
    """The times of a series, all of them or none; days on which the house is closed are skipped and named.

    Refused as one time would be, when no day is left, and for more than 300 times or 92 days at once.
    """
    found = _kept_by(session, consultant, by)
    _check_series(series, now)
    length = timedelta(minutes=series.minutes)
    calendar = working_days(session, series.first_day)
    days = [series.first_day + ONE_DAY * n for n in range((series.last_day - series.first_day).days + 1)]
    chosen = [day for day in days if day.weekday() in series.weekdays]
    skipped = [day for day in chosen if not calendar.works(day)]
    spans = []
    for day in (day for day in chosen if calendar.works(day)):
        begins, closes = at(day, series.opens), at(day, series.closes)
        while begins + length <= closes:
            spans.append((begins, begins + length))
            begins += length
    if not spans:
        raise Refused(
            N_("We are closed on each of these days, so there is no time to offer."), field="weekdays"
        )
    if spans[0][0] <= now:
        raise Refused(N_("The first of these times is over. Begin on a later day."), field="first_day")
    if len(spans) > MOST_TIMES:
        raise Refused(
            N_("These are %(count)s times; offer at most %(most)s at once."),
            field="last_day",
            count=len(spans),
            most=MOST_TIMES,
        )
    return Offered(_offered(session, found, spans, by=by, now=now), skipped)


def withdraw(session: Session, slot: Slot, reason: str, *, by: User, now: datetime) -> None:
    """Take a time that is to come back; who booked it is told why.

    Refused when it was withdrawn or held, when it has begun, and without a reason when somebody booked it.
    """
    (found,) = lock(session, Slot, [slot.id])
    _check_keeps(by, found.consultant)
    reason = reason.strip()
    if found.state not in (SlotState.FREE, SlotState.BOOKED):
        raise Refused(N_("This time was withdrawn or held already."))
    if found.starts_at <= now:
        raise Refused(N_("This time has begun, so it cannot be withdrawn any more."))
    if found.state == SlotState.BOOKED:
        if not reason:
            raise Refused(N_("Say why; who booked this time reads it."), field="reason")
        tell_withdrawn(session, found, reason, now=now)
    before = {"state": found.state, "customer": found.customer_id, "question": found.question}
    found.customer = found.booked_by = found.booked_at = None
    found.state, found.question = SlotState.WITHDRAWN, ""
    session.flush()
    audit.record(
        session,
        Verb.WITHDRAWN,
        "consulting",
        found.number,
        by=by,
        now=now,
        before=before,
        after={"reason": reason},
    )


def _offered(
    session: Session,
    consultant: Consultant,
    spans: Sequence[tuple[datetime, datetime]],
    *,
    by: User,
    now: datetime,
) -> list[Slot]:
    """The times written down, unless one overlaps what the locked consultant has offered."""
    taken = session.execute(
        select(Slot.starts_at, Slot.ends_at).where(
            Slot.consultant_id == consultant.id,
            Slot.state != SlotState.WITHDRAWN,
            Slot.starts_at < spans[-1][1],
            Slot.ends_at > spans[0][0],
        )
    ).all()
    for begins, ends in spans:
        if any(known.starts_at < ends and known.ends_at > begins for known in taken):
            raise Refused(
                N_("A time that overlaps is offered on %(day)s already."),
                field="opens",
                day=day_text(begins),
            )
    numbers = next_numbers(session, "CS", business_day(now), len(spans))
    slots = [
        Slot(number=number, consultant_id=consultant.id, starts_at=begins, ends_at=ends)
        for number, (begins, ends) in zip(numbers, spans, strict=True)
    ]
    session.add_all(slots)
    session.flush()
    facts = {
        "times": len(slots),
        "first": spans[0][0].isoformat(),
        "last": spans[-1][0].isoformat(),
        "numbers": f"{numbers[0]} – {numbers[-1]}",
    }
    audit.record(session, Verb.OFFERED, "consultant", consultant.code, by=by, now=now, after=facts)
    return slots


def _kept_by(session: Session, consultant: Consultant, by: User) -> Consultant:
    """The consultant, locked, so that no two offer times that overlap at the same moment."""
    (found,) = lock(session, Consultant, [consultant.id])
    _check_keeps(by, found)
    if not found.advises:
        raise Refused(N_("%(name)s gives no advice at present."), name=found.person.name)
    return found


def _check_keeps(by: User, consultant: Consultant) -> None:
    if not keeps_times_of(by, consultant):
        raise Refused(N_("Only the consultant and managers keep these times."))


def _check_series(series: Series, now: datetime) -> None:
    if not series.weekdays:
        raise Refused(N_("Choose at least one weekday."), field="weekdays")
    if series.opens >= series.closes:
        raise Refused(N_("A time ends after it begins."), field="closes")
    _check_length(series.minutes, "minutes")
    if at(series.first_day, series.opens) + timedelta(minutes=series.minutes) > at(
        series.first_day, series.closes
    ):
        raise Refused(N_("Not even one time of that length fits in between."), field="minutes")
    if series.first_day < business_day(now):
        raise Refused(N_("The first day is over. Begin today or later."), field="first_day")
    if series.last_day < series.first_day:
        raise Refused(N_("The last day is not before the first."), field="last_day")
    if (series.last_day - series.first_day).days >= MOST_DAYS:
        raise Refused(N_("Offer at most %(most)s days at once."), field="last_day", most=MOST_DAYS)
    _check_far(series.last_day, now, "last_day")
    span = (series.last_day - series.first_day).days
    if span < 6 and not any(
        (series.first_day + ONE_DAY * n).weekday() in series.weekdays for n in range(span + 1)
    ):
        raise Refused(N_("None of these weekdays lies between the two days."), field="weekdays")


def _check_length(minutes: int, name: str) -> None:
    if not SHORTEST <= minutes <= LONGEST:
        raise Refused(
            N_("A time lasts between %(least)s and %(most)s minutes."),
            field=name,
            least=SHORTEST,
            most=LONGEST,
        )


def _check_far(day: date, now: datetime, name: str) -> None:
    if day > business_day(now) + FARTHEST:
        raise Refused(N_("That day is more than a year away. Please check the year."), field=name)
