"""What the home page of a buyer asks for after the order: quotes, notices, answers to complaints, loaners, returns."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from aftersales import loaner_boards, notice_boards, repair_boards
from aftersales.compensation_lists import owed_page
from aftersales.complaint_lists import complaint_page
from aftersales.complaints import COMPLAINT_KIND_TITLES, CompensationState, ComplaintKind, ComplaintState
from aftersales.models import ReturnState
from aftersales.queries import return_page
from aftersales.recalls import NOTICE_KIND_TITLES, NoticeKind
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.clock import business_day, end_of
from portal.feature import Standing, Task
from portal.i18n import N_, gettext, money_text, name_of

MOST = 15
SOON = 7
"""Days before a loaner is due that the home page begins to ask for it."""


def answers(session: Session, person: User, now: datetime) -> list[Task]:
    """What a buyer's company is to answer, acknowledge, send or bring back. Nine queries at most."""
    if person.audience is not Audience.CUSTOMER:
        return []
    asked: list[Callable[[Session, int, datetime], list[Task]]] = [
        _notices,
        _quotes,
        _settled,
        _offers,
        _loans,
        _to_send,
    ]
    return [task for ask in asked for task in ask(session, person.company.id, now)]


def _notices(session: Session, company_id: int, now: datetime) -> list[Task]:
    return [
        Task(
            kind=gettext(NOTICE_KIND_TITLES[NoticeKind(one.notice.kind)]),
            number=one.notice.number,
            what=name_of({"name_th": one.notice.title_th, "name_en": one.notice.title_en}),
            why=name_of(one.notice.product),
            act=gettext(N_("Read and acknowledge")),
            endpoint="my_notices.one",
            args={"product_notice_no": one.notice.number},
            since=one.notice.issued_at or now,
            first=one.notice.kind == NoticeKind.RECALL,
        )
        for one in notice_boards.unanswered(session, company_id, MOST)
    ]


def _quotes(session: Session, company_id: int, now: datetime) -> list[Task]:
    return [
        Task(
            kind=gettext(N_("Repair quote")),
            number=one.number,
            what=gettext(
                N_("Repair %(product)s for %(amount)s?"),
                product=name_of(one.identity.product),
                amount=money_text(one.charge_minor, one.currency),
            ),
            act=gettext(N_("Approve or decline")),
            endpoint="my_repairs.one",
            args={"repair_no": one.number},
            since=one.quoted_at or now,
        )
        for one in repair_boards.waiting_for(session, company_id, MOST)
    ]


def _settled(session: Session, company_id: int, now: datetime) -> list[Task]:
    found = complaint_page(session, customer_id=company_id, state=ComplaintState.ANSWERED)
    return [
        Task(
            kind=gettext(N_("Complaint answered")),
            number=one.number,
            what=gettext(
                N_("Does our answer settle it? %(what)s"),
                what=gettext(COMPLAINT_KIND_TITLES[ComplaintKind(one.kind)]),
            ),
            act=gettext(N_("Settled or not")),
            endpoint="my_complaints.one",
            args={"complaint_no": one.number},
            since=one.answered_at or now,
        )
        for one in found.rows
    ]


def _offers(session: Session, company_id: int, now: datetime) -> list[Task]:
    found = owed_page(session, company_id, now=now, state=CompensationState.OFFERED)
    return [
        Task(
            kind=gettext(N_("Compensation")),
            number=one.found.number,
            what=gettext(
                N_("%(amount)s for a missed promise: %(what)s"),
                amount=money_text(one.found.amount_minor, one.found.currency),
                what=one.title,
            ),
            why=one.order.number if one.order else "",
            act=gettext(N_("Accept, add to it or dismiss")),
            endpoint="my_compensation.one",
            args={"compensation_no": one.found.number},
            since=one.found.proposed_at,
        )
        for one in found.rows
    ]


def _loans(session: Session, company_id: int, now: datetime) -> list[Task]:
    lent = loaner_boards.loans_of(session, company_id, out_only=True).rows
    today = business_day(now)
    return [
        Task(
            kind=gettext(N_("Loaner")),
            number=one.number,
            what=gettext(N_("Bring %(product)s back"), product=name_of(one.unit.identity.product)),
            why=one.unit.identity.number,
            act=gettext(N_("See where to")),
            endpoint="my_repairs.loan",
            args={"loan_no": one.number},
            since=one.handed_out_at,
            due_at=one.due_at,
            standing=Standing.LATE if one.due_at < now else Standing.IN_TIME,
        )
        for one in lent
        if (business_day(one.due_at) - today).days <= SOON
    ]


def _to_send(session: Session, company_id: int, now: datetime) -> list[Task]:
    found = return_page(session, customer_id=company_id, state=ReturnState.AUTHORISED)
    return [
        Task(
            kind=gettext(N_("Return authorised")),
            number=one.number,
            what=gettext(N_("Send the goods back")),
            why=one.order.number,
            act=gettext(N_("See how")),
            endpoint="my_returns.one",
            args={"return_no": one.number},
            since=one.decided_at or now,
            due_at=end_of(one.return_by) if one.return_by else None,
        )
        for one in found.rows
    ]
