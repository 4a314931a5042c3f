"""Product notices as the tests draft and refuse them."""

import pytest
from sqlalchemy import func, select

from aftersales.drafting_notices import NoticeTexts, draft
from aftersales.recalls import NoticeIdentity, NoticeKind, NoticeRecipient, ProductNotice
from portal.accounts.models import User
from portal.audit import AuditEntry
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused

TEXTS = NoticeTexts(
    "สีปนเปื้อน",
    "Contaminated paint",
    "อาจทำให้ผิวหนังระคายเคือง",
    "It irritates the skin.",
    "หยุดใช้ทันทีและส่งคืน",
    "Stop using it at once and send it back.",
)


def drafted(world, product, numbers="LOT-A", kind=NoticeKind.RECALL):
    notice = draft(world.session, kind, product, numbers, TEXTS, by=world.manager, now=world.now)
    world.session.flush()
    return notice


def refused(session, act, field=None):
    """The reason for which an act is refused; nothing of notices, stock or messages changed."""
    tables = (ProductNotice, NoticeIdentity, NoticeRecipient, Notice, AuditEntry)
    counted = [select(func.count()).select_from(model) for model in tables]
    before = [session.scalar(query) for query in counted]
    with pytest.raises(Refused) as no, transaction(session):
        act()
    session.expire_all()
    assert [session.scalar(query) for query in counted] == before
    assert no.value.field == field
    return no.value


def select_buyer(session, company):
    return session.scalars(select(User).where(User.customer_id == company.id, User.active)).one()
