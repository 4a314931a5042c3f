"""Cases of customers found from anywhere by their exact number: returns, complaints, repairs, loans, notices."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from aftersales.access import compensation_for, complaint_for, return_for
from aftersales.access_cases import loan_for, notice_for, received_notice_for, repair_for
from aftersales.permissions import Aftersales, Complaints, ProductNotices, Repairs, holds
from inventory.tracing import tidy
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.feature import Hit
from portal.i18n import N_, gettext, name_of
from portal.refusal import Unknown

Told = Callable[[Session, User, str], str]
"""What is told of a case that the viewer may see, by its number; raises Unknown for any other."""


@dataclass(frozen=True)
class Series:
    """The cases whose numbers begin alike: what they are called, who of our people sees them, and where they stand.

    Customers have no page of those without `mine`.
    """

    title: str
    permission: StrEnum
    told: Told
    desk: str
    mine: str = ""


def find_cases(session: Session, viewer: User, text: str) -> list[Hit]:
    """The case of this number, if the viewer may see it: to a company's people only what is its own."""
    number = tidy(text)
    series = SERIES.get(number.partition("-")[0])
    staff = viewer.audience is Audience.STAFF
    if series is None or (staff and not holds(viewer, series.permission)) or not (staff or series.mine):
        return []
    try:
        detail = series.told(session, viewer, number)
    except Unknown:
        return []
    return [Hit(gettext(series.title), number, detail, f"{series.desk if staff else series.mine}/{number}")]


def _return(session: Session, viewer: User, number: str) -> str:
    found = return_for(session, viewer, number)
    return f"{name_of(found.order.customer)} · {found.order.number}"


def _complaint(session: Session, viewer: User, number: str) -> str:
    return name_of(complaint_for(session, viewer, number).customer)


def _compensation(session: Session, viewer: User, number: str) -> str:
    return name_of(compensation_for(session, viewer, number).customer)


def _repair(session: Session, viewer: User, number: str) -> str:
    return name_of(repair_for(session, viewer, number).customer)


def _loan(session: Session, viewer: User, number: str) -> str:
    return name_of(loan_for(session, viewer, number).customer)


def _notice(session: Session, viewer: User, number: str) -> str:
    staff = viewer.audience is Audience.STAFF
    notice = (
        notice_for(session, viewer, number) if staff else received_notice_for(session, viewer, number).notice
    )
    return name_of({"name_th": notice.title_th, "name_en": notice.title_en})


SERIES = {
    "RT": Series(N_("Return"), Aftersales.VIEW, _return, "/desk/returns", "/my/returns"),
    "CM": Series(N_("Complaint"), Complaints.VIEW, _complaint, "/desk/complaints", "/my/complaints"),
    "CC": Series(
        N_("Compensation"), Complaints.VIEW, _compensation, "/desk/compensations", "/my/compensation"
    ),
    "RP": Series(N_("Repair"), Repairs.VIEW, _repair, "/desk/repairs", "/my/repairs"),
    "LN": Series(N_("Loaner"), Repairs.VIEW, _loan, "/desk/loans", "/my/loans"),
    "PN": Series(
        N_("Product notice"),
        ProductNotices.VIEW,
        _notice,
        "/desk/product-notices",
        "/my/product-notices",
    ),
}
