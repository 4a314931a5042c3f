"""Products and whole categories are shown to, or hidden from, one customer, one group or everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from inventory import showing
from inventory.assortment import CatalogueRule
from inventory.models import Category, Product
from portal import audit
from portal.accounts.models import User
from portal.customers.models import Customer, CustomerGroup
from portal.db import first_to_write, lock
from portal.i18n import N_
from portal.keyset import Keyset, keyset
from portal.refusal import Refused, Unknown

MOST_RULES = 200


class Verb(StrEnum):
    """Acts on what customers see, for the audit trail."""

    RULED = "catalogue_rule.set"
    LIFTED = "catalogue_rule.lifted"


@dataclass(frozen=True)
class For:
    """Whom a rule is for: one customer, one group, or everybody when neither is given."""

    customer: Customer | None = None
    group: CustomerGroup | None = None

    @property
    def told(self) -> str:
        """How the audit trail names them."""
        if self.customer:
            return self.customer.code
        return f"group {self.group.code}" if self.group else "everybody"


@dataclass(frozen=True)
class Seen:
    """What a company sees of the catalogue, counted: products on sale, and how many of them are hidden from it."""

    shown: int
    hidden: int


def set_rule(
    session: Session, subject: Product | Category, whom: For, *, shown: bool, by: User, now: datetime
) -> bool:
    """Show a product or a category to somebody, or hide it from them; says whether that is new.

    Refused where somebody else makes a rule of the same for the same at this moment.
    """
    session.flush()  # a product or category that was just added gets its id
    known = select(CatalogueRule).where(*_exactly(subject, whom)).with_for_update(key_share=True)
    rule = session.scalars(known.execution_options(populate_existing=True)).one_or_none()
    if rule is not None and rule.shown == shown:
        return False
    before = {"shown": rule.shown} if rule else None
    if rule is None:
        rule = CatalogueRule(customer=whom.customer, group=whom.group, shown=shown, made_at=now)
        if isinstance(subject, Product):
            rule.product = subject
        else:
            rule.category = subject
        faster = N_("Somebody else has just made a rule for the same. Please look again.")
        with first_to_write(session, Refused(faster, field="shown")):
            session.add(rule)
            session.flush()
    else:
        rule.shown, rule.made_at = shown, now
    after = {"for": whom.told, "shown": shown}
    audit.record(session, Verb.RULED, *_named(subject), by=by, now=now, before=before, after=after)
    return True


def lift_rule(session: Session, rule: CatalogueRule, *, by: User, now: datetime) -> None:
    """Take a rule away, so that what is less close holds again; refused when somebody else did."""
    there = lock(session, CatalogueRule, [rule.id])
    subject = rule.product or rule.category
    if not there or subject is None:
        raise Refused(N_("This rule was taken away already."))
    before = {"for": For(rule.customer, rule.group).told, "shown": rule.shown}
    session.delete(rule)
    audit.record(session, Verb.LIFTED, *_named(subject), by=by, now=now, before=before)


def get_rule(session: Session, rule_id: int) -> CatalogueRule:
    """The rule of this id with all that it is about; raises Unknown when there is none."""
    found = session.scalars(select(CatalogueRule).where(CatalogueRule.id == rule_id).options(*_sides()))
    rule = found.one_or_none()
    if rule is None:
        raise Unknown(f"no catalogue rule {rule_id}")
    return rule


def rule_page(
    session: Session, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[CatalogueRule]:
    """A page of all rules, the newest first."""
    query = select(CatalogueRule).options(*_sides())
    return keyset(session, query, CatalogueRule.id, older_than=older_than, newer_than=newer_than)


def rules_about(session: Session, subject: Product | Category) -> Sequence[CatalogueRule]:
    """The rules that decide who sees a product (with those of its category) or a category, the closest first."""
    about: ColumnElement[bool]
    if isinstance(subject, Category):
        about = CatalogueRule.category_id == subject.id
    elif subject.category_id is None:
        about = CatalogueRule.product_id == subject.id
    else:
        about = or_(CatalogueRule.product_id == subject.id, CatalogueRule.category_id == subject.category_id)
    query = select(CatalogueRule).where(about).options(*_sides())
    return session.scalars(query.order_by(showing.WEIGHT.desc(), CatalogueRule.id).limit(MOST_RULES)).all()


def rules_for(session: Session, customer: Customer) -> Sequence[CatalogueRule]:
    """The rules made for a company itself and for its group, the closest first."""
    own = CatalogueRule.customer_id == customer.id
    if customer.group_id is not None:
        own = or_(own, CatalogueRule.group_id == customer.group_id)
    query = select(CatalogueRule).where(own).options(*_sides())
    return session.scalars(query.order_by(showing.WEIGHT.desc(), CatalogueRule.id).limit(MOST_RULES)).all()


def seen_by(session: Session, customer: Customer) -> Seen:
    """How much of what is sold a company sees; one query."""
    shown = showing.shown_to(customer.id, customer.group_id)
    query = select(func.count(Product.id).filter(shown), func.count(Product.id).filter(~shown))
    there, hidden = session.execute(query.where(Product.active)).one()
    return Seen(there, hidden)


def _exactly(subject: Product | Category, whom: For) -> list[Any]:
    product_id = subject.id if isinstance(subject, Product) else None
    category_id = subject.id if isinstance(subject, Category) else None
    return [
        CatalogueRule.product_id.is_not_distinct_from(product_id),
        CatalogueRule.category_id.is_not_distinct_from(category_id),
        CatalogueRule.customer_id.is_not_distinct_from(whom.customer.id if whom.customer else None),
        CatalogueRule.group_id.is_not_distinct_from(whom.group.id if whom.group else None),
    ]


def _named(subject: Product | Category) -> tuple[str, str]:
    if isinstance(subject, Product):
        return "product", subject.sku
    return "category", subject.code


def _sides() -> list[Any]:
    return [
        joinedload(CatalogueRule.product),
        joinedload(CatalogueRule.category),
        joinedload(CatalogueRule.customer),
        joinedload(CatalogueRule.group),
    ]
