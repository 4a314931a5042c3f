"""Makers of the rule book's things, built through the use-cases that managers use."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from policies import calendars, promising, revising
from policies.kinds import CASE_KINDS, Convention, Kind
from policies.models import Policy, PolicyVersion, VersionState
from policies.promises import Promise
from policies.terms import Clause, Terms
from portal.accounts import inviting, signing_in
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.customers.models import Customer, CustomerGroup
from portal.customers.registering import Particulars, register

PASSWORD = "correct horse battery"
HASHED = signing_in.hash_password(PASSWORD)
LEAD_TIME = Clause(
    Kind.LEAD_TIME,
    3,
    Convention.WORKING,
    9500,
    cut_off=time(15, 0),
    compensation_bp_per_day=100,
    compensation_cap_bp=1000,
)
LINE_FILL = Clause(Kind.LINE_FILL, target_bp=9700)
CASES = tuple(
    Clause(kind, 10 if kind is Kind.REPAIR else 2, Convention.WORKING, 9500, 50_00, 500_00)
    for kind in CASE_KINDS
)
TERMS = Terms((LEAD_TIME, LINE_FILL), "คำนำ", "Introduction")


@dataclass
class House:
    """A distributor with its people, one gold customer and a calendar, but no policy yet.

    What the manager writes the reviewer publishes.
    """

    session: Session
    now: datetime
    manager: User
    reviewer: User
    staff: User
    customer: Customer
    buyer: User

    @property
    def today(self) -> date:
        return business_day(self.now)

    def reread(self) -> None:
        """Forget what was read, so that the next look sees what others have written."""
        self.session.rollback()
        self.session.expire_all()

    def reread_all(self) -> None:
        """Keep what was written and forget what was read of it."""
        self.session.commit()
        self.session.expire_all()

    def draft(
        self,
        terms: Terms = TERMS,
        *,
        tier: str | None = None,
        group: CustomerGroup | None = None,
        customer: Customer | None = None,
    ) -> PolicyVersion:
        whom = customer or group
        name = f"Policy {tier or (whom.code if whom else '')}"
        version = revising.open_policy(
            self.session,
            "นโยบาย",
            name,
            tier=tier,
            group=group,
            customer=customer,
            by=self.manager,
            now=self.now,
        )
        self.session.flush()
        revising.change_draft(self.session, version, terms, by=self.manager, now=self.now)
        self.session.flush()
        return version

    def published(
        self,
        terms: Terms = TERMS,
        *,
        tier: str | None = None,
        group: CustomerGroup | None = None,
        customer: Customer | None = None,
        valid_from: date | None = None,
    ) -> PolicyVersion:
        version = self.draft(terms, tier=tier, group=group, customer=customer)
        self.publish(version, valid_from)
        return version

    def revised(self, policy: Policy, terms: Terms, *, valid_from: date) -> PolicyVersion:
        version = revising.draft_version(self.session, policy, by=self.manager, now=self.now)
        self.session.flush()
        revising.change_draft(self.session, version, terms, by=self.manager, now=self.now)
        self.publish(version, valid_from)
        return version

    def publish(
        self, version: PolicyVersion, valid_from: date | None = None, *, reason: str = "Agreed in spring"
    ) -> None:
        """Submitted by the manager, unless it is in review already, and published by the reviewer."""
        day = valid_from or self.today
        if version.state == VersionState.DRAFT:
            self.submit(version)
        revising.publish(self.session, version, day, reason, by=self.reviewer, now=self.now)
        self.session.flush()

    def submit(self, version: PolicyVersion) -> PolicyVersion:
        """The version, given to review by its author."""
        revising.submit(self.session, version, by=self.manager, now=self.now)
        self.session.flush()
        return version

    def cases(self, *cases: Clause) -> PolicyVersion:
        """A published policy for everybody with these promises on cases, or the usual ones."""
        return self.published(replace(TERMS.but(*(cases or CASES)), return_days=30))

    def case(
        self,
        kind: Kind = Kind.COMPLAINT_ANSWER,
        subject: str = "CP-1",
        *,
        start: datetime | None = None,
        customer: Customer | None = None,
    ) -> Promise:
        """A promise on a case that begins now, or at another time."""
        begun = start or self.now
        promise = promising.promise_case(
            self.session, customer or self.customer, kind, subject, start=begun, by=self.buyer, now=begun
        )
        assert promise is not None
        return promise

    def promise(self, version: PolicyVersion, due_at: datetime, subject: str = "SO-1/1.1") -> Promise:
        level = version.level(Kind.LEAD_TIME)
        assert level is not None
        vow = promising.Vow(subject, due_at)
        (made,) = promising.make(self.session, level, self.customer.id, [vow], by=self.buyer, now=self.now)
        promise = self.session.get(Promise, made)
        assert promise is not None
        return promise


def days(count: int, terms: Terms = TERMS) -> Terms:
    """The same terms with another lead time."""
    lead_time = terms.clause(Kind.LEAD_TIME)
    assert lead_time is not None
    return terms.but(replace(lead_time, days=count))


def only(*clauses: Clause, **said: Any) -> Terms:
    """Terms of these clauses and nothing else."""
    return Terms(clauses, **said)


def make_house(session: Session, now: datetime) -> House:
    manager, reviewer, staff = (
        make_person(session, role, now=now) for role in (Role.MANAGER, Role.ADMIN, Role.STAFF)
    )
    calendars.set_up(session, range(now.year - 1, now.year + 2), now=now)
    customer = make_company(session, "C1", tier="gold", now=now)
    buyer = make_person(session, Role.BUYER, customer=customer, now=now)
    return House(session, now, manager, reviewer, staff, customer, buyer)


def make_company(session: Session, code: str, *, tier: str, now: datetime) -> Customer:
    facts = Particulars(code, f"บริษัท {code} จำกัด", f"{code} Co., Ltd.", "wholesale", tier)
    customer = register(session, facts, by=None, now=now)
    session.flush()
    return customer


def make_person(session: Session, role: Role, *, customer: Customer | None = None, now: datetime) -> User:
    email = f"{role}{customer.code.lower() if customer else ''}@example.com"
    person = inviting.add_user(
        session, email, name=str(role).title(), role=role, customer=customer, language="en", by=None, now=now
    )
    person.password_hash = HASHED  # hashing anew for each person would take most of the suite's time
    session.flush()
    return person
