"""The service figures: worked by hand, and counted again over a random history."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from inventory.receiving import book_in
from orders import boards, cancelling, fulfilling, measures
from orders.measures import Month, Share
from orders.models import Order, OrderLine, ScheduleLine
from orders.views.manager import SHORT_CAUSES
from orders.watching import check_lead_times
from policies.kinds import Kind
from policies.promises import WATCHED, Cause, Promise, PromiseState
from policies.promising import promise_case, repromise
from policies.sweeping import sweep
from portal.accounts.roles import Role
from portal.clock import at, business_day
from tests.makers import World, make_customer, make_user, make_world, noon, sign_in

DAY = timedelta(days=1)
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


def figures(world: World, now: datetime, months: int = 1) -> list[Month]:
    first = measures.first_month(now, months)
    return measures.monthly(world.session, first, business_day(now), now)


def due(world: World, order: Order) -> datetime:
    return max(part.promise.due_at for part in world.parts(order))


def day_after_leaving(part: ScheduleLine) -> datetime:
    assert part.ship_by is not None
    return noon(part.ship_by + DAY)


# --- on time, by hand ---


def test_a_line_delivered_by_its_day_is_on_time_and_one_a_day_later_is_not(world: World) -> None:
    soap = world.product(stock=100)
    good, late = world.order({soap: 1}), world.order({soap: 1})
    world.delivered(good, at=due(world, good))
    world.delivered(late, at=due(world, late) + timedelta(seconds=1))
    (month,) = figures(world, noon(date(2026, 4, 28)))
    assert month.on_time == month.on_time_original == Share(cases=2, good=1)
    assert month.on_time.of_one == 0.5


def test_a_line_still_open_after_its_day_counts_as_late_even_before_the_check_has_run(world: World) -> None:
    order = world.order({world.product(stock=100): 1})
    before, after = due(world, order), due(world, order) + timedelta(seconds=1)
    assert figures(world, before)[0].on_time == Share(0, 0)
    assert figures(world, before)[0].on_time.of_one is None
    assert figures(world, after)[0].on_time == Share(1, 0)
    world.session.commit()
    check_lead_times(world.session, after)
    assert figures(world, after)[0].on_time == Share(1, 0)


def test_a_line_in_two_parts_is_one_case_and_on_time_only_when_both_were(world: World) -> None:
    soap, towel = world.product(stock=6), world.product("TOWEL-1", stock=6)
    receipts = [world.receipt(product, 50, date(2026, 4, 9)) for product in (soap, towel)]
    kept, failed = world.order({soap: 10}), world.order({towel: 10})
    for order in (kept, failed):
        world.delivered(order, at=world.now + timedelta(hours=2))
    assert figures(world, world.now + timedelta(hours=3))[0].on_time == Share(0, 0), "half of each is to come"
    for receipt in receipts:
        book_in(world.session, receipt, 50, last=True, by=world.staff, now=noon(date(2026, 4, 9)))
    world.delivered(kept, at=due(world, kept) - timedelta(hours=3))
    world.delivered(failed, at=due(world, failed) + DAY)
    (month,) = figures(world, noon(date(2026, 4, 30)))
    assert month.on_time == Share(cases=2, good=1)


def test_a_part_missed_before_the_period_still_spoils_the_line_that_falls_due_in_it(world: World) -> None:
    soap = world.product(stock=6)
    world.receipt(soap, 50, date(2026, 5, 8))
    order = world.order({soap: 10})
    first, second = world.parts(order)
    assert first.promise.due_at < at(MAY) < second.promise.due_at
    world.delivered(order, at=first.promise.due_at + DAY)
    now = second.promise.due_at + DAY
    assert figures(world, now, months=1)[0].on_time == Share(1, 0)
    april, may = figures(world, now, months=2)
    assert (april.on_time, may.on_time) == (Share(0, 0), Share(1, 0)), (
        "it is one case, in the month of its last day"
    )


def test_the_original_promise_is_measured_beside_the_one_last_agreed(world: World) -> None:
    order = world.order({world.product(stock=100): 1})
    (part,) = world.parts(order)
    promise = part.promise
    assert promise is not None
    original = promise.due_at
    repromise(world.session, promise, original + 2 * DAY, None, by=world.staff, now=world.now)
    (month,) = figures(world, original + DAY)
    assert (month.on_time, month.on_time_original) == (Share(0, 0), Share(1, 0))
    world.delivered(order, at=original + DAY)
    (month,) = figures(world, original + 3 * DAY)
    assert (month.on_time, month.on_time_original) == (Share(1, 1), Share(1, 0))


def test_what_was_cancelled_is_no_case(world: World) -> None:
    soap = world.product(stock=100)
    cancelled, kept = world.order({soap: 1}), world.order({soap: 1})
    world.delivered(kept)
    cancelling.cancel(world.session, cancelled, "Shop closed", by=world.staff, now=world.now)
    (month,) = figures(world, noon(date(2026, 4, 30)))
    assert month.on_time == Share(1, 1)
    assert month.line_fill == Share(1, 1)


def test_a_month_ends_at_midnight_in_bangkok_also_at_the_end_of_the_year(session: Session) -> None:
    world = make_world(session, datetime(2026, 12, 25, 5, tzinfo=UTC), convention="calendar", days=6)
    soap = world.product(stock=100)
    old, new = world.order({soap: 1}), world.order({soap: 1}, at=world.now + DAY)
    assert due(world, old) == datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)
    for order in (old, new):
        world.delivered(order, at=world.now + DAY)
    early = world.order({soap: 1}, at=datetime(2026, 12, 31, 16, 59, tzinfo=UTC))
    late = world.order({soap: 1}, at=datetime(2026, 12, 31, 17, 0, tzinfo=UTC))
    for order in (early, late):
        world.delivered(order, at=datetime(2027, 1, 2, 5, tzinfo=UTC))
    december, january = figures(world, datetime(2027, 1, 5, 5, tzinfo=UTC), months=2)
    assert [m.first_day for m in (december, january)] == [date(2026, 12, 1), date(2027, 1, 1)]
    assert (december.on_time.cases, january.on_time.cases) == (1, 3)
    assert (december.line_fill.cases, january.line_fill.cases) == (3, 1)


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2026, 1, 31), 1, date(2026, 1, 1)),
        (date(2026, 1, 31), 3, date(2025, 11, 1)),
        (date(2026, 12, 1), 12, date(2026, 1, 1)),
        (date(2026, 12, 31), 24, date(2025, 1, 1)),
    ],
)
def test_a_period_begins_with_a_whole_month(today: date, months: int, first: date) -> None:
    assert measures.first_month(noon(today), months) == first


# --- line fill, by hand ---


def test_a_line_fills_when_its_first_shipment_brings_all_of_it_from_stock(world: World) -> None:
    soap, towel, rare = world.product(stock=100), world.product("TOWEL-1", stock=6), world.product("RARE-1")
    whole = world.order({soap: 10})
    short = world.order({towel: 10})
    nothing = world.order({rare: 3})
    waiting = world.order({soap: 10})
    world.shipped(whole)
    world.shipped(short)
    (month,) = figures(world, noon(APRIL))
    assert month.line_fill == Share(cases=3, good=1), (
        "what lies in stock and has not shipped is not judged yet"
    )
    assert nothing.number != waiting.number


def test_a_line_shipped_in_two_goes_is_not_complete(world: World) -> None:
    order = world.order({world.product(stock=100): 10})
    (part,) = world.parts(order)
    for units in (7, 3):
        shipment = fulfilling.pick(world.session, order, {part.id: units}, by=world.staff, now=world.now)
        world.session.flush()
        fulfilling.ship(world.session, shipment, "Kerry", "TH1", by=world.staff, now=world.now)
    assert figures(world, noon(APRIL))[0].line_fill == Share(1, 0)


def test_what_the_customer_cancelled_is_left_out_of_a_line(world: World) -> None:
    order = world.order({world.product(stock=100): 10, world.product("TOWEL-1", stock=100): 4})
    first, _second = world.parts(order)
    cancelling.cancel(world.session, order, "Not needed", by=world.staff, now=world.now)
    assert first.line.cancelled == 10
    assert figures(world, noon(APRIL))[0].line_fill == Share(0, 0)


# --- what is open now ---


def test_risks_are_listed_most_urgent_first_and_counted_by_cause(world: World) -> None:
    soap, rare = world.product(stock=100), world.product("RARE-1", replenishment_days=3)
    early = world.order({soap: 1, world.product("TOWEL-1", stock=9): 2})
    late = world.order({soap: 1}, at=world.now + DAY)
    none = world.order({rare: 1})
    (part, *_) = world.parts(early)
    world.session.commit()
    check_lead_times(world.session, day_after_leaving(part))
    risks = measures.open_risks(world.session)
    assert [risk.due_at for risk in risks] == sorted(risk.due_at for risk in risks)
    assert measures.risks_by_cause(world.session) == {"not_shipped": 2, "no_supply": 1}
    assert {risk.order_no for risk in risks} == {early.number, none.number}
    assert late.number not in {risk.order_no for risk in risks}


def test_overdue_is_what_was_missed_and_is_still_owed(world: World) -> None:
    soap = world.product(stock=100)
    open_, arrived, cancelled = (world.order({soap: 1}) for _ in range(3))
    world.shipped(arrived)
    world.session.commit()
    later = due(world, open_) + DAY
    check_lead_times(world.session, later)
    assert measures.overdue(world.session) == boards.count_in_danger(world.session)[1] == 3
    cancelling.cancel(world.session, cancelled, "Too late", by=world.staff, now=later)
    assert measures.overdue(world.session) == boards.count_in_danger(world.session)[1] == 2


# --- counted again ---


def test_the_figures_equal_a_plain_recount_of_a_random_history(session: Session, now: datetime) -> None:
    world = make_world(session, now)
    rng = random.Random(7)
    other = make_customer(session, "C2", now=now)
    buyers = [world.buyer, make_user(session, Role.BUYER, customer=other, now=now)]
    goods = [world.product(f"SKU-{n}", stock=150) for n in range(4)]
    moment = now
    for n in range(40):
        moment += timedelta(hours=rng.randint(5, 40))
        wanted = {p: rng.randint(1, 12) for p in rng.sample(goods, rng.randint(1, 3))}
        order = world.order(wanted, at=moment, key=f"r{n}", buyer=rng.choice(buyers))
        if rng.random() < 0.15:
            world.receipt(rng.choice(goods), 40, date(2027, 1, 1))
        promised = [part.promise for part in world.parts(order) if part.promise]
        if rng.random() < 0.2:
            repromise(
                session, rng.choice(promised), promised[0].due_at + 3 * DAY, None, by=world.staff, now=moment
            )
        fate = rng.random()
        if fate < 0.7 and any(part.pickable for part in world.parts(order)):
            world.delivered(order, at=moment + timedelta(hours=rng.randint(1, 200)))
        elif fate < 0.8:
            cancelling.cancel(session, order, "Changed their mind", by=world.staff, now=moment)
    session.commit()
    later = moment + 10 * DAY
    check_lead_times(session, moment)
    months = figures(world, later, months=6)
    again = _recount(session, later)
    assert sum(month.on_time.cases for month in months) > 30
    for month in months:
        key = month.first_day
        assert month.on_time == again["agreed"][key], key
        assert month.on_time_original == again["original"][key], key
        assert month.line_fill == again["fill"][key], key
    first = measures.first_month(later, 6)
    theirs = [measures.on_time_of(session, customer, first, later) for customer in (world.customer, other)]
    assert theirs[0] + theirs[1] == sum((m.on_time for m in months), Share(0, 0))


def test_the_page_takes_the_same_number_of_statements_at_any_size(world: World, engine: Engine) -> None:
    soap = world.product(stock=500)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: statements.append(statement))
    counts = []
    for _ in range(2):
        for _ in range(8):
            world.delivered(world.order({soap: 1}), at=world.now + timedelta(hours=1))
        world.session.commit()
        statements.clear()
        figures(world, noon(date(2026, 4, 30)), months=12)
        counts.append(len([s for s in statements if s.startswith("SELECT")]))
    assert counts == [2, 2]


# --- the page ---


def test_the_manager_reads_figures_definitions_targets_and_risks(app: Flask, world: World) -> None:
    soap = world.product(stock=100)
    world.delivered(world.order({soap: 1}))
    late = world.order({soap: 2})
    world.session.commit()
    check_lead_times(world.session, day_after_leaving(world.parts(late)[0]))
    client = app.test_client()
    sign_in(client, world.manager)
    page = client.get("/manage/measures").text
    for words in (
        "target 95 %",
        "target 97 %",
        "Lines delivered by the promised date",
        late.number,
        "Not shipped",
    ):
        assert words in page
    assert page.count("data-chart-table") == 3
    for months in (3, 6, 24):
        assert client.get(f"/manage/measures?months={months}").status_code == 200
    for asked in ("1", "x", "999999"):
        assert client.get(f"/manage/measures?months={asked}").status_code == 404


def test_without_orders_and_policy_the_page_shows_dashes_not_zeros(
    app: Flask, session: Session, now: datetime
) -> None:
    manager = make_user(session, Role.MANAGER, now=now)
    session.commit()
    client = app.test_client()
    sign_in(client, manager)
    page = client.get("/manage/measures").text
    assert "No promise is at risk" in page
    assert "–" in page
    assert "data-target" not in page


def test_open_risks_are_those_of_order_lines(session: Session, now: datetime) -> None:
    world = make_world(session, now)
    kind = Kind.COMPLAINT_ANSWER
    promise_case(session, world.customer, kind, "CM-1", start=now, by=None, now=now)
    session.commit()
    sweep(session, now + timedelta(days=1))
    assert session.scalars(select(Promise.state)).all() == [PromiseState.AT_RISK]
    assert measures.risks_by_cause(session) == {}
    assert set(SHORT_CAUSES) == set(Cause)


def _recount(session: Session, now: datetime) -> dict[str, dict[date, Share]]:
    """The same figures, line by line in plain Python."""
    shares: dict[str, dict[date, Share]] = defaultdict(lambda: defaultdict(lambda: Share(0, 0)))
    session.expire_all()
    for line in session.scalars(select(OrderLine)):
        promises = [part.promise for part in line.parts if part.promise]
        for name in ("agreed", "original"):
            _count_line(
                shares[name],
                [(p, p.due_at if name == "agreed" else p.original_due_at) for p in promises],
                now,
            )
        wanted = line.ordered - line.cancelled
        if wanted and (line.first_shipped is not None or line.short):
            complete = line.short == 0 and (line.first_shipped or 0) >= wanted
            month = business_day(line.order.placed_at).replace(day=1)
            shares["fill"][month] += Share(1, int(complete))
    return shares


def _count_line(shares: dict[date, Share], parts: list[tuple[Promise, datetime]], now: datetime) -> None:
    parts = [(p, day) for p, day in parts if p.state not in (PromiseState.WITHDRAWN, PromiseState.WAIVED)]
    if not parts or any(p.state in WATCHED and day >= now for p, day in parts):
        return
    good = all(p.fulfilled_at is not None and p.fulfilled_at <= day for p, day in parts)
    shares[business_day(max(day for _, day in parts)).replace(day=1)] += Share(1, int(good))
