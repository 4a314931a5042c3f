"""Staff authorise a return, with a paper, or refuse it with a reason."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from aftersales import deciding
from aftersales.return_papers import authorisation_of, authorisation_pdf
from policies.promises import PromiseState
from portal.clock import business_day
from portal.db import transaction
from portal.mailing import written
from portal.outbox import Notice
from portal.refusal import Refused
from tests.aftersales.returns.acting import DAMAGED, ask, authorise, counts
from tests.conftest import settings_for
from tests.papers import text_of


def test_an_authorised_return_has_a_paper_and_its_decision_is_kept(session, world, order, now, tmp_path):
    found = ask(session, world, order, 2, reason=DAMAGED)
    authorise(session, world, found)
    session.refresh(found)
    assert (found.state, found.decision_promise.state) == ("authorised", PromiseState.KEPT)
    assert found.return_by == business_day(now + timedelta(days=14))
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert (notice.user_id, notice.path) == (world.buyer.id, "/my/returns/RT-2026-00001")
    assert "RT-2026-00001" in written(notice)[0]
    sheet = authorisation_of(session, found)
    seller = settings_for("sqlite://", tmp_path).seller
    english, thai = (text_of(authorisation_pdf(sheet, code, seller)) for code in ("en", "th"))
    for said in ("RT-2026-00001", "Product SOAP", "Bangkok warehouse", "15 Apr 2026", "Arrived damaged"):
        assert said in english
    assert "คลังกรุงเทพ" in thai
    assert "2569" in thai


def test_a_return_is_refused_with_a_reason_only_and_only_once(session, world, order, now):
    found = ask(session, world, order, 2)
    before = counts(session)
    with pytest.raises(Refused) as no, transaction(session):
        deciding.refuse(session, found, "  ", by=world.staff, now=now)
    assert (no.value.field, counts(session)) == ("reason", before)
    with transaction(session):
        deciding.refuse(session, found, "Opened", by=world.staff, now=now)
    assert (found.state, found.decision_promise.state) == ("refused", PromiseState.KEPT)
    before = counts(session)
    with pytest.raises(Refused):
        authorise(session, world, found)
    assert counts(session) == before
    assert ask(session, world, order, 5).state == "requested"


@pytest.mark.parametrize("days", [-1, 200])
def test_goods_are_expected_on_a_day_to_come_within_half_a_year(session, world, order, now, days):
    found = ask(session, world, order, 2)
    with pytest.raises(Refused) as no, transaction(session):
        day = business_day(now + timedelta(days=days))
        deciding.authorise(session, found, return_by=day, by=world.staff, now=now)
    assert no.value.field == "return_by"
    session.refresh(found)
    assert found.state == "requested"
