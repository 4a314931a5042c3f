"""The demo's repairs in every stage, its loaner pool, an advisory that some have acknowledged and a recall in draft."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from aftersales.acknowledging import acknowledge
from aftersales.answering_quotes import approve, decline
from aftersales.diagnosing import Diagnosis, quote, receive
from aftersales.drafting_notices import NoticeTexts, draft
from aftersales.issuing_notices import issue
from aftersales.lending import ComeBack, hand_out, take_back
from aftersales.opening_repairs import Fault, cancel_repair, open_repair
from aftersales.pooling import add_to_pool
from aftersales.recalls import NoticeKind
from aftersales.registering import register_some
from aftersales.repairs import Grade, LoanerUnit, Repair, RepairState, Warranty
from aftersales.sending_back import Parcel, record_repaired, send_back
from inventory.identities import Identity, IdentityBalance, IdentityKind, Keeping
from inventory.models import Product, Warehouse
from inventory.stock import Stock
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.demo.cast import Cast

POOLED = 3
"""How many units of each shelf are put aside."""
POOLED_BEFORE = timedelta(days=75)
PARCEL = Parcel("Phaen Lom Logistics", "PL5520194")
CANCELLED, RETURNED_LATE = "cancelled", "returned_late"


@dataclass(frozen=True)
class Plot:
    """How one repair of the demo goes: how many days ago it was asked for, how far it came, what was wrong."""

    ends: str
    days_ago: int
    fault: str
    found: str = ""
    parts_minor: int = 0
    labour_minor: int = 0
    covered: bool = False
    loaner: bool = False


PLOTS = (
    Plot(RepairState.QUOTED, 6, "เปิดเครื่องไม่ติด", "แผงวงจรหลักเสีย ต้องเปลี่ยน", 1450_00, 600_00, loaner=True),
    Plot(
        RepairState.APPROVED, 9, "ทำงานได้ครึ่งชั่วโมงแล้วดับ", "พัดลมระบายความร้อนเสีย", 380_00, 350_00, covered=True
    ),
    Plot(RepairState.RETURNED, 34, "มีเสียงดังผิดปกติ", "ลูกปืนมอเตอร์สึก", 290_00, 400_00, covered=True, loaner=True),
    Plot(RETURNED_LATE, 60, "จอไม่แสดงผล", "สายแพจอหลุด เปลี่ยนสายใหม่", 220_00, 450_00),
    Plot(RepairState.REQUESTED, 1, "ปุ่มกดค้าง ใช้งานไม่ได้", covered=True, loaner=True),
    Plot(RepairState.RECEIVED, 5, "ชาร์จไฟไม่เข้า"),
    Plot(
        RepairState.REPAIRED,
        26,
        "เครื่องร้อนเกินและตัดไฟเอง",
        "เทอร์โมสตัทเสีย",
        320_00,
        300_00,
        covered=True,
        loaner=True,
    ),
    Plot(RepairState.DECLINED, 8, "ตัวเครื่องแตกจากการตก", "โครงเครื่องร้าว ต้องเปลี่ยนทั้งชุด", 1850_00, 500_00),
    Plot(CANCELLED, 15, "ใช้งานแล้วสัญญาณขาดหาย", covered=True),
)

ADVISORY = NoticeTexts(
    "ฉลากวันหมดอายุพิมพ์ไม่ชัด",
    "Expiry date printed poorly",
    "ฉลากบางชิ้นพิมพ์วันหมดอายุไม่ชัด ผู้บริโภคอาจใช้สินค้าเกินวันหมดอายุโดยไม่ทราบ",
    "The expiry date on some labels is hard to read, and people may use the goods after it.",
    "ตรวจฉลากก่อนวางขาย ชิ้นที่อ่านไม่ได้ให้แยกไว้ เราจะส่งฉลากใหม่ให้",
    "Check the labels before you sell the goods. Put those you cannot read aside; we send new labels.",
)
RECALL = NoticeTexts(
    "เรียกคืนสินค้า: สายไฟร้อนผิดปกติ",
    "Power cord overheats",
    "สายไฟของเครื่องในช่วงหมายเลขนี้ร้อนจนฉนวนละลายได้ ทำให้ไฟดูดหรือเพลิงไหม้",
    "The power cord of these units can melt its insulation. This can cause electric shock or fire.",
    "หยุดใช้ทันที ถอดปลั๊ก และส่งคืนเรา เราเปลี่ยนเครื่องใหม่ให้โดยไม่คิดค่าใช้จ่าย",
    "Stop using the unit at once, unplug it and send it back. We replace it free of charge.",
)


def load_repairs(session: Session, cast: Cast) -> None:
    """Warranties of everything delivered, repairs in every stage with their loaners, and two product notices."""
    while register_some(session, cast.now, most=5000):
        session.flush()
    tale = _Tale(session, cast)
    tale.fill_pool()
    for plot in PLOTS:
        tale.tell(plot)
    tale.advise()
    tale.draft_recall()


@dataclass
class _Tale:
    """What happened, on the days on which it did."""

    session: Session
    cast: Cast
    pool: list[LoanerUnit] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    companies: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.clerk, self.technician = self.cast.staff[0], self.cast.staff[-2]
        warehouses = select(Warehouse).order_by(Warehouse.main.desc(), Warehouse.code)
        self.workshop = self.session.scalars(warehouses).first()

    def fill_pool(self) -> None:
        """A few serials of different products are put aside for lending."""
        then = self.cast.now - POOLED_BEFORE
        query = (
            select(Identity)
            .join(Identity.product)
            .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
            .join(
                Stock,
                (Stock.product_id == Identity.product_id)
                & (Stock.warehouse_id == IdentityBalance.warehouse_id),
            )
            .where(
                Identity.kind == IdentityKind.SERIAL,
                Identity.created_at < then,
                IdentityBalance.keeping == Keeping.GOOD,
                IdentityBalance.quantity > 0,
                Stock.on_hand - Stock.reserved > 2,
            )
            .options(contains_eager(Identity.product))
            .order_by(Product.sku.desc(), Identity.number.desc())
        )
        products: set[int] = set()
        shelves: Counter[str] = Counter()
        for identity in self.session.scalars(query).unique():
            shelf = _shelf(identity)
            if identity.product_id in products or shelves[shelf] == POOLED:
                continue
            products.add(identity.product_id)
            shelves[shelf] += 1
            self.pool.append(add_to_pool(self.session, identity, "", by=self.clerk, now=then))

    def tell(self, plot: Plot) -> None:
        """One repair from its beginning to where it stands today."""
        began = self._morning(plot.days_ago)
        found = self._unit(plot, business_day(began))
        if found is None:
            return
        identity, company = found
        buyer = self.cast.buyers[company.code][0]
        told = Fault(identity.number, plot.fault, plot.loaner, identity.product.sku)
        repair = open_repair(self.session, company, told, by=buyer, now=began)
        if plot.ends == CANCELLED:
            cancel_repair(
                self.session, repair, "กลับมาใช้งานได้ปกติแล้ว", by=buyer, now=began + timedelta(hours=20)
            )
        elif plot.ends != RepairState.REQUESTED and self.workshop is not None:
            self._work(plot, repair, buyer)
        self.session.flush()

    def advise(self) -> None:
        """An advisory about the lot that most companies hold; half of them have acknowledged it."""
        holders = func.count(IdentityBalance.customer_id.distinct())
        query = (
            select(Identity)
            .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
            .where(Identity.kind == IdentityKind.LOT, IdentityBalance.quantity > 0)
            .group_by(Identity.id)
            .having(holders >= 2)
            .order_by(holders.desc(), Identity.id.desc())
            .limit(1)
        )
        lot = self.session.scalars(query).first()
        if lot is None:
            return
        by, then = self.cast.managers[0], self._morning(4)
        notice = draft(self.session, NoticeKind.ADVISORY, lot.product, lot.number, ADVISORY, by=by, now=then)
        self.session.flush()
        issue(self.session, notice, by=by, now=then + timedelta(hours=1))
        for n, recipient in enumerate(notice.recipients):
            if n % 2:
                buyer = self.cast.buyers[recipient.customer.code][0]
                acknowledge(
                    self.session,
                    recipient,
                    "ตรวจฉลากแล้ว" if n == 1 else "",
                    by=buyer,
                    now=then + timedelta(hours=5 + n),
                )

    def draft_recall(self) -> None:
        """A recall of the serials that came last of a product, waiting for a second person."""
        query = (
            select(Identity)
            .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
            .where(
                Identity.kind == IdentityKind.SERIAL,
                IdentityBalance.keeping == Keeping.OWNED,
                IdentityBalance.quantity > 0,
            )
            .order_by(Identity.id.desc())
            .limit(1)
        )
        last = self.session.scalars(query).first()
        if last is None:
            return
        some = (
            select(Identity.number)
            .where(Identity.product_id == last.product_id, Identity.number <= last.number)
            .order_by(Identity.number.desc())
            .limit(12)
        )
        numbers = sorted(self.session.scalars(some))
        typed = f"{numbers[0]} – {numbers[-1]}"
        by, then = self.cast.managers[-1], self._morning(1)
        draft(self.session, NoticeKind.RECALL, last.product, typed, RECALL, by=by, now=then)

    def _work(self, plot: Plot, repair: Repair, buyer: User) -> None:
        """The unit arrives the next day and goes as far as the plot says."""
        assert self.workshop is not None
        session, at = self.session, self._morning(max(plot.days_ago - 1, 0))
        receive(session, repair, self.workshop, by=self.technician, now=at)
        loan = None
        like = [unit for unit in self.pool if _shelf(unit.identity) == _shelf(repair.identity)]
        if plot.loaner and like:
            self.pool.remove(like[0])
            loan = hand_out(session, repair, like[0], by=self.clerk, now=at + timedelta(hours=3))
        if plot.ends == RepairState.RECEIVED:
            return
        at = self._morning(max(plot.days_ago - 3, 0))
        told = Diagnosis(plot.found, plot.parts_minor, plot.labour_minor)
        quote(session, repair, told, by=self.technician, now=at)
        if plot.ends == RepairState.DECLINED:
            decline(session, repair, "ราคาสูงเกินไป จะซื้อเครื่องใหม่", by=buyer, now=at + timedelta(hours=26))
            return
        if plot.ends == RepairState.QUOTED:
            return
        if repair.state == RepairState.QUOTED:
            approve(session, repair, by=buyer, now=at + timedelta(hours=30))
        if plot.ends == RepairState.APPROVED:
            return
        slow = 45 if plot.ends == RETURNED_LATE else 7
        at = self._morning(max(plot.days_ago - slow, 0))
        record_repaired(
            session, repair, "เปลี่ยนอะไหล่และทดสอบการทำงานต่อเนื่อง 4 ชั่วโมง", by=self.technician, now=at
        )
        if plot.ends == RepairState.REPAIRED:
            return
        if loan is not None:
            back = ComeBack(Grade.WORN, "มีรอยขีดข่วนเล็กน้อย")
            take_back(session, loan, back, by=self.clerk, now=at + timedelta(hours=2))
        send_back(session, repair, PARCEL, by=self.technician, now=at + timedelta(hours=4))

    def _unit(self, plot: Plot, on: date) -> tuple[Identity, Customer] | None:
        """A serial that a company with a portal account owned on a day, in or out of warranty as the plot has it."""
        query = (
            select(Warranty)
            .join(IdentityBalance, IdentityBalance.identity_id == Warranty.identity_id)
            .join(Warranty.customer)
            .where(
                Warranty.voided_at.is_(None),
                Warranty.starts_on < on,
                Warranty.ends_on > on if plot.covered else Warranty.ends_on <= on,
                IdentityBalance.keeping == Keeping.OWNED,
                IdentityBalance.quantity > 0,
                Warranty.identity_id.not_in(self.used),
            )
            .order_by(Warranty.customer_id.in_(self.companies), Customer.code, Warranty.id)
            .limit(1)
        )
        warranty = self.session.scalars(query).first()
        if warranty is None:
            return None
        self.used.add(warranty.identity_id)
        if len(self.used) > 3:
            self.companies.add(warranty.customer_id)
        return warranty.identity, warranty.customer

    def _morning(self, days_ago: int) -> datetime:
        """The same time of day as now, some days ago."""
        return self.cast.now - timedelta(days=days_ago, minutes=30)


def _shelf(identity: Identity) -> str:
    """The part of the catalogue that a unit belongs to."""
    return identity.product.sku.partition("-")[0]
