"""Whose the rows are and what they name: companies and products found, or made where that was asked for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import goods
from inventory.cataloguing import upsert_products
from inventory.goods import ProductFacts
from inventory.models import Product
from orders.importing.judging import Line
from portal.customers.registering import Particulars
from portal.customers.taking_on import known_ids, take_on
from portal.i18n import N_
from portal.importing.kinds import Given
from portal.importing.telling import Told
from portal.refusal import Refused

_THAI = re.compile("[\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Goods:
    """A product as an order line copies it."""

    id: int
    sku: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str


@dataclass(frozen=True, slots=True)
class Parties:
    """Companies by code and products by the code the file uses."""

    companies: Mapping[str, int]
    products: Mapping[str, Goods]


def find_parties(session: Session, lines: Sequence[Line], given: Given) -> Parties:
    """The companies and products of these lines; unknown ones are made only where the run was told to."""
    companies = known_ids(session, [line.customer for line in lines])
    products = find_goods(session, {line.sku for line in lines})
    if given.options["add"]:
        companies |= take_on(session, _new_companies(lines, companies, given), by=given.by, now=given.now)
        new = _new_products(lines, products)
        if new:
            upsert_products(session, new, by=given.by, now=given.now)
            products |= find_goods(session, {one.sku for one in new})
    return Parties(companies, products)


def known(lines: Sequence[Line], parties: Parties, told: Told) -> list[Line]:
    """The lines of which both company and product are known; the others are reported."""
    left = []
    for line in lines:
        if line.customer not in parties.companies:
            told.reported(
                line.row, "customer", N_("There is no company with the code %(code)s."), code=line.customer
            )
        elif line.sku not in parties.products:
            told.reported(line.row, "sku", N_("There is no product with the code %(code)s."), code=line.sku)
        else:
            left.append(line)
    return left


def find_goods(session: Session, skus: Iterable[str]) -> dict[str, Goods]:
    """Products by the code asked for, whether it is kept in the same letters, in capitals or in small ones."""
    asked = set(skus)
    query = select(
        Product.id, Product.sku, Product.name_th, Product.name_en, Product.unit_th, Product.unit_en
    ).where(Product.sku.in_(asked | {sku.lower() for sku in asked}))
    found = {row.sku: Goods(*row) for row in session.execute(query)}
    matched = {sku: found.get(sku) or found.get(sku.lower()) for sku in asked}
    return {sku: goods for sku, goods in matched.items() if goods is not None}


def in_both_languages(text: str) -> tuple[str, str]:
    """A name as Thai and English: the one it is written in, the other left to be found out."""
    return ("", text) if text.isascii() or not _THAI.search(text) else (text, "")


def _new_companies(lines: Sequence[Line], there: Mapping[str, int], given: Given) -> list[Particulars]:
    new: dict[str, Particulars] = {}
    for line in lines:
        if line.customer in there or (line.customer in new and not line.customer_name):
            continue
        name = line.customer_name or line.facts.get("ship_name") or line.customer
        country = line.facts.get("country") or ("TH" if line.currency == "THB" else "")
        new.setdefault(
            line.customer,
            Particulars(
                code=line.customer,
                name_th=name,
                name_en=name,
                kind="wholesale",
                language="th" if line.currency == "THB" else "en",
                currency=line.currency,
                country=country,
            ),
        )
    return list(new.values())


def _new_products(lines: Sequence[Line], there: Mapping[str, Goods]) -> list[ProductFacts]:
    """Products as the first row that describes each one calls it, or by their code if none does."""
    described: dict[str, str] = {}
    for line in lines:
        if line.sku not in there and not described.get(line.sku):
            described[line.sku] = line.description
    facts = []
    for sku, description in described.items():
        name_th, name_en = in_both_languages(description or sku)
        one = ProductFacts(sku=sku, name_th=name_th, name_en=name_en)
        try:
            goods.check(one)
        except Refused:
            continue  # a code that no product can have: its rows are reported as of an unknown product
        facts.append(one)
    return facts
