"""Seminars and advice in the demo: one of each state, two consultants with times around today."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from policies.booking import book, note_outcome
from policies.calendars import working_days
from policies.clocks import WorkingDays
from policies.consultants import ConsultantFacts, name_consultant
from policies.consultations import Consultant, Slot
from policies.offering_times import Series, offer_series
from policies.seminar_ending import cancel, record_attendance
from policies.seminar_planning import SeminarFacts, announce, plan
from policies.seminars import Seminar
from policies.signing_up import sign_off, sign_up
from portal.accounts.models import User
from portal.clock import at
from portal.demo.cast import Cast

HALL = ("ห้องสัมมนาใหญ่ ชั้น 5 สำนักงานใหญ่", "Large seminar room, 5th floor, head office")
ROOM = ("ห้องอบรม 2 สำนักงานใหญ่", "Training room 2, head office")
PLANNING = ConsultantFacts(
    "วางแผนสต็อกและปริมาณสั่งซื้อ",
    "Stock planning and order quantities",
    "ห้องประชุม 3 สำนักงานใหญ่ หรือทางโทรศัพท์",
    "Meeting room 3, head office, or by telephone",
)
SHELF = ConsultantFacts(
    "จัดเรียงสินค้าหน้าร้านและการส่งเสริมการขาย",
    "Shelf layout and promotions",
    "ที่ร้านของท่าน หรือทางโทรศัพท์",
    "At your shop, or by telephone",
)
QUESTIONS = (
    "ควรสั่งสบู่และผงซักฟอกเท่าไรก่อนสงกรานต์",
    "Our shop runs out of drinks every weekend. How much safety stock should we keep?",
    "อยากจัดชั้นวางใหม่ให้หยิบสินค้าขายดีได้ง่ายขึ้น",
)
ANSWERS = (
    "ตกลงสั่งทุกสัปดาห์แทนเดือนละครั้ง และตั้งจุดสั่งซื้อซ้ำของสินค้า 20 รายการ",
    "Safety stock raised for 12 products; we look at it together again in six weeks.",
)
A_DAY = timedelta(days=1)


def load_events(session: Session, cast: Cast) -> None:
    """A seminar with places, a full one, one held and one cancelled; two consultants, some of whose times are taken."""
    days = working_days(session)
    guests = [person for people in cast.buyers.values() for person in people]
    _with_places(session, cast, days, guests)
    _full(session, cast, days, guests)
    _held(session, cast, days, guests)
    _cancelled(session, cast, days, guests)
    _advice(session, cast, days, guests)


def _with_places(session: Session, cast: Cast, days: WorkingDays, guests: Sequence[User]) -> None:
    day = at(days.after(cast.today, 9), time(9))
    title = ("อ่านยอดขายให้เป็น แล้วสั่งให้พอดี", "Reading your sales and ordering just enough")
    about = (
        "จุดสั่งซื้อซ้ำ สต็อกสำรอง และปริมาณสั่งซื้อ คำนวณจากยอดขายของร้านท่านเอง นำรายการสั่งซื้อเดือนล่าสุดมาด้วย",
        "Reorder point, safety stock and order quantity from your own sales. Bring last month's orders.",
    )
    seminar = _announced(session, cast, day, 3, 30, title, about, HALL, since=12)
    for person in guests[1:8]:
        sign_up(session, seminar, by=person, now=cast.now - 5 * A_DAY)


def _full(session: Session, cast: Cast, days: WorkingDays, guests: Sequence[User]) -> None:
    day = at(days.after(cast.today, 4), time(13))
    title = ("ดูแลเครื่องพิมพ์และเครื่องสแกนด้วยตนเอง", "Looking after printers and scanners yourself")
    about = (
        "ทำความสะอาด เปลี่ยนหัวพิมพ์ และอ่านรหัสข้อผิดพลาด ลงมือทำจริงทุกคน",
        "Cleaning, changing heads and reading error codes; everybody does it hands-on.",
    )
    seminar = _announced(session, cast, day, 4, 6, title, about, ROOM, since=15)
    for n, person in enumerate(guests[2:11]):
        sign_up(session, seminar, by=person, now=cast.now - (10 - n) * A_DAY)
    sign_off(session, seminar, by=guests[3], now=cast.now - A_DAY)


def _held(session: Session, cast: Cast, days: WorkingDays, guests: Sequence[User]) -> None:
    day = at(days.before(cast.today, 20), time(9))
    title = ("เตรียมร้านรับเทศกาล", "Getting your shop ready for the season")
    about = (
        "สินค้าใดขายดีในช่วงเทศกาล ต้องสั่งเมื่อใด และจัดโปรโมชันอย่างไร",
        "What sells in the season, when to order it, and how to promote it.",
    )
    seminar = _announced(session, cast, day, 3, 12, title, about, HALL, since=60)
    signed = [sign_up(session, seminar, by=one, now=day - 12 * A_DAY) for one in guests[:9]]
    came = [one.id for n, one in enumerate(signed) if n != 4]
    record_attendance(session, seminar, came, by=cast.staff[0], now=day + timedelta(hours=4))


def _cancelled(session: Session, cast: Cast, days: WorkingDays, guests: Sequence[User]) -> None:
    day = at(days.after(cast.today, 6), time(9))
    title = ("ภาษีมูลค่าเพิ่มสำหรับร้านค้าส่ง", "VAT for wholesale shops")
    seminar = _announced(session, cast, day, 3, 20, title, ("", ""), ROOM, since=20)
    for person in guests[:4]:
        sign_up(session, seminar, by=person, now=cast.now - 9 * A_DAY)
    why = "วิทยากรติดภารกิจ จะแจ้งวันใหม่อีกครั้ง (the speaker cannot come; a new day will follow)"
    cancel(session, seminar, why, by=cast.staff[0], now=cast.now - 2 * A_DAY)


def _announced(
    session: Session,
    cast: Cast,
    begins: datetime,
    hours: int,
    places: int,
    title: tuple[str, str],
    about: tuple[str, str],
    place: tuple[str, str],
    *,
    since: int,
) -> Seminar:
    """A seminar that was planned and announced so many days before today, or before it began."""
    then = min(cast.now, begins) - since * A_DAY
    facts = SeminarFacts(*title, begins, begins + timedelta(hours=hours), places, *about, *place)
    seminar = plan(session, facts, by=cast.staff[0], now=then)
    announce(session, seminar, by=cast.staff[0], now=then)
    return seminar


def _advice(session: Session, cast: Cast, days: WorkingDays, guests: Sequence[User]) -> None:
    by, then = cast.managers[0], cast.now - 30 * A_DAY
    planner = name_consultant(session, "PLANNING", cast.managers[-1], PLANNING, by=by, now=then)
    shelf = name_consultant(session, "SHELF", cast.staff[0], SHELF, by=by, now=then)
    past = days.before(cast.today, 5)
    old = _times(
        session, planner, Series(frozenset({past.weekday()}), time(10), time(12), 60, past, past), then
    )
    for slot, question, answer, guest in zip(old, QUESTIONS, ANSWERS, (guests[0], guests[3]), strict=False):
        book(session, slot, question, by=guest, now=then + A_DAY)
        note_outcome(session, slot, answer, by=planner.person, now=slot.ends_at)
    first, last = days.after(cast.today, 1), cast.today + 14 * A_DAY
    coming = _times(
        session, planner, Series(frozenset({1, 3}), time(9), time(12), 60, first, last), cast.now - A_DAY
    )
    shop = _times(
        session, shelf, Series(frozenset({0, 2}), time(13), time(16), 90, first, last), cast.now - A_DAY
    )
    booked = [*coming[1:4:2], *shop[:1]]
    for slot, question, guest in zip(booked, QUESTIONS, (guests[0], guests[3], guests[1]), strict=False):
        book(session, slot, question, by=guest, now=cast.now - timedelta(hours=3))


def _times(session: Session, consultant: Consultant, series: Series, now: datetime) -> Sequence[Slot]:
    return offer_series(session, consultant, series, by=consultant.person, now=now).slots
