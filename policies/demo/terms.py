"""What the demo's policies promise: silver customers more than everybody, gold ones most."""

from datetime import time

from policies.kinds import CASE_KINDS, Convention, Kind
from policies.terms import CaseTerm, LeadTime, LineFill, Terms

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


def _cases(place: int, target_bp: int, per_day_minor: int, cap_minor: int) -> tuple[CaseTerm, ...]:
    return tuple(
        CaseTerm(kind, DAYS[kind][place], Convention.WORKING, target_bp, per_day_minor, cap_minor)
        for kind in CASE_KINDS
    )


EVERYBODY = Terms(
    LeadTime(Convention.WORKING, 5, 9500, time(15, 0), 50, 500),
    LineFill(9000),
    "เราสัญญาระยะเวลาการส่งมอบและอัตราการเติมเต็มไว้กับลูกค้าทุกราย และวัดผลจากเหตุการณ์ที่บันทึกไว้ในพอร์ทัลนี้",
    "We promise every customer a lead time and a line fill rate, and measure both by events recorded in this portal.",
    _cases(0, 9000, 50_00, 500_00),
    15,
)
SILVER = Terms(
    LeadTime(Convention.CALENDAR_INCLUSIVE, 5, 9500, None, 100, 800),
    LineFill(9200),
    "สำหรับลูกค้าระดับซิลเวอร์ เรานับทุกวันรวมวันสั่งซื้อ เพื่อให้ทราบวันรับสินค้าได้ง่าย",
    "For silver customers every day counts, the order day included, so that the day of delivery is easy to tell.",
    _cases(1, 9300, 75_00, 750_00),
    30,
)
GOLD = Terms(
    LeadTime(Convention.WORKING, 3, 9500, time(16, 0), 100, 1000),
    LineFill(9500),
    "ลูกค้าระดับโกลด์ได้รับสินค้าก่อน และตัดรอบคำสั่งซื้อช้ากว่าลูกค้าทั่วไปหนึ่งชั่วโมง",
    "Gold customers are served first, and may order an hour later in the day than others.",
    _cases(2, 9500, 100_00, 1000_00),
    45,
)
