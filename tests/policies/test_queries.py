from datetime import timedelta

from policies import book, directory, queries
from policies.access import policy_for, version_for
from policies.demo.directory import load_directory
from policies.demo.loading import publish_demo_policies
from policies.kinds import CASE_KINDS
from tests.policies.makers import House, days, make_company


def test_the_list_has_for_each_policy_the_version_in_force_the_next_and_the_draft(house: House) -> None:
    gold = house.published(tier="gold")
    soon = house.revised(gold.policy, days(2), valid_from=house.today + timedelta(days=9))
    house.revised(gold.policy, days(1), valid_from=house.today + timedelta(days=30))
    draft = house.draft()
    house.reread_all()
    first, second = queries.policy_page(house.session, house.today).rows
    assert (first.policy.scope, first.in_force, first.upcoming, first.draft) == ("default", None, None, draft)
    assert (second.in_force, second.upcoming, second.draft) == (gold, soon, None)


def test_each_version_ends_on_the_eve_of_the_next(house: House) -> None:
    gold = house.published(tier="gold")
    house.revised(gold.policy, days(2), valid_from=house.today + timedelta(days=9))
    house.reread_all()
    later, earlier = queries.editions(gold.policy.versions, house.today + timedelta(days=9))
    assert (later.stands, later.until) == (queries.IN_FORCE, None)
    assert (earlier.stands, earlier.until) == (queries.SUPERSEDED, house.today + timedelta(days=8))


def test_a_customer_is_shown_the_published_versions_that_cover_them(house: House) -> None:
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    covering = [house.published(), house.published(tier="gold")]
    house.published(customer=other)
    house.draft(customer=house.customer)
    assert set(queries.published_for(house.session, house.customer)) == set(covering)
    assert policy_for(house.session, house.buyer, covering[0].policy.code) is None
    assert version_for(house.session, house.buyer, covering[0].policy.code, 1) == covering[0]


def test_the_policies_of_the_demo_hold_since_its_first_day(house: House) -> None:
    today, first_day = house.today, house.today - timedelta(days=730)
    publish_demo_policies(
        house.session,
        author=house.manager,
        publisher=house.reviewer,
        first_day=first_day,
        today=today,
        own=house.customer,
    )
    house.reread_all()
    rows = queries.policy_page(house.session, today).rows
    assert [row.policy.scope for row in rows] == ["default", "tier", "tier", "customer"]
    assert all(row.in_force for row in rows)
    assert [bool(row.upcoming) for row in rows] == [True, False, False, False]
    assert [bool(row.draft) for row in rows] == [True, False, False, False]
    since = [row.in_force for row in queries.policy_page(house.session, first_day).rows]
    assert [bool(version) for version in since] == [True, True, True, False]
    assert rows[3].policy.name_en == "Agreement with C1 Co., Ltd."


def test_the_demo_promises_every_case_and_gold_customers_more_than_silver_than_others(house: House) -> None:
    publish_demo_policies(
        house.session,
        author=house.manager,
        publisher=house.reviewer,
        first_day=house.today - timedelta(days=730),
        today=house.today,
    )
    tiers = [
        make_company(house.session, tier.upper(), tier=tier, now=house.now)
        for tier in ("standard", "silver", "gold")
    ]
    for kind in CASE_KINDS:
        levels = [book.in_force(house.session, customer, kind, house.today) for customer in tiers]
        days = [level.days or 0 for level in levels]
        assert days == sorted(days, reverse=True)
        assert days[0] > days[2]
        amounts = [level.compensation_minor_per_day for level in levels]
        assert amounts == sorted(set(amounts))
    windows = [book.return_window(house.session, customer, house.today) for customer in tiers]
    assert windows == [15, 30, 45]


def test_the_units_of_the_demo_answer_for_everything(house: House) -> None:
    load_directory(house.session, by=house.manager, now=house.now)
    house.session.flush()
    assert all(directory.answers(house.session).values())
    assert len(directory.units(house.session)) == 5
