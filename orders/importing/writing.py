"""The rows of the database for what a piece of the file adds: documents, lines, dated parts, promises, shipments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from orders.importing.judging import Line
from orders.importing.papers import Paper
from orders.importing.parties import Parties, in_both_languages
from orders.importing.promised import event_rows, promise_row
from orders.models import Order, OrderLine, Origin, ScheduleLine
from orders.shipments import CreditLine, CreditNote, Shipment, ShipmentLine, ShipmentState
from policies.promises import Promise, PromiseEvent
from portal.i18n import N_
from portal.importing.bulk import new_ids, put_rows
from portal.importing.kinds import Given

REASON = N_("Brought in with past orders")
NO_CARRIER = "–"

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Addition:
    """A line that a document gains, with its place in it."""

    line: Line
    paper: Paper
    n: int


class Writer:
    """Writes what one piece adds.

    An imported order is closed and owes nothing: it reserves no stock and moves none. Where the file gives no date of
    shipping or delivery at all, its goods count as delivered on the order day; where it does, a line without them stays
    as it was, not shipped.
    """

    def __init__(self, session: Session, given: Given, warehouse_id: int, parties: Parties) -> None:
        self._session, self._given, self._warehouse_id, self._parties = session, given, warehouse_id, parties
        self._dated = given.maps("shipped_at") or given.maps("delivered_at")
        self._measured = given.maps("delivered_at")

    def write(self, additions: Sequence[Addition]) -> None:
        """Write these additions, and the documents that are new with them."""
        orders = [one for one in additions if not one.paper.credit]
        credits_ = [one for one in additions if one.paper.credit]
        if orders:
            self._put_papers(Order, orders, self._order)
            self._put_lines(orders)
        if credits_:
            self._put_papers(CreditNote, credits_, self._credit)
            put_rows(
                self._session,
                CreditLine,
                list(map(self._credit_line, credits_, _ids(self, CreditLine, credits_))),
            )

    def _put_papers(self, model: Any, additions: Sequence[Addition], made: Any) -> None:
        firsts: dict[int, Addition] = {}
        sums: dict[int, list[int]] = {}
        for one in additions:
            firsts.setdefault(id(one.paper), one)
            net_vat = sums.setdefault(id(one.paper), [0, 0])
            net_vat[0] += one.line.net_minor
            net_vat[1] += one.line.vat_minor
        new = [one for one in firsts.values() if one.paper.new]
        grown = [
            {"to": one.paper.id, "net": sums[key][0], "vat": sums[key][1]}
            for key, one in firsts.items()
            if not one.paper.new
        ]
        rows = []
        for one, key in zip(new, new_ids(self._session, model, len(new)), strict=True):
            one.paper.id = key
            net, vat = sums[id(one.paper)]
            rows.append(made(one) | {"id": key, "net_minor": net, "vat_minor": vat, "total_minor": net + vat})
        put_rows(self._session, model, rows)
        if grown:
            table = model.__table__
            more_net: Any = bindparam("net")
            more_vat: Any = bindparam("vat")
            values = {
                "net_minor": table.c.net_minor + more_net,
                "vat_minor": table.c.vat_minor + more_vat,
                "total_minor": table.c.total_minor + more_net + more_vat,
            }
            self._session.connection().execute(
                update(table).where(table.c.id == bindparam("to")).values(values), grown
            )

    def _order(self, one: Addition) -> dict[str, Any]:
        line, facts = one.line, one.line.facts
        ship_to_th, ship_to_en = in_both_languages(_ship_to(line))
        moments = [at for at in (line.ordered_at, line.shipped_at, line.delivered_at) if at]
        return {
            "number": line.number,
            "customer_id": one.paper.customer_id,
            "buyer_id": None,
            "warehouse_id": self._warehouse_id,
            "origin": Origin.IMPORT.value,
            "idempotency_key": f"import:{line.number}",
            "placed_at": line.ordered_at,
            "requested_on": line.promised_on,
            "po_number": facts.get("po_number"),
            "note": None,
            "ship_to_th": ship_to_th,
            "ship_to_en": ship_to_en,
            "transit_days": 1,
            "currency": line.currency,
            "closed_at": max(moments),
        }

    def _credit(self, one: Addition) -> dict[str, Any]:
        return {
            "number": one.line.number,
            "customer_id": one.paper.customer_id,
            "order_id": None,
            "issued_at": one.line.ordered_at,
            "reason": REASON,
            "currency": one.line.currency,
            "issued_by_id": None,
        }

    def _credit_line(self, one: Addition, key: int) -> dict[str, Any]:
        line = one.line
        return {
            "id": key,
            "note_id": one.paper.id,
            "n": one.n,
            "product_id": self._parties.products[line.sku].id,
            "order_line_id": None,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "net_minor": line.net_minor,
            "vat_minor": line.vat_minor,
        }

    def _put_lines(self, additions: Sequence[Addition]) -> None:
        session = self._session
        line_ids = list(_ids(self, OrderLine, additions))
        part_ids = list(_ids(self, ScheduleLine, additions))
        promised = [one for one in additions if self._measured and one.line.promised_on]
        promise_ids = dict(zip(map(id, promised), new_ids(session, Promise, len(promised)), strict=True))
        promises, events, lines, parts = [], [], [], []
        for one, line_id, part_id in zip(additions, line_ids, part_ids, strict=True):
            promise_id = promise_ids.get(id(one))
            if promise_id is not None:
                promise = promise_row(line=one.line, paper=one.paper, n=one.n, key=promise_id)
                promises.append(promise)
                events += event_rows(promise, one.line)
            lines.append(self._line(one, line_id))
            parts.append(self._part(one, line_id, part_id, promise_id))
        put_rows(session, Promise, promises)
        if events:
            put_rows(session, PromiseEvent, [
                row | {"id": key} for row, key in zip(events, new_ids(session, PromiseEvent, len(events)), strict=True)
            ])  # fmt: skip
        put_rows(session, OrderLine, lines)
        put_rows(session, ScheduleLine, parts)
        self._put_shipments(
            [(one, part_id) for one, part_id in zip(additions, part_ids, strict=True) if one.line.shipped_at]
        )

    def _line(self, one: Addition, key: int) -> dict[str, Any]:
        line, product = one.line, self._parties.products[one.line.sku]
        name_th, name_en = in_both_languages(line.description)
        return {
            "id": key,
            "order_id": one.paper.id,
            "n": one.n,
            "product_id": product.id,
            "sku": product.sku,
            "name_th": name_th or product.name_th,
            "name_en": name_en or product.name_en,
            "unit_th": product.unit_th,
            "unit_en": product.unit_en,
            "ordered": line.quantity,
            "cancelled": 0,
            "returned": 0,
            "short": 0,
            "unit_price": line.unit_price,
            "discount_bp": line.discount_bp,
            "vat_rate_bp": line.vat_rate_bp,
            "net_minor": line.net_minor,
            "vat_minor": line.vat_minor,
            "first_shipped": line.quantity if line.shipped_at else None,
            "first_shipped_at": line.shipped_at,
        }

    def _part(self, one: Addition, line_id: int, key: int, promise_id: int | None) -> dict[str, Any]:
        line = one.line
        shipped = line.quantity if line.shipped_at or not self._dated else 0
        return {
            "id": key,
            "line_id": line_id,
            "n": 1,
            "quantity": line.quantity,
            "cancelled": 0,
            "picked": shipped,
            "shipped": shipped,
            "delivered": line.quantity if line.delivered_at or not self._dated else 0,
            "backorder": False,
            "ship_by": None,
            "shipped_late": False,
            "reservation_id": None,
            "promise_id": promise_id,
            "found": [],
        }

    def _put_shipments(self, sent: Sequence[tuple[Addition, int]]) -> None:
        """One shipment for the lines of an order that left and arrived together with one carrier."""
        together: dict[tuple[int, datetime, datetime | None, str], list[tuple[Addition, int]]] = {}
        for one, part_id in sent:
            line = one.line
            assert line.shipped_at is not None
            carrier = line.facts.get("carrier") or NO_CARRIER
            together.setdefault((id(one.paper), line.shipped_at, line.delivered_at, carrier), []).append(
                (one, part_id)
            )
        rows: Rows = []
        contents: Rows = []
        ids = new_ids(self._session, Shipment, len(together))
        for ((_, shipped_at, delivered_at, carrier), parts), key in zip(together.items(), ids, strict=True):
            paper = parts[0][0].paper
            paper.shipments += 1
            rows.append(
                {
                    "id": key,
                    "number": f"{paper.number}-S{paper.shipments}",
                    "order_id": paper.id,
                    "warehouse_id": self._warehouse_id,
                    "state": (ShipmentState.DELIVERED if delivered_at else ShipmentState.SHIPPED).value,
                    "carrier": carrier,
                    "tracking_no": "",
                    "picked_at": shipped_at,
                    "shipped_at": shipped_at,
                    "delivered_at": delivered_at,
                    "received_by": None,
                }
            )
            contents += [
                {"shipment_id": key, "schedule_line_id": part_id, "quantity": one.line.quantity}
                for one, part_id in parts
            ]
        put_rows(self._session, Shipment, rows)
        for row, key in zip(contents, new_ids(self._session, ShipmentLine, len(contents)), strict=True):
            row["id"] = key
        put_rows(self._session, ShipmentLine, contents)


def _ids(writer: Writer, model: Any, additions: Sequence[Addition]) -> Iterator[int]:
    return new_ids(writer._session, model, len(additions))  # noqa: SLF001 - of this module


def _ship_to(line: Line) -> str:
    parts = (
        line.facts.get(key)
        for key in ("ship_name", "ship_address", "ship_city", "ship_region", "ship_postcode", "country")
    )
    return ", ".join(str(part) for part in parts if part)[:400]
