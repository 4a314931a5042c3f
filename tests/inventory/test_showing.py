"""Who sees a product: the closest rule holds, and what is hidden is nowhere to be had."""

from itertools import product as every

import pytest

from inventory import assorting, showing
from inventory.assorting import For
from inventory.catalogue_search import close_products, search_products, suggest_products
from inventory.cataloguing import change_product, put_category
from inventory.goods import ProductFacts
from inventory.queries import find_product
from inventory.search_asking import Shelf
from orders import baskets
from orders.models import Order
from orders.placing import place
from orders.reordering import Change, compare, put_again
from orders.wishes import Wish
from portal.customers.grouping import form_group, put_into_group
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import VAT, World, make_customer, make_world, sign_in

LEVELS = (
    "customer product",
    "customer category",
    "group product",
    "group category",
    "all product",
    "all category",
)


@pytest.fixture
def world(session, now):
    return make_world(session, now)


@pytest.fixture
def scene(world):
    """A product in a category, and a company in a group."""
    put_category(world.session, "soap", "สบู่", "Soap", by=world.manager, now=world.now)
    world.session.flush()
    soap = world.product("SOAP-1", stock=9, category="soap")
    group = form_group(world.session, "CHAIN", "เครือ", "Chain", by=world.manager, now=world.now)
    put_into_group(world.session, world.customer, group, by=world.manager, now=world.now)
    world.session.flush()
    return world, soap, group


def _rule(world: World, level: str, soap, group, *, shown: bool) -> None:
    who, what = level.split()
    whom = {"customer": For(customer=world.customer), "group": For(group=group), "all": For()}[who]
    subject = soap if what == "product" else soap.category
    assorting.set_rule(world.session, subject, whom, shown=shown, by=world.manager, now=world.now)
    world.session.flush()


def _seen(world: World, soap, customer=None) -> bool:
    """Whether a company sees a product, asked in every way that there is."""
    customer = customer or world.customer
    session = world.session
    answers = {
        soap.id not in showing.hidden_among(session, customer, [soap.id]),
        find_product(session, soap.sku, to=customer) is not None,
        bool(search_products(session, Shelf(to=customer)).rows),
        bool(search_products(session, Shelf("soap", to=customer)).rows),
        bool(suggest_products(session, soap.sku, to=customer)),
        bool(close_products(session, Shelf("prodcut", to=customer))),
        assorting.seen_by(session, customer).shown == 1,
    }
    assert len(answers) == 1, "every way gives one answer"
    return answers.pop()


@pytest.mark.parametrize("closer", range(len(LEVELS)))
def test_the_closest_rule_holds(scene, closer):
    world, soap, group = scene
    assert _seen(world, soap), "without a rule"
    for n, shown in every(range(len(LEVELS) - 1, closer, -1), [False]):
        _rule(world, LEVELS[n], soap, group, shown=shown)
        assert not _seen(world, soap), LEVELS[n]
    _rule(world, LEVELS[closer], soap, group, shown=True)
    assert _seen(world, soap), f"{LEVELS[closer]} shows it again"
    _rule(world, LEVELS[closer], soap, group, shown=False)
    assert not _seen(world, soap)


def test_another_company_sees_what_is_hidden_from_one_and_a_lifted_rule_holds_no_more(scene):
    world, soap, group = scene
    other = make_customer(world.session, "C2", now=world.now)
    world.session.flush()
    _rule(world, "customer product", soap, group, shown=False)
    assert (_seen(world, soap), _seen(world, soap, other)) == (False, True)
    _rule(world, "group category", soap, group, shown=False)
    assert _seen(world, soap, other)
    for rule in assorting.rules_about(world.session, soap):
        assorting.lift_rule(world.session, rule, by=world.manager, now=world.now)
    world.session.flush()
    assert _seen(world, soap)
    assert find_product(world.session, soap.sku) is not None, "our own people see everything"


def test_what_is_hidden_is_not_ordered_by_any_way(scene):
    world, soap, group = scene
    past = world.order({soap: 1})
    baskets.put(world.session, world.buyer, soap, 1, hold_minutes=0, now=world.now)
    _rule(world, "all category", soap, group, shown=False)
    with pytest.raises(Refused):
        baskets.put(world.session, world.buyer, soap, 1, hold_minutes=0, now=world.now)
    with pytest.raises(Refused) as no:
        wish = Wish("hidden", [(soap.id, 1)])
        place(world.session, world.customer, wish, vat_rate_bp=VAT, by=world.buyer, now=world.now)
    assert "is not in your catalogue any more" in no.value.message
    (again,) = compare(world.session, world.buyer, past, now=world.now)
    assert again.changes == [Change.NO_PRICE]
    with pytest.raises(Refused):
        put_again(world.session, world.buyer, past, hold_minutes=0, now=world.now)
    assert world.session.query(Order).count() == 1


def test_a_hidden_product_is_not_found_by_its_address_nor_in_the_shop(scene, app):
    world, soap, group = scene
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.buyer)
    assert client.get("/my/catalogue/SOAP-1").status_code == 200
    with transaction(world.session):
        _rule(world, "customer product", soap, group, shown=False)
    assert client.get("/my/catalogue/SOAP-1").status_code == 404
    added = client.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": "1"})
    assert added.status_code == 404
    assert client.post("/my/following/follow", data={"sku": "SOAP-1"}).status_code == 404
    for path in ("/my/catalogue", "/my/catalogue?q=soap", "/my/catalogue?q=prodcut", "/search?q=soap-1"):
        page = client.get(path)
        assert page.status_code == 200
        assert "/my/catalogue/SOAP-1" not in page.text


def test_staff_make_a_rule_see_it_on_the_product_and_lift_it(scene, app):
    world, soap, _group = scene
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.manager)
    facts = {"sku": "SOAP-1", "category": "", "customer": "C1", "group": "", "shown": "no"}
    assert client.post("/desk/assortment", data=facts).status_code == 303
    assert "/desk/assortment/" in client.get("/desk/products/SOAP-1").text
    assert client.get("/desk/customers/C1").status_code == 200
    seen = client.get("/desk/assortment/customers/C1?q=SOAP-1")
    assert seen.status_code == 200
    assert "data-list" not in seen.text, "the company finds nothing"
    for wrong in (
        {"sku": ""},
        {"sku": "NONE"},
        {"category": "soap"},
        {"customer": "NONE"},
        {"group": "CHAIN"},
    ):
        assert client.post("/desk/assortment", data=facts | wrong).status_code == 422
    (rule,) = assorting.rules_about(world.session, soap)
    assert client.post(f"/desk/assortment/{rule.id}/lift").status_code == 303
    world.session.rollback()
    assert not assorting.rules_about(world.session, soap)


def test_a_product_that_moves_to_another_category_follows_its_rules(scene):
    world, soap, group = scene
    _rule(world, "all category", soap, group, shown=False)
    change_product(world.session, soap, ProductFacts("SOAP-1", category=""), by=world.manager, now=world.now)
    world.session.flush()
    assert _seen(world, soap)
