"""What the demo's policies promise: silver customers more than everybody, gold ones most."""

from dataclasses import replace
from datetime import time

from policies.kinds import CASE_KINDS, Convention, Every, Kind
from policies.terms import Clause, Terms

QUALITY = "service-quality@sanya.example.com"
"""Gets the reports of policies; an address outside of the portal."""
DAYS = {
    Kind.SUBSTITUTION_OFFER: (2, 1, 1),
    Kind.EXPEDITE_ANSWER: (2, 2, 1),
    Kind.COMPLAINT_ANSWER: (3, 2, 1),
    Kind.RETURN_DECISION: (3, 2, 1),
    Kind.REFUND: (10, 7, 5),
    Kind.REPAIR_QUOTE: (5, 3, 2),
    Kind.REPAIR: (15, 12, 10),
    Kind.LOANER: (3, 2, 1),
}
"""Working days for everybody, for silver and for gold customers."""


def _cases(place: int, target_bp: int, per_day_minor: int, cap_minor: int) -> tuple[Clause, ...]:
    return tuple(
        Clause(kind, DAYS[kind][place], Convention.WORKING, target_bp, per_day_minor, cap_minor)
        for kind in CASE_KINDS
    )


def _lead(
    days: int, convention: Convention, target_bp: int, cut_off: time | None, per_day_bp: int, cap_bp: int
) -> Clause:
    return Clause(
        Kind.LEAD_TIME,
        days,
        convention,
        target_bp,
        cut_off=cut_off,
        compensation_bp_per_day=per_day_bp,
        compensation_cap_bp=cap_bp,
        exempt_kinds=("flood",),
        settle_days=10,
        late_settlement_minor=100_00,
    )


EVERYBODY = Terms(
    (
        _lead(5, Convention.WORKING, 9500, time(15, 0), 50, 500),
        Clause(Kind.LINE_FILL, target_bp=9000),
        *_cases(0, 9000, 50_00, 500_00),
    ),
    "เราสัญญาระยะเวลาการส่งมอบและอัตราการเติมเต็มไว้กับลูกค้าทุกราย และวัดผลจากเหตุการณ์ที่บันทึกไว้ในพอร์ทัลนี้",
    "We promise every customer a lead time and a line fill rate, and measure both by events recorded in this portal.",
    15,
)
SILVER = Terms(
    (
        _lead(5, Convention.CALENDAR_INCLUSIVE, 9500, None, 100, 800),
        Clause(Kind.LINE_FILL, target_bp=9200),
        *_cases(1, 9300, 75_00, 750_00),
    ),
    "สำหรับลูกค้าระดับซิลเวอร์ เรานับทุกวันรวมวันสั่งซื้อ เพื่อให้ทราบวันรับสินค้าได้ง่าย",
    "For silver customers every day counts, the order day included, so that the day of delivery is easy to tell.",
    30,
)
GOLD = Terms(
    (
        _lead(3, Convention.WORKING, 9500, time(16, 0), 100, 1000),
        Clause(Kind.LINE_FILL, target_bp=9500),
        *_cases(2, 9500, 100_00, 1000_00),
    ),
    "ลูกค้าระดับโกลด์ได้รับสินค้าก่อน และตัดรอบคำสั่งซื้อช้ากว่าลูกค้าทั่วไปหนึ่งชั่วโมง",
    "Gold customers are served first, and may order an hour later in the day than others.",
    45,
)


def reported(terms: Terms) -> Terms:
    """The same terms, reported on every month."""
    return replace(terms, report_every=Every.MONTH, report_to=(QUALITY,), report_to_customers=True)
