"""What may stand for a product that is short: named, ranked, changed and taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.models import Product
from inventory.standing_in import TURNED
from inventory.stockouts import Substitute, SubstituteKind
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused, Unknown

MOST_PER_UNIT = 1000
MOST_RANK = 99
LONGEST_REASON = 200


class Verb(StrEnum):
    """Acts on substitutes, for the audit trail."""

    NAMED = "substitute.named"
    CHANGED = "substitute.changed"
    TAKEN_BACK = "substitute.taken_back"


@dataclass(frozen=True)
class SubstituteFacts:
    """How one product stands for another: `per_unit` units of it for each `for_units`; `two_way` the other way as well.

    The lowest `rank` comes first where nothing else tells two apart.
    """

    rank: int
    per_unit: int
    kind: str
    valid_from: date
    valid_until: date | None = None
    for_units: int = 1
    two_way: bool = False
    reason_th: str = ""
    reason_en: str = ""


def get_substitute(session: Session, substitute_id: int) -> Substitute:
    """A substitute with both its products; raises Unknown when there is none."""
    query = select(Substitute).where(Substitute.id == substitute_id)
    sides = (joinedload(Substitute.product), joinedload(Substitute.stands_in))
    found = session.scalars(query.options(*sides)).one_or_none()
    if found is None:
        raise Unknown(f"substitute {substitute_id}")
    return found


def put_substitute(
    session: Session,
    product: Product,
    stands_in: Product,
    facts: SubstituteFacts,
    *,
    by: User | None,
    now: datetime,
) -> Substitute:
    """Let one product stand for another, or change how it does: each pair is named once.

    Refused for a product itself, for one that is not sold, for figures that cannot be, and where the other way round is
    named for itself and one of the two is to stand both ways.
    """
    _check(product, stands_in, facts)
    # Two people naming the same pair, either way round, take turns.
    lock(session, Product, [product.id, stands_in.id])
    _refuse_named_twice(session, product, stands_in, facts)
    query = select(Substitute).where(
        Substitute.product_id == product.id, Substitute.stands_in_id == stands_in.id
    )
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    before = _said(found) if found else None
    if found is None:
        found = Substitute(product=product, stands_in=stands_in)
        session.add(found)
    for name, value in vars(facts).items():
        setattr(found, name, value.strip() if isinstance(value, str) else value)
    after = _said(found)
    if before != after:
        verb = Verb.CHANGED if before else Verb.NAMED
        audit.record(
            session,
            verb,
            "product",
            product.sku,
            by=by,
            now=now,
            before=before,
            after={"stands_in": stands_in.sku, **after},
        )
    session.flush()  # who names it again in this act finds it
    return found


def remove_substitute(session: Session, substitute: Substitute, *, by: User | None, now: datetime) -> None:
    """A product stands for another no more; offers already made go on."""
    there = lock(session, Substitute, [substitute.id])
    if not there:
        raise Refused(N_("Somebody has already taken this substitute back."))
    fresh = there[0]
    audit.record(
        session,
        Verb.TAKEN_BACK,
        "product",
        fresh.product.sku,
        by=by,
        now=now,
        before={"stands_in": fresh.stands_in.sku, **_said(fresh)},
    )
    session.delete(fresh)


def _check(product: Product, stands_in: Product, facts: SubstituteFacts) -> None:
    if product.id == stands_in.id:
        raise Refused(N_("A product cannot stand for itself."), field="stands_in")
    if not stands_in.active:
        raise Refused(N_("%(sku)s is not sold any more."), field="stands_in", sku=stands_in.sku)
    if not 1 <= facts.rank <= MOST_RANK:
        raise Refused(N_("The rank is between 1 and %(most)s."), field="rank", most=MOST_RANK)
    if not 1 <= facts.per_unit <= MOST_PER_UNIT:
        raise Refused(
            N_("Between 1 and %(most)s units stand for the others."), field="per_unit", most=MOST_PER_UNIT
        )
    if not 1 <= facts.for_units <= MOST_PER_UNIT:
        raise Refused(
            N_("They stand for between 1 and %(most)s units."), field="for_units", most=MOST_PER_UNIT
        )
    if facts.kind not in set(SubstituteKind):
        raise Refused(N_("Say how the substitute compares."), field="kind")
    if facts.two_way and facts.kind not in TURNED:
        raise Refused(
            N_("The other way round it would be worse, so a better product stands one way only."),
            field="two_way",
        )
    if facts.valid_until is not None and facts.valid_until < facts.valid_from:
        raise Refused(N_("The last day lies before the first."), field="valid_until")
    for name in ("reason_th", "reason_en"):
        if len(getattr(facts, name)) > LONGEST_REASON:
            raise Refused(N_("This is longer than %(most)s characters."), field=name, most=LONGEST_REASON)


def _refuse_named_twice(
    session: Session, product: Product, stands_in: Product, facts: SubstituteFacts
) -> None:
    """Refuse a pair of which one way would be named twice: by itself, and by the other that stands both ways."""
    query = select(Substitute).where(
        Substitute.product_id == stands_in.id, Substitute.stands_in_id == product.id
    )
    back = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if back is None:
        return
    skus = {"sku": product.sku, "instead": stands_in.sku}
    if back.two_way:
        raise Refused(
            N_("%(sku)s and %(instead)s are named both ways already, from the page of %(instead)s."),
            field="stands_in",
            **skus,
        )
    if facts.two_way:
        raise Refused(
            N_("The way back, %(sku)s for %(instead)s, is named for itself. Take that back first."),
            field="two_way",
            **skus,
        )


def _said(one: Substitute) -> dict[str, Any]:
    return {
        "rank": one.rank,
        "per_unit": one.per_unit,
        "for_units": one.for_units,
        "two_way": one.two_way,
        "kind": str(one.kind),
        "valid_from": one.valid_from.isoformat(),
        "valid_until": one.valid_until.isoformat() if one.valid_until else None,
        "reason_th": one.reason_th,
        "reason_en": one.reason_en,
    }
