"""Reading seminars for screens: those to come, what a company went to, and who signed up for one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from policies.seminars import SIGNED_UP, Seminar, SeminarState, SignUp, SignUpState
from portal.accounts.models import User
from portal.customers.models import Customer, CustomerGroup
from portal.keyset import Keyset, keyset

COMING = 50
"""Seminars to come that one page shows at most."""


@dataclass(frozen=True)
class Coming:
    """A seminar to come as a person of a customer sees it.

    `waiting` is how many wait for a place, `ahead` how many of them before the person. `colleagues` are people of the
    same company who signed up.
    """

    seminar: Seminar
    own: SignUp | None = None
    waiting: int = 0
    ahead: int = 0
    colleagues: list[SignUp] = field(default_factory=list)

    @property
    def signed_up(self) -> bool:
        """Whether the person has a place or waits for one."""
        return self.own is not None and self.own.state in SIGNED_UP


@dataclass(frozen=True)
class Standing:
    """A seminar as staff see it in a list: with how many wait for a place."""

    seminar: Seminar
    waiting: int


def coming(session: Session, person: User, *, now: datetime) -> list[Coming]:
    """The announced seminars that have not begun, soonest first."""
    query = select(Seminar).where(Seminar.state == SeminarState.ANNOUNCED, Seminar.starts_at > now)
    found = session.scalars(query.order_by(Seminar.starts_at, Seminar.id).limit(COMING)).all()
    return _as_seen(session, found, person)


def as_seen(session: Session, seminar: Seminar, person: User) -> Coming:
    """One seminar as a person of a customer sees it."""
    (found,) = _as_seen(session, [seminar], person)
    return found


def _as_seen(session: Session, seminars: Sequence[Seminar], person: User) -> list[Coming]:
    ids = [seminar.id for seminar in seminars]
    company: dict[int, list[SignUp]] = {}
    for one in session.scalars(_of_company(person, ids)):
        company.setdefault(one.seminar_id, []).append(one)
    own = {one.seminar_id: one for rows in company.values() for one in rows if one.user_id == person.id}
    waiting: dict[int, list[int]] = {}
    # Few wait for any one place, and their order is wanted too, so that they are read rather than counted.
    for row in session.execute(
        select(SignUp.seminar_id, SignUp.queue_no).where(
            SignUp.seminar_id.in_(ids), SignUp.state == SignUpState.WAITING
        )
    ):
        waiting.setdefault(row.seminar_id, []).append(row.queue_no)
    return [
        Coming(
            seminar,
            mine := own.get(seminar.id),
            len(waiting.get(seminar.id, ())),
            sum(no < mine.queue_no for no in waiting.get(seminar.id, ())) if mine else 0,
            [
                one
                for one in company.get(seminar.id, ())
                if one.user_id != person.id and one.state != SignUpState.CANCELLED
            ],
        )
        for seminar in seminars
    ]


def _of_company(person: User, ids: Sequence[int]) -> Select[SignUp]:
    query = select(SignUp).where(SignUp.customer_id == person.customer_id, SignUp.seminar_id.in_(ids))
    return query.options(joinedload(SignUp.person)).order_by(SignUp.queue_no)


def sign_ups_of(
    session: Session, customer: Customer, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[SignUp]:
    """What the people of a company signed up for, the latest planned seminar first."""
    query = (
        select(SignUp)
        .where(SignUp.customer_id == customer.id)
        .options(joinedload(SignUp.seminar), joinedload(SignUp.person))
    )
    return keyset(
        session, query, SignUp.id, by=SignUp.seminar_id, older_than=older_than, newer_than=newer_than
    )


def seminar_page(
    session: Session,
    text: str = "",
    state: str = "",
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Standing]:
    """Seminars by their beginning, the latest first; found by number or title, narrowed by state."""
    query = select(Seminar)
    if state:
        query = query.where(Seminar.state == state)
    if text:
        named = (Seminar.number, Seminar.title_th, Seminar.title_en)
        query = query.where(
            named[0].icontains(text, autoescape=True)
            | named[1].icontains(text, autoescape=True)
            | named[2].icontains(text, autoescape=True)
        )
    found = keyset(
        session, query, Seminar.id, by=Seminar.starts_at, older_than=older_than, newer_than=newer_than
    )
    waiting = waiting_for(session, [seminar.id for seminar in found.rows])
    return found.made(lambda seminar: Standing(seminar, waiting.get(seminar.id, 0)))


def waiting_for(session: Session, ids: Iterable[int]) -> dict[int, int]:
    """How many wait for a place, by the id of the seminar."""
    query = select(SignUp.seminar_id, func.count(SignUp.id)).where(
        SignUp.seminar_id.in_(ids), SignUp.state == SignUpState.WAITING
    )
    rows: Sequence[Row[int, int]] = session.execute(query.group_by(SignUp.seminar_id)).all()
    return {row[0]: row[1] for row in rows}


def roll(session: Session, seminar: Seminar) -> list[SignUp]:
    """Everybody who signed up and did not sign off, in the order in which they came, with their companies."""
    query = (
        select(SignUp)
        .where(SignUp.seminar_id == seminar.id, SignUp.state != SignUpState.CANCELLED)
        .options(joinedload(SignUp.person), joinedload(SignUp.customer))
        .order_by(SignUp.queue_no)
    )
    return list(session.scalars(query))


def groups(session: Session) -> list[CustomerGroup]:
    """The groups whose companies can be invited, by code."""
    return list(session.scalars(select(CustomerGroup).order_by(CustomerGroup.code).limit(200)))


def seminars_meanwhile(
    session: Session, person: User, starts_at: datetime, ends_at: datetime
) -> list[Seminar]:
    """Announced seminars for which the person signed up and which take place at the same time."""
    query = (
        select(SignUp)
        .join(SignUp.seminar)
        .where(
            SignUp.customer_id == person.customer_id,
            SignUp.user_id == person.id,
            SignUp.state.in_(SIGNED_UP),
            Seminar.state == SeminarState.ANNOUNCED,
            Seminar.starts_at < ends_at,
            Seminar.ends_at > starts_at,
        )
        .options(contains_eager(SignUp.seminar))
        .order_by(Seminar.starts_at)
        .limit(5)
    )
    return [one.seminar for one in session.scalars(query)]
