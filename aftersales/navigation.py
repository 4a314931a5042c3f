"""The lines of the navigation that lead to what comes after the order."""

from typing import Any

from sqlalchemy import bindparam, func, select

from aftersales.complaints import Compensation, CompensationState, Complaint, ComplaintState
from aftersales.document_errors import DocumentError, ErrorState
from aftersales.models import Return, ReturnState
from aftersales.permissions import Aftersales, Complaints, ProductNotices, Repairs
from aftersales.recalls import NoticeRecipient, NoticeState, ProductNotice
from aftersales.repairs import Repair, RepairState
from portal.accounts.roles import Audience
from portal.feature import NavEntry
from portal.i18n import N_

COMPANY: Any = bindparam("company")
QUOTES = select(func.count(Repair.id)).where(
    Repair.customer_id == COMPANY, Repair.state == RepairState.QUOTED.value
)
ANSWERED = select(func.count(Complaint.id)).where(
    Complaint.customer_id == COMPANY, Complaint.state == ComplaintState.ANSWERED.value
)
OFFERED = select(func.count(Compensation.id)).where(
    Compensation.customer_id == COMPANY, Compensation.state == CompensationState.OFFERED.value
)
UNACKNOWLEDGED = (
    select(func.count(NoticeRecipient.id))
    .join(ProductNotice, ProductNotice.id == NoticeRecipient.notice_id)
    .where(
        NoticeRecipient.customer_id == COMPANY,
        NoticeRecipient.acknowledged_at.is_(None),
        ProductNotice.state == NoticeState.ISSUED.value,
    )
)
TO_ANSWER = select(func.count(Complaint.id)).where(Complaint.state == ComplaintState.OPEN.value)
TO_RESOLVE = select(func.count(DocumentError.id)).where(DocumentError.state == ErrorState.OPEN.value)
TO_DECIDE = select(func.count(Return.id)).where(Return.state == ReturnState.REQUESTED.value)
TO_DIAGNOSE = select(func.count(Repair.id)).where(Repair.state == RepairState.RECEIVED.value)

SERVICE = N_("Service")
OWN, DESK = Audience.CUSTOMER, Audience.STAFF

NAV = (
    NavEntry(N_("What we own"), "my_units.units", "package", OWN, order=41),
    NavEntry(
        N_("Product notices"),
        "my_notices.notices",
        "bell",
        OWN,
        order=42,
        count=UNACKNOWLEDGED,
        under="my_units.units",
    ),
    NavEntry(N_("Repairs"), "my_repairs.repairs", "wrench", OWN, order=43, count=QUOTES),
    NavEntry(N_("Loaners"), "my_repairs.loans", "repeat", OWN, order=44, under="my_repairs.repairs"),
    NavEntry(N_("Returns"), "my_returns.returns", "return", OWN, order=45),
    NavEntry(N_("Complaints"), "my_complaints.complaints", "flag", OWN, order=46, count=ANSWERED),
    NavEntry(
        N_("Compensation"),
        "my_compensation.compensations",
        "cash",
        OWN,
        order=47,
        count=OFFERED,
        under="my_complaints.complaints",
    ),
    NavEntry(
        N_("Complaints"),
        "desk_complaints.complaints",
        "flag",
        DESK,
        Complaints.VIEW,
        order=50,
        count=TO_ANSWER,
        section=SERVICE,
    ),
    NavEntry(
        N_("Compensation"),
        "desk_compensations.compensations",
        "cash",
        DESK,
        Complaints.VIEW,
        order=51,
        under="desk_complaints.complaints",
        section=SERVICE,
    ),
    NavEntry(
        N_("Mistakes on documents"),
        "desk_document_errors.errors",
        "flag",
        DESK,
        Complaints.VIEW,
        order=51,
        count=TO_RESOLVE,
        under="desk_complaints.complaints",
        section=SERVICE,
    ),
    NavEntry(
        N_("Approval limits"),
        "desk_limits.approval_limits",
        "cash",
        DESK,
        Complaints.LIMIT,
        order=51,
        under="desk_complaints.complaints",
        section=SERVICE,
    ),
    NavEntry(
        N_("Returns"),
        "desk_returns.returns",
        "return",
        DESK,
        Aftersales.VIEW,
        order=52,
        count=TO_DECIDE,
        section=SERVICE,
    ),
    NavEntry(
        N_("Repairs"),
        "desk_repairs.repairs",
        "wrench",
        DESK,
        Repairs.VIEW,
        order=53,
        count=TO_DIAGNOSE,
        section=SERVICE,
    ),
    NavEntry(
        N_("Loaners"),
        "desk_loaners.pool",
        "repeat",
        DESK,
        Repairs.VIEW,
        order=54,
        under="desk_repairs.repairs",
        section=SERVICE,
    ),
    NavEntry(
        N_("Product notices"),
        "desk_notices.notices",
        "bell",
        DESK,
        ProductNotices.VIEW,
        order=55,
        section=SERVICE,
    ),
)
