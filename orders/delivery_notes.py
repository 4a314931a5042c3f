"""The delivery note that goes with a shipment, in Thai or English: what is in it, by lot and serial."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from config import Seller
from orders.documents import letterhead
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine
from portal.documents import Block, Column, LineTable, Note, Parties, Party, Row, build_pdf
from portal.i18n import _, day_text, moment_text, name_of, quantity_text, speaking


def note_facts(session: Session, shipment: Shipment) -> Shipment:
    """The shipment with all that its delivery note says, in a fixed number of statements."""
    query = (
        select(Shipment)
        .where(Shipment.id == shipment.id)
        .options(
            joinedload(Shipment.order).options(joinedload(Order.customer), joinedload(Order.buyer)),
            joinedload(Shipment.warehouse),
            selectinload(Shipment.lines).options(
                joinedload(ShipmentLine.part).joinedload(ScheduleLine.line).joinedload(OrderLine.stands_for),
                selectinload(ShipmentLine.identities).joinedload(ShipmentIdentity.identity),
            ),
        )
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one()


def delivery_note_pdf(shipment: Shipment, language: str, seller: Seller) -> bytes:
    """The delivery note of a shipment as PDF in a language (`th` or `en`)."""
    with speaking(language):
        order = shipment.order
        facts = [(_("Order"), order.number)]
        if order.po_number:
            facts.append((_("Your purchase order"), order.po_number))
        if shipment.shipped_at:
            facts.append((_("Shipped"), moment_text(shipment.shipped_at)))
        else:
            facts.append((_("Picked"), moment_text(shipment.picked_at)))
        if shipment.carrier:
            facts.append((_("Carrier"), shipment.carrier))
            facts.append((_("Tracking number"), shipment.tracking_no))
        return build_pdf(
            _blocks(shipment, language),
            title=_("Delivery note"),
            issuer=letterhead(seller, language),
            language=language,
            number=shipment.number,
            facts=facts,
            subject=name_of(order.customer),
        )


def _blocks(shipment: Shipment, language: str) -> list[Block]:
    order = shipment.order
    address = order.ship_to(language)
    parties = [
        Party(
            _("Customer"), name_of(order.customer), [_("Customer code %(code)s", code=order.customer.code)]
        ),
        Party(_("Deliver to"), name_of(order.customer), [address] if address else []),
    ]
    columns = [
        Column("#", align="right", muted=True),
        Column(_("Product"), fill=True),
        Column(_("Quantity"), align="right"),
    ]
    rows = [_row(n, line) for n, line in enumerate(shipment.lines, start=1)]
    asked = _("Please check the goods and their numbers before you sign.")
    signed = _("Received in good order by: %(line)s  Date: %(line)s", line="_" * 24)
    return [Parties(parties), LineTable(columns, rows), Note(f"{asked}\n{signed}", _("On arrival"))]


def _row(n: int, line: ShipmentLine) -> Row:
    sold = line.part.line
    unit = name_of({"name_th": sold.unit_th, "name_en": sold.unit_en})
    cells = [str(n), f"{name_of(sold)}\n{sold.sku} · {unit}", quantity_text(line.quantity)]
    said = []
    if sold.stands_for is not None and sold.stands_for.order_id == sold.order_id:
        said.append(_("Stands for %(sku)s, as you agreed", sku=sold.stands_for.sku))
    lots = [one for one in line.identities if one.identity.kind == "lot"]
    serials = [one.identity.number for one in line.identities if one.identity.kind != "lot"]
    if serials:
        said.append(_("Serial numbers: %(numbers)s", numbers=", ".join(serials)))
    said += [_lot(one) for one in lots]
    return Row(cells, note="\n".join(said))


def _lot(one: ShipmentIdentity) -> str:
    facts = {"number": one.identity.number, "units": quantity_text(one.quantity)}
    if one.identity.expires_on is None:
        return _("Lot %(number)s: %(units)s", **facts)
    return _("Lot %(number)s: %(units)s, use by %(day)s", **facts, day=day_text(one.identity.expires_on))
