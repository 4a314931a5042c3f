"""What orders add to the lists of the home pages: answers of buyers, promises in danger, work that waits for us."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from inventory.stock import Reservation
from inventory.stockouts import StockOut
from orders import boards, moves_lists, offers
from orders.boards import InDanger
from orders.expedites import ExpediteRequest, RequestState
from orders.models import Order, OrderLine, ScheduleLine
from orders.permissions import Orders, holds
from orders.shipments import ShipmentState
from policies.casework import Endangered, case_of, count_endangered, endangered, piles, together
from policies.kinds import Kind
from policies.owed import OWED
from policies.promises import CAUSE_TITLES, Cause, Promise, PromiseState
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Danger, Queue, Standing, Task
from portal.i18n import N_, day_text, gettext, money_text, name_of, ngettext

MOST = 15
MOST_LINES = 60

LOOK = N_("Look at the order")
MENDS: dict[str, str] = {
    Cause.NOT_SHIPPED: N_("Pick and ship"),
    Cause.IN_TRANSIT: N_("Ask the carrier, record the delivery"),
    Cause.SUPPLIER_LATE: N_("Ask the supplier for the goods"),
    Cause.NO_SUPPLY: N_("Order goods from a supplier"),
}
"""What helps against each cause of delay."""


class Work(StrEnum):
    """Kinds of cases about orders that wait for an answer of ours."""

    EXPEDITE = "expedite"
    OFFER = "offer"


TITLES = {Work.EXPEDITE: N_("Faster delivery to decide"), Work.OFFER: N_("Substitutes to offer")}
KINDS = {Work.EXPEDITE: N_("Faster delivery"), Work.OFFER: N_("Offer of a substitute")}
LISTS = {Work.EXPEDITE: "desk_expedites.index", Work.OFFER: "stock_outs.board"}
ACTS = {Work.EXPEDITE: N_("Decide"), Work.OFFER: N_("Offer a substitute")}


def answers(session: Session, person: User, now: datetime) -> list[Task]:
    """What a buyer's company answers: substitutes, delays, and charges for faster delivery. Three queries."""
    if person.audience is not Audience.CUSTOMER or person.customer_id is None:
        return []
    offered = [
        Task(
            kind=gettext(N_("Substitute offered")),
            number=offer.number,
            what=gettext(
                N_("%(units)s × %(instead)s instead of %(quantity)s × %(product)s?"),
                units=offer.units,
                instead=name_of(offer.stands_in),
                quantity=offer.quantity,
                product=name_of(offer.part.line),
            ),
            why=offer.part.line.order.number,
            act=gettext(N_("Answer")),
            endpoint="my_offers.show",
            args={"offer_no": offer.number},
            since=offer.offered_at,
            due_at=offer.answer_by,
        )
        for offer in offers.open_offers(session, person.customer_id, MOST)
    ]
    delayed = [
        Task(
            kind=gettext(N_("Delayed")),
            number=one.number,
            what=name_of({"name_th": one.what_th, "name_en": one.what_en}),
            why=ngettext("%(num)s line waits for your choice", "%(num)s lines wait for your choice", count),
            act=gettext(N_("Choose")),
            endpoint="my_disruptions.show",
            args={"disruption_no": one.number},
            since=one.confirmed_at or one.declared_at,
        )
        for one, count in moves_lists.unanswered(session, person.customer_id)
    ]
    charged = [
        Task(
            kind=gettext(N_("Faster delivery")),
            number=one.number,
            what=gettext(
                N_("%(product)s on %(day)s for %(amount)s?"),
                product=name_of(one.part.line),
                day=day_text(one.due_after),
                amount=money_text(one.charge_minor, one.part.line.order.currency),
            ),
            why=one.part.line.order.number,
            act=gettext(N_("Answer")),
            endpoint="my_expedites.show",
            args={"request_no": one.number},
            since=one.decided_at or one.asked_at,
            due_at=one.answer_by,
        )
        for one in moves_lists.charges_to_answer(session, person.customer_id, MOST)
    ]
    return offered + delayed + charged


def dangers(session: Session, person: User, now: datetime, customer: Customer | None) -> list[Danger]:
    """Order lines, requests for faster delivery and offers of substitutes that are late or at risk. Four queries."""
    if not holds(person, Orders.VIEW):
        return []
    risky, late = boards.count_in_danger(session, customer)
    args = {"stage": "late"} | ({"customer": customer.code} if customer else {})
    lines = _by_order(boards.in_danger(session, MOST_LINES, customer=customer))
    found = [Danger(N_("Order lines"), "desk_orders.orders", args, late, risky, lines)]
    cases = _cases()
    counts = count_endangered(session, cases, customer=customer)
    rows = endangered(session, cases, customer=customer, limit=MOST) if counts else []
    for work in (work for work in Work if work in counts):
        tasks = [_endangered(row, work) for row in rows if row.kind == work]
        count = counts[work]
        found.append(Danger(TITLES[work], LISTS[work], {}, count.late, count.at_risk, tasks))
    return found


def _by_order(rows: Sequence[InDanger]) -> list[Task]:
    """One task for all lines of an order that are due together and in danger for the same cause."""
    together: dict[tuple[str, date, str, str | None], list[InDanger]] = {}
    for row in rows:
        key = (row.order_no, business_day(row.due_at), row.state, row.cause)
        together.setdefault(key, []).append(row)
    return [_of_order(lines) for lines in together.values()]


def _of_order(lines: Sequence[InDanger]) -> Task:
    row, others = lines[0], len(lines) - 1
    what = f"{row.quantity} × {name_of({'name_th': row.name_th, 'name_en': row.name_en})}"
    if others:
        what += " " + ngettext("and %(num)s more line", "and %(num)s more lines", others)
    return Task(
        kind=ngettext("%(num)s order line", "%(num)s order lines", len(lines)),
        number=row.order_no,
        what=what,
        act=gettext(MENDS.get(row.cause or "", LOOK)),
        endpoint="desk_orders.order",
        args={"number": row.order_no},
        since=row.due_at,
        due_at=row.due_at,
        standing=Standing.LATE if row.state == PromiseState.MISSED else Standing.AT_RISK,
        who=name_of({"name_th": row.customer_th, "name_en": row.customer_en}),
        why=_cause(row.cause),
        cases=len(lines),
    )


def queues(session: Session, person: User, now: datetime) -> list[Queue]:
    """What waits for an answer about orders, and what is to be picked, sent, followed and bought. Five queries."""
    if not holds(person, Orders.VIEW):
        return []
    found = piles(session, _cases(), now=now)
    waiting = [
        Queue(
            TITLES[work],
            ACTS[work],
            LISTS[work],
            {},
            pile.count,
            pile.since,
            _day(pile.due_at),
            pile.late,
            order=order,
        )
        for order, work in ((30, Work.EXPEDITE), (35, Work.OFFER))
        if (pile := found.get(work))
    ]
    return waiting + _by_hand(session, now)


def _by_hand(session: Session, now: datetime) -> list[Queue]:
    to_pick = boards.pile_to_pick(session, business_day(now))
    packed = boards.pile_of_shipments(session, ShipmentState.PICKED, now)
    sent = boards.pile_of_shipments(session, ShipmentState.SHIPPED, now)
    is_out = select(func.count(StockOut.id), func.min(StockOut.started_at)).where(StockOut.ended_at.is_(None))
    out, out_since = session.execute(is_out).one()
    return [
        Queue(N_("Orders to pick"), N_("Pick"), "desk_orders.picking", {}, *to_pick, today=True, order=10),
        _shipments(N_("Shipments to hand to a carrier"), N_("Ship"), {"stage": "packed"}, packed, 12),
        _shipments(N_("Shipments under way"), N_("Record the delivery"), {"stage": "under_way"}, sent, 14),
        Queue(
            N_("Products out of stock"),
            N_("See what helps"),
            "stock_outs.board",
            {},
            out,
            out_since,
            today=True,
            order=40,
        ),
    ]


def _shipments(
    title: str,
    act: str,
    args: dict[str, str],
    pile: tuple[int, datetime | None, datetime | None, int],
    order: int,
) -> Queue:
    count, since, due_at, late = pile
    listed = "desk_orders.orders"
    return Queue(title, act, listed, args, count, since, _day(due_at), late, today=True, order=order)


def _cases() -> Subquery:
    """Requests for faster delivery that nobody decided, and parts that wait although a substitute was promised."""
    requests = (
        case_of(
            Work.EXPEDITE,
            ExpediteRequest.number,
            OrderLine.name_th,
            OrderLine.name_en,
            ExpediteRequest.customer_id,
            ExpediteRequest.asked_at,
            ExpediteRequest.promise_id,
        )
        .join(ScheduleLine, ScheduleLine.id == ExpediteRequest.part_id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .where(ExpediteRequest.state == RequestState.ASKED)
    )
    owed = (
        case_of(
            Work.OFFER,
            Order.number,
            OrderLine.name_th,
            OrderLine.name_en,
            Promise.customer_id,
            Promise.made_at,
            Promise.id,
        )
        .join(Reservation, Reservation.purpose == Promise.subject_no)
        .join(ScheduleLine, ScheduleLine.reservation_id == Reservation.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Promise.kind == Kind.SUBSTITUTION_OFFER,
            OWED,
            Reservation.held < Reservation.quantity,
        )
    )
    return together((requests, owed))


def _endangered(row: Endangered, work: Work) -> Task:
    return Task(
        kind=gettext(KINDS[work]),
        number=row.number,
        what=name_of({"name_th": row.about_th, "name_en": row.about_en}),
        act=gettext(ACTS[work]),
        endpoint="desk_expedites.show" if work is Work.EXPEDITE else "desk_orders.order",
        args={"request_no" if work is Work.EXPEDITE else "number": row.number},
        since=row.since,
        due_at=row.due_at,
        standing=Standing.LATE if row.late else Standing.AT_RISK,
        who=name_of({"name_th": row.customer_th, "name_en": row.customer_en}),
        why=_cause(row.cause),
    )


def _cause(cause: str | None) -> str:
    return gettext(CAUSE_TITLES[Cause(cause)]) if cause else ""


def _day(moment: datetime | None) -> date | None:
    return business_day(moment) if moment else None
