"""What this room shows on the home page of the distributor's people."""

from datetime import datetime

from sqlalchemy.orm import Session

from inventory import alert_boards, count_boards, due_today, proposals, queries
from inventory.alerts import ALERT_TITLES
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES, Audience
from portal.clock import business_day
from portal.feature import Panel, Queue
from portal.i18n import N_


def getting_started(session: Session, viewer: User, now: datetime) -> Panel | None:
    """What is missing of places and products before anything can be sold, for those who set it up."""
    if viewer.role not in MANAGING_ROLES:
        return None
    missing = []
    if not queries.warehouses(session):
        missing.append(
            (N_("Open the warehouse that goods leave from."), "places.new_warehouse", N_("Open a warehouse"))
        )
    if not queries.anything_priced(session):
        missing.append(
            (
                N_("Bring in products with their prices as a spreadsheet."),
                "imports.new",
                N_("Import a catalogue"),
            )
        )
    if not missing:
        return None
    return Panel(
        N_("Getting started: what is sold, and from where"),
        "house/getting_started.html",
        {"missing": missing},
        order=0,
    )


def alerts(session: Session, viewer: User, now: datetime) -> Panel | None:
    """How many alerts of each kind are open, while there are any. One query."""
    if viewer.audience is not Audience.STAFF:
        return None
    counts = alert_boards.count_open(session)
    if not any(counts.values()):
        return None
    titles = {kind.value: title for kind, title in ALERT_TITLES.items()}
    facts = {"counts": counts, "titles": titles}
    return Panel(N_("Stock alerts"), "inventory/staff/home_alerts.html", facts, wide=True, order=55)


def queues(session: Session, viewer: User, now: datetime) -> list[Queue]:
    """Receipts and transfers that should be here, sheets to count, what waits in quarantine or for approval.

    Five queries.
    """
    if viewer.audience is not Audience.STAFF:
        return []
    today = business_day(now)
    receipts = due_today.pile_of_receipts(session, today)
    proposed = proposals.oldest_open(session, today)
    arriving = due_today.pile_on_the_way(session, today)
    counts = count_boards.pile_of_sheets(session, today)
    return [
        Queue(
            N_("Receipts due"), N_("Book in"), "receipts.index", {}, receipts[0], None, *receipts[1:], True, 16
        ),
        Queue(
            N_("Transfers arriving"), N_("Book the arrival"), "transfers.index", {}, *arriving, today=True, order=18
        ),
        Queue(
            N_("Proposals to order"), N_("Decide"), "replenishment.board", {}, *proposed, order=22
        ),
        Queue(
            N_("Products in quarantine"), N_("Inspect"), "identities.quarantine", {},
            due_today.count_aside(session), today=True, order=19,
        ),
        Queue(N_("Sheets to count"), N_("Count"), "counts.index", {}, *counts, today=True, order=17),
        *_to_approve(session, viewer),
    ]  # fmt: skip


def _to_approve(session: Session, viewer: User) -> list[Queue]:
    """What managers approve: corrections of the books."""
    if viewer.role not in MANAGING_ROLES:
        return []
    waiting = count_boards.pile_of_adjustments(session)
    return [Queue(N_("Adjustments to approve"), N_("Decide"), "adjustments.index", {}, *waiting, order=20)]
