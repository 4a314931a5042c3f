"""Reading what missed promises were worth to one company, each with what it was for and when it is credited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales.compensation_steps import may_reopen
from aftersales.complaint_lists import compensation_page
from aftersales.complaints import Compensation, CompensationState
from orders.models import Order, OrderLine, ScheduleLine
from policies.compensating import sentences
from policies.kinds import KINDS, Kind
from policies.promises import Promise
from portal.i18n import _, name_of, quantity_text
from portal.keyset import Keyset


@dataclass(frozen=True)
class Owed:
    """A compensation with what it is for: the part of an order, if it is about goods, and its promised settlement."""

    found: Compensation
    part: ScheduleLine | None
    settlement: Promise | None
    may_reopen: bool

    @property
    def order(self) -> Order | None:
        """The order whose goods were late."""
        return self.part.line.order if self.part is not None else None

    @property
    def title(self) -> str:
        """What was promised, in words of the language being spoken."""
        promise = self.found.promise
        if promise.kind == Kind.SETTLEMENT:
            return _("Compensation %(number)s credited late", number=promise.subject_no)
        if self.part is None:
            return f"{_(KINDS[Kind(promise.kind)].title)} ({promise.subject_no})"
        units = quantity_text(self.part.quantity - self.part.cancelled or self.part.quantity)
        return _("%(units)s × %(goods)s", units=units, goods=name_of(self.part.line))

    @property
    def worked_out(self) -> list[str]:
        """How the amount was found, in sentences of the language being spoken."""
        return sentences(self.found.worked_out)


def owed_page(
    session: Session,
    company_id: int,
    *,
    now: datetime,
    state: CompensationState | None = None,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Owed]:
    """A page of what missed promises were worth to a company, newest first. Three queries."""
    page = compensation_page(
        session, customer_id=company_id, state=state, older_than=older_than, newer_than=newer_than
    )
    shown = {one.found.id: one for one in with_parts(session, page.rows, now=now)}
    return page.made(lambda found: shown[found.id])


def with_parts(session: Session, rows: Sequence[Compensation], *, now: datetime) -> list[Owed]:
    """Compensations with what each is for. Two queries."""
    if not rows:
        return []
    parts = (
        select(ScheduleLine)
        .where(ScheduleLine.promise_id.in_([found.promise_id for found in rows]))
        .options(joinedload(ScheduleLine.line).joinedload(OrderLine.order))
    )
    by_promise = {part.promise_id: part for part in session.scalars(parts)}
    settlements = select(Promise).where(
        Promise.kind == Kind.SETTLEMENT, Promise.subject_no.in_([found.number for found in rows])
    )
    by_number = {promise.subject_no: promise for promise in session.scalars(settlements)}
    return [
        Owed(found, by_promise.get(found.promise_id), by_number.get(found.number), may_reopen(found, now))
        for found in rows
    ]
