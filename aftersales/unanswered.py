"""Cases after the order that wait for an answer of ours, as the escalation asks for them."""

from typing import Any

from sqlalchemy import Select, select

from aftersales.lending import UNDER_WAY
from aftersales.models import Return, ReturnState
from aftersales.repairs import Loan, Repair, RepairState
from orders.models import Order
from policies.escalating import Unanswered
from policies.units import Matter
from portal.i18n import N_


def _returns() -> Select[Any, Any, Any, Any]:
    """Returns that nobody has authorised or refused."""
    query = select(Return.id, Return.number, Order.customer_id, Return.requested_at.label("since"))
    return query.join(Order, Order.id == Return.order_id).where(Return.state == ReturnState.REQUESTED)


def _repairs() -> Select[Any, Any, Any, Any]:
    """Units in the workshop that nobody has diagnosed."""
    return select(Repair.id, Repair.number, Repair.customer_id, Repair.received_at.label("since")).where(
        Repair.state == RepairState.RECEIVED
    )


def _loaners() -> Select[Any, Any, Any, Any]:
    """Repairs whose customer asked for a loaner and got none."""
    lent = select(Loan.id).where(Loan.repair_id == Repair.id).exists()
    return select(Repair.id, Repair.number, Repair.customer_id, Repair.opened_at.label("since")).where(
        Repair.state.in_(UNDER_WAY), Repair.loaner_wanted, ~lent
    )


UNANSWERED = (
    Unanswered(Matter.RETURN, N_("Return"), "return", "/desk/returns/%s", Return, _returns),
    Unanswered(Matter.REPAIR, N_("Diagnosis"), "repair", "/desk/repairs/%s", Repair, _repairs),
    Unanswered(Matter.LOANER, N_("Loaner"), "repair", "/desk/repairs/%s", Repair, _loaners),
)
