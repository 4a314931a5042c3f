"""Companies that come to hold what an issued notice names are put on record and told as those before them were."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.drafting_notices import Verb
from aftersales.issuing_notices import put_on_record, tell
from aftersales.recalls import NoticeIdentity, NoticeRecipient, NoticeState, ProductNotice
from inventory.identities import IdentityBalance
from portal import audit
from portal.db import lock
from portal.jobs import for_each


def reach_new_holders(session: Session, now: datetime) -> int:
    """Job: tell the companies that got affected units after a notice was issued, once each; says how many.

    Each notice is a transaction of its own.
    """

    def reach(notice_id: int) -> int:
        (notice,) = lock(session, ProductNotice, [notice_id])
        if notice.state != NoticeState.ISSUED:
            return 0
        reached = put_on_record(session, notice)
        if reached:
            facts = {"companies": reached, "people_told": tell(session, notice, now)}
            number = notice.number
            audit.record(session, Verb.REACHED, "product_notice", number, by=None, now=now, after=facts)
            session.expire(notice, ["recipients"])
        return reached

    known = (
        select(NoticeRecipient.id)
        .where(
            NoticeRecipient.notice_id == NoticeIdentity.notice_id,
            NoticeRecipient.customer_id == IdentityBalance.customer_id,
        )
        .exists()
    )
    query = (
        select(NoticeIdentity.notice_id)
        .join(ProductNotice, ProductNotice.id == NoticeIdentity.notice_id)
        .join(IdentityBalance, IdentityBalance.identity_id == NoticeIdentity.identity_id)
        .where(
            ProductNotice.state == NoticeState.ISSUED,
            IdentityBalance.customer_id.is_not(None),
            IdentityBalance.quantity > 0,
            ~known,
        )
        .distinct()
        .order_by(NoticeIdentity.notice_id)
    )
    return for_each(session, list(session.scalars(query)), reach)
