"""What each role sees first: the buyer what needs an answer, the desk what is late, the manager how it all goes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from aftersales.answering import answer
from aftersales.complaining import Grievance, complain
from aftersales.complaints import ComplaintKind
from orders.watching import check_lead_times
from policies.sweeping import sweep
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import transaction
from tests.inventory.makers import statements
from tests.makers import World, make_world, sign_in
from tests.people import make_customer, make_user
from tests.subjects import subjects_of

HEADING = re.compile(r'<h2 class="card-title">([^<]+)')
LATER = timedelta(days=40)


@dataclass
class Named(World):
    """A world with what is in it, by the arguments of the addresses."""

    named: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def world(session: Session, now: datetime) -> Iterator[Named]:
    """A house in which something of every kind happened on one noon."""
    with time_machine.travel(now, tick=True):
        with transaction(session):
            world = Named(**vars(make_world(session, now)))
            world.named = subjects_of(world)
        yield world


@pytest.fixture
def long_after(session: Session, world: World, now: datetime) -> Iterator[datetime]:
    """Forty days on, when whatever was promised and not done is late."""
    later = now + LATER
    check_lead_times(session, later)
    sweep(session, later)
    with time_machine.travel(later, tick=True):
        yield later


def _home(app: Flask, person: User, path: str = "/") -> str:
    return _client(app, person).get(path).text


def _client(app: Flask, person: User) -> FlaskClient:
    client = app.test_client()
    sign_in(client, person)
    return client


def _card(page: str, mark: str) -> str:
    start = page.index(f'id="{mark}"')
    return page[start : page.index("</section>", start)]


def _rows(card: str) -> list[str]:
    return re.findall(r"<tr>\s*<td.*?</tr>", card, re.DOTALL)


def _complaint(world: World, at: datetime, *, answered: bool = False) -> str:
    found = complain(
        world.session, world.customer, Grievance(ComplaintKind.QUALITY, "It smells"), by=world.buyer, now=at
    )
    world.session.flush()
    if answered:
        answer(world.session, found, "We are sorry.", by=world.staff, now=at)
    return found.number


def test_a_buyer_sees_first_what_needs_an_answer_then_what_is_coming_then_what_is_owned(
    app, session, world, now
):
    with transaction(session):
        answered = _complaint(world, now, answered=True)
    page = _home(app, world.buyer)
    assert HEADING.findall(page) == [
        "Needs your answer",
        "What is coming, and when",
        "What we own",
        "Latest orders",
    ]
    rows = _rows(_card(page, "answers"))
    wanted = (
        world.named["offer_no"],
        world.named["repair_no"],
        world.named["product_notice_no"],
        world.named["disruption_no"],
        world.named["my_returns.authorisation:return_no"],
        world.named["my_compensation.one:compensation_no"],
        world.named["policies_customer.version:code"],
        answered,
    )
    for number in wanted:
        assert sum(number in row for row in rows) == 1, number
    assert len(rows) == len(wanted), "a loaner that is due in two weeks needs nothing yet"


def test_answers_stand_in_the_order_of_their_deadlines(app, world):
    rows = _rows(_card(_home(app, world.buyer), "answers"))
    places = [
        next(n for n, row in enumerate(rows) if world.named[name] in row)
        for name in ("offer_no", "my_returns.authorisation:return_no", "repair_no")
    ]
    assert places == sorted(places), (
        "an offer until tomorrow, goods to send next month, a quote without a day"
    )


def test_a_loaner_that_is_overdue_is_asked_for(app, world, long_after):
    rows = _rows(_card(_home(app, world.buyer), "answers"))
    (loaner,) = [row for row in rows if world.named["loan_no"] in row]
    assert "Overdue" in loaner


def test_a_late_line_says_so_with_its_cause_and_stands_before_what_is_still_in_time(app, world, long_after):
    card = _card(_home(app, world.buyer), "coming")
    assert "Late" in _rows(card)[0]
    assert "have not left the warehouse" in card


def test_nothing_of_another_company_is_on_a_buyers_home_page(app, session, world, now):
    with transaction(session):
        other = make_customer(session, "C2", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
    page = _home(app, stranger)
    assert "Nothing waits for your answer." in page
    assert "Nothing is on order that has not arrived." in page
    for name in ("offer_no", "repair_no", "product_notice_no", "loan_no", "number", "complaint_no"):
        assert world.named[name] not in page, name


def test_the_desk_sees_first_what_is_late_then_what_waits_then_the_work_of_the_day(
    app, session, world, long_after
):
    with transaction(session):
        complaint = _complaint(world, long_after)
    page = _home(app, world.staff)
    assert HEADING.findall(page)[:3] == ["Late and at risk now", "Waiting for our answer", "Today’s work"]
    late = _card(page, "late")
    for said in ("Order lines: ", "Faster delivery to decide: ", "Pick and ship"):
        assert said in late
    assert complaint not in late, "it was opened today"
    for work in ("Complaints to answer", "Compensation to decide", "Orders to pick", "Receipts due"):
        assert work in page


def test_each_late_case_leads_to_the_page_that_mends_it(app, world, long_after):
    client = _client(app, world.staff)
    late = _card(client.get("/").text, "late")
    links = {link for row in _rows(late) for link in re.findall(r'href="(/desk[^"#]+)"', row)}
    assert f"/desk/expedites/{world.named['request_no']}" in links
    for link in links:
        assert client.get(link).status_code == 200, link


def test_a_manager_sees_first_how_promises_are_kept_and_for_whom_not(app, world, long_after):
    page = _home(app, world.manager)
    headings = [one for one in HEADING.findall(page) if "Getting started" not in one]
    assert headings == [
        "Attainment",
        "Customers missed most",
        "Products missed most",
        "Disruptions",
        "Open product notices",
        "Compensation this month",
        "On time and line fill by month",
        "Waiting for our answer",
    ]
    attainment = _card(page, "attainment")
    assert "Target" in attainment
    assert 'class="spark"' in attainment
    assert f"/desk/customers/{world.customer.code}" in page
    assert world.named["desk_notices.edit:product_notice_no"] not in page or "Draft" in page


def test_the_page_of_a_company_tells_everything_and_leaves_no_panel_empty(app, session, world, now):
    page = _home(app, world.staff, f"/desk/customers/{world.customer.code}")
    known = HEADING.findall(page)
    assert known[:4] == ["Particulars", "Service policy", "Substitutes", "Late and at risk now"]
    assert {"Orders", "Complaints and compensation", "Returns", "Units, repairs and loaners"} <= set(known)
    assert {"Faster delivery", "How we kept our promises", "People"} <= set(known)
    for name in ("repair_no", "loan_no", "return_no", "complaint_no", "request_no"):
        assert world.named[name] in page, name
    with transaction(session):
        make_customer(session, "C2", now=now)
    empty = _home(app, world.staff, "/desk/customers/C2")
    assert HEADING.findall(empty) == known
    for said in ("has not ordered yet", "has not complained", "asked for no faster delivery"):
        assert said in empty


@pytest.mark.parametrize("role", [Role.BUYER, Role.STAFF, Role.MANAGER])
def test_a_home_page_takes_as_many_queries_for_many_cases_as_for_few(app, session, world, long_after, role):
    person = {Role.BUYER: world.buyer, Role.STAFF: world.staff, Role.MANAGER: world.manager}[role]
    _same_number_of_queries(app, session, world, long_after, person, "/")


def test_the_page_of_a_company_takes_as_many_queries_for_many_cases_as_for_few(
    app, session, world, long_after
):
    _same_number_of_queries(
        app, session, world, long_after, world.staff, f"/desk/customers/{world.customer.code}"
    )


def _same_number_of_queries(app, session, world, now, person, path):
    client = _client(app, person)
    counts = []
    for round_ in range(2):
        with transaction(session):
            product = world.product(f"MORE-{round_}", stock=4)
            for _ in range(1 + 5 * round_):
                world.order({product: 2})
                _complaint(world, now)
                _complaint(world, now, answered=True)
        check_lead_times(session, now)
        with statements(session) as sent:
            assert client.get(path).status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert counts[0] < 60


ENTRY = re.compile(r'<li><a href="([^"]+)"')


def test_the_navigation_is_short_and_what_stands_under_an_entry_is_shown_on_its_pages(app, world):
    client = _client(app, world.buyer)
    page = client.get("/").text
    entries = ENTRY.findall(page[page.index('id="side"') : page.index("</nav>")])
    assert len(entries) <= 11
    assert "/my/offers" not in entries
    shown = client.get("/my/orders").text
    family = shown[shown.index('class="family"') :].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', family) == [
        "/my/orders",
        "/my/offers",
        "/my/expedites",
        "/my/credits",
    ]
    assert 'class="family"' not in client.get(f"/my/orders/{world.named['number']}").text


def test_the_desk_finds_its_work_grouped_and_a_manager_what_only_managers_see(app, world):
    titles = re.compile(r'<h2 class="side-title">([^<]+)')
    desk, manager = _home(app, world.staff), _home(app, world.manager)
    groups = ["Orders", "Stock", "Service", "Customers", "Policies and figures", "House"]
    assert titles.findall(desk) == titles.findall(manager) == groups
    assert 'href="/manage/policies"' in desk
    assert 'href="/manage/attainment"' in manager
    assert 'href="/manage/attainment"' not in desk


def test_a_number_beside_an_entry_counts_what_waits_for_the_reader(app, world):
    page = _home(app, world.buyer)
    side = page[page.index('id="side"') : page.index("</nav>")]
    waiting = {
        path: "count" in rest
        for path, rest in re.findall(r'<li><a href="([^"]+)"(.*?)</li>', side, re.DOTALL)
    }
    assert waiting["/my/orders"], "an offer waits"
    assert waiting["/my/repairs"], "a quote waits"
    assert waiting["/my/units"], "a notice waits"
    assert not waiting["/my/returns"]
