"""Seminars are planned, announced, changed, cancelled and held; who waits moves up in order."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from policies.seminar_ending import cancel, record_attendance
from policies.seminar_lists import coming, seminar_page, sign_ups_of
from policies.seminar_planning import announce, change, discard, plan
from policies.seminar_telling import Invited, Whom
from policies.seminars import Seminar, SeminarState, SignUp, SignUpState
from policies.signing_up import sign_off, sign_up, waiting_before
from portal.audit import history_of
from portal.customers.models import CustomerGroup
from portal.outbox import Notice
from portal.refusal import Refused
from tests.policies.event_makers import announced, draft, facts, holds, people, states, told
from tests.policies.makers import House, make_company


def notices(house: House) -> int:
    return house.session.scalar(select(func.count(Notice.id))) or 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title_th": " ", "title_en": ""}, "title_th"),
        ({"place_th": "", "place_en": " "}, "place_th"),
        ({"places": 0}, "places"),
        ({"places": -3}, "places"),
        ({"places": 1_000_000}, "places"),
    ],
)
def test_a_seminar_without_a_title_a_place_or_a_number_of_places_is_refused_at_the_field(house, wrong, field):
    with pytest.raises(Refused) as no:
        plan(house.session, facts(house, **wrong), by=house.staff, now=house.now)
    assert no.value.field == field
    assert house.session.scalar(select(func.count(Seminar.id))) == 0


def test_a_seminar_that_ends_before_it_starts_or_is_over_is_refused_at_the_field(house: House) -> None:
    usual = facts(house)
    for wrong, field in (
        ({"ends_at": usual.starts_at - timedelta(hours=1)}, "ends"),
        ({"ends_at": usual.starts_at}, "ends"),
        ({"ends_at": usual.starts_at + timedelta(days=40)}, "last_day"),
        ({"starts_at": house.now - timedelta(hours=1)}, "first_day"),
        ({"starts_at": house.now + timedelta(days=4000)}, "first_day"),
    ):
        with pytest.raises(Refused) as no:
            plan(house.session, facts(house, **wrong), by=house.staff, now=house.now)
        assert no.value.field == field
    assert house.session.scalar(select(func.count(Seminar.id))) == 0


def test_what_is_said_in_one_language_stands_for_both(house: House) -> None:
    seminar = draft(house, title_en="", place_th="")
    assert seminar.title == {"name_th": "วางแผนสต็อก", "name_en": "วางแผนสต็อก"}
    assert seminar.place == {"name_th": "Meeting room 1", "name_en": "Meeting room 1"}


def test_nobody_signs_up_for_a_draft_a_cancelled_seminar_or_one_that_has_begun(house: House) -> None:
    seminar, other, begun = draft(house), announced(house), announced(house)
    cancel(house.session, other, "The speaker is ill", by=house.staff, now=house.now)
    later = begun.starts_at + timedelta(minutes=1)
    for closed, at in ((seminar, house.now), (other, house.now), (begun, later)):
        with pytest.raises(Refused):
            sign_up(house.session, closed, by=house.buyer, now=at)
    assert house.session.scalar(select(func.count(SignUp.id))) == 0
    assert notices(house) == 0


def test_the_first_get_places_and_the_others_a_number_on_the_waiting_list(house: House) -> None:
    seminar = announced(house)
    signed = [sign_up(house.session, seminar, by=one, now=house.now) for one in people(house, 4)]
    assert [one.state for one in signed] == ["place", "place", "waiting", "waiting"]
    assert [waiting_before(house.session, one) + 1 for one in signed[2:]] == [1, 2]
    assert len(told(house.session, "seminar_signed_up")) == 2
    assert len(told(house.session, "seminar_waiting")) == 2
    holds(house.session, seminar)


def test_nobody_signs_up_twice(house: House) -> None:
    seminar = announced(house)
    sign_up(house.session, seminar, by=house.buyer, now=house.now)
    with pytest.raises(Refused, match="already"):
        sign_up(house.session, seminar, by=house.buyer, now=house.now)
    assert states(house.session, seminar) == {"place": [1]}
    assert notices(house) == 1


def test_signing_off_gives_the_place_to_who_waited_longest_who_is_told_once(house: House) -> None:
    seminar = announced(house)
    crowd = people(house, 4)
    for one in crowd:
        sign_up(house.session, seminar, by=one, now=house.now)
    sign_off(house.session, seminar, by=crowd[0], now=house.now)
    assert states(house.session, seminar) == {"cancelled": [1], "place": [2, 3], "waiting": [4]}
    assert [who for who, _ in told(house.session, "seminar_moved_up")] == [crowd[2].id]
    sign_off(house.session, seminar, by=crowd[3], now=house.now)  # who waits may give up too
    assert states(house.session, seminar) == {"cancelled": [1, 4], "place": [2, 3]}
    with pytest.raises(Refused):
        sign_off(house.session, seminar, by=crowd[3], now=house.now)
    holds(house.session, seminar)


def test_who_signs_off_and_up_again_goes_to_the_end(house: House) -> None:
    seminar = announced(house, places=1)
    first, second, third = people(house, 3)
    for one in (first, second, third):
        sign_up(house.session, seminar, by=one, now=house.now)
    sign_off(house.session, seminar, by=first, now=house.now)
    again = sign_up(house.session, seminar, by=first, now=house.now)
    assert (again.state, waiting_before(house.session, again)) == (SignUpState.WAITING, 1)
    sign_off(house.session, seminar, by=second, now=house.now)
    assert [who for who, _ in told(house.session, "seminar_moved_up")] == [second.id, third.id]
    holds(house.session, seminar)


def test_nobody_signs_off_once_it_has_begun(house: House) -> None:
    seminar = announced(house)
    sign_up(house.session, seminar, by=house.buyer, now=house.now)
    with pytest.raises(Refused):
        sign_off(house.session, seminar, by=house.buyer, now=seminar.starts_at)
    assert states(house.session, seminar) == {"place": [1]}


def test_more_places_move_the_waiting_list_up_in_order_and_each_is_told(house: House) -> None:
    seminar = announced(house, places=1)
    crowd = people(house, 5)
    for one in crowd:
        sign_up(house.session, seminar, by=one, now=house.now)
    change(house.session, seminar, facts(house, places=4), by=house.staff, now=house.now)
    assert states(house.session, seminar) == {"place": [1, 2, 3, 4], "waiting": [5]}
    assert [who for who, _ in told(house.session, "seminar_moved_up")] == [one.id for one in crowd[1:4]]
    assert told(house.session, "seminar_changed") == []
    holds(house.session, seminar)


def test_fewer_places_than_are_taken_are_refused_and_nothing_changes(house: House) -> None:
    seminar = announced(house, places=3)
    for one in people(house, 2):
        sign_up(house.session, seminar, by=one, now=house.now)
    with pytest.raises(Refused) as no:
        change(house.session, seminar, facts(house, places=1), by=house.staff, now=house.now)
    assert (no.value.field, seminar.places) == ("places", 3)
    change(house.session, seminar, facts(house, places=2), by=house.staff, now=house.now)
    assert seminar.free == 0


def test_another_day_or_place_is_told_to_who_signed_up(house: House) -> None:
    seminar = announced(house, places=1)
    crowd = people(house, 2)
    for one in crowd:
        sign_up(house.session, seminar, by=one, now=house.now)
    other = facts(house, places=1, place_en="Room 9")
    change(house.session, seminar, other, by=house.staff, now=house.now)
    change(house.session, seminar, other, by=house.staff, now=house.now + timedelta(hours=1))
    assert [who for who, _ in told(house.session, "seminar_changed")] == [one.id for one in crowd]


def test_an_announced_seminar_cannot_be_moved_into_the_past_nor_changed_once_begun(house: House) -> None:
    seminar = announced(house)
    with pytest.raises(Refused) as no:
        early = facts(house, starts_at=house.now - timedelta(days=1))
        change(house.session, seminar, early, by=house.staff, now=house.now)
    assert no.value.field == "first_day"
    with pytest.raises(Refused):
        change(house.session, seminar, facts(house), by=house.staff, now=seminar.starts_at)


def test_announcing_tells_whom_one_chose_each_once(house: House) -> None:
    silver = make_company(house.session, "C2", tier="silver", now=house.now)
    chain = CustomerGroup(code="CHAIN", name_th="เครือ", name_en="Chain")
    house.session.add(chain)
    house.session.flush()
    silver.group_id = chain.id
    (other,) = people(house, 1, customer=silver)
    for invited, expected in (
        ([], []),
        ([Invited(Whom.EVERYBODY)], [house.buyer.id, other.id]),
        ([Invited(Whom.TIER, tier="gold")], [house.buyer.id]),
        ([Invited(Whom.GROUP, group_id=chain.id)], [other.id]),
        ([Invited(Whom.TIER, tier="silver"), Invited(Whom.GROUP, group_id=chain.id)], [other.id]),
    ):
        seminar = draft(house)
        count = announce(house.session, seminar, invited, by=house.staff, now=house.now)
        reached = [who for who, key in told(house.session, "seminar_announced") if seminar.number in key]
        assert (count, reached) == (len(expected), expected)
        with pytest.raises(Refused):
            announce(house.session, seminar, invited, by=house.staff, now=house.now)


def test_a_draft_whose_time_is_over_is_not_announced(house: House) -> None:
    seminar = draft(house)
    with pytest.raises(Refused):
        announce(house.session, seminar, by=house.staff, now=seminar.starts_at)
    assert seminar.state == SeminarState.DRAFT


def test_cancelling_tells_everybody_who_is_signed_up_once(house: House) -> None:
    seminar = announced(house, places=1)
    crowd = people(house, 3)
    for one in crowd:
        sign_up(house.session, seminar, by=one, now=house.now)
    sign_off(house.session, seminar, by=crowd[2], now=house.now)
    with pytest.raises(Refused) as no:
        cancel(house.session, seminar, "  ", by=house.staff, now=house.now)
    assert no.value.field == "reason"
    assert cancel(house.session, seminar, "The speaker is ill", by=house.staff, now=house.now) == 2
    with pytest.raises(Refused):
        cancel(house.session, seminar, "Again", by=house.staff, now=house.now)
    assert [who for who, _ in told(house.session, "seminar_cancelled")] == [crowd[0].id, crowd[1].id]


def test_a_draft_is_thrown_away_and_an_announced_seminar_is_not(house: House) -> None:
    discard(house.session, draft(house), by=house.staff, now=house.now)
    assert house.session.scalar(select(func.count(Seminar.id))) == 0
    with pytest.raises(Refused):
        discard(house.session, announced(house), by=house.staff, now=house.now)
    with pytest.raises(Refused):
        cancel(house.session, draft(house), "Nobody knows", by=house.staff, now=house.now)


def test_who_came_is_put_on_record_after_the_start_and_can_be_put_right(house: House) -> None:
    seminar = announced(house)
    first, second, third = (
        sign_up(house.session, seminar, by=one, now=house.now) for one in people(house, 3)
    )
    with pytest.raises(Refused):
        record_attendance(house.session, seminar, [first.id], by=house.staff, now=house.now)
    after = seminar.ends_at
    with pytest.raises(Refused):
        record_attendance(house.session, seminar, [third.id], by=house.staff, now=after)
    assert states(house.session, seminar) == {"place": [1, 2], "waiting": [3]}
    record_attendance(house.session, seminar, [first.id], by=house.staff, now=after)
    assert states(house.session, seminar) == {"attended": [1], "absent": [2], "waiting": [3]}
    assert seminar.state == SeminarState.HELD
    record_attendance(house.session, seminar, [second.id], by=house.staff, now=after)
    assert states(house.session, seminar) == {"absent": [1], "attended": [2], "waiting": [3]}


def test_the_trail_tells_each_act_on_a_seminar(house: House) -> None:
    seminar = announced(house, places=1)
    first, second = people(house, 2)
    for one in (first, second):
        sign_up(house.session, seminar, by=one, now=house.now)
    sign_off(house.session, seminar, by=first, now=house.now)
    house.session.flush()
    acts = [
        entry.verb.split(".")[1] for entry in reversed(history_of(house.session, "seminar", seminar.number))
    ]
    assert acts == ["planned", "announced", "signed_up", "signed_up", "signed_off", "moved_up"]


def test_what_a_customer_sees_of_seminars_to_come_and_of_their_own(house: House) -> None:
    later = announced(house, starts_at=house.now + timedelta(days=9), ends_at=house.now + timedelta(days=10))
    soon, hidden = announced(house, places=1), draft(house)
    first, second, third = people(house, 3)
    for one in (first, second, third):
        sign_up(house.session, soon, by=one, now=house.now)
    rows = coming(house.session, third, now=house.now)
    assert [row.seminar for row in rows] == [soon, later]
    assert [(row.signed_up, row.waiting, row.ahead) for row in rows] == [(True, 2, 1), (False, 0, 0)]
    assert [one.person for one in rows[0].colleagues] == [first, second]
    assert coming(house.session, third, now=later.ends_at) == []
    mine = sign_ups_of(house.session, house.customer).rows
    assert {(one.seminar, one.person) for one in mine} == {(soon, first), (soon, second), (soon, third)}
    page = seminar_page(house.session)
    assert (page.rows[0].seminar, page.rows[0].waiting) == (later, 0)
    assert {row.seminar for row in page.rows} == {soon, later, hidden}
    assert [row.seminar for row in seminar_page(house.session, state="draft").rows] == [hidden]
    assert [row.waiting for row in seminar_page(house.session, soon.number.lower()).rows] == [2]


def test_a_seminar_that_has_begun_is_not_cancelled_any_more(house: House) -> None:
    seminar = announced(house)
    sign_up(house.session, seminar, by=house.buyer, now=house.now)
    before = len(told(house.session, "seminar_cancelled"))
    with pytest.raises(Refused, match="has begun, so it cannot be cancelled"):
        cancel(house.session, seminar, "Too late", by=house.staff, now=seminar.starts_at)
    assert (seminar.state, len(told(house.session, "seminar_cancelled"))) == (SeminarState.ANNOUNCED, before)
