"""What a product costs one customer."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.models import Price, PriceList
from inventory.pricing import put_price_list, set_price, set_prices
from inventory.tariffs import prices_for
from portal.clock import business_day
from portal.customers.models import Customer
from portal.customers.registering import Particulars, register
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import make_product, statements


def _customer(session: Session, now: datetime, tier: str = "standard", currency: str = "THB") -> Customer:
    facts = Particulars(f"C-{tier}-{currency}", "ร้าน", "Shop", "retail", tier, currency=currency)
    with transaction(session):
        return register(session, facts, by=None, now=now)


def test_the_tier_s_price_goes_before_the_standard_price_of_the_same_currency(
    session: Session, now: datetime
) -> None:
    soap, salt, rice = (make_product(session).id for _ in range(3))
    with transaction(session):
        standard = put_price_list(session, "THB", by=None, now=now)
        gold = put_price_list(session, "THB", "gold", by=None, now=now)
        dollars = put_price_list(session, "USD", by=None, now=now)
        set_prices(session, standard, {soap: Decimal(10), salt: Decimal("5.1234")}, by=None, now=now)
        set_prices(session, gold, {soap: Decimal("9.5")}, by=None, now=now)
        set_prices(session, dollars, {rice: Decimal(1)}, by=None, now=now)
    ids = [soap, salt, rice]
    wanted = dict.fromkeys(ids, 1)
    gold_customer = _customer(session, now, "gold")
    with statements(session) as sent:
        assert prices_for(session, gold_customer, wanted, on=now.date()) == {
            soap: Decimal("9.5"),
            salt: Decimal("5.1234"),
        }
    assert len(sent) == 1
    assert prices_for(session, _customer(session, now, "silver"), wanted, on=now.date()) == {
        soap: Decimal(10),
        salt: Decimal("5.1234"),
    }
    assert prices_for(session, _customer(session, now, "gold", "USD"), wanted, on=now.date()) == {
        rice: Decimal(1)
    }
    assert prices_for(session, gold_customer, {}, on=now.date()) == {}


def test_setting_the_same_price_again_changes_nothing(session: Session, now: datetime) -> None:
    soap = make_product(session)
    with transaction(session):
        prices = put_price_list(session, "THB", by=None, now=now)
        assert set_price(session, prices, soap, Decimal("10.00005"), by=None, now=now)
    with transaction(session):
        assert not set_price(session, prices, soap, Decimal("10.0001"), by=None, now=now)
    with transaction(session):
        counts = set_prices(session, prices, {soap.id: Decimal("10.0001")}, by=None, now=now)
    assert (counts.new, counts.changed, counts.unchanged) == (0, 0, 1)
    with transaction(session):
        counts = set_prices(session, prices, {soap.id: Decimal(11)}, by=None, now=now)
    assert (counts.new, counts.changed, counts.unchanged) == (0, 1, 0)


@pytest.mark.parametrize("price", ["0", "-1", "0.00004"])
def test_a_price_of_nothing_is_refused(session: Session, now: datetime, price: str) -> None:
    soap = make_product(session)
    with transaction(session):
        prices = put_price_list(session, "THB", by=None, now=now)
    with pytest.raises(Refused), transaction(session):
        set_price(session, prices, soap, Decimal(price), by=None, now=now)
    with pytest.raises(Refused), transaction(session):
        set_prices(session, prices, {soap.id: Decimal(price)}, by=None, now=now)
    assert session.scalar(select(func.count()).select_from(Price)) == 0


def test_a_tier_s_prices_go_into_its_list_in_force_whatever_days_it_has(
    session: Session, now: datetime
) -> None:
    today = business_day(now)
    with transaction(session):
        standard = put_price_list(session, "THB", by=None, now=now)
        standard.valid_until = today + timedelta(days=30)
    with transaction(session):
        assert put_price_list(session, "THB", by=None, now=now).id == standard.id, "it holds for a month"
    later = now + timedelta(days=31)
    with transaction(session):
        following = put_price_list(session, "THB", by=None, now=later)
    assert (following.code, following.valid_from) == ("THB-standard-2", business_day(later))
    with transaction(session):
        campaign = PriceList(
            code="SALE",
            currency="THB",
            valid_from=today + timedelta(days=33),
            valid_until=today + timedelta(days=40),
        )
        session.add(campaign)
    for days in (32, 35, 400):
        with transaction(session):
            found = put_price_list(session, "THB", by=None, now=now + timedelta(days=days))
        assert found.id == following.id, "a list that ends goes behind one that goes on"
    assert session.scalar(select(func.count(PriceList.id))) == 3


def test_a_code_that_another_list_has_does_not_stop_an_import(session: Session, now: datetime) -> None:
    company = _customer(session, now)
    with transaction(session):
        session.add(PriceList(code="THB-gold", currency="THB", customer_id=company.id))
    with transaction(session):
        gold = put_price_list(session, "THB", "gold", by=None, now=now)
    assert (gold.code, gold.tier, gold.customer_id, gold.valid_from) == ("THB-gold-2", "gold", None, None)
