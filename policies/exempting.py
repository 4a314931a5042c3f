"""A promise missed because of a declared disruption does not count, where its version says so and steps were taken."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Case,
    ColumnElement,
    Integer,
    String,
    Text,
    case,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session

from policies.models import ServiceLevel
from policies.owed import LATE
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromiseExemption, PromiseState
from portal import audit
from portal.accounts.models import User
from portal.db import Instant, lock
from portal.feature import Excuse
from portal.i18n import N_
from portal.recording import excuse_of
from portal.refusal import Refused

LONGEST_STEPS = 20_000


class Verb(StrEnum):
    """Exemptions, for the audit trail."""

    EXEMPTED = "promise.exempted"


class Answer(StrEnum):
    """Whether a promise can be exempt for a disruption, and if not why."""

    YES = "yes"
    ALREADY = "already"
    NOT_MISSED = "not_missed"
    STILL_OWED = "still_owed"
    NO_POLICY = "no_policy"
    NOT_EXCUSED = "not_excused"
    OTHER_TIME = "other_time"
    OTHER_PLACE = "other_place"
    CREDITED = "credited"


WHY_NOT = {
    Answer.ALREADY: N_("It is exempt already."),
    Answer.NOT_MISSED: N_("This promise was not missed."),
    Answer.STILL_OWED: N_(
        "It is late and still owed, so it stays among what is late. Exempt it once it is done."
    ),
    Answer.NO_POLICY: N_("No policy stands behind this promise, so none excuses it."),
    Answer.NOT_EXCUSED: N_("The policy it was made under does not excuse a disruption of this kind."),
    Answer.OTHER_TIME: N_("The disruption was not in the time of this promise."),
    Answer.OTHER_PLACE: N_("The disruption was at another warehouse than the one this leaves from."),
    Answer.CREDITED: N_("Compensation for it is credited already, so it stays missed."),
}


def exempt(
    session: Session, promise: Promise, cause_no: str, steps: str, *, by: User | None, now: datetime
) -> None:
    """A missed promise does not count because of the disruption `cause_no`, against which these steps were taken.

    What was owed for it is owed no more. Refused unless it was missed and is done, the version it was made under
    excuses such a disruption, and that held within the time from its start to its due time, at the place it was
    promised from; once compensation is credited; and without steps. What is exempt already for the same cause stays
    as it is.
    """
    steps = refuse_without_steps(steps)
    excuse = excuse_of(session, cause_no, now)
    if excuse is None:
        raise Refused(N_("No disruption with this number was in force."), field="cause_no")
    (promise,) = lock(session, Promise, [promise.id])
    known = session.get(PromiseExemption, promise.id)
    if known is not None and known.cause_no == excuse.number:
        return
    answer = session.scalar(
        select(answer_to(excuse))
        .select_from(Promise)
        .outerjoin(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(Promise.id == promise.id)
    )
    if answer != Answer.YES:
        raise Refused(WHY_NOT[Answer(str(answer))])
    _write(session, Promise.id == promise.id, excuse, steps, by=by, now=now)
    after = {"cause_no": excuse.number, "steps": steps}
    audit.record(session, Verb.EXEMPTED, "promise", promise.subject_no, by=by, now=now, after=after)
    session.expire_all()  # the rows were changed behind the session's back


def exempt_all(
    session: Session,
    among: ColumnElement[bool],
    excuse: Excuse,
    steps: str,
    *,
    by: User | None,
    now: datetime,
) -> int:
    """Exempt every promise `among` these for which it can be done, by a few statements; says how many those were.

    The others stay as they are. Refused without steps.
    """
    steps = refuse_without_steps(steps)
    written = _write(session, among, excuse, steps, by=by, now=now)
    if written:
        session.expire_all()  # the rows were changed behind the session's back
    return written


def answer_to(excuse: Excuse) -> Case[Any]:
    """For questions that join a promise and its service level, if it has one: the `Answer` to a disruption."""
    names_kind = (literal(",") + ServiceLevel.exempt_kinds + ",").like(f"%,{excuse.kind},%")
    began = func.coalesce(Promise.clock_start_at, Promise.made_at)
    return case(
        (Promise.state == PromiseState.WAIVED, Answer.ALREADY.value),
        (Promise.state != PromiseState.MISSED, Answer.NOT_MISSED.value),
        (Promise.service_level_id.is_(None), Answer.NO_POLICY.value),
        (~names_kind, Answer.NOT_EXCUSED.value),
        ((began > excuse.until) | (Promise.due_at < excuse.since), Answer.OTHER_TIME.value),
        (excuse.elsewhere, Answer.OTHER_PLACE.value),
        (Promise.paid_minor > 0, Answer.CREDITED.value),
        (LATE, Answer.STILL_OWED.value),
        else_=Answer.YES.value,
    )


def refuse_without_steps(steps: str) -> str:
    """The steps taken, tidied; refused when there are none, or they are told at too great a length."""
    steps = steps.strip()
    if not steps:
        raise Refused(N_("Write which steps were taken against the disruption."), field="steps")
    if len(steps) > LONGEST_STEPS:
        raise Refused(N_("At most %(most)s characters."), field="steps", most=LONGEST_STEPS)
    return steps


def _write(
    session: Session,
    among: ColumnElement[bool],
    excuse: Excuse,
    steps: str,
    *,
    by: User | None,
    now: datetime,
) -> int:
    """Put the exemptions and their events on record and take the promises out of the misses, locked before."""
    session.flush()
    promised = select(Promise.id).join(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
    can = promised.where(among, answer_to(excuse) == Answer.YES.value)
    if not session.execute(can.order_by(Promise.id).with_for_update(of=Promise)).all():
        return 0
    at, by_id = literal(now, Instant()), literal(by.id if by else None, Integer)
    rows = can.add_columns(literal(excuse.number, String()), literal(steps, Text()), at, by_id)
    columns = ["promise_id", "cause_no", "steps", "at", "by_id"]
    session.execute(insert(PromiseExemption).from_select(columns, rows, include_defaults=False))
    # One that is missed and exempt was made exempt just now: nobody brings an exempt promise back.
    excused = select(PromiseExemption.promise_id).where(PromiseExemption.cause_no == excuse.number)
    new = (Promise.state == PromiseState.MISSED, Promise.id.in_(excused))
    happened = literal(str(Happening.WAIVED)), Promise.due_at, literal(str(Cause.DISRUPTION)), by_id
    events = select(Promise.id, at, *happened).where(*new).order_by(Promise.id)
    columns = ["promise_id", "at", "what", "due_at", "cause", "by_id"]
    session.execute(insert(PromiseEvent).from_select(columns, events, include_defaults=False))
    done = session.execute(
        update(Promise)
        .where(*new)
        .values(state=PromiseState.WAIVED, cause=Cause.DISRUPTION, owed_minor=0, owed_currency=null())
        .execution_options(synchronize_session=False)
        .returning(Promise.id)
    )
    return len(done.all())
