"""Rows of files of past orders, and what is booked of them."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.models import Product
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import CreditLine, CreditNote, Shipment
from policies.promises import Promise, PromiseEvent
from portal.audit import AuditEntry
from portal.customers.models import Customer

HEADERS = ("Invoice No", "StockCode", "Description", "Quantity", "Invoice Date", "Unit Price", "Customer ID")
KNOWN = {"add": "1", "currency": "THB"}


def line(
    number: str, sku: str, quantity: object, price: object, customer: str = "C9", day: str = "2026-01-05"
) -> tuple:
    return number, sku, f"Thing {sku}", quantity, day, price, customer


def counts(session: Session) -> dict[str, int]:
    tables = (
        Order,
        OrderLine,
        ScheduleLine,
        CreditNote,
        CreditLine,
        Promise,
        PromiseEvent,
        Shipment,
        Customer,
        Product,
        AuditEntry,
    )
    return {
        model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in tables
    }
