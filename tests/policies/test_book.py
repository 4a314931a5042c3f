from dataclasses import replace
from datetime import timedelta

import pytest

from policies import book
from policies.explaining import steps
from policies.kinds import Kind
from policies.terms import Clause
from portal.i18n import speaking
from portal.refusal import Refused
from tests.policies.makers import LEAD_TIME, House, days, make_company, only


def _lead_days(house: House, *, after: int = 0) -> int | None:
    day = house.today + timedelta(days=after)
    return book.in_force(house.session, house.customer, Kind.LEAD_TIME, day).days


def test_the_closest_policy_in_force_holds_customer_before_tier_before_everybody(house: House) -> None:
    house.published(days(9))
    assert _lead_days(house) == 9
    house.published(days(6), tier="gold")
    assert _lead_days(house) == 6
    house.published(days(2), customer=house.customer)
    assert _lead_days(house) == 2


def test_policies_of_another_tier_and_of_another_customer_do_not_hold(house: House) -> None:
    house.published(days(9))
    house.published(days(6), tier="silver")
    house.published(days(2), customer=make_company(house.session, "C2", tier="gold", now=house.now))
    assert _lead_days(house) == 9


def test_a_policy_counts_from_its_first_valid_day_and_a_draft_never(house: House) -> None:
    house.published(days(9))
    house.published(days(6), tier="gold", valid_from=house.today + timedelta(days=5))
    house.draft(days(2), customer=house.customer)
    assert [_lead_days(house, after=n) for n in (0, 4, 5, 400)] == [9, 9, 6, 6]


def test_within_a_policy_the_version_with_the_latest_day_holds(house: House) -> None:
    first = house.published(days(9))
    house.revised(first.policy, days(7), valid_from=house.today + timedelta(days=10))
    house.revised(first.policy, days(5), valid_from=house.today + timedelta(days=20))
    assert [_lead_days(house, after=n) for n in (0, 9, 10, 19, 20)] == [9, 9, 7, 7, 5]


def test_a_closer_policy_overrides_standard_by_standard(house: House) -> None:
    general = house.published(days(9))
    gold = house.published(only(Clause(Kind.LINE_FILL, target_bp=9900)), tier="gold")
    standing = book.standing(house.session, house.customer, house.today)
    assert standing.versions == (gold, general)
    assert {kind: level.version_id for kind, level in standing.levels.items()} == {
        Kind.LEAD_TIME: general.id,
        Kind.LINE_FILL: gold.id,
    }
    assert (standing.decides(gold), standing.decides(general)) == ([Kind.LINE_FILL], [Kind.LEAD_TIME])


def test_a_tier_that_gives_up_its_lead_time_falls_back_to_the_one_for_everybody(house: House) -> None:
    house.published(days(9))
    gold = house.published(days(3), tier="gold")
    house.revised(
        gold.policy, only(Clause(Kind.LINE_FILL, target_bp=9900)), valid_from=house.today + timedelta(days=1)
    )
    assert [_lead_days(house, after=n) for n in (0, 1)] == [3, 9]


def test_without_a_policy_in_force_nothing_can_be_promised(house: House) -> None:
    house.published(days(9), valid_from=house.today + timedelta(days=1))
    with pytest.raises(Refused, match="no order can be confirmed"):
        _lead_days(house)
    assert book.version_in_force(house.session, house.customer, house.today) is None


def test_the_page_says_which_policy_decides_what_and_why(house: House) -> None:
    house.published(days(9))
    house.published(only(Clause(Kind.LINE_FILL, target_bp=9900)), tier="gold")
    house.published(only(replace(LEAD_TIME, days=2)), customer=house.customer)
    with speaking("en"):
        told = steps(book.standing(house.session, house.customer, house.today), house.customer)
    assert [step.decides for step in told] == [("Lead time",), (), ("Line fill rate",), ()]
    assert told[0].why == "It is written for this company alone, so it comes first."
    assert told[1].why == "No such policy is in force on this day."
    assert told[2].why == "The company is in the tier Gold, and no closer policy sets this."
    assert [step.version.policy.scope for step in told if step.version] == ["customer", "tier", "default"]
    assert told[3].why == "A closer policy sets every standard that this one sets."
