"""Table of the cases that were passed on because their unit had left them unanswered for too long."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.roles import ROLE_TITLES, Role
from portal.db import Base, BigId


class Escalation(Base):
    """A case that waited for its unit since `since` and went to the people of a role at `at`; each case once.

    The unit is kept by its code, for it may be closed later.
    """

    __tablename__ = "case_escalation"
    __table_args__ = (
        CheckConstraint("role IN ('staff', 'manager', 'admin')", name="role"),
        Index("uq_case_escalation_key", "key", unique=True),
        Index("ix_case_escalation_case", "number", "matter"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    matter: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(String(40))
    unit_code: Mapped[str] = mapped_column(String(20))
    role: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime]
    at: Mapped[datetime]

    @property
    def role_title(self) -> str:
        """To whom it went, as a msgid."""
        return ROLE_TITLES[Role(self.role)]
