"""What a recall names comes back at any time, and never goes into stock."""

from datetime import timedelta

import pytest

from aftersales.drafting_notices import NoticeTexts, draft
from aftersales.issuing_notices import issue
from aftersales.models import Disposition
from aftersales.recalls import NoticeKind
from inventory import setting_aside
from inventory.identities import Keeping
from inventory.setting_aside import Units
from portal.db import transaction
from portal.refusal import Refused
from tests.aftersales.returns.acting import (
    DAMAGED,
    RECALLED,
    RESTOCK,
    SCRAP,
    ask,
    authorise,
    counts,
    inspect,
    places,
    receive,
    settle,
)
from tests.people import sign_in


def recall(session, world, order, numbers, now):
    texts = NoticeTexts("เรียกคืน", "Recall", "ไฟฟ้าลัดวงจร", "Short circuit", "หยุดใช้", "Stop using it")
    product = order.lines[0].product
    with transaction(session):
        notice = draft(session, NoticeKind.RECALL, product, numbers, texts, by=world.manager, now=now)
        issue(session, notice, by=world.admin, now=now)


def test_what_we_called_back_can_be_sent_back_at_any_time_and_never_goes_into_stock(
    session, world, pumps, now
):
    late = now + timedelta(days=99)
    recall(session, world, pumps, "PUMP-0001", late)
    before = counts(session)
    for number, reason in (("PUMP-0001", DAMAGED), ("PUMP-0002", RECALLED)):
        with pytest.raises(Refused):
            ask(session, world, pumps, 1, reason=reason, numbers={number: 1}, at=late)
    assert counts(session) == before
    found = ask(session, world, pumps, 1, reason=RECALLED, numbers={"PUMP-0001": 1}, at=late)
    authorise(session, world, found, at=late)
    receive(session, world, found, 1, at=late)
    before = counts(session)
    with pytest.raises(Refused, match="PUMP-0001"):
        inspect(session, world, found, (RESTOCK, 1), at=late)
    assert counts(session) == before
    inspect(session, world, found, (SCRAP, 1), at=late)
    settle(session, world, found, at=late)
    session.refresh(found)
    assert found.state == "settled"


def test_what_we_called_back_is_not_left_to_the_stock_desk_when_it_is_to_be_refurbished(
    session, world, pumps, now
):
    recall(session, world, pumps, "PUMP-0001", now)
    found = ask(session, world, pumps, 1, reason=RECALLED, numbers={"PUMP-0001": 1})
    authorise(session, world, found)
    receive(session, world, found, 1)
    inspect(session, world, found, (Disposition.REFURBISH, 1))
    mended = Units(pumps.lines[0].product, world.warehouse, 1, {"PUMP-0001": 1}, "As new again")
    with pytest.raises(Refused, match="PUMP-0001 is held by PN-"), transaction(session):
        setting_aside.release(session, mended, by=world.staff, now=now)
    assert places(session)[Keeping.QUARANTINE] == 1


def test_what_no_recall_names_is_not_sent_back_as_called_back(session, world, pumps, now):
    before = counts(session)
    with pytest.raises(Refused, match="choose another reason") as no:
        ask(session, world, pumps, 1, reason=RECALLED, numbers={"PUMP-0001": 1})
    assert no.value.field == "reason_1"
    assert counts(session) == before


def test_called_back_is_a_reason_to_choose_only_where_a_recall_is_open(app, session, world, pumps, now):
    buyer = app.test_client()
    sign_in(buyer, world.buyer)
    page = f"/my/orders/{pumps.number}/return"
    assert 'value="recalled"' not in buyer.get(page).text
    recall(session, world, pumps, "PUMP-0001", now)
    assert 'value="recalled"' in buyer.get(page).text
