"""A number typed into the search box leads to its page; a company finds only what is its own."""

import pytest
from sqlalchemy import select

from aftersales.complaints import Compensation, Complaint
from aftersales.models import Return
from aftersales.recalls import ProductNotice
from aftersales.repairs import Loan, Repair
from inventory.inbound import Transfer
from orders.disruptions import Disruption
from orders.expedites import ExpediteRequest
from orders.shipments import CreditNote, Shipment
from orders.substitutions import SubstituteOffer
from portal.accounts.roles import Role
from portal.db import transaction
from tests.makers import make_world, sign_in
from tests.people import make_customer, make_user
from tests.subjects import subjects_of

OF_A_COMPANY = (
    Return,
    Complaint,
    Compensation,
    Repair,
    Loan,
    ExpediteRequest,
    SubstituteOffer,
    Shipment,
    CreditNote,
)
OF_THE_HOUSE = (Transfer,)


@pytest.fixture
def world(session, now):
    with transaction(session):
        world = make_world(session, now)
        subjects_of(world)
        return world


def enter(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


def first(session, model):
    return session.scalar(select(model.number).order_by(model.id).limit(1))


def test_staff_reach_every_case_by_its_number(app, session, world):
    manager = enter(app, world.manager)
    for model in (*OF_A_COMPANY, *OF_THE_HOUSE, ProductNotice, Disruption):
        number = first(session, model)
        answer = manager.get("/search", query_string={"q": f" {number.lower()} "})
        assert answer.status_code == 302, number
        assert manager.get(answer.location.partition("#")[0]).status_code == 200, number


def test_a_company_reaches_its_own_cases_and_no_others(app, session, world, now):
    with transaction(session):
        stranger = make_user(session, Role.BUYER, customer=make_customer(session, "OTHER", now=now), now=now)
    mine, theirs = enter(app, world.buyer), enter(app, stranger)
    for model in (*OF_A_COMPANY, ProductNotice):
        number = first(session, model)
        answer = mine.get("/search", query_string={"q": number})
        assert answer.status_code == 302, number
        assert mine.get(answer.location).status_code == 200, number
        assert theirs.get("/search", query_string={"q": number}).status_code == 200, number
    for kept in OF_THE_HOUSE:
        assert mine.get("/search", query_string={"q": first(session, kept)}).status_code == 200


def test_a_company_s_page_leads_to_its_own_lists(app, session, world, now):
    with transaction(session):
        make_customer(session, "C10", now=now)
    manager = enter(app, world.manager)
    page = manager.get(f"/desk/customers/{world.customer.code}").text
    lists = {
        "/desk/returns": Return,
        "/desk/repairs": Repair,
        "/desk/complaints?view=all": Complaint,
        "/desk/expedites?all=1": ExpediteRequest,
    }
    for address, model in lists.items():
        mark = "&" if "?" in address else "?"
        narrowed = f"{address}{mark}company={world.customer.code}"
        assert narrowed.replace("&", "&amp;") in page, narrowed
        number = first(session, model)
        assert number in manager.get(narrowed).text
        assert number not in manager.get(f"{address}{mark}company=C10").text
        assert manager.get(f"{address}{mark}company=NOBODY").status_code == 404
