"""Tables of seminars: events with places, who signed up, who waits for a place, who came."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base
from portal.i18n import N_


class SeminarState(StrEnum):
    """Where a seminar stands; only an announced one is shown to customers and takes sign-ups."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"
    HELD = "held"


class SignUpState(StrEnum):
    """Where a sign-up stands: a place, a number on the waiting list, given up, or whether the person came."""

    PLACE = "place"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    ABSENT = "absent"


SIGNED_UP = (SignUpState.PLACE, SignUpState.WAITING)
HAD_PLACE = (SignUpState.PLACE, SignUpState.ATTENDED, SignUpState.ABSENT)
"""States of those who had a place when the seminar began."""

SEMINAR_TITLES = {
    SeminarState.DRAFT: N_("Draft"),
    SeminarState.ANNOUNCED: N_("Open for sign-up"),
    SeminarState.CANCELLED: N_("Cancelled"),
    SeminarState.HELD: N_("Held"),
}
SIGN_UP_TITLES = {
    SignUpState.PLACE: N_("Has a place"),
    SignUpState.WAITING: N_("On the waiting list"),
    SignUpState.CANCELLED: N_("Signed off"),
    SignUpState.ATTENDED: N_("Attended"),
    SignUpState.ABSENT: N_("Did not come"),
}


class Seminar(Base):
    """An event for customers with a number of places; `taken` of them are given away."""

    __tablename__ = "seminar"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'announced', 'cancelled', 'held')", name="state"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("places BETWEEN 1 AND 10000", name="places"),
        CheckConstraint("taken BETWEEN 0 AND places", name="taken"),
        Index("ix_seminar_starts", "starts_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    title_th: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    about_th: Mapped[str] = mapped_column(Text, default="")
    about_en: Mapped[str] = mapped_column(Text, default="")
    place_th: Mapped[str] = mapped_column(String(300), default="")
    place_en: Mapped[str] = mapped_column(String(300), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default=SeminarState.DRAFT)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]

    owner: Mapped[User] = relationship()

    @property
    def title(self) -> dict[str, str]:
        """The title in both languages, as the filter `loc` reads it."""
        return {"name_th": self.title_th, "name_en": self.title_en}

    @property
    def about(self) -> dict[str, str]:
        """What it is about, in both languages."""
        return {"name_th": self.about_th, "name_en": self.about_en}

    @property
    def place(self) -> dict[str, str]:
        """Where it is, in both languages."""
        return {"name_th": self.place_th, "name_en": self.place_en}

    @property
    def free(self) -> int:
        """Places that nobody has."""
        return self.places - self.taken

    def takes_sign_ups(self, now: datetime) -> bool:
        """Whether a customer may still sign up or off: announced, and not begun."""
        return self.state == SeminarState.ANNOUNCED and self.starts_at > now


class SignUp(Base):
    """A person of a company who signed up for a seminar; those waiting move up in the order of `queue_no`.

    Who signs up again after signing off goes to the end: the row stays, its `queue_no` is a new one.
    """

    __tablename__ = "seminar_sign_up"
    __table_args__ = (
        CheckConstraint("state IN ('place', 'waiting', 'cancelled', 'attended', 'absent')", name="state"),
        Index("uq_seminar_sign_up_person", "seminar_id", "user_id", unique=True),
        Index("ix_seminar_sign_up_customer", "customer_id", "seminar_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    seminar_id: Mapped[int] = mapped_column(ForeignKey("seminar.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    state: Mapped[str] = mapped_column(String(10))
    queue_no: Mapped[int]
    signed_up_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    seminar: Mapped[Seminar] = relationship()
    person: Mapped[User] = relationship()
    customer: Mapped[Customer] = relationship()
