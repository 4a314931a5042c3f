"""A price list of the company's own, a rule of what it sees, and a code that it calls a product by."""

from decimal import Decimal

from inventory import assorting, own_codes, price_lists, pricing
from inventory.assorting import For
from inventory.models import Product
from inventory.own_codes import OwnCode
from inventory.price_lists import ListFacts
from tests.makers import World


def assortment_of(world: World, product: Product) -> dict[str, str]:
    """Values for the arguments of the routes of price lists and rules."""
    session, by, now = world.session, world.manager, world.now
    facts = ListFacts("OWN-1", name_th="ราคาของบริษัท", name_en="Own prices", customer=world.customer.code)
    own = price_lists.make_list(session, facts, by=by, now=now)
    pricing.set_price(session, own, product, Decimal("9.50"), by=by, now=now)
    pricing.set_price(session, own, product, Decimal("9.00"), from_units=24, by=by, now=now)
    assorting.set_rule(session, product, For(customer=world.customer), shown=True, by=by, now=now)
    own_codes.put_item(session, world.customer, product, OwnCode("7001", "Front row"), by=by, now=now)
    session.flush()
    (rule,) = assorting.rules_about(session, product)
    return {"list_code": own.code, "rule_id": str(rule.id)}
