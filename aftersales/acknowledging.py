"""A company says that it has read a product notice; a manager closes it when it has done its work."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.drafting_notices import Verb
from aftersales.recalls import (
    NOTICE_MOVES,
    NoticeIdentity,
    NoticeKind,
    NoticeRecipient,
    NoticeState,
    ProductNotice,
)
from aftersales.windows import recalled_among
from inventory.stopping import let_go
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused
from portal.typed import at_most

MOST_NOTE = 500


def acknowledge(session: Session, recipient: NoticeRecipient, note: str, *, by: User, now: datetime) -> None:
    """A company acknowledges a notice by one of its people, once. Refused twice, and once the notice is closed."""
    note = at_most(note, "note", MOST_NOTE)
    (fresh,) = lock(session, NoticeRecipient, [recipient.id])
    if fresh.acknowledged_at is not None:
        raise Refused(N_("Your company has already acknowledged this notice."))
    if (
        session.scalar(select(ProductNotice.state).where(ProductNotice.id == fresh.notice_id))
        != NoticeState.ISSUED
    ):
        raise Refused(N_("This notice is closed."))
    fresh.acknowledged_at, fresh.acknowledged_by_id, fresh.note = now, by.id, note.strip()
    facts = {"company": by.company.code, "note": fresh.note}
    audit.record(
        session, Verb.ACKNOWLEDGED, "product_notice", fresh.notice.number, by=by, now=now, after=facts
    )


def close(session: Session, notice: ProductNotice, *, by: User, now: datetime) -> None:
    """Close an issued notice: customers are asked for nothing more. Refused unless it is issued.

    What a recall stopped may come in and be sold again, unless another one in force names it.
    """
    (fresh,) = lock(session, ProductNotice, [notice.id])
    if not NOTICE_MOVES.allow(fresh.state, NoticeState.CLOSED):
        raise Refused(N_("Only an issued notice can be closed."))
    NOTICE_MOVES.make(fresh, NoticeState.CLOSED)
    fresh.closed_at = now
    session.flush()  # it is in force no longer
    if fresh.kind == NoticeKind.RECALL:
        query = select(NoticeIdentity.identity_id).where(NoticeIdentity.notice_id == fresh.id)
        named = set(session.scalars(query))
        let_go(session, named - recalled_among(session, named), now=now)
    audit.record(session, Verb.CLOSED, "product_notice", fresh.number, by=by, now=now)
