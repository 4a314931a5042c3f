"""Versions on every stretch of their way: with all that a clause can say, in review, sent back, acknowledged or not."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.acknowledging import acknowledge
from policies.demo.terms import GOLD, SILVER, reported
from policies.kinds import Convention, Every, Kind
from policies.models import Policy, PolicyNews, PolicyVersion
from policies.revising import change_draft, draft_version, open_policy, publish, send_back, submit
from policies.terms import Clause, Terms
from portal.accounts.models import User
from portal.clock import at
from portal.customers.grouping import form_group, put_into_group
from portal.customers.models import CustomerKind, Tier
from portal.demo.cast import Cast

MORNING = time(9, 30)
NORTH = ("TH-50", "TH-51", "TH-52", "TH-57")
BRANCHES = 4
ONE_IN = 6
"""One customer in so many has not acknowledged what they were told."""


def load_authoring(session: Session, cast: Cast) -> None:
    """A group with its policy, a silver version that says everything, one in review, one sent back, and readers."""
    author, reviewer, today = cast.managers[-1], cast.managers[0], cast.today
    _group(session, cast, author, reviewer, today - timedelta(days=45))
    silver = _policy(session, Policy.tier == Tier.SILVER)
    since = today - timedelta(days=30)
    version = _draft(session, silver, _everything(), since - timedelta(days=9), author)
    submit(session, version, by=author, now=_at(since - timedelta(days=8)))
    reason = "เพิ่มมาตรฐานการยืนยัน การแจ้งล่าช้า และการชดเชย (confirmation, notice of delays and settlement added)"
    publish(session, version, since, reason, by=reviewer, now=_at(since - timedelta(days=7)))
    gold = _policy(session, Policy.tier == Tier.GOLD)
    faster = reported(GOLD).but(
        replace(GOLD.clauses[0], days=1, cut_off=time(12, 0)),
        Clause(Kind.LINE_FILL, target_bp=9700, fill_tolerance_bp=200),
        Clause(Kind.ORDER_CONFIRMATION, target_bp=9800, minutes=60),
    )
    # Everybody may order until three: who is promised the next day orders by noon.
    faster = replace(
        faster,
        intro_th="ลูกค้าระดับโกลด์ได้รับสินค้าก่อน คำสั่งซื้อก่อนเที่ยงได้รับในวันทำการถัดไป",
        intro_en="Gold customers are served first: what they order by noon is there on the next working day.",
    )
    waiting = _draft(session, gold, faster, today - timedelta(days=4), author)
    submit(session, waiting, by=author, now=_at(today - timedelta(days=2)))
    _sent_back(session, author, reviewer, today)
    session.flush()
    _acknowledge(session, cast)


def _group(session: Session, cast: Cast, author: User, reviewer: User, since: date) -> None:
    now = _at(since - timedelta(days=20))
    group = form_group(session, "FRESH", "เครือร้านเฟรชมาร์ท", "Fresh Mart branches", by=author, now=now)
    session.flush()
    standard = (
        c for c in cast.customers.values() if c.tier == Tier.STANDARD and c.kind == CustomerKind.RETAIL
    )
    for customer, _n in zip(standard, range(BRANCHES), strict=False):
        put_into_group(session, customer, group, by=author, now=now)
    session.flush()
    names = ("นโยบายเครือร้านเฟรชมาร์ท", "Fresh Mart policy")
    draft = open_policy(session, *names, group=group, by=author, now=now)
    session.flush()  # the draft is read anew under its lock
    terms = Terms(
        (
            Clause(Kind.LEAD_TIME, 4, Convention.WORKING, 9500, 50_00, 500_00, cut_off=time(14, 0)),
            Clause(Kind.COMPLAINT_ANSWER, 2, target_bp=9500),
        ),
        return_days=30,
    )
    change_draft(session, draft, terms, by=author, now=now)
    submit(session, draft, by=author, now=now)
    published = _at(since - timedelta(days=10))
    publish(
        session,
        draft,
        since,
        "สาขาทุกแห่งได้รับบริการเหมือนกัน (the same service for each branch)",
        by=reviewer,
        now=published,
    )
    session.flush()


def _everything() -> Terms:
    lead_time = replace(
        SILVER.clauses[0],
        exempt_kinds=("flood", "strike"),
        review_every=Every.QUARTER,
        settle_days=10,
        late_settlement_minor=100_00,
    )
    return reported(
        SILVER.but(
            lead_time,
            replace(lead_time, days=7, provinces=NORTH),
            Clause(Kind.LINE_FILL, target_bp=9300, fill_tolerance_bp=100),
            Clause(
                Kind.COMPLAINT_ANSWER,
                minutes=8 * 60,
                tolerance=30,
                target_bp=9500,
                compensation_minor_per_day=100_00,
                compensation_cap_minor=1000_00,
            ),
            Clause(Kind.ORDER_CONFIRMATION, minutes=4 * 60, target_bp=9900),
            Clause(Kind.DELAY_NOTICE, 1, target_bp=9000),
            Clause(Kind.SETTLEMENT, 10, target_bp=9500),
            Clause(Kind.DOCUMENT_ACCURACY, target_bp=9900, review_every=Every.QUARTER),
        )
    )


def _sent_back(session: Session, author: User, reviewer: User, today: date) -> None:
    own = session.scalars(select(Policy).where(Policy.customer_id.is_not(None)).limit(1)).first()
    if own is None:
        return
    terms = Terms((Clause(Kind.LEAD_TIME, 3, Convention.CALENDAR, 9900, 200_00, 1000_00),))
    draft = _draft(session, own, terms, today - timedelta(days=6), author)
    submit(session, draft, by=author, now=_at(today - timedelta(days=5)))
    note = "เป้าหมาย 99 % สูงกว่าที่เราทำได้ ขอให้ทบทวน (99 % is more than we have ever kept: please think again)"
    send_back(session, draft, note, by=reviewer, now=_at(today - timedelta(days=3)))


def _acknowledge(session: Session, cast: Cast) -> None:
    told = session.execute(select(PolicyNews.version_id, PolicyNews.customer_id, PolicyNews.told_at)).all()
    buyers = {customer.id: cast.buyers[customer.code][0] for customer in cast.customers.values()}
    for version_id, customer_id, told_at in told:
        when = told_at + timedelta(days=1 + customer_id % 4, hours=customer_id % 7)
        if customer_id % ONE_IN and when < cast.now:
            buyer = buyers[customer_id]
            version = session.get_one(PolicyVersion, version_id)
            acknowledge(session, version, buyer.company, by=buyer, now=when)


def _draft(session: Session, policy: Policy, terms: Terms, on: date, author: User) -> PolicyVersion:
    draft = draft_version(session, policy, by=author, now=_at(on))
    session.flush()  # the draft is read anew under its lock
    change_draft(session, draft, terms, by=author, now=_at(on) + timedelta(hours=1))
    session.flush()
    return draft


def _policy(session: Session, which: object) -> Policy:
    return session.scalars(select(Policy).where(which)).one()  # type: ignore[arg-type]


def _at(day: date) -> datetime:
    return at(day, MORNING)
