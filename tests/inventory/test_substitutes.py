"""What may stand for what: named in ranks, changed, taken back; nonsense is refused."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from inventory.stockouts import Substitute, SubstituteKind
from inventory.substitutes import (
    SubstituteFacts,
    all_substitutes,
    count_substitutes,
    get_substitute,
    put_substitute,
    remove_substitute,
    substitutes_for,
)
from portal import audit
from portal.db import transaction
from portal.refusal import Refused, Unknown
from tests.conftest import NOON
from tests.inventory.makers import make_product

TODAY = date(2026, 4, 1)
USUAL = SubstituteFacts(rank=1, per_unit=1, kind=SubstituteKind.EQUAL, valid_from=TODAY)


def put(session, product, stands_in, **facts):
    with transaction(session):
        told = SubstituteFacts(**(vars(USUAL) | facts))
        return put_substitute(session, product, stands_in, told, by=None, now=NOON)


def test_substitutes_come_ranked_and_only_while_they_are_valid_and_sold(session):
    soap, second, first, past, gone = (make_product(session) for _ in range(5))
    put(session, soap, second, rank=2)
    put(session, soap, first, rank=1, kind=SubstituteKind.BETTER)
    put(session, soap, past, valid_from=TODAY - timedelta(days=9), valid_until=TODAY - timedelta(days=1))
    put(session, soap, gone)
    with transaction(session):
        session.merge(gone).lifecycle = "discontinued"
    found = substitutes_for(session, [soap.id, first.id], TODAY)
    assert [one.stands_in.sku for one in found[soap.id]] == [first.sku, second.sku]
    assert first.id not in found, "the way back must be named for itself"
    assert count_substitutes(session, [soap.id], TODAY) == {soap.id: 2}
    assert len(all_substitutes(session, soap)) == 4
    assert substitutes_for(session, [], TODAY) == {}


def test_naming_a_pair_again_changes_it(session):
    soap, bar = make_product(session), make_product(session)
    one = put(session, soap, bar)
    put(session, soap, bar, per_unit=3, kind=SubstituteKind.SMALLER_PACK, reason_en=" Three small ones ")
    put(session, soap, bar, per_unit=3, kind=SubstituteKind.SMALLER_PACK, reason_en="Three small ones")
    assert session.scalar(select(func.count(Substitute.id))) == 1
    fresh = get_substitute(session, one.id)
    assert (fresh.per_unit, fresh.kind, fresh.reason_en) == (3, "smaller_pack", "Three small ones")
    verbs = [entry.verb for entry in audit.history_of(session, "product", soap.sku)]
    assert verbs[:2] == ["substitute.changed", "substitute.named"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"rank": 0}, "rank"),
        ({"per_unit": 0}, "per_unit"),
        ({"kind": "cheaper"}, "kind"),
        ({"valid_until": TODAY - timedelta(days=1)}, "valid_until"),
        ({"reason_th": "ก" * 201}, "reason_th"),
    ],
)
def test_figures_that_cannot_be_are_refused_and_nothing_is_named(session, facts, field):
    soap, bar = make_product(session), make_product(session)
    with pytest.raises(Refused) as no:
        put(session, soap, bar, **facts)
    assert no.value.field == field
    assert session.scalar(select(func.count(Substitute.id))) == 0


def test_a_product_cannot_stand_for_itself_nor_one_that_is_not_sold(session):
    soap, gone = make_product(session), make_product(session, lifecycle="discontinued")
    for stands_in in (soap, gone):
        with pytest.raises(Refused):
            put(session, soap, stands_in)
    assert session.scalar(select(func.count(Substitute.id))) == 0


def test_a_substitute_is_taken_back_once(session):
    soap, bar = make_product(session), make_product(session)
    one = put(session, soap, bar)
    with transaction(session):
        remove_substitute(session, one, by=None, now=NOON)
    assert substitutes_for(session, [soap.id], TODAY) == {}
    with pytest.raises(Unknown):
        get_substitute(session, one.id)
    with pytest.raises(Refused), transaction(session):
        remove_substitute(session, one, by=None, now=NOON)
