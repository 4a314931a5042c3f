"""A report goes once to whom its version names, and to the people of the customer whose figures it has."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.permissions import GRANTS, Policies
from policies.reports import ServiceReport
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.outbox import Letter, post_letters

NEW = "policies/notices/service_report.txt"
PAPER = "service_report"
"""Reports under this name go with the mails about them."""
READ_BY = [role for role in Role if Policies.ATTAINMENT in GRANTS.get(role, frozenset())]


def tell(session: Session, reports: Sequence[ServiceReport], *, now: datetime) -> int:
    """Send reports that were just made, each as PDF and with a link for who can sign in; says how many mails.

    A customer's goes to their people. The policy's own goes to the addresses of its version: who has an account and
    may read reports is told in the portal too, others only get the mail.
    """
    letters = [
        letter for report in reports if report.customer_id is None for letter in _named(session, report)
    ]
    of_customers = {report.customer_id: report for report in reports if report.customer_id is not None}
    people = select(User).where(User.customer_id.in_(of_customers), User.active).order_by(User.id)
    for person in session.scalars(people):
        letters.append(_to_person(of_customers[person.customer_id or 0], person.id, "/my/reports"))
    return post_letters(session, letters, NEW, now=now)


def _named(session: Session, report: ServiceReport) -> Iterable[Letter]:
    addresses = dict.fromkeys(line.strip().lower() for line in report.version.report_to.splitlines())
    addresses.pop("", None)
    known = select(User.email, User.id).where(User.email.in_(addresses), User.active, User.role.in_(READ_BY))
    accounts = {row.email: row.id for row in session.execute(known)}
    for place, address in enumerate(addresses):
        if address in accounts:
            yield _to_person(report, accounts[address], "/manage/reports")
        else:
            yield Letter(address, _facts(report), f"{report.number}-to-{place}", _paper(report))


def _to_person(report: ServiceReport, user_id: int, under: str) -> Letter:
    key, path = f"{report.number}-{user_id}", f"{under}/{report.number}"
    return Letter(user_id, _facts(report), key, _paper(report), path)


def _paper(report: ServiceReport) -> str:
    return f"{PAPER}:{report.number}"


def _facts(report: ServiceReport) -> dict[str, Any]:
    policy = report.version.policy
    return {
        "number": report.number,
        "name_th": policy.name_th,
        "name_en": policy.name_en,
        "every": report.every,
        "first": report.first_day.isoformat(),
        "last": report.last_day.isoformat(),
        "statement": report.statement,
        "why": report.why,
    }
