"""The demo's buying: suppliers measured, stock planned from its demand, proposals, and orders in every state."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import planning, proposing, purchasing, receiving
from inventory.inbound import InboundReceipt, PurchaseOrder, Supplier
from inventory.models import Product, Warehouse
from inventory.plans import Proposal, ProposalState
from inventory.proposing import Choice
from inventory.purchasing import Line
from inventory.siting import SupplierFacts, put_supplier
from inventory.supplier_records import measure
from portal.clock import business_day
from portal.demo.cast import Cast
from portal.money import unit_price

MAILED = 3
"""So many suppliers take their orders by e-mail; the others get them on paper."""
WAITING = 20
"""At most so many proposals wait for a decision."""
PROMISED = timedelta(days=12)
ORDER_COST_MINOR = 180_00
REFUSAL = "รุ่นใหม่จะมาเดือนหน้า"
CANCELLING = "ผู้จัดจำหน่ายเลิกผลิต"


def load(session: Session, cast: Cast) -> None:
    """What the nightly jobs would have found by now, and what staff have done about it. Demand is counted already."""
    now, by = cast.now, cast.staff[0]
    suppliers = list(session.scalars(select(Supplier).order_by(Supplier.id)))
    for supplier in suppliers[:MAILED]:
        facts = SupplierFacts(
            supplier.code,
            supplier.name_th,
            supplier.name_en,
            supplier.usual_delay_days,
            f"orders@{supplier.code.lower()}.example",
            ORDER_COST_MINOR,
        )
        put_supplier(session, facts, by=cast.managers[0], now=now)
    session.flush()
    measure(session, [one.id for one in suppliers], business_day(now))
    session.flush()
    ids = session.scalars(select(Product.id).where(Product.active).order_by(Product.id)).all()
    _orders(session, cast, suppliers, ids)
    planning.plan_products(session, ids, now)
    proposing.propose(session, ids, now)
    query = select(Proposal).where(Proposal.state == ProposalState.OPEN, Proposal.supplier_id.is_not(None))
    proposals = list(session.scalars(query.order_by(Proposal.need_by, Proposal.id)))
    drafted, refused, others = proposals[:2], proposals[2:3], proposals[3:]
    if drafted:
        proposing.accept(session, [Choice(one, one.wanted) for one in drafted], by=by, now=now)
    if refused:
        proposing.refuse(session, refused, REFUSAL, by=by, now=now)
    _send_most(session, cast, others)


def _send_most(session: Session, cast: Cast, proposals: Sequence[Proposal]) -> None:
    """Of the other proposals a few wait for a decision, urgent ones and others; the rest was ordered this morning."""
    waiting = set(proposals[:: -(-len(proposals) // WAITING) or 1])
    going = [Choice(one, one.wanted) for one in proposals if one not in waiting]
    if not going:
        return
    by, now = cast.staff[0], cast.now
    for order in proposing.accept(session, going, by=by, now=now):
        purchasing.send(session, order, business_day(now) + PROMISED, by=by, now=now)


def _orders(session: Session, cast: Cast, suppliers: Sequence[Supplier], product_ids: Sequence[int]) -> None:
    """An order that came whole, one that is late, one moved to another day, one cut short, and one cancelled."""
    place = session.scalars(select(Warehouse).order_by(Warehouse.main.desc(), Warehouse.id)).first()
    found = select(Product).where(
        Product.id.in_(product_ids), Product.unit_cost.is_not(None), Product.tracking == "none"
    )
    products = list(session.scalars(found.order_by(Product.id).limit(10)))
    if place is None or len(products) < 10 or len(suppliers) < 5:
        return
    by = cast.staff[0]
    made = []
    for n, (began, promised) in enumerate(((30, 9), (16, 12), (9, 8), (24, 10), (14, 20))):
        now = cast.now - timedelta(days=began)
        lines = [
            Line(one, 24 * (1 + k), unit_price(one.unit_cost) if one.unit_cost else None)
            for k, one in enumerate(products[2 * n : 2 * n + 2])
        ]
        order = purchasing.draft(session, suppliers[n], place, lines, by=by, now=now)
        day = business_day(now) + timedelta(days=promised)
        purchasing.send(session, order, day, by=by, now=now)
        made.append(order)
    _came(session, cast, made[0], 20, whole=True)
    told = cast.now - timedelta(days=3)
    later = {made[2].lines[0].id: business_day(cast.now) + timedelta(days=6)}
    purchasing.confirm(session, made[2], later, by=by, now=told)
    _came(session, cast, made[3], 11, whole=False)
    purchasing.cancel_rest(session, made[3], _open_lines(made[3]), CANCELLING, by=by, now=told)
    purchasing.cancel_rest(session, made[4], _open_lines(made[4]), CANCELLING, by=by, now=told)


def _came(session: Session, cast: Cast, order: PurchaseOrder, days_ago: int, *, whole: bool) -> None:
    now = cast.now - timedelta(days=days_ago)
    for line in order.lines:
        if line.receipt_id is not None:
            receipt = session.get_one(InboundReceipt, line.receipt_id)
            units = receipt.quantity if whole else receipt.quantity // 2
            receiving.book_in(session, receipt, units, last=whole, by=cast.staff[-1], now=now)


def _open_lines(order: PurchaseOrder) -> list[int]:
    return [line.id for line in order.lines]
