"""Finding companies by code, name, tax ID or province; spaces, case and Thai tone marks make no difference."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from portal.customers.models import Address, Customer
from portal.customers.provinces import provinces
from portal.keyset import Keyset, keyset
from portal.refusal import Unknown

_DROPPED = (" ", "-", ".", "็", "่", "้", "๊", "๋", "์")  # fmt: skip
_DROP = re.compile("[" + re.escape("".join(_DROPPED)) + "]")


@dataclass(frozen=True)
class Filter:
    """What a list of companies is narrowed to."""

    text: str = ""
    kind: str = ""
    tier: str = ""
    province: str = ""


def company_page(
    session: Session, narrowed: Filter, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[Customer]:
    """A page of the companies that fit, by code."""
    return keyset(
        session,
        _narrowed(select(Customer), narrowed).options(selectinload(Customer.addresses)),
        Customer.id,
        by=Customer.code,
        rising=True,
        older_than=older_than,
        newer_than=newer_than,
    )


def count_companies(session: Session, narrowed: Filter) -> int:
    """How many companies fit."""
    fitting = _narrowed(select(Customer), narrowed).subquery()
    return session.scalar(select(func.count()).select_from(fitting)) or 0


def find_companies(session: Session, text: str, limit: int = 8) -> list[Customer]:
    """The first companies that a text finds."""
    return list(
        session.scalars(_narrowed(select(Customer), Filter(text)).order_by(Customer.code).limit(limit))
    )


def any_company(session: Session) -> bool:
    """Whether there is any company at all."""
    return session.scalar(select(Customer.id).limit(1)) is not None


def get_company(session: Session, code: str) -> Customer:
    """The company of a code with its addresses; raises Unknown when there is none."""
    query = select(Customer).where(Customer.code == code).options(selectinload(Customer.addresses))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Unknown(f"company {code}")
    return found


def _narrowed(query: Select[Any], narrowed: Filter) -> Select[Any]:
    wanted = _folded(narrowed.text)
    if wanted:
        columns = (Customer.code, Customer.name_th, Customer.name_en, Customer.tax_id)
        named = [
            code for code, p in provinces().items() if wanted in {_folded(p.name_th), _folded(p.name_en)}
        ]
        query = query.where(
            or_(
                *(_folding(column).contains(wanted, autoescape=True) for column in columns),
                _in_provinces(named),
            )
        )
    if narrowed.kind:
        query = query.where(Customer.kind == narrowed.kind)
    if narrowed.tier:
        query = query.where(Customer.tier == narrowed.tier)
    if narrowed.province:
        query = query.where(_in_provinces([narrowed.province]))
    return query


def _in_provinces(codes: list[str]) -> ColumnElement[bool]:
    return exists().where(Address.customer_id == Customer.id, Address.province.in_(codes))


def _folded(text: str) -> str:
    return _DROP.sub("", text).lower()


def _folding(column: Any) -> ColumnElement[str]:
    folded = func.lower(column)
    for mark in _DROPPED:
        folded = func.replace(folded, mark, "")
    return folded
