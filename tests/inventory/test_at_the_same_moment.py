"""Two people at once: what only one of them may do is done once, and the other is told."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inventory import assorting, counting_terms, drawing_counts, price_lists, pricing, showing
from inventory.assorting import For
from inventory.assortment import CatalogueRule
from inventory.counting_terms import Terms
from inventory.counts import CountingTerms, CountLine
from inventory.drawing_counts import Wanted
from inventory.models import Category, Price, PriceList, Product, Warehouse
from inventory.price_lists import ListFacts
from inventory.transfer_costs import Costs, TransferCost, Verb, set_transfer_costs
from portal.accounts.models import User
from portal.audit import AuditEntry
from portal.customers.grouping import form_group
from portal.customers.models import Customer, CustomerGroup
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import World, make_world
from tests.races import at_once

Act = Callable[[Session], object]


@pytest.fixture
def world(session, now) -> World:
    with transaction(session):
        world = make_world(session, now)
        world.product("SOAP-1", stock=9, price="10.00")
        form_group(session, "CHAIN", "เครือ", "Chain", by=world.manager, now=now)
    return world


def _soap(session: Session) -> Product:
    return session.scalars(select(Product).where(Product.sku == "SOAP-1")).one()


def _count(session: Session, model: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def _manager(session: Session, world: World) -> User:
    return session.get_one(User, world.manager.id)


@pytest.mark.parametrize("facts", [{"customer": "C1"}, {"group": "CHAIN"}, {"tier": "gold"}])
def test_of_two_lists_for_the_same_customers_from_the_same_day_one_is_made(world, engine: Engine, facts):
    before = _count(world.session, PriceList)

    def making(code: str) -> Act:
        return lambda session: price_lists.make_list(
            session, ListFacts(code, **facts), by=_manager(session, world), now=world.now
        )

    assert at_once(engine, making("ONE"), making("TWO")) == ["done", "refused"]
    assert _count(world.session, PriceList) == before + 1


def test_two_managers_who_say_for_the_first_time_what_transfers_cost_both_do(world, engine: Engine):
    def saying(minor: int) -> Act:
        return lambda session: set_transfer_costs(
            session, Costs(minor, 1), by=_manager(session, world), now=world.now
        )

    assert at_once(engine, saying(100), saying(200)) == ["done", "done"]
    assert _count(world.session, TransferCost) == 1
    said = select(AuditEntry).where(AuditEntry.verb == Verb.CHANGED).order_by(AuditEntry.id)
    first, second = world.session.scalars(said)
    assert (first.before, second.before) == (None, first.after)


def test_the_database_keeps_two_lists_out_of_one_place_whatever_was_read_before(world, monkeypatch):
    monkeypatch.setattr(price_lists, "_refuse_equal", lambda *_: None)  # somebody was faster than the look
    day = world.now.date()
    acts = {"by": world.manager, "now": world.now}
    scopes: list[dict[str, Any]] = [{"customer": "C1"}, {"group": "CHAIN"}, {"tier": "gold"}]
    for n, facts in enumerate(scopes, 1):
        for first in (None, day):
            with transaction(world.session):
                price_lists.make_list(
                    world.session, ListFacts(f"{n}{first}", valid_from=first, **facts), **acts
                )
            before, entries = _count(world.session, PriceList), _count(world.session, AuditEntry)
            with pytest.raises(Refused), transaction(world.session):
                price_lists.make_list(world.session, ListFacts("X", valid_from=first, **facts), **acts)
            assert _count(world.session, PriceList) == before
            assert _count(world.session, AuditEntry) == entries
    silver = ListFacts("SILVER", tier="silver")
    with transaction(world.session):
        made = price_lists.make_list(world.session, silver, **acts)
    with pytest.raises(Refused), transaction(world.session):
        price_lists.change_list(world.session, made, ListFacts("SILVER", tier="gold"), **acts)
    world.session.rollback()
    assert made.tier == "silver"


def test_a_price_set_twice_at_once_stands_once(world, engine: Engine):
    def setting(price: str) -> Act:
        def act(session: Session) -> None:
            listed = session.scalars(select(PriceList)).one()
            pricing.set_price(
                session, listed, _soap(session), Decimal(price),
                from_units=10, by=_manager(session, world), now=world.now,
            )  # fmt: skip

        return act

    said = at_once(engine, setting("9"), setting("8"))
    assert set(said) <= {"done", "refused"}, said
    world.session.rollback()
    (price,) = world.session.scalars(select(Price.unit_price).where(Price.from_units == 10))
    assert price in {Decimal(8), Decimal(9)}


def test_of_two_rules_for_the_same_one_is_kept(world, engine: Engine):
    def ruling(*, shown: bool) -> Act:
        def act(session: Session) -> None:
            whom = For(customer=session.get_one(Customer, world.customer.id))
            by = _manager(session, world)
            assorting.set_rule(session, _soap(session), whom, shown=shown, by=by, now=world.now)

        return act

    said = at_once(engine, ruling(shown=True), ruling(shown=False))
    assert set(said) <= {"done", "refused"}, said
    assert _count(world.session, CatalogueRule) == 1
    with transaction(world.session):
        ruling(shown=False)(world.session)
    soap = _soap(world.session)
    assert showing.hidden_among(world.session, world.customer, [soap.id]) == {soap.id}, "hiding it hides it"


def test_the_database_keeps_one_rule_for_each_subject_and_scope(world, session: Session):
    with transaction(session):
        session.add(Category(code="soap", name_th="สบู่", name_en="Soap"))
    category, soap = session.scalars(select(Category.id)).one(), _soap(session).id
    group = session.scalars(select(CustomerGroup.id)).one()
    for subject in ({"product_id": soap}, {"category_id": category}):
        for scope in ({}, {"customer_id": world.customer.id}, {"group_id": group}):
            facts = {**subject, **scope, "made_at": world.now}
            with transaction(session):
                session.add(CatalogueRule(**facts, shown=True))
            with pytest.raises(IntegrityError), transaction(session):
                session.add(CatalogueRule(**facts, shown=False))
    assert _count(session, CatalogueRule) == 6


def test_a_product_is_drawn_onto_one_sheet_only(world, engine: Engine):
    def draw(session: Session) -> None:
        warehouse = session.get_one(Warehouse, world.warehouse.id)
        by = _manager(session, world)
        drawing_counts.draw(session, warehouse, Wanted(skus=["SOAP-1"]), by=by, now=world.now)

    assert at_once(engine, draw, draw, draw) == ["done", "refused", "refused"]
    assert _count(world.session, CountLine) == 1


def test_terms_set_for_the_first_time_twice_at_once_are_told_as_they_followed(world, engine: Engine):
    def setting(lines: int) -> Act:
        return lambda session: counting_terms.set_terms(
            session, Terms(lines_a_sheet=lines), by=_manager(session, world), now=world.now
        )

    assert at_once(engine, setting(10), setting(20)) == ["done", "done"]
    assert _count(world.session, CountingTerms) == 1
    told = select(AuditEntry).where(AuditEntry.subject_kind == "counting_terms").order_by(AuditEntry.id)
    first, second = world.session.scalars(told)
    assert first.before["lines_a_sheet"] == Terms().lines_a_sheet
    assert second.before == first.after
