"""A customer company is taken on, and its particulars kept up to date."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.th import tin

from portal import audit
from portal.accounts.models import User
from portal.customers.models import Address, Customer
from portal.customers.provinces import find_province
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts on companies, for the audit trail."""

    REGISTERED = "customer.registered"
    CHANGED = "customer.changed"


CLASSES = range(1, 10)
USUAL_CLASS = 5


@dataclass(frozen=True)
class Particulars:
    """What is known of a company; `code` is how the distributor calls it for ever.

    When goods are scarce those of a lower `allocation_class` are served first.
    """

    code: str
    name_th: str
    name_en: str
    kind: str
    tier: str = "standard"
    tax_id: str | None = None
    branch: str | None = None
    language: str = "th"
    currency: str = "THB"
    phone: str | None = None
    email: str | None = None
    contact: str | None = None
    address_th: str = ""
    address_en: str = ""
    province: str | None = None
    postcode: str | None = None
    country: str = "TH"
    allocation_class: int = USUAL_CLASS


_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789", " -")
OF_ADDRESS = {
    "address_th": "line_th",
    "address_en": "line_en",
    "province": "province",
    "postcode": "postcode",
    "country": "country",
}
"""Particulars that belong to the delivery address, and the column each is kept in."""

OF_COMPANY = tuple(field.name for field in fields(Particulars) if field.name not in OF_ADDRESS)
"""Particulars that belong to the company itself."""


def register(session: Session, facts: Particulars, *, by: User | None, now: datetime) -> Customer:
    """A new company with its delivery address.

    Refuses a code that is taken, a Thai tax ID whose check digit is wrong, a province that does not exist, and an
    allocation class other than 1 to 9.
    """
    facts = _checked(facts)
    if session.scalar(select(Customer.id).where(Customer.code == facts.code)):
        raise Refused(N_("The customer code %(code)s is already in use."), field="code", code=facts.code)
    values, place = _split(facts)
    customer = Customer(**values, created_at=now)
    if place["line_th"] or place["line_en"]:
        customer.addresses.append(Address(**place))
    session.add(customer)
    audit.record(session, Verb.REGISTERED, "customer", facts.code, by=by, now=now, after=asdict(facts))
    return customer


def change(
    session: Session,
    customer: Customer,
    facts: Particulars,
    *,
    reclassing: Sequence[Callable[[Session, Customer], None]] = (),
    by: User | None,
    now: datetime,
) -> bool:
    """Bring a company's particulars up to date; says whether anything changed. The code and currency stay.

    With another allocation class what the rooms keep by it follows (`reclassing`). Refuses what `register` refuses.
    """
    values, place = _split(_checked(facts))
    del values["code"], values["currency"]
    before = _bring_up_to_date(customer, values)
    after = {name: values[name] for name in before}
    if "allocation_class" in before:
        for follow in reclassing:
            follow(session, customer)
    if place["line_th"] or place["line_en"]:
        address = customer.ship_to
        if address is None:
            customer.addresses.append(Address(**place))
            after |= place
        else:
            moved = _bring_up_to_date(address, place)
            before |= moved
            after |= {name: place[name] for name in moved}
    if after:
        audit.record(
            session, Verb.CHANGED, "customer", customer.code, by=by, now=now, before=before, after=after
        )
    return bool(after)


def _checked(facts: Particulars) -> Particulars:
    tax_id = (facts.tax_id or "").translate(_ARABIC) or None
    thai = facts.country == "TH"
    if thai and tax_id and re.fullmatch(r"[0-9]{13}", tax_id) and not tin.is_valid(tax_id):
        raise Refused(N_("The check digit of this tax ID is wrong; please compare it again."), field="tax_id")
    if thai and facts.province and find_province(facts.province) is None:
        raise Refused(N_("There is no province %(province)s."), field="province", province=facts.province)
    if facts.allocation_class not in CLASSES:
        raise Refused(N_("An allocation class is a number from 1 to 9."), field="allocation_class")
    return replace(facts, tax_id=tax_id)


def _split(facts: Particulars) -> tuple[dict[str, Any], dict[str, Any]]:
    """What belongs to the company, and what to its address."""
    values = asdict(facts)
    return values, {column: values.pop(name) for name, column in OF_ADDRESS.items()}


def _bring_up_to_date(row: object, values: dict[str, Any]) -> dict[str, Any]:
    """Write what differs; gives what stood there before."""
    before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    for name in before:
        setattr(row, name, values[name])
    return before
