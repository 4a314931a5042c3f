"""Requests of customers about orders that wait for an answer of ours, as the escalation asks for them."""

from typing import Any

from sqlalchemy import Select, select

from orders.expedites import ExpediteRequest, RequestState
from policies.escalating import Unanswered
from policies.units import Matter
from portal.i18n import N_


def _requests() -> Select[Any, Any, Any, Any]:
    return select(
        ExpediteRequest.id,
        ExpediteRequest.number,
        ExpediteRequest.customer_id,
        ExpediteRequest.asked_at.label("since"),
    ).where(ExpediteRequest.state == RequestState.ASKED)


UNANSWERED = (
    Unanswered(
        Matter.EXPEDITE,
        N_("Request for faster delivery"),
        "expedite",
        "/desk/expedites/%s",
        ExpediteRequest,
        _requests,
    ),
)
