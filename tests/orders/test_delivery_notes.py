"""The delivery note names every lot and serial in a shipment, in the reader's language."""

from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config import Seller
from inventory.identifying import LotFacts
from inventory.stocking import open_stock
from orders.delivery_notes import delivery_note_pdf, note_facts
from orders.shipments import Shipment
from portal.accounts.roles import Role
from portal.i18n import day_text, speaking
from tests.inventory.makers import statements
from tests.makers import World, make_customer, make_user, make_world, sign_in
from tests.papers import text_of

USE_BY = date(2027, 3, 31)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


def sent(world: World, units: int = 2) -> Shipment:
    drill = world.product("DRILL", stock=units, tracking="serial")
    milk = world.product("MILK", tracking="lot")
    lots = {LotFacts("L-1", USE_BY): 3, LotFacts("L-2"): 5}
    open_stock(world.session, milk, world.warehouse, 8, lots=lots, by=None, now=world.now)
    return world.shipped(world.order({drill: units, milk: 5}))


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_note_names_lots_and_serials(world: World, language: str) -> None:
    shipment = note_facts(world.session, sent(world))
    paper = text_of(delivery_note_pdf(shipment, language, Seller()))
    for said in (shipment.number, shipment.order.number, "DRILL-0001", "DRILL-0002", "L-1", "L-2", "TH123"):
        assert said in paper
    with speaking(language):
        assert day_text(USE_BY) in paper


def test_the_note_takes_as_many_statements_for_many_serials_as_for_few(world: World) -> None:
    shipment = sent(world, 30)
    world.session.commit()
    with statements(world.session) as sent_statements:
        delivery_note_pdf(note_facts(world.session, shipment), "en", Seller())
    assert len(sent_statements) <= 4


def test_only_the_desk_and_the_company_itself_read_the_note(
    app: Flask, world: World, session: Session
) -> None:
    shipment = sent(world)
    other = make_customer(session, "C2", now=world.now)
    stranger = make_user(session, Role.BUYER, customer=other, now=world.now)
    session.commit()
    answers = {}
    for name, person, side in (
        ("desk", world.staff, "desk"),
        ("own", world.buyer, "my"),
        ("stranger", stranger, "my"),
    ):
        client = app.test_client()
        sign_in(client, person)
        path = f"/{side}/shipments/{shipment.number}/delivery-note.pdf"
        answer = client.get(f"{path}?language=th")
        answers[name] = (answer.status_code, answer.mimetype)
        assert client.get(f"{path}?language=fr").status_code == 404
    assert answers["desk"] == answers["own"] == (200, "application/pdf")
    assert answers["stranger"][0] == 404
