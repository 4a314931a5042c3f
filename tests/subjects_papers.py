"""A document with a mistake on it, as the addresses name them."""

from aftersales.document_errors import Mistake
from aftersales.papers import paper_for, papers_of_order
from aftersales.reporting_errors import report_error
from orders.models import Order
from tests.makers import World


def papers_of(world: World, order: Order) -> dict[str, str]:
    """The acknowledgement of an order, with a mistake that the buyer reported."""
    listed = papers_of_order(world.session, order)[0]
    paper = paper_for(world.session, world.buyer, listed.kind, listed.number)
    error = report_error(
        world.session, paper, Mistake.ADDRESS, "Gate 4, not gate 2", by=world.buyer, now=world.now
    )
    return {"paper_kind": listed.kind.value, "paper_no": listed.number, "error_no": error.number}
