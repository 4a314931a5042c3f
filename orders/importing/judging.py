"""What one row of past orders means: a line of an order, a line of a credit, or nothing that can be booked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from orders.importing.fields import HEADS
from portal.i18n import N_
from portal.importing.kinds import Given, Row, Worth
from portal.money import BASIS_POINTS, line_amount, tax_amount
from portal.refusal import Refused

MOST_MINOR = 9 * 10**15
"""Largest amount of a line, in minor units; thousands of such lines still fit their order's total."""

Content = tuple[str, int, Decimal, int]
Complaint = tuple[str, str, dict[str, object]]
"""The field to blame, the reason as msgid, and its params."""


@dataclass(slots=True)
class Line:
    """A row that can be booked. `number` has the prefix; quantity and amounts are positive, of a credit too."""

    row: Row
    number: str
    credit: bool
    sku: str
    description: str
    quantity: int
    unit_price: Decimal
    discount_bp: int
    vat_rate_bp: int
    net_minor: int
    vat_minor: int
    currency: str
    customer: str
    customer_name: str
    ordered_at: datetime
    promised_on: date | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    facts: Mapping[str, Any]

    def content(self, sku: str) -> Content:
        """What tells a line of a document from the others, `sku` being the product's own code."""
        # A credit line keeps no discount in the database; its net amount says the same.
        return sku, self.quantity, self.unit_price, self.net_minor if self.credit else self.discount_bp

    @property
    def travel(self) -> tuple[datetime | None, bool]:
        """When the line was shipped, and whether it was delivered."""
        return self.shipped_at, self.delivered_at is not None

    def key(self, content: Content) -> bytes:
        """Document and content in a few bytes, for counting how often they came."""
        return blake2b(repr((self.credit, self.number, content)).encode(), digest_size=12).digest()


def worth(sheet: str, values: Mapping[str, Any], given: Given) -> Worth:
    """What a row is worth: price x quantity less its discount, unrounded; a row of an order, nothing."""
    if sheet == HEADS:
        return "", Decimal(0)
    currency = values.get("currency") or given.options["currency"]
    price, quantity = values.get("unit_price"), values.get("quantity")
    if price is None or quantity is None:
        return currency, Decimal(0)
    discount = values.get("discount", 0)
    return currency, price * quantity * (
        BASIS_POINTS - discount
    ) / BASIS_POINTS if discount else price * quantity


def check(given: Given) -> None:
    """Refuse a mapping in which nothing tells when an order was placed, or whose it is."""
    where = HEADS if HEADS in given.mappings else "lines"
    if not given.maps("ordered_at"):
        raise Refused(
            N_("Choose the column that tells when the order was placed."), field=f"{where}__ordered_at"
        )
    if not given.maps("customer") and not given.options["company"]:
        raise Refused(
            N_("Choose the column with the customer code, or name a company for rows without one."),
            field=f"{where}__customer",
        )


def judge(row: Row, head: Mapping[str, Any] | None, given: Given) -> Line | Complaint:
    """The line that a row means together with the row of its order, or why it cannot be booked."""
    facts: Mapping[str, Any] = row.values if head is None else _together(row.values, head)
    options = given.options
    written, quantity, price = facts["order_no"], facts["quantity"], facts["unit_price"]
    customer = facts.get("customer") or options["company"]
    if not customer:
        return "customer", N_("No customer is named."), {}
    if facts.get("ordered_at") is None:
        return "ordered_at", N_("It is not said when the order was placed."), {}
    if quantity == 0:
        return "quantity", N_("The quantity is zero."), {}
    credit = quantity < 0
    if credit and not (options["credit_letter"] and written.upper().startswith(options["credit_letter"])):
        return "quantity", N_("The quantity is negative, but the document is not a credit."), {}
    if price <= 0:
        return "unit_price", N_("The price is not above zero."), {}
    shipped_at, delivered_at = facts.get("shipped_at"), facts.get("delivered_at")
    if delivered_at and shipped_at and delivered_at < shipped_at:
        return "delivered_at", N_("The delivery comes before the shipping."), {}
    currency, bp = facts.get("currency") or options["currency"], facts.get("discount") or 0
    net = line_amount(price, abs(quantity), currency, discount_bp=bp)
    if net > MOST_MINOR:
        return "unit_price", N_("The amount of the line is too large."), {}
    return Line(
        row=row,
        number=options["prefix"] + written,
        credit=credit,
        sku=facts["sku"],
        description=facts.get("description") or "",
        quantity=abs(quantity),
        unit_price=price,
        discount_bp=bp,
        vat_rate_bp=options["vat"],
        net_minor=net,
        vat_minor=tax_amount(net, options["vat"]) if options["vat"] else 0,
        currency=currency,
        customer=customer,
        customer_name=facts.get("customer_name") or "",
        ordered_at=facts["ordered_at"],
        promised_on=facts.get("promised_on"),
        shipped_at=shipped_at or delivered_at,
        delivered_at=delivered_at,
        facts=facts,
    )


def _together(line: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, Any]:
    """What the row says, and what its order's row says where it is silent."""
    return {**head, **{key: value for key, value in line.items() if value is not None}}
