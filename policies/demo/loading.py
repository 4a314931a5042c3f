"""Believable policies, published through the use-cases as a manager would over two years."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from policies import calendars
from policies.demo.authoring import load_authoring
from policies.demo.directory import load_directory
from policies.demo.events import load_events
from policies.demo.places import load_places
from policies.demo.rota import load_rota
from policies.demo.terms import EVERYBODY, GOLD, SILVER, reported
from policies.kinds import Convention, Kind
from policies.models import Policy, PolicyVersion
from policies.revising import change_draft, draft_version, open_policy, publish, submit
from policies.terms import Clause, Terms
from portal.accounts.models import User
from portal.clock import at, business_day
from portal.customers.models import Customer, CustomerKind, Tier
from portal.demo.cast import Cast

OFFICE_OPENS = time(9, 30)


def load(session: Session, cast: Cast) -> None:
    """The rule book's part of the demo: one wholesale company of the silver tier has an agreement of its own."""
    companies = cast.customers.values()
    own = next((c for c in companies if c.kind == CustomerKind.WHOLESALE and c.tier == Tier.SILVER), None)
    people = {"author": cast.managers[-1], "publisher": cast.managers[0]}
    publish_demo_policies(session, **people, first_day=business_day(cast.began), today=cast.today, own=own)
    load_places(session, cast)
    load_authoring(session, cast)
    load_directory(session, by=cast.managers[0], now=cast.began)
    load_rota(session, cast)
    load_events(session, cast)


def publish_demo_policies(
    session: Session,
    *,
    author: User,
    publisher: User,
    first_day: date,
    today: date,
    own: Customer | None = None,
) -> None:
    """The policies of the demo from `first_day` on, and the calendar for the years around `today`.

    Everybody, silver and gold have a policy from the first day; everybody's and gold's were tightened since, gold's
    last. Everybody's has a version to come and a draft after it. `own` is a company with a policy of its own.
    """
    for year in range(min(first_day.year, today.year - 3), today.year + 3):
        calendars.set_up(session, range(year, year + 1), now=_morning(min(first_day, date(year, 1, 1))))
    halfway = first_day + (today - first_day) / 2
    everybody = _open(session, EVERYBODY, "นโยบายการให้บริการ", "Service policy", first_day, author, publisher)
    _open(
        session,
        SILVER,
        "นโยบายลูกค้าระดับซิลเวอร์",
        "Silver policy",
        first_day,
        author,
        publisher,
        tier=Tier.SILVER,
    )
    gold = _open(
        session, GOLD, "นโยบายลูกค้าระดับโกลด์", "Gold policy", first_day, author, publisher, tier=Tier.GOLD
    )
    raised = EVERYBODY.but(_fill(9200), _lead(EVERYBODY, per_day=100, cap=1000))
    _revise(
        session,
        everybody,
        raised,
        halfway,
        "เพิ่มค่าชดเชยเมื่อส่งช้าและยกระดับอัตราการเติมเต็ม (higher compensation and line fill rate)",
        author,
        publisher,
    )
    faster = reported(GOLD).but(_lead(GOLD, days=2))
    _revise(
        session,
        gold,
        faster,
        today - timedelta(days=135),
        "ลดระยะเวลาการส่งมอบจาก 3 เหลือ 2 วันทำการ (lead time cut from 3 to 2 working days)",
        author,
        publisher,
    )
    stricter = raised.but(_lead(raised, target=9600), _fill(9300))
    _revise(
        session,
        everybody,
        stricter,
        today + timedelta(days=30),
        "ยกระดับเป้าหมายหลังทำได้เกินเป้าติดต่อกัน (targets raised after they were beaten)",
        author,
        publisher,
        decided=today - timedelta(days=3),
    )
    _draft(session, everybody, stricter.but(_fill(9400)), today - timedelta(days=1), author)
    if own is not None:
        lead_time = Clause(
            Kind.LEAD_TIME,
            4,
            Convention.CALENDAR,
            9600,
            compensation_bp_per_day=150,
            compensation_cap_bp=1500,
        )
        terms = Terms((lead_time,))
        since = today - timedelta(days=200)
        names = (f"ข้อตกลงกับ{own.name_th}", f"Agreement with {own.name_en}")
        _open(session, terms, *names, since, author, publisher, customer=own)


def _open(
    session: Session,
    terms: Terms,
    name_th: str,
    name_en: str,
    valid_from: date,
    author: User,
    publisher: User,
    *,
    tier: Tier | None = None,
    customer: Customer | None = None,
) -> Policy:
    drafted, published = _morning(valid_from - timedelta(days=10)), _morning(valid_from - timedelta(days=7))
    draft = open_policy(
        session, name_th[:200], name_en[:200], tier=tier, customer=customer, by=author, now=drafted
    )
    session.flush()  # the draft is read anew under its lock
    change_draft(session, draft, terms, by=author, now=drafted + timedelta(hours=1))
    submit(session, draft, by=author, now=drafted + timedelta(hours=2))
    publish(session, draft, valid_from, "ประกาศใช้ครั้งแรก (first publication)", by=publisher, now=published)
    session.flush()
    return draft.policy


def _revise(
    session: Session,
    policy: Policy,
    terms: Terms,
    valid_from: date,
    reason: str,
    author: User,
    publisher: User,
    *,
    decided: date | None = None,
) -> None:
    published = decided or valid_from - timedelta(days=14)
    draft = _draft(session, policy, terms, published - timedelta(days=5), author)
    submit(session, draft, by=author, now=_morning(published - timedelta(days=4)))
    publish(session, draft, valid_from, reason, by=publisher, now=_morning(published))
    session.flush()


def _draft(session: Session, policy: Policy, terms: Terms, on: date, author: User) -> PolicyVersion:
    draft = draft_version(session, policy, by=author, now=_morning(on))
    session.flush()  # the draft is read anew under its lock
    change_draft(session, draft, terms, by=author, now=_morning(on) + timedelta(hours=1))
    session.flush()
    return draft


def _lead(
    terms: Terms,
    *,
    days: int | None = None,
    target: int | None = None,
    per_day: int | None = None,
    cap: int | None = None,
) -> Clause:
    lead = terms.clause(Kind.LEAD_TIME)
    assert lead is not None
    return replace(
        lead,
        days=days or lead.days,
        target_bp=target or lead.target_bp,
        compensation_bp_per_day=per_day or lead.compensation_bp_per_day,
        compensation_cap_bp=cap or lead.compensation_cap_bp,
    )


def _fill(target_bp: int) -> Clause:
    return Clause(Kind.LINE_FILL, target_bp=target_bp)


def _morning(day: date) -> datetime:
    return at(day, OFFICE_OPENS)
