"""What runs short in the demo: substitutes offered, taken, refused and left; products followed; stock-outs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory.following import follow, tell_followers
from inventory.models import Product, Warehouse
from inventory.running_out import mark_stock_outs
from inventory.stock import Dealt, Stock
from inventory.stockouts import Substitute
from inventory.substitutes import SubstituteFacts, put_substitute
from orders import substituting
from orders.consenting import give_consent
from orders.freeing import tell_some
from orders.lapsing import end_if, open_ids
from orders.models import Order, OrderLine, ScheduleLine
from orders.offering import offer
from orders.placing import place
from orders.substitutions import ConsentRule, OfferState, SubstituteOffer
from orders.wishes import Wish
from portal.clock import at
from portal.demo.cast import Cast, rows
from portal.refusal import Refused

MAIN = "BPL"
ASKED, AT_ONCE, NEVER = "C0001", "C0002", "C0003"
"""The companies that are asked, that take an equal product at once, and that want no substitutes."""
WATCHED_DAYS = 95
BEGAN_AGO = 6
SHORT_BY = 18
ENOUGH = 30
At = Callable[[datetime, Callable[[], None]], None]


@dataclass
class ShortLines:
    """The last days of what was short; `on` puts an act on the agenda, `ship` sends what lies in stock for an order."""

    session: Session
    cast: Cast
    on: At
    ship: Callable[[Order], None]
    used: set[int] = field(default_factory=set)

    def plan(self) -> None:
        """Have the stock watched for three months, and some companies run short within the last days."""
        for ago in range(WATCHED_DAYS):
            morning = at(self.cast.today - timedelta(days=ago)) + timedelta(hours=7)
            self.on(morning, partial(self._watch, morning))
        self.on(self._day(BEGAN_AGO, 8), self._begin)
        self._plan(5, 10, ASKED, "left")
        self._plan(3, 9, ASKED, "taken", answered=2)
        self._plan(2, 11, ASKED, "refused", answered=1)
        self._plan(2, 13, AT_ONCE, "at once")
        self._plan(1, 10, NEVER, "never")
        for ago in range(BEGAN_AGO):
            self.on(self._day(ago, 8), partial(self._lapse, self._day(ago, 8)))

    def finish(self) -> None:
        """What is short now: two offers that wait for an answer; and everybody has heard of what came before."""
        for n, company in enumerate((ASKED, "C0004")):
            self._run_short(company, f"open {n}", self.cast.now - timedelta(hours=3 - n))
        mark_stock_outs(self.session, self.cast.now)
        tell_followers(self.session, self.cast.now)
        lately = self.cast.now - timedelta(days=1)
        old = update(Dealt).where(Dealt.told_at.is_(None), Dealt.at < lately).values(told_at=Dealt.at)
        self.session.execute(old.execution_options(synchronize_session=False))
        while tell_some(self.session, self.cast.now):
            pass

    def _day(self, ago: int, hour: int) -> datetime:
        day: date = self.cast.today - timedelta(days=ago)
        return at(day) + timedelta(hours=hour)

    def _plan(self, ago: int, hour: int, company: str, what: str, *, answered: int = 0) -> None:
        moment = self._day(ago, hour)
        self.on(moment, partial(self._run_short, company, what, moment))
        if answered:
            later = moment + timedelta(hours=answered)
            self.on(later, partial(self._answer, company, what, later))

    def _begin(self) -> None:
        """Products are named that may stand for others, companies say what they want, and people follow products."""
        now, manager = self._day(BEGAN_AGO, 8), self.cast.managers[0]
        products = {product.sku: product for product in self.session.scalars(select(Product))}
        for row in rows("inventory.demo", "substitutes.csv"):
            facts = SubstituteFacts(
                rank=int(row["rank"]),
                per_unit=int(row["per_unit"]),
                for_units=int(row["for_units"]),
                two_way=row["both_ways"] == "yes",
                kind=row["kind"],
                valid_from=self.cast.today - timedelta(days=BEGAN_AGO),
                reason_th=row["reason_th"],
                reason_en=row["reason_en"],
            )
            pair = products[row["sku"]], products[row["instead"]]
            put_substitute(self.session, *pair, facts, by=manager, now=now)
        rules = {ASKED: ConsentRule.ASK, AT_ONCE: ConsentRule.AUTOMATIC, NEVER: ConsentRule.NEVER}
        for code, rule in rules.items():
            buyer = self.cast.buyers[code][0]
            give_consent(self.session, self.cast.customers[code], rule, by=buyer, now=now)
        for code, count in {ASKED: 6, AT_ONCE: 3, "C0004": 4}.items():
            for one in self._scarce()[:count]:
                follow(self.session, self.cast.buyers[code][0], one.product, now=now)

    def _watch(self, now: datetime) -> None:
        mark_stock_outs(self.session, now)
        tell_followers(self.session, now)

    def _lapse(self, now: datetime) -> None:
        for id_ in open_ids(self.session, SubstituteOffer.answer_by < now):
            end_if(self.session, id_, OfferState.EXPIRED, now=now)

    def _run_short(self, company: str, what: str, now: datetime) -> None:
        """A company orders more of something than there is, of which another product is plenty."""
        substitute = next((one for one in self._scarce() if one.product_id not in self.used), None)
        if substitute is None:
            return
        self.used |= {substitute.product_id, substitute.stands_in_id}
        buyer = self.cast.buyers[company][0]
        units = self._available().get(substitute.product_id, 0) + SHORT_BY
        wish = Wish(key=f"demo-short-{what}", lines=[(substitute.product_id, units)])
        rate = self.cast.vat_rate_bp
        order = place(self.session, buyer.company, wish, vat_rate_bp=rate, by=buyer, now=now)
        query = select(ScheduleLine).join(ScheduleLine.line).where(OrderLine.order_id == order.id)
        waiting = self.session.scalars(query.where(ScheduleLine.backorder).order_by(ScheduleLine.n)).all()
        if waiting and company == ASKED and self._offer_of(what) is None:
            try:
                offer(self.session, waiting[-1], substitute, by=self.cast.staff[0], now=now)
            except Refused:
                return
        self.session.flush()
        self.ship(order)

    def _answer(self, company: str, what: str, now: datetime) -> None:
        found = self._offer_of(what)
        if found is None:
            return
        buyer = self.cast.buyers[company][0]
        if what == "refused":
            substituting.refuse(self.session, found, by=buyer, now=now)
            return
        line = substituting.accept(self.session, found, by=buyer, now=now)
        self.session.flush()
        self.ship(line.order)

    def _offer_of(self, what: str) -> SubstituteOffer | None:
        query = (
            select(SubstituteOffer)
            .join(SubstituteOffer.part)
            .join(ScheduleLine.line)
            .join(OrderLine.order)
            .where(Order.idempotency_key == f"demo-short-{what}", SubstituteOffer.state == OfferState.OFFERED)
        )
        return self.session.scalars(query).first()

    def _available(self) -> dict[int, int]:
        query = select(Stock.product_id, Stock.on_hand - Stock.reserved).join(Stock.warehouse)
        return dict(self.session.execute(query.where(Warehouse.code == MAIN)).all())

    def _scarce(self) -> list[Substitute]:
        """The substitutes there is plenty of, what there is least of to stand for first."""
        there = self._available()
        found = self.session.scalars(select(Substitute).where(Substitute.rank == 1).order_by(Substitute.id))
        plenty = [one for one in found if there.get(one.stands_in_id, 0) >= ENOUGH * one.per_unit]
        return sorted(plenty, key=lambda one: (there.get(one.product_id, 0), one.id))
