"""Price lists are made, given to whom and for when they hold, and copied."""

from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from inventory.mistyped_years import refuse_mistyped
from inventory.models import Price, PriceList
from inventory.pricing import Verb as Pricing
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer, CustomerGroup, Tier
from portal.db import first_to_write, lock
from portal.i18n import N_
from portal.importing.identifiers import is_currency
from portal.refusal import Refused

ADDRESS_WORDS = frozenset({"new", ".", ".."})
LONGEST_CODE, LONGEST_NAME = 40, 120
MOST_YEARS = 10
"""Nobody agrees on prices for so long, so that a day further away is mistyped."""


class Verb(StrEnum):
    """Acts on price lists, for the audit trail."""

    CHANGED = "price_list.changed"
    COPIED = "price_list.copied"


@dataclass(frozen=True)
class ListFacts:
    """What is said of a price list: for one customer or one group (by code), else for a tier; both days included."""

    code: str
    currency: str = "THB"
    name_th: str = ""
    name_en: str = ""
    tier: str = Tier.STANDARD.value
    customer: str = ""
    group: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


def make_list(session: Session, facts: ListFacts, *, by: User, now: datetime) -> PriceList:
    """A new, empty price list.

    Refused for a code that is taken, for somebody unknown, when it ends before it begins, and when another list for
    the same customers begins on the same day, for then neither would win; also for days that cannot be meant, and when
    it would have ended already.
    """
    _check_code(session, facts.code)
    if len(facts.currency) != 3 or not facts.currency.isalpha() or not facts.currency.isupper():
        raise Refused(N_("A currency has three capital letters, such as THB."), field="currency")
    if not is_currency(facts.currency):
        raise Refused(N_("There is no currency %(code)s."), field="currency", code=facts.currency)
    held = _held(session, facts, business_day(now))
    if facts.valid_until is not None and facts.valid_until < business_day(now):
        raise Refused(N_("This list would have ended already. Please check the year."), field="valid_until")
    _refuse_equal(session, facts.currency, held, None)
    made = PriceList(code=facts.code, currency=facts.currency, **held)
    with _first_to_take(session):
        session.add(made)
        session.flush()  # prices name it by its id
    audit.record(session, Pricing.LIST_MADE, "price_list", made.code, by=by, now=now, after=_told(facts))
    return made


def change_list(
    session: Session, price_list: PriceList, facts: ListFacts, *, by: User, now: datetime
) -> bool:
    """Give a list other names, customers or days; says whether anything changed. Its code and currency stay.

    Refused as making it would be. Orders keep the prices that they were placed at.
    """
    (found,) = lock(session, PriceList, [price_list.id])
    held = _held(session, facts, business_day(now))
    _refuse_equal(session, found.currency, held, found.id)
    changes = {name: value for name, value in held.items() if getattr(found, name) != value}
    before = {name: _plain(getattr(found, name)) for name in changes}
    with _first_to_take(session):
        for name, value in changes.items():
            setattr(found, name, value)
        session.flush()
    if changes:
        after = {name: _plain(value) for name, value in changes.items()}
        audit.record(
            session, Verb.CHANGED, "price_list", found.code, by=by, now=now, before=before, after=after
        )
    return bool(changes)


def copy_list(session: Session, source: PriceList, facts: ListFacts, *, by: User, now: datetime) -> PriceList:
    """A new list with all the prices of another, in its currency; refused as making one is."""
    made = make_list(session, ListFacts(**(asdict(facts) | {"currency": source.currency})), by=by, now=now)
    columns = ("price_list_id", "product_id", "from_units", "unit_price")
    rows = select(literal(made.id), Price.product_id, Price.from_units, Price.unit_price)
    session.execute(insert(Price).from_select(columns, rows.where(Price.price_list_id == source.id)))
    after = {"from": source.code, "prices": _count(session, made)}
    audit.record(session, Verb.COPIED, "price_list", made.code, by=by, now=now, after=after)
    return made


def _first_to_take(session: Session) -> AbstractContextManager[None]:
    """Write a list; refused, writing nothing, where somebody else has just taken its code or its place."""
    taken = N_(
        "Somebody else has just used this code, or made a list for the same customers. Please look again."
    )
    return first_to_write(session, Refused(taken, field="code"))


def _check_code(session: Session, code: str) -> None:
    if not code or code != code.strip() or not code.isprintable() or "/" in code:
        raise Refused(
            N_("A price list needs a code without spaces around it and without slashes."), field="code"
        )
    if len(code) > LONGEST_CODE:
        raise Refused(N_("This is longer than %(most)s characters."), field="code", most=LONGEST_CODE)
    if code.lower() in ADDRESS_WORDS:
        raise Refused(N_("%(code)s cannot be the code of a price list."), field="code", code=code)
    taken = session.scalar(select(PriceList.code).where(func.lower(PriceList.code) == code.lower()).limit(1))
    if taken is not None:  # files name lists without regard to capitals
        raise Refused(N_("The code %(code)s is already in use."), field="code", code=taken)


def _held(session: Session, facts: ListFacts, today: date) -> dict[str, Any]:
    """The facts as the list keeps them; a name given in one language stands for both."""
    if facts.customer and facts.group:
        raise Refused(N_("A list is for one customer or for one group, not for both."), field="group")
    if facts.tier not in set(Tier):
        raise Refused(N_("%(value)s is no tier."), field="tier", value=facts.tier)
    for name in ("valid_from", "valid_until"):
        refuse_mistyped(getattr(facts, name), today, most_years=MOST_YEARS, field=name)
    if facts.valid_from and facts.valid_until and facts.valid_until < facts.valid_from:
        raise Refused(N_("A list cannot end before it begins."), field="valid_until")
    customer_id = _one(session, Customer, facts.customer, N_("There is no customer %(code)s."), "customer")
    group_id = _one(session, CustomerGroup, facts.group, N_("There is no group %(code)s."), "group")
    for_some = customer_id is not None or group_id is not None
    return {
        "name_th": (facts.name_th or facts.name_en).strip()[:LONGEST_NAME],
        "name_en": (facts.name_en or facts.name_th).strip()[:LONGEST_NAME],
        "tier": Tier.STANDARD.value if for_some else facts.tier,
        "customer_id": customer_id,
        "group_id": group_id,
        "valid_from": facts.valid_from,
        "valid_until": facts.valid_until,
    }


def _one(
    session: Session, model: type[Customer] | type[CustomerGroup], code: str, unknown: str, field: str
) -> int | None:
    if not code.strip():
        return None
    found = session.scalar(select(model.id).where(model.code == code.strip()))
    if found is None:
        raise Refused(unknown, field=field, code=code.strip())
    return int(found)


def _refuse_equal(session: Session, currency: str, held: dict[str, Any], own_id: int | None) -> None:
    query = select(PriceList.code).where(
        PriceList.currency == currency,
        PriceList.tier == held["tier"],
        PriceList.customer_id.is_not_distinct_from(held["customer_id"]),
        PriceList.group_id.is_not_distinct_from(held["group_id"]),
        PriceList.valid_from.is_not_distinct_from(held["valid_from"]),
    )
    if own_id is not None:
        query = query.where(PriceList.id != own_id)
    other = session.scalar(query.limit(1))
    if other is not None:
        raise Refused(
            N_(
                "The list %(code)s is for the same customers from the same day on. Choose another first day, "
                "or change that list."
            ),
            field="valid_from",
            code=other,
        )


def _told(facts: ListFacts) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(facts).items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _count(session: Session, price_list: PriceList) -> int:
    counted = select(func.count()).select_from(Price).where(Price.price_list_id == price_list.id)
    return session.scalar(counted) or 0
