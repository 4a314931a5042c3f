"""Tables of people and of their open sign-ins."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.roles import Audience, Role, audience_of
from portal.customers.models import Customer
from portal.db import Base


class User(Base):
    """A person; people of a customer company belong to exactly one, people of the distributor to none."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("role IN ('buyer', 'staff', 'manager', 'admin')", name="role"),
        CheckConstraint("(role = 'buyer') = (customer_id IS NOT NULL)", name="company"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("failed_sign_ins >= 0", name="failed_sign_ins"),
        CheckConstraint("language IN ('th', 'en')", name="language"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(12))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    language: Mapped[str] = mapped_column(String(2), default="th")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    customer: Mapped[Customer | None] = relationship()

    @property
    def audience(self) -> Audience:
        """Whose pages this person sees."""
        return audience_of(Role(self.role))

    @property
    def company(self) -> Customer:
        """The company of a buyer; asking it of the distributor's people is a bug."""
        if self.customer is None:
            raise LookupError(f"{self.email} belongs to no customer company")
        return self.customer


class SignIn(Base):
    """An open sign-in on one device; the browser holds the token, the table only its hash."""

    __tablename__ = "sign_in"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
