"""Delivery notes as PDF, for the desk that ships and the buyer who receives."""

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from orders.access import shipment_for
from orders.delivery_notes import delivery_note_pdf, note_facts
from orders.permissions import Orders
from portal.i18n import LANGUAGES, language
from portal.web.access import customer, staff
from portal.web.session import db, me, settings

bp = Blueprint("delivery_notes", __name__, template_folder="../templates")


@bp.get("/desk/shipments/<shipment_no>/delivery-note.pdf")
@staff(Orders.VIEW)
def desk(shipment_no: str) -> ResponseReturnValue:
    """The delivery note that goes with a shipment."""
    return _paper(shipment_no)


@bp.get("/my/shipments/<shipment_no>/delivery-note.pdf")
@customer
def mine(shipment_no: str) -> ResponseReturnValue:
    """The delivery note of a shipment of the company's own."""
    return _paper(shipment_no)


def _paper(shipment_no: str) -> ResponseReturnValue:
    shipment = note_facts(db(), shipment_for(db(), me(), shipment_no))
    code = request.args.get("language", language())
    if code not in LANGUAGES:
        abort(404)
    paper = delivery_note_pdf(shipment, code, settings().seller)
    name = f'inline; filename="{shipment.number}-{code}.pdf"'
    return Response(paper, mimetype="application/pdf", headers={"Content-Disposition": name})
