"""What an order's page says of its returns and complaints, and the ways to begin one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.complaint_lists import complaints_of_order
from aftersales.complaint_story import headline as complaint_headline
from aftersales.complaints import COMPLAINT_KIND_TITLES, COMPLAINT_TITLES, Compensation
from aftersales.models import RETURN_TITLES
from aftersales.queries import returns_of_order
from aftersales.requesting import asked_for, returnable
from aftersales.return_story import desk_headline
from aftersales.return_story import headline as return_headline
from orders.models import Order, ScheduleLine
from orders.states import LineState
from policies.promises import Promise, PromiseState
from policies.promising import withdrawn_among
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.feature import Panel
from portal.i18n import N_, gettext


@dataclass(frozen=True)
class Late:
    """Units of a line whose promise was missed, with the complaint and the compensation there may be.

    It is `done` once they came, or are owed no more.
    """

    promise: Promise
    part: ScheduleLine
    complaint_no: str
    compensation_no: str
    done: bool

    @property
    def units(self) -> int:
        """The units that were late: those not cancelled, or all of them where nothing is left."""
        return self.part.quantity - self.part.cancelled or self.part.quantity


def cases_of_order(session: Session, order: Order, reader: User, now: datetime) -> Panel | None:
    """The returns and complaints of an order, its missed promises, and what can be begun; in five queries."""
    returns, complaints = returns_of_order(session, order), complaints_of_order(session, order)
    by_promise = {one.promise_id: one.number for one in complaints}
    late = _late(session, order, by_promise)
    asked = asked_for(session, order)
    can_return = any(returnable(line, asked) for line in order.lines)
    if order.state is LineState.CANCELLED and not (returns or complaints):
        return None
    ours = reader.audience is Audience.STAFF
    facts = {
        "order": order,
        "returns": returns,
        "complaints": complaints,
        "late": late,
        "can_return": can_return,
        "return_titles": RETURN_TITLES,
        "complaint_titles": COMPLAINT_TITLES,
        "kinds": COMPLAINT_KIND_TITLES,
        "return_headline": desk_headline if ours else return_headline,
        "complaint_headline": complaint_headline,
    }
    audience = "staff" if ours else "customer"
    return Panel(gettext(N_("Returns and complaints")), f"aftersales/{audience}/order_panel.html", facts)


def _late(session: Session, order: Order, complaints: dict[int | None, str]) -> list[Late]:
    missed = [
        (part.promise, part)
        for line in order.lines
        for part in line.parts
        if part.promise is not None and part.promise.state == PromiseState.MISSED
    ]
    if not missed:
        return []
    query = select(Compensation.promise_id, Compensation.number).where(
        Compensation.promise_id.in_([promise.id for promise, _ in missed])
    )
    known = dict(session.execute(query).all())
    over = withdrawn_among(session, [promise.id for promise, _ in missed])
    return [
        Late(
            promise,
            part,
            complaints.get(promise.id, ""),
            known.get(promise.id, ""),
            promise.fulfilled_at is not None or promise.id in over,
        )
        for promise, part in missed
    ]
