"""The audit trail speaks in words: every fact that an act keeps has a name, and its value reads as people write it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from inventory.pricing import Verb as Pricing
from portal.audit import AuditEntry
from portal.db import transaction
from portal.i18n import speaking
from portal.views.history import fact_text
from tests.makers import make_world, sign_in
from tests.subjects import subjects_of


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


def test_every_fact_on_record_has_a_name(app, session, world, now):
    with transaction(session):
        subjects_of(world)
    for job in app.extensions["jobs"].values():
        if not job.name.startswith(("mail", "import")):
            job.act(session, now + timedelta(days=40))
    titles, nameless = app.extensions["facts"], set()
    for act in session.scalars(select(AuditEntry)):
        if act.verb == Pricing.SET:
            continue  # its facts are named after the price lists
        nameless |= {
            (act.verb, name) for name in (act.before or {}) | (act.after or {}) if name not in titles
        }
    assert nameless == set()


def test_facts_are_read_with_their_units_and_days():
    with speaking("en"):
        assert fact_text("total_minor", 107_000) == "฿1,070.00"
        assert fact_text("most_share_bp", 1_250) == "12.5 %"
        assert fact_text("active", value=True) == "yes"
        assert fact_text("due_on", "2026-04-07") == "Tue 7 Apr 2026"
        assert fact_text("numbers", ["L1", "L2"]) == "L1, L2"
        assert fact_text("note", "") is None
        assert fact_text("valid_from", "soon") == "soon"


def test_the_page_names_the_facts_and_shows_no_raw_field(app, session, world):
    with transaction(session):
        world.order({world.product("SOAP-1", price="100.00", stock=5): 2})
    manager = app.test_client()
    sign_in(manager, world.manager)
    page = manager.get("/manage/audit?subject=SO-2026-00001").text
    assert "<dt>Total</dt>" in page
    assert "฿214.00" in page
    assert "total minor" not in page
