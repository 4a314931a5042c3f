"""What an order's page says of its documents: where each mistake on one is reported, and what came of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from aftersales.document_errors import ERROR_TITLES, MISTAKE_TITLES
from aftersales.papers import paper_text, papers_of_order
from aftersales.permissions import Complaints, holds
from orders.models import Order
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.feature import Panel
from portal.i18n import N_, gettext


def papers_panel(session: Session, order: Order, reader: User, now: datetime) -> Panel | None:
    """The documents that were issued about an order; None where there are none. Two queries."""
    papers = papers_of_order(session, order)
    if not papers:
        return None
    ours = reader.audience is Audience.STAFF
    facts = {
        "papers": papers,
        "named": paper_text,
        "titles": ERROR_TITLES,
        "mistakes": MISTAKE_TITLES,
        "ours": ours,
        "may_report": not ours or holds(reader, Complaints.HANDLE),
        "endpoint": "desk_document_errors.report" if ours else "my_papers.report",
    }
    return Panel(gettext(N_("Documents")), "aftersales/order_papers.html", facts)
