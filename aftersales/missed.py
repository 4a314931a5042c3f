"""A missed promise as its customer sees it: what it was about, when it was due and done, what it is worth."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from aftersales.complaints import Compensation
from aftersales.models import Return
from orders.models import Order, OrderLine, ScheduleLine
from orders.pricing import share_of
from orders.substitutions import OfferState, SubstituteOffer
from policies.calendars import working_days
from policies.compensating import LateSettlement, WorkedOut, late_settlement, worked_out
from policies.kinds import KINDS, Kind
from policies.promises import Promise, PromiseState
from policies.promising import withdrawn_at
from portal.clock import business_day
from portal.i18n import _, day_text, due_text, name_of, quantity_text
from portal.money import line_amount

FARTHEST = 2**63
"""Beyond this no database can even look for a number."""


@dataclass(frozen=True)
class Missed:
    """One missed promise with the order and the units of it that it was about, where it was about goods."""

    promise: Promise
    order: Order | None
    part: ScheduleLine | None
    withdrawn_at: datetime | None = None
    """When nothing was owed any more, although it was late by then."""
    units: int = 0
    """Units of the part that were owed when the promise was missed."""

    @property
    def ended_at(self) -> datetime | None:
        """When it was done, or else owed no more; None while it still grows later."""
        return self.withdrawn_at or self.promise.fulfilled_at

    @property
    def done(self) -> bool:
        """Whether what was promised has been done meanwhile, or is owed no more, so that it grows no later."""
        return self.ended_at is not None

    @property
    def title(self) -> str:
        """What was promised, in words of the language being spoken."""
        if self.part is not None:
            units = quantity_text(self.units)
            return _("%(units)s × %(goods)s", units=units, goods=name_of(self.part.line))
        return _(KINDS[Kind(self.promise.kind)].title)

    @property
    def dates(self) -> list[tuple[str, str]]:
        """The days that matter: first promised, last agreed where it is another, done or still open."""
        first, due = business_day(self.promise.original_due_at), business_day(self.promise.due_at)
        known = [(_("Promised for"), day_text(first))]
        if due != first:
            known.append((_("Agreed later"), day_text(due)))
        done = self.promise.fulfilled_at
        if self.withdrawn_at is not None:
            known.append((_("Cancelled"), day_text(self.withdrawn_at)))
        else:
            known.append((_("Done on"), day_text(done) if done else _("not yet")))
        return known

    @property
    def words(self) -> str:
        """What happened, in one or two sentences, as a complaint begins."""
        due, done = due_text(self.promise.due_at), self.promise.fulfilled_at
        if self.order is not None:
            about = _("Order %(number)s: %(goods)s", number=self.order.number, goods=self.title)
        else:
            about = f"{self.title} ({self.promise.subject_no})"
        if self.withdrawn_at is not None:
            day = day_text(self.withdrawn_at)
            what = _("Promised for %(due)s, late, and cancelled on %(day)s.", due=due, day=day)
        elif done:
            what = _("Promised for %(due)s, but it came on %(done)s.", due=due, done=day_text(done))
        else:
            what = _("Promised for %(due)s, and it is not here yet.", due=due)
        return f"{about}\n{what}"


def missed_promise(session: Session, promise_id: int) -> Missed | None:
    """The promise with what it was about, or None unless it was missed."""
    promise = session.get(Promise, promise_id) if 0 < promise_id < FARTHEST else None
    if promise is None or promise.state != PromiseState.MISSED:
        return None
    return about(session, promise)


def about(session: Session, promise: Promise) -> Missed:
    """A promise with what it was about."""
    query = (
        select(ScheduleLine)
        .where(ScheduleLine.promise_id == promise.id)
        .options(joinedload(ScheduleLine.line).joinedload(OrderLine.order).joinedload(Order.buyer))
    )
    part = session.scalars(query).one_or_none()
    ended = withdrawn_at(session, promise)
    if part is not None:
        units = _units(session, part, promise) if ended else part.quantity - part.cancelled
        return Missed(promise, part.line.order, part, ended, units)
    if promise.kind == Kind.SETTLEMENT:
        first = first_of(session, promise)
        return Missed(promise, about(session, first.promise).order if first else None, None, ended)
    returned = select(Order).join(Return, Return.order_id == Order.id).options(joinedload(Order.buyer))
    order = session.scalars(returned.where(Return.number == promise.subject_no)).one_or_none()
    return Missed(promise, order, None, ended)


def worth(session: Session, missed: Missed, today: date) -> WorkedOut | LateSettlement | None:
    """What a missed promise is worth by the level it was made under; as of today while it is not done yet.

    That to credit a compensation in time is worth what the level of the promise behind the compensation says. None
    where it was made under no level, or that level promises nothing for being this late.
    """
    level = missed.promise.service_level
    if level is None and missed.promise.kind == Kind.SETTLEMENT:
        return _late_settlement(session, missed.promise)
    if level is None or (level.convention is None and level.minutes is None):
        return None
    due_on = business_day(missed.promise.due_at)
    done = missed.ended_at
    found = worked_out(
        level,
        _net(missed),
        due_on,
        business_day(done) if done else today,
        working_days(session, due_on),
        currency=missed.order.currency if missed.order else "THB",
        late_at_all=level.minutes is not None,
    )
    return found if found is not None and found.amount_minor > 0 else None


def _late_settlement(session: Session, promise: Promise) -> LateSettlement | None:
    first = first_of(session, promise)
    level = first.promise.service_level if first else None
    return late_settlement(level, promise.subject_no, business_day(promise.due_at)) if level else None


def first_of(session: Session, settlement: Promise) -> Compensation | None:
    """The compensation that this promise was to credit in time; None for a promise of anything else."""
    if settlement.kind != Kind.SETTLEMENT:
        return None
    query = select(Compensation).where(Compensation.number == settlement.subject_no)
    return session.scalars(query.options(joinedload(Compensation.promise))).one_or_none()


def _net(missed: Missed) -> int:
    part = missed.part
    if part is None:
        return 0
    if missed.withdrawn_at is None:
        return net_of(part)
    line = part.line  # whose amounts are no longer those of units that were cancelled or replaced
    return line_amount(line.unit_price, missed.units, line.order.currency, discount_bp=line.discount_bp)


def _units(session: Session, part: ScheduleLine, promise: Promise) -> int:
    """The units of a part less those for which another product was accepted before it was late."""
    before = select(func.sum(SubstituteOffer.quantity)).where(
        SubstituteOffer.part_id == part.id,
        SubstituteOffer.state == OfferState.ACCEPTED,
        SubstituteOffer.answered_at <= promise.missed_at,
    )
    return part.quantity - int(session.scalar(before) or 0)


def net_of(part: ScheduleLine) -> int:
    """The share of its line's net amount, in minor units, that the units of a dated part make up; rounded half-up."""
    return share_of(part.line.net_minor, part.quantity - part.cancelled, part.line.wanted)
