"""Tables of what a customer agrees to in place of what is short, and of each offer made."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Product
from inventory.stock import Reservation
from orders.models import OrderLine, ScheduleLine
from policies.promises import Promise
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base, UnitPrice
from portal.i18n import N_
from portal.moves import Moves


class ConsentRule(StrEnum):
    """What a company wants when a line is short: no substitutes, to be asked, or an equal or better one at once."""

    NEVER = "never"
    ASK = "ask"
    AUTOMATIC = "automatic"


class OfferState(StrEnum):
    """What became of an offer."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


OFFER_MOVES = Moves(
    {
        OfferState.OFFERED: {
            OfferState.ACCEPTED,
            OfferState.REFUSED,
            OfferState.EXPIRED,
            OfferState.WITHDRAWN,
        },
        OfferState.ACCEPTED: (),
        OfferState.REFUSED: (),
        OfferState.EXPIRED: (),
        OfferState.WITHDRAWN: (),
    }
)


CONSENT_TITLES = {
    ConsentRule.NEVER: N_("Never send a substitute"),
    ConsentRule.ASK: N_("Ask us each time"),
    ConsentRule.AUTOMATIC: N_("Send an equal or better product without asking"),
}
OFFER_TITLES = {
    OfferState.OFFERED: N_("Waiting for an answer"),
    OfferState.ACCEPTED: N_("Accepted"),
    OfferState.REFUSED: N_("Refused"),
    OfferState.EXPIRED: N_("Not answered in time"),
    OfferState.WITHDRAWN: N_("Withdrawn"),
}


class SubstitutionConsent(Base):
    """What a company has agreed to for all its orders; without a row it is asked."""

    __tablename__ = "substitution_consent"
    __table_args__ = (CheckConstraint("rule IN ('never', 'ask', 'automatic')", name="rule"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    rule: Mapped[str] = mapped_column(String(10))
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    given_at: Mapped[datetime]

    given_by: Mapped[User] = relationship()


class SubstituteOffer(Base):
    """`units` of another product offered for `quantity` units of a part that waits for stock.

    They are held for the buyer until `answer_by`. `unit_price` is what each of them costs the buyer, never more in all
    than what they stand for; `list_price` is what it would cost otherwise.
    """

    __tablename__ = "substitute_offer"
    __table_args__ = (
        CheckConstraint("state IN ('offered', 'accepted', 'refused', 'expired', 'withdrawn')", name="state"),
        CheckConstraint("quantity > 0 AND units > 0", name="quantity"),
        CheckConstraint("answer_by > offered_at", name="answer_by"),
        CheckConstraint("NOT automatic OR consent_id IS NOT NULL", name="automatic_by_consent"),
        CheckConstraint("(state = 'accepted') = (new_line_id IS NOT NULL)", name="accepted_line"),
        CheckConstraint("state = 'offered' OR answered_at IS NOT NULL", name="answered"),
        Index(
            "uq_substitute_offer_open",
            "part_id",
            unique=True,
            postgresql_where=text("state = 'offered'"),
            sqlite_where=text("state = 'offered'"),
        ),
        Index("ix_substitute_offer_part", "part_id", "id"),
        Index("ix_substitute_offer_customer", "customer_id", "state", "id"),
        Index("ix_substitute_offer_state", "state", "answer_by"),
        Index("ix_substitute_offer_reservation", "reservation_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("schedule_line.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    stands_in_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    units: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(UnitPrice)
    list_price: Mapped[Decimal] = mapped_column(UnitPrice)
    due_on: Mapped[date]
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"))
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))
    state: Mapped[str] = mapped_column(String(10), default=OfferState.OFFERED)
    offered_at: Mapped[datetime]
    offered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answer_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    automatic: Mapped[bool] = mapped_column(default=False)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("substitution_consent.id"))
    new_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"), unique=True)

    part: Mapped[ScheduleLine] = relationship()
    customer: Mapped[Customer] = relationship()
    stands_in: Mapped[Product] = relationship()
    reservation: Mapped[Reservation] = relationship()
    promise: Mapped[Promise | None] = relationship()
    offered_by: Mapped[User | None] = relationship(foreign_keys=offered_by_id)
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)
    new_line: Mapped[OrderLine | None] = relationship()
