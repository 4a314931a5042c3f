"""The demo's contingency plans, and the steps that were taken against its flood and are prepared for its strike."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders import planning_ahead, taking_steps
from orders.contingencies import steps_of
from orders.disruptions import Disruption, DisruptionKind
from orders.planning_ahead import PlanFacts
from portal.accounts.models import User
from portal.clock import business_day
from portal.demo.cast import Cast

WRITTEN = timedelta(days=300)
"""The plans were written so long ago, before the flood of the demo."""
TAKEN_AFTER = timedelta(hours=2)

FLOOD_STEPS = (
    ("ยกสินค้าขึ้นชั้นสูงกว่า 1 เมตร", "Move goods to shelves above one metre"),
    ("แจ้งผู้ขนส่งให้หยุดรับสินค้าที่คลัง", "Tell the carriers to stop collecting at the warehouse"),
    ("ย้ายสต็อกที่ขาดมือไปคลังอื่น", "Send scarce stock to another warehouse"),
    ("แจ้งลูกค้าที่ได้รับผลกระทบและให้ทางเลือก", "Tell the customers concerned and give them a choice"),
)
STRIKE_STEPS = (
    ("จองรถของผู้ขนส่งสำรอง", "Book lorries of the second carrier"),
    ("ส่งคำสั่งซื้อเร่งด่วนก่อนวันหยุดงาน", "Ship urgent orders before the strike"),
    ("จัดคนขับในฝ่ายให้เวรพิเศษ", "Put drivers of our own on extra duty"),
)
SHORTAGE_STEPS = (
    ("ตรวจสินค้าทดแทนที่เสนอได้", "Check which substitutes can be offered"),
    ("แบ่งสต็อกตามวันที่สัญญาไว้", "Share the stock out by promised day"),
    ("ตกลงวันรับสินค้าใหม่กับผู้จำหน่าย", "Agree new delivery days with the suppliers"),
)


def write_plans(session: Session, cast: Cast) -> None:
    """Three plans: for floods, whose review is over; for strikes and breakdowns; for shortages and closed ports."""
    author, owner = cast.managers[0], cast.managers[-1]
    overdue = WRITTEN - timedelta(days=5)
    _write(
        session,
        ("แผนรับมือน้ำท่วม", "Flood at a warehouse"),
        (
            "กรมอุตุนิยมวิทยาเตือนฝนหนัก หรือน้ำถึงถนนหน้าคลัง",
            "A warning of heavy rain, or water on the road to a warehouse",
        ),
        FLOOD_STEPS,
        frozenset({DisruptionKind.FLOOD}),
        owner,
        overdue,
        cast=cast,
        by=author,
    )
    _write(
        session,
        ("แผนรับมือการหยุดงานของผู้ขนส่ง", "Drivers on strike or lorries out of order"),
        (
            "ผู้ขนส่งแจ้งหยุดงาน หรือรถเสียเกินครึ่ง",
            "A carrier announces a strike, or half of the lorries are out of order",
        ),
        STRIKE_STEPS,
        frozenset({DisruptionKind.STRIKE, DisruptionKind.BREAKDOWN}),
        author,
        WRITTEN + timedelta(days=180),
        cast=cast,
        by=author,
    )
    _write(
        session,
        ("แผนรับมือสินค้าขาดตลาด", "Goods short on the market"),
        (
            "ผู้จำหน่ายเลื่อนส่งเกินหนึ่งสัปดาห์ หรือท่าเรือปิด",
            "A supplier is late by more than a week, or a port is closed",
        ),
        SHORTAGE_STEPS,
        frozenset({DisruptionKind.SHORTAGE, DisruptionKind.PORT_CLOSURE}),
        owner,
        WRITTEN + timedelta(days=90),
        cast=cast,
        by=author,
    )


def take_steps(session: Session, cast: Cast) -> None:
    """Against the flood all but the last step was taken and one of our own; for the strike the first is done."""
    query = select(Disruption).order_by(Disruption.id)
    for disruption in session.scalars(query).all():
        steps = steps_of(session, disruption)
        most = len(steps) - 1 if disruption.kind == DisruptionKind.FLOOD else 1
        moment = disruption.declared_at + TAKEN_AFTER
        for n, step in enumerate(steps[:most]):
            when = min(moment + TAKEN_AFTER * n, cast.now)
            taking_steps.take_step(session, step, by=cast.staff[n % len(cast.staff)], now=when)
        if disruption.kind == DisruptionKind.FLOOD:
            words = ("เช่ารถยกสูงสองคันจากผู้ขนส่งในพื้นที่", "Hired two high lorries from a local carrier")
            own = taking_steps.add_step(session, disruption, *words, by=cast.staff[0], now=moment)
            taking_steps.take_step(session, own, by=cast.staff[0], now=moment)


def _write(
    session: Session,
    title: tuple[str, str],
    trigger: tuple[str, str],
    steps: tuple[tuple[str, str], ...],
    kinds: frozenset[str],
    owner: User,
    reviewed_after: timedelta,
    *,
    cast: Cast,
    by: User,
) -> None:
    written = cast.now - WRITTEN
    thai, english = zip(*steps, strict=True)
    review_on = business_day(written) + reviewed_after
    facts = PlanFacts(*title, *trigger, thai, english, owner, review_on, kinds)
    planning_ahead.write_plan(session, facts, by=by, now=written)
