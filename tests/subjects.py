"""One object of every kind that an address can name; whatever can belong to a company belongs to one and the same."""

from dataclasses import replace
from datetime import time, timedelta

from sqlalchemy import select

from aftersales import deciding, requesting
from aftersales.complaining import Grievance, complain
from aftersales.complaints import ComplaintKind
from aftersales.models import Disposition, Remedy, Return, ReturnReason
from aftersales.offering import offer
from aftersales.requesting import Asked
from aftersales.returning import Back, take_back
from inventory import purchasing, setting_aside
from inventory.models import Product
from inventory.setting_aside import Units
from inventory.stockouts import Substitute, SubstituteKind
from inventory.substitutes import SubstituteFacts, put_substitute
from orders import baskets
from orders.models import Order, OrderLine, ScheduleLine
from orders.substitutions import SubstituteOffer
from policies import calendars, directory, opening_places, revising
from policies.kinds import Convention, Every, Kind
from policies.terms import Clause, Terms
from policies.units import Matter
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.customers.grouping import form_group, put_into_group
from portal.importing.models import ImportRun, RunState
from tests.makers import World
from tests.people import make_user
from tests.publishing import publish_reviewed
from tests.subjects_assortment import assortment_of
from tests.subjects_counts import counts_of
from tests.subjects_dealings import dealings_of
from tests.subjects_events import events_of
from tests.subjects_goods import goods_of
from tests.subjects_moves import moves_of
from tests.subjects_org import org_of
from tests.subjects_papers import papers_of
from tests.subjects_repairs import repairs_of
from tests.subjects_reports import report_of


def subjects_of(world: World) -> dict[str, str]:
    """Values for the arguments of every route: by the argument's name, or by `endpoint:argument`."""
    soap = world.product("SOAP-1", stock=60)
    rare = world.product("RARE-1", stock=1)
    receipt = world.receipt(rare, 50, world.now.date())
    done = world.order({soap: 3})
    world.delivered(done)
    under_way = world.order({soap: 2})
    world.shipped(under_way)
    order = world.order({soap: 5, rare: 4})
    shipment = world.picked(order)
    waiting = world.order({soap: 1})
    back = Back(1, 1, ReturnReason.DAMAGED, Disposition.SCRAP)
    returned = take_back(world.session, done, [back], by=world.staff, now=world.now)
    coming = _authorised_return(world, done)
    complained = _complaint(world) | _offered(world)
    baskets.put(world.session, world.buyer, soap, 2, hold_minutes=30, now=world.now)
    own, draft = _policies(world)
    run = _import(world)
    closed = world.now.date() + timedelta(days=50)
    while closed.weekday() > 4:
        closed += timedelta(days=1)
    calendars.close(world.session, closed, "วันหยุดบริษัท", "Company day", by=world.manager, now=world.now)
    place = opening_places.open_place(
        world.session, "DEPOT", "คลังย่อย", "Depot", by=world.manager, now=world.now
    )
    colleague = make_user(world.session, Role.STAFF, now=world.now, email="colleague@example.com")
    buyer = make_user(
        world.session, Role.BUYER, customer=world.customer, now=world.now, email="second@example.com"
    )
    substitute, offer = _substitute(world)
    world.session.flush()
    named = {
        "number": waiting.number,
        "shipment_no": shipment.number,
        "offer_no": offer.number,
        "substitute_id": str(substitute.id),
        "sku": soap.sku,
        "code": world.customer.code,
        "filename": "css/sanya.css",
        "token": "none-such",
        "user_id": str(colleague.id),
        "run_id": str(run.id),
        "day": closed.isoformat(),
        "place_code": place.code,
        "language": "th",
        "kind": "catalogue",
        "sheet": "products",
        "form": "csv",
        "name": "orders.check_lead_times",
        "unit_code": _unit(world),
        "report_no": report_of(world, own),
        "return_no": returned.number,
        "my_returns.authorisation:return_no": coming.number,
        "desk_returns.authorisation:return_no": coming.number,
        "desk_returns.record:number": done.number,
        **complained,
        "my_orders.credit:number": returned.credit_note.number,
        "desk_orders.credit:number": returned.credit_note.number,
    }
    named |= repairs_of(world)
    named |= events_of(world)
    named |= counts_of(world)
    named |= dealings_of(world)
    named |= assortment_of(world, soap)
    named |= moves_of(world)  # its disruption keeps goods from leaving
    named |= org_of(world, named["unit_code"], named["disruption_no"])
    named |= {f"places.{act}:code": world.warehouse.code for act in ("warehouse", "serve")}
    named["warehouse_code"] = world.warehouse.code
    wet = Units(soap, world.warehouse, 2, {}, "The boxes are wet")
    setting_aside.set_aside(world.session, wet, by=world.staff, now=world.now)
    named["places.supplier:code"] = world.supplier.code
    named["suppliers.record:code"] = world.supplier.code
    named |= _purchases(world, soap)
    acts = ("ship", "deliver", "put_back", "put_back_held", "pick")
    named |= {f"desk_orders.{act}:number": order.number for act in acts}
    named |= {f"receipts.{act}:number": receipt.number for act in ("show", "move", "book_in")}
    named |= {
        f"companies.{act}:user_id": str(buyer.id) for act in ("invite_again", "deactivate", "reactivate")
    }
    read = ("policies_customer.version", "policies_customer.pdf", "policies_customer.acknowledge")
    for act in (*read, "policies_manager.version", "policies_manager.pdf"):
        named |= {f"{act}:code": own.policy.code, f"{act}:number": str(own.number)}
    group = form_group(world.session, "CHAIN", "เครือร้านค้า", "A chain", by=world.manager, now=world.now)
    put_into_group(world.session, world.customer, group, by=world.manager, now=world.now)
    named["group_code"] = group.code
    named["groups.remove:code"] = world.customer.code
    for act in ("policies_manager.show", "policies_manager.draft", "policy_versions.edit"):
        named |= {f"{act}:code": draft.policy.code, f"{act}:number": str(draft.number)}
    for act in ("submit", "discard", "take_back", "send_back", "publish", "compare", "readers"):
        named |= {
            f"policy_versions.{act}:code": draft.policy.code,
            f"policy_versions.{act}:number": str(draft.number),
        }
    named |= goods_of(world, soap)
    named |= papers_of(world, waiting)
    return named


def _purchases(world: World, soap: Product) -> dict[str, str]:
    """A draft to a supplier, and an order that was sent."""
    session, by, now = world.session, world.staff, world.now
    facts = (world.supplier, world.warehouse, [purchasing.Line(soap, 12)])
    sent, drafted = (purchasing.draft(session, *facts, by=by, now=now) for _ in range(2))
    purchasing.send(session, sent, business_day(now) + timedelta(days=5), by=by, now=now)
    acts = ("purchase_drafts.edit", "purchases.send", "purchases.discard")
    return {"purchase_no": sent.number, **{f"{act}:purchase_no": drafted.number for act in acts}}


def _unit(world: World) -> str:
    """The code of a unit of the service directory that answers for orders."""
    facts = directory.UnitFacts(
        "DESK", "ฝ่ายคำสั่งซื้อ", "Order desk", time(8, 30), time(17, 30), phone="02 123 4567"
    )
    unit = directory.open_unit(world.session, facts, by=world.manager, now=world.now)
    directory.assign(world.session, unit, [Matter.ORDER], by=world.manager, now=world.now)
    return unit.code


def _policies(world: World):
    """A policy of the company's own that is in force, and a draft of another."""
    session, by, now = world.session, world.manager, world.now
    own = revising.open_policy(
        session, "ข้อตกลงเฉพาะ", "Own agreement", customer=world.customer, by=by, now=now
    )
    session.flush()
    terms = Terms((Clause(Kind.LEAD_TIME, 2, Convention.CALENDAR, 9000),))
    reported = replace(terms, report_every=Every.MONTH, report_to_customers=True)
    revising.change_draft(session, own, reported, by=by, now=now)
    publish_reviewed(
        session, own, business_day(now), "Agreed with the customer", reviewer=world.admin, now=now
    )
    draft = revising.open_policy(session, "ระดับทอง", "Gold", tier="gold", by=by, now=now)
    session.flush()
    revising.change_draft(session, draft, terms, by=by, now=now)
    return own, draft


def _complaint(world: World) -> dict[str, str]:
    """A complaint about a promise that was done late, with the compensation it is worth."""
    session, now = world.session, world.now + timedelta(days=14)
    late = world.order({world.product("LATE-1", stock=5, price="100.00"): 5})
    world.delivered(late, at=now)
    (part,) = world.parts(late)
    grievance = Grievance(ComplaintKind.LATE, "It came late", late, part.promise)
    found = complain(session, world.customer, grievance, by=world.buyer, now=now)
    session.flush()
    session.refresh(found)
    return {
        "complaint_no": found.number,
        "compensation_no": found.compensation.number if found.compensation else "",
        "promise_id": str(part.promise_id),
    }


def _offered(world: World) -> dict[str, str]:
    """Compensation that waits for the customer's answer, for another promise that was done late."""
    now = world.now + timedelta(days=14)
    late = world.order({world.product("LATE-2", stock=5, price="100.00"): 5})
    world.delivered(late, at=now)
    (part,) = world.parts(late)
    found = offer(world.session, part.promise, now=now) if part.promise else None
    acts = ("one", "accept", "dismiss", "reopen")
    return {f"my_compensation.{act}:compensation_no": found.number if found else "" for act in acts}


def _authorised_return(world: World, order: Order) -> Return:
    """A return whose goods are expected."""
    asked = [Asked(1, 1, ReturnReason.NOT_NEEDED)]
    session, now = world.session, world.now
    found = requesting.ask(session, order, asked, Remedy.CREDIT, by=world.buyer, now=now)
    deciding.authorise(session, found, by=world.staff, now=now)
    return found


def _substitute(world: World) -> tuple[Substitute, SubstituteOffer]:
    """A product that may stand for another, offered for an order that waits."""
    short, instead = world.product("SHORT-1"), world.product("INSTEAD-1", stock=40)
    facts = SubstituteFacts(1, 1, SubstituteKind.EQUAL, business_day(world.now))
    substitute = put_substitute(world.session, short, instead, facts, by=world.manager, now=world.now)
    order = world.order({short: 4})
    query = select(SubstituteOffer).join(SubstituteOffer.part).join(ScheduleLine.line)
    return substitute, world.session.scalars(query.where(OrderLine.order_id == order.id)).one()


def _import(world: World) -> ImportRun:
    """An import that is done, of a file that is gone."""
    run = ImportRun(kind="catalogue", state=RunState.DONE, files=[], asked_at=world.now, by_id=world.staff.id)
    world.session.add(run)
    return run
