"""The acts on a return, and what there is to count after them."""

from sqlalchemy import func, select

from aftersales import deciding, inspecting, receiving, requesting, settling
from aftersales.inspecting import Finding
from aftersales.models import Disposition, Remedy, Return, ReturnLine, ReturnReason
from aftersales.receiving import Arrived
from aftersales.requesting import Asked
from inventory.identities import IdentityBalance, IdentityMove
from inventory.stock import Movement
from orders.models import Order
from orders.shipments import CreditNote
from policies.promises import Promise
from portal.audit import AuditEntry
from portal.db import transaction
from portal.outbox import Notice

DAMAGED, UNWANTED, RECALLED = ReturnReason.DAMAGED, ReturnReason.NOT_NEEDED, ReturnReason.RECALLED
CREDIT, REPLACEMENT = Remedy.CREDIT, Remedy.REPLACEMENT
RESTOCK, SCRAP = Disposition.RESTOCK, Disposition.SCRAP
TO_SUPPLIER, TO_CUSTOMER = Disposition.RETURN_TO_SUPPLIER, Disposition.RETURN_TO_CUSTOMER
TABLES = (Return, ReturnLine, CreditNote, Order, Movement, IdentityMove, Promise, Notice, AuditEntry)


def counts(session):
    return [session.scalar(select(func.count()).select_from(table)) for table in TABLES]


def ask(session, world, order, quantity, *, reason=UNWANTED, remedy=CREDIT, numbers=None, at=None, n=1):
    with transaction(session):
        asked = [Asked(n, quantity, reason, numbers=numbers or {})]
        return requesting.ask(session, order, asked, remedy, "note", by=world.buyer, now=at or world.now)


def authorise(session, world, found, at=None):
    with transaction(session):
        deciding.authorise(session, found, by=world.staff, now=at or world.now)


def receive(session, world, found, *units, numbers=None, at=None):
    arrived = [Arrived(line.id, count, numbers or {}) for line, count in zip(found.lines, units, strict=True)]
    with transaction(session):
        receiving.receive(session, found, arrived, by=world.staff, now=at or world.now)


def inspect(session, world, found, *ways, at=None):
    (line,) = found.lines
    findings = [Finding(line.id, way, count) for way, count in ways]
    with transaction(session):
        inspecting.inspect(session, found, findings, by=world.staff, now=at or world.now)


def settle(session, world, found, remedy=None, at=None):
    with transaction(session):
        settling.settle(session, found, remedy, by=world.staff, now=at or world.now)


def places(session):
    query = select(IdentityBalance.keeping, func.sum(IdentityBalance.quantity)).where(
        IdentityBalance.quantity > 0
    )
    return dict(session.execute(query.group_by(IdentityBalance.keeping)).all())
