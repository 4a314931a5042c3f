"""Up to how much people credit by themselves: a limit for staff, within which a claim is credited at once, and one for
managers; administrators have none.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from aftersales.complaints import Compensation
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES, Role
from portal.db import Base, upsert
from portal.i18n import N_, money_text
from portal.refusal import Refused

CURRENCY = "THB"
"""Limits are in baht; in any other currency a manager approves."""
MOST = 1_000_000_000
"""Ten million baht, in satang: more is a slip of the keyboard."""
DEFAULTS = {Role.STAFF: 100_000, Role.MANAGER: 5_000_000}
"""1,000 and 50,000 baht, until a manager sets others."""


class Verb(StrEnum):
    """Acts on the limits, for the audit trail."""

    CHANGED = "approval_limit.changed"


class ApprovalLimit(Base):
    """Up to how much the people of a role credit by themselves, in satang."""

    __tablename__ = "approval_limit"
    __table_args__ = (
        CheckConstraint("role IN ('staff', 'manager')", name="role"),
        CheckConstraint("limit_minor >= 0", name="limit"),
    )
    role: Mapped[str] = mapped_column(String(10), primary_key=True)
    limit_minor: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    changed_by: Mapped[User] = relationship()


@dataclass(frozen=True)
class Limits:
    """The limits in force, in satang."""

    staff_minor: int
    manager_minor: int

    def of(self, role: Role) -> int | None:
        """Up to how much a role credits; None without end."""
        if role is Role.ADMIN:
            return None
        return self.manager_minor if role is Role.MANAGER else self.staff_minor

    def at_once(self, amount_minor: int, currency: str) -> bool:
        """Whether an amount is credited as soon as the customer takes it up: within what staff credit."""
        return currency == CURRENCY and amount_minor <= self.staff_minor


def limits(session: Session) -> Limits:
    """The limits in force."""
    known = dict(session.execute(select(ApprovalLimit.role, ApprovalLimit.limit_minor)).all())
    return Limits(*(known.get(role, DEFAULTS[role]) for role in (Role.STAFF, Role.MANAGER)))


def last_changed(session: Session) -> ApprovalLimit | None:
    """The limit that was changed last, with who did it; None while those of the house hold."""
    query = select(ApprovalLimit).options(joinedload(ApprovalLimit.changed_by))
    return session.scalars(query.order_by(ApprovalLimit.changed_at.desc()).limit(1)).first()


def set_limits(session: Session, staff_minor: int, manager_minor: int, *, by: User, now: datetime) -> Limits:
    """Set both limits, in satang.

    Refused out of bounds, for managers below that of staff, and for a manager who raises the limit of managers: an
    administrator does that.
    """
    query = select(ApprovalLimit).order_by(ApprovalLimit.role).with_for_update()
    session.scalars(query.execution_options(populate_existing=True)).all()
    before = limits(session)
    for field, amount in (("staff", staff_minor), ("manager", manager_minor)):
        if not 0 <= amount <= MOST:
            raise Refused(
                N_("A limit is between 0 and %(most)s."), field=field, most=money_text(MOST, CURRENCY)
            )
    if manager_minor < staff_minor:
        raise Refused(N_("Managers credit at least as much as staff."), field="manager")
    if manager_minor > before.manager_minor and Role(by.role) is not Role.ADMIN:
        raise Refused(N_("An administrator raises the limit of managers."), field="manager")
    after = Limits(staff_minor, manager_minor)
    for role in (Role.STAFF, Role.MANAGER):
        was, will_be = before.of(role), after.of(role)
        if was != will_be and will_be is not None:
            _set(session, role, will_be, by=by, now=now)
            audit.record(
                session,
                Verb.CHANGED,
                "approval_limit",
                role,
                by=by,
                now=now,
                before={"amount_minor": was, "currency": CURRENCY},
                after={"amount_minor": will_be, "currency": CURRENCY},
            )
    return after


def why_not(session: Session, person: User, found: Compensation) -> Refused | None:
    """Why somebody may not credit a compensation: above their limit, or proposed by themselves above that of staff."""
    known, amount = limits(session), found.amount_minor
    role = Role(person.role)
    if found.currency != CURRENCY:
        if role not in MANAGING_ROLES:
            limit = money_text(known.staff_minor, CURRENCY)
            return Refused(
                N_("Staff credit up to %(limit)s by themselves; any other currency needs a manager."),
                limit=limit,
            )
    elif (most := known.of(role)) is not None and amount > most:
        limit = money_text(most, CURRENCY)
        if role is Role.MANAGER:
            return Refused(N_("Above %(limit)s an administrator approves."), limit=limit)
        return Refused(N_("Above %(limit)s a manager approves."), limit=limit)
    if found.proposed_by_id == person.id and not known.at_once(amount, found.currency):
        return Refused(
            N_("You proposed it yourself: above %(limit)s somebody else approves."),
            limit=money_text(known.staff_minor, CURRENCY),
        )
    return None


def _set(session: Session, role: Role, amount_minor: int, *, by: User, now: datetime) -> None:
    facts = {"limit_minor": amount_minor, "changed_at": now, "changed_by_id": by.id}
    put = upsert(session, ApprovalLimit).values(role=role, **facts)
    session.execute(put.on_conflict_do_update(index_elements=["role"], set_=facts))
