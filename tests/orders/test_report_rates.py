"""The line fill rate, which is no promise, stands in a service report beside the promises."""

from datetime import date, datetime

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from policies.kinds import Every, Kind
from policies.periods import period_with
from policies.report_figures import figures_of, figures_of_all
from policies.report_sheets import Line, lines_of
from portal.i18n import speaking
from tests.makers import World, make_world
from tests.people import make_customer


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


@pytest.mark.parametrize("every", [Every.WEEK, Every.MONTH, Every.QUARTER])
def test_a_report_has_the_line_fill_rate_of_what_was_ordered_in_its_period(
    world: World, every: Every
) -> None:
    soap = world.product("SOAP-1", stock=10)
    world.shipped(world.order({soap: 2}))
    world.session.flush()
    period = period_with(every, date(2026, 4, 1))
    whole = figures_of_all(world.session, world.version, period)
    own = figures_of(world.session, world.version, period, [world.customer])[world.customer.id]
    for figures in (whole, own):
        line = _fill(lines_of(figures, every))
        assert (line.cases, line.kept, line.missed, line.of_one) == (1, 1, 0, 1.0)
        assert line.trend[-1].judged == 1
        with speaking("en"):
            assert "in which it was ordered" in line.definition


def test_a_period_without_orders_has_no_line_fill_rate(world: World) -> None:
    period = period_with(Every.MONTH, date(2026, 3, 1))
    figures = figures_of(world.session, world.version, period, [world.customer])[world.customer.id]
    kinds = [line.clause.kind for line in lines_of(figures, Every.MONTH)]
    assert Kind.LINE_FILL not in kinds
    assert Kind.LEAD_TIME in kinds


def _fill(lines: tuple[Line, ...]) -> Line:
    return next(line for line in lines if line.clause.kind is Kind.LINE_FILL)


def test_the_figures_of_many_customers_take_as_many_questions_as_those_of_one(
    world: World, engine: Engine
) -> None:
    others = [make_customer(world.session, f"C{n}", now=world.now) for n in range(8, 12)]
    world.session.commit()
    period, asked = period_with(Every.MONTH, date(2026, 4, 1)), list[str]()
    event.listen(engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    counts = []
    for customers in ([world.customer], [world.customer, *others]):
        asked.clear()
        assert len(figures_of(world.session, world.version, period, customers)) == len(customers)
        counts.append(len(asked))
    assert counts[0] >= counts[1]  # the first look reads the version too
