"""The demo's mistakes on documents: reported by buyers and found by staff, to be looked into, corrected, unfounded."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales.document_errors import ErrorState, Mistake
from aftersales.papers import paper_for, papers_of_order
from aftersales.reporting_errors import report_error
from aftersales.resolving_errors import resolve
from orders.models import Order, Origin
from portal.demo.cast import Cast

OLDEST, LATEST = timedelta(days=24), timedelta(days=3)
STORIES = (
    (Mistake.ADDRESS, "ใบส่งของระบุประตู 2 ของเราคือประตู 4 (gate 2 is printed, ours is gate 4)", True, None),
    (Mistake.COMPANY, "สาขาควรเป็น 00003 (the branch should be 00003)", True, ErrorState.CORRECTED),
    (Mistake.PRICE, "ราคาไม่ตรงกับใบเสนอราคา (not the price we were quoted)", True, ErrorState.UNFOUNDED),
    (Mistake.DATE, "วันที่ส่งพิมพ์ผิดหนึ่งวัน (the day of dispatch is one day off)", False, None),
    (
        Mistake.QUANTITY,
        "จำนวนบนกระดาษเป็นลัง ไม่ใช่ชิ้น (cartons are printed, not pieces)",
        False,
        ErrorState.CORRECTED,
    ),
)
RESOLUTIONS = {
    ErrorState.CORRECTED: "แก้ไขข้อมูลและส่งเอกสารใหม่แล้ว (corrected, and sent again)",
    ErrorState.UNFOUNDED: "ตรวจแล้ว ราคาตรงกับรายการราคาที่ใช้ในวันนั้น (it is the price that held that day)",
}


def load_papers(session: Session, cast: Cast) -> None:
    """A few mistakes on documents of the last weeks, one to an order."""
    query = (
        select(Order)
        .where(
            Order.origin == Origin.PORTAL,
            Order.buyer_id.is_not(None),
            Order.placed_at > cast.now - OLDEST,
            Order.placed_at < cast.now - LATEST,
        )
        .order_by(Order.id)
        .limit(len(STORIES))
        .options(joinedload(Order.buyer))
    )
    for n, (order, story) in enumerate(zip(session.scalars(query).all(), STORIES, strict=False)):
        mistake, note, by_buyer, outcome = story
        person = cast.staff[n % len(cast.staff)]
        listed = papers_of_order(session, order)[-1]
        reader = order.buyer if by_buyer and order.buyer is not None else person
        paper = paper_for(session, reader, listed.kind, listed.number)
        told_at = min(listed.issued_at + timedelta(hours=5), cast.now - timedelta(hours=30))
        found = report_error(session, paper, mistake, note, by=reader, now=told_at)
        if outcome is not None:
            done_at = told_at + timedelta(hours=20)
            resolve(session, found, outcome, RESOLUTIONS[outcome], by=person, now=done_at)
