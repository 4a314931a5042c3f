"""Where a standard holds: which customer, which group, which province."""

from dataclasses import replace
from datetime import timedelta

import pytest

from policies import book
from policies.access import covers
from policies.explaining import steps
from policies.kinds import Kind
from policies.terms import Clause
from portal.audit import history_of
from portal.customers import grouping
from portal.customers.models import CustomerGroup
from portal.i18n import speaking
from portal.refusal import Refused
from tests.people import make_customer
from tests.policies.makers import LEAD_TIME, TERMS, House, days, make_company, only


@pytest.fixture
def chain(house: House) -> CustomerGroup:
    """A group with the house's customer in it."""
    group = grouping.form_group(
        house.session, "CHAIN", "เครือร้านค้า", "A chain of shops", by=house.manager, now=house.now
    )
    house.session.flush()
    grouping.put_into_group(house.session, house.customer, group, by=house.manager, now=house.now)
    house.session.flush()
    return group


def _lead_days(house: House, province: str | None = None, *, after: int = 0) -> int | None:
    day = house.today + timedelta(days=after)
    return book.in_force(house.session, house.customer, Kind.LEAD_TIME, day, province).days


def test_a_group_comes_before_the_tier_and_after_the_customer(house: House, chain: CustomerGroup) -> None:
    house.published(days(9))
    house.published(days(6), tier="gold")
    house.published(days(4), group=chain, valid_from=house.today + timedelta(days=3))
    assert [_lead_days(house, after=n) for n in (2, 3)] == [6, 4]
    house.published(days(2), customer=house.customer, valid_from=house.today + timedelta(days=5))
    assert [_lead_days(house, after=n) for n in (4, 5)] == [4, 2]


def test_a_company_that_leaves_its_group_leaves_its_policy(house: House, chain: CustomerGroup) -> None:
    general = house.published(days(9))
    grouped = house.published(days(4), group=chain)
    grouping.put_into_group(house.session, house.customer, None, by=house.manager, now=house.now)
    house.session.flush()
    assert _lead_days(house) == 9
    assert (covers(grouped.policy, house.customer), covers(general.policy, house.customer)) == (False, True)


def test_a_policy_of_a_group_does_not_hold_for_companies_outside_of_it(
    house: House, chain: CustomerGroup
) -> None:
    house.published(days(9))
    house.published(days(4), group=chain)
    other = make_company(house.session, "C2", tier="gold", now=house.now)
    assert book.in_force(house.session, other, Kind.LEAD_TIME, house.today).days == 9


def test_a_group_has_one_policy_only(house: House, chain: CustomerGroup) -> None:
    house.draft(group=chain)
    with pytest.raises(Refused, match="draft a new version") as no:
        house.draft(group=chain)
    assert no.value.field == "group"


def test_the_page_says_why_the_policy_of_a_group_holds(house: House, chain: CustomerGroup) -> None:
    house.published(days(9))
    house.published(days(4), group=chain)
    with speaking("en"):
        told = steps(book.standing(house.session, house.customer, house.today), house.customer)
    assert told[1].why == "The company is in the group A chain of shops, and no policy of its own sets this."
    assert told[1].decides == ("Lead time", "Line fill rate")


def test_groups_are_formed_renamed_and_filled_on_record(house: House, chain: CustomerGroup) -> None:
    grouping.rename_group(house.session, chain, "เครือใหม่", "", by=house.manager, now=house.now)
    house.session.flush()
    assert (chain.name_th, chain.name_en) == ("เครือใหม่", "เครือใหม่")
    assert [entry.verb for entry in history_of(house.session, "customer_group", "CHAIN")] == [
        "customer_group.renamed",
        "customer_group.formed",
    ]
    joined = history_of(house.session, "customer", house.customer.code)[0]
    assert (joined.before, joined.after) == ({"group": None}, {"group": "CHAIN"})


def test_a_company_put_into_its_own_group_again_leaves_no_trace(house: House, chain: CustomerGroup) -> None:
    before = len(history_of(house.session, "customer", house.customer.code))
    assert not grouping.put_into_group(house.session, house.customer, chain, by=house.manager, now=house.now)
    assert len(history_of(house.session, "customer", house.customer.code)) == before


@pytest.mark.parametrize(
    ("code", "name", "field"), [("CHAIN", "Another", "code"), (" ", "Another", "code"), ("X", " ", "name_th")]
)
def test_a_group_without_code_or_name_or_with_a_code_in_use_is_refused(
    house: House, chain: CustomerGroup, code: str, name: str, field: str
) -> None:
    with pytest.raises(Refused) as no:
        grouping.form_group(house.session, code, name, "", by=house.manager, now=house.now)
    assert no.value.field == field


NORTH = replace(LEAD_TIME, days=5, provinces=("TH-50", "TH-57"))
BANGKOK = replace(LEAD_TIME, days=1, provinces=("TH-10",))


def test_a_level_that_names_the_province_comes_before_the_one_for_everywhere(house: House) -> None:
    house.published(only(LEAD_TIME, NORTH, BANGKOK))
    assert [_lead_days(house, place) for place in ("TH-10", "TH-50", "TH-57", "TH-90", None)] == [
        1,
        5,
        5,
        3,
        3,
    ]


def test_without_a_province_named_that_of_the_customers_own_address_counts(house: House) -> None:
    house.published(only(LEAD_TIME, NORTH, BANGKOK))
    own = make_customer(house.session, "C9", now=house.now, province="TH-57")
    found = book.find_in_force(house.session, own, Kind.LEAD_TIME, house.today)
    assert found is not None
    assert found.days == 5
    standing = book.standing(house.session, own, house.today)
    assert standing.levels[Kind.LEAD_TIME].days == 5
    assert sorted(level.days or 0 for level in standing.clauses) == [1, 3, 5]


def test_a_closer_policy_for_some_provinces_leaves_the_others_to_the_wider_one(house: House) -> None:
    general = house.published(only(LEAD_TIME, replace(NORTH, provinces=("TH-50",), days=7)))
    gold = house.published(only(replace(NORTH, days=4)), tier="gold")
    assert [_lead_days(house, place) for place in ("TH-50", "TH-57", "TH-10")] == [4, 4, 3]
    standing = book.standing(house.session, house.customer, house.today)
    assert [(level.version_id, level.days) for level in standing.clauses] == [(gold.id, 4), (general.id, 3)]


@pytest.mark.parametrize(
    ("clauses", "told"),
    [
        ((LEAD_TIME, replace(LEAD_TIME, days=9)), "hold in the same place"),
        ((NORTH, replace(NORTH, provinces=("TH-57", "TH-52"))), "hold in the same place"),
        ((replace(LEAD_TIME, provinces=("TH-99",)),), "no province TH-99"),
    ],
)
def test_clauses_that_hold_in_the_same_place_or_nowhere_are_refused(
    house: House, clauses: tuple[Clause, ...], told: str
) -> None:
    with pytest.raises(Refused, match=told):
        house.draft(only(*clauses))


def test_the_policy_for_everybody_promises_a_lead_time_everywhere(house: House) -> None:
    draft = house.submit(house.draft(TERMS.but(NORTH)))
    with pytest.raises(Refused, match="lead time for everywhere"):
        house.publish(draft)
