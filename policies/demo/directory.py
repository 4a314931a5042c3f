"""The units of the demo's distributor, and what each answers for."""

from datetime import datetime, time

from sqlalchemy.orm import Session

from policies.directory import UnitFacts, assign, open_unit
from policies.units import Matter
from portal.accounts.models import User

MONDAY_TO_SATURDAY = "1111110"
UNITS = (
    (
        UnitFacts(
            "ORDERS",
            "ฝ่ายรับคำสั่งซื้อ",
            "Order desk",
            time(8, 0),
            time(18, 0),
            MONDAY_TO_SATURDAY,
            "02-000-0011",
            "orders@sanya.example.com",
            "@sanya-orders",
        ),
        (Matter.ORDER, Matter.SUBSTITUTION, Matter.EXPEDITE),
    ),
    (
        UnitFacts(
            "DELIVERY",
            "ฝ่ายจัดส่งสินค้า",
            "Delivery desk",
            time(7, 30),
            time(19, 0),
            MONDAY_TO_SATURDAY,
            "02-000-0012",
            "delivery@sanya.example.com",
            "@sanya-delivery",
            1,
        ),
        (Matter.DELIVERY,),
    ),
    (
        UnitFacts(
            "WORKSHOP",
            "ศูนย์ซ่อมและเครื่องให้ยืมใช้",
            "Workshop",
            time(8, 30),
            time(17, 30),
            phone="02-000-0013",
            email="workshop@sanya.example.com",
            line_id="@sanya-workshop",
        ),
        (Matter.REPAIR, Matter.LOANER),
    ),
    (
        UnitFacts(
            "CLAIMS",
            "ฝ่ายรับข้อร้องเรียนและการส่งคืน",
            "Claims desk",
            time(8, 30),
            time(17, 30),
            phone="02-000-0014",
            email="claims@sanya.example.com",
            line_id="@sanya-claims",
            escalate_after_days=1,
        ),
        (Matter.COMPLAINT, Matter.RETURN, Matter.PRODUCT_NOTICE),
    ),
    (
        UnitFacts(
            "ACCOUNTS",
            "ฝ่ายบัญชีลูกหนี้",
            "Accounts",
            time(9, 0),
            time(17, 0),
            phone="02-000-0015",
            email="accounts@sanya.example.com",
            escalate_after_days=3,
        ),
        (Matter.INVOICE,),
    ),
)


def load_directory(session: Session, *, by: User, now: datetime) -> None:
    """Open every unit with its matters; together they answer for everything."""
    for facts, matters in UNITS:
        assign(session, open_unit(session, facts, by=by, now=now), matters, by=by, now=now)
