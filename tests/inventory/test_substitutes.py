"""What may stand for what: named in ranks, changed, taken back; nonsense is refused."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from inventory.standing_in import all_substitutes, count_substitutes, substitutes_for, units_for
from inventory.stockouts import Substitute, SubstituteKind
from inventory.substitutes import SubstituteFacts, get_substitute, put_substitute, remove_substitute
from portal import audit
from portal.db import transaction
from portal.refusal import Refused, Unknown
from tests.conftest import NOON
from tests.inventory.makers import make_product, statements

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


# --- ratios and both ways ---


@pytest.mark.parametrize(
    ("quantity", "per_unit", "for_units", "units"),
    [(5, 2, 1, 10), (3, 1, 2, 2), (4, 1, 2, 2), (1, 1, 12, 1), (2, 3, 2, 3), (5, 3, 2, 8), (7, 1, 1, 7)],
)
def test_units_that_stand_in_are_rounded_up_to_whole_ones(quantity, per_unit, for_units, units):
    assert units_for(quantity, per_unit, for_units) == units


@given(st.integers(1, 10_000), st.integers(1, 1000), st.integers(1, 1000))
def test_what_stands_in_is_never_less_than_what_is_short_and_never_a_unit_too_many(quantity, per, count):
    units = units_for(quantity, per, count)
    assert units * count >= quantity * per > (units - 1) * count


def test_a_pair_named_both_ways_stands_either_way_by_its_ratio_turned_round(session):
    carton, pack = make_product(session), make_product(session)
    put(
        session,
        carton,
        pack,
        per_unit=2,
        two_way=True,
        kind=SubstituteKind.SMALLER_PACK,
        reason_en="Two packs for each",
    )
    found = substitutes_for(session, [carton.id, pack.id], TODAY)
    (one,), (back,) = found[carton.id], found[pack.id]
    assert (one.stands_in.sku, one.units_for(5), one.kind, one.reason["name_en"]) == (
        pack.sku,
        10,
        SubstituteKind.SMALLER_PACK,
        "Two packs for each",
    )
    assert (back.stands_in.sku, back.units_for(3), back.kind, back.reason["name_en"], back.id) == (
        carton.sku,
        2,
        SubstituteKind.LARGER_PACK,
        "",
        one.id,
    )
    assert count_substitutes(session, [carton.id, pack.id], TODAY) == {carton.id: 1, pack.id: 1}
    assert [row.stands_in.sku for row in all_substitutes(session, pack)] == [carton.sku]
    with transaction(session):
        session.merge(carton).lifecycle = "discontinued"
    assert substitutes_for(session, [pack.id], TODAY) == {}
    assert count_substitutes(session, [carton.id, pack.id], TODAY) == {carton.id: 1}


def test_one_query_reads_both_ways(session):
    soap, bar, gel = make_product(session), make_product(session), make_product(session)
    put(session, soap, bar, two_way=True)
    put(session, gel, soap, two_way=True, rank=2)
    with statements(session) as sent:
        found = substitutes_for(session, [soap.id, bar.id, gel.id], TODAY)
    assert len(sent) == 1
    assert {id_: [one.stands_in_id for one in those] for id_, those in found.items()} == {
        soap.id: [bar.id, gel.id],
        bar.id: [soap.id],
        gel.id: [soap.id],
    }


def test_a_pair_is_never_named_both_ways_twice(session):
    soap, bar = make_product(session), make_product(session)
    put(session, soap, bar)
    put(session, bar, soap)
    with pytest.raises(Refused) as no:
        put(session, soap, bar, two_way=True)
    assert no.value.field == "two_way"
    with transaction(session):
        one = next(row.named for row in all_substitutes(session, bar))
        remove_substitute(session, one, by=None, now=NOON)
    put(session, soap, bar, two_way=True)
    with pytest.raises(Refused) as no:
        put(session, bar, soap)
    assert no.value.field == "stands_in"
    assert session.scalar(select(func.count(Substitute.id))) == 1


def test_what_is_better_one_way_is_worse_the_other_and_stands_one_way_only(session):
    soap, bar = make_product(session), make_product(session)
    for facts, field in (
        ({"kind": SubstituteKind.BETTER, "two_way": True}, "two_way"),
        ({"for_units": 0}, "for_units"),
    ):
        with pytest.raises(Refused) as no:
            put(session, soap, bar, **facts)
        assert no.value.field == field
    assert session.scalar(select(func.count(Substitute.id))) == 0
