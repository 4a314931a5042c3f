"""One object of every kind that an address can name; whatever can belong to a company belongs to one and the same."""

from datetime import timedelta

from aftersales.models import Disposition, ReturnReason
from aftersales.returning import Back, take_back
from orders import baskets
from policies import calendars, revising
from policies.kinds import Convention
from policies.terms import LeadTime, Terms
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.importing.models import ImportRun, RunState
from tests.makers import World
from tests.people import make_user


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
    baskets.put(world.session, world.buyer, soap, 2)
    own, draft = _policies(world)
    run = _import(world)
    closed = world.now.date() + timedelta(days=50)
    while closed.weekday() > 4:
        closed += timedelta(days=1)
    calendars.close(world.session, closed, "วันหยุดบริษัท", "Company day", by=world.manager, now=world.now)
    colleague = make_user(world.session, Role.STAFF, now=world.now, email="colleague@example.com")
    buyer = make_user(
        world.session, Role.BUYER, customer=world.customer, now=world.now, email="second@example.com"
    )
    world.session.flush()
    named = {
        "number": waiting.number,
        "shipment_no": shipment.number,
        "sku": soap.sku,
        "code": world.customer.code,
        "filename": "css/sanya.css",
        "token": "none-such",
        "user_id": str(colleague.id),
        "run_id": str(run.id),
        "day": closed.isoformat(),
        "language": "th",
        "kind": "catalogue",
        "sheet": "products",
        "form": "csv",
        "name": "orders.check_lead_times",
        "my_returns.one:number": returned.number,
        "desk_returns.one:number": returned.number,
        "desk_returns.record:number": done.number,
        "my_orders.credit:number": returned.credit_note.number,
        "desk_orders.credit:number": returned.credit_note.number,
    }
    named |= {f"places.{act}:code": world.warehouse.code for act in ("warehouse", "serve")}
    named["places.supplier:code"] = world.supplier.code
    named |= {f"desk_orders.{act}:number": order.number for act in ("ship", "deliver", "put_back", "pick")}
    named |= {f"receipts.{act}:number": receipt.number for act in ("show", "move", "book_in")}
    named |= {
        f"companies.{act}:user_id": str(buyer.id) for act in ("invite_again", "deactivate", "reactivate")
    }
    for act in ("version", "pdf"):
        named |= {
            f"policies_customer.{act}:code": own.policy.code,
            f"policies_customer.{act}:number": str(own.number),
        }
        named |= {
            f"policies_manager.{act}:code": own.policy.code,
            f"policies_manager.{act}:number": str(own.number),
        }
    for act in ("show", "draft", "edit", "publish", "discard"):
        named |= {
            f"policies_manager.{act}:code": draft.policy.code,
            f"policies_manager.{act}:number": str(draft.number),
        }
    return named


def _policies(world: World):
    """A policy of the company's own that is in force, and a draft of another."""
    session, by, now = world.session, world.manager, world.now
    own = revising.open_policy(
        session, "ข้อตกลงเฉพาะ", "Own agreement", customer=world.customer, by=by, now=now
    )
    session.flush()
    terms = Terms(LeadTime(Convention.CALENDAR, 2, 9000))
    revising.change_draft(session, own, terms, by=by, now=now)
    revising.publish(session, own, business_day(now), "Agreed with the customer", by=by, now=now)
    draft = revising.open_policy(session, "ระดับทอง", "Gold", tier="gold", by=by, now=now)
    session.flush()
    revising.change_draft(session, draft, terms, by=by, now=now)
    return own, draft


def _import(world: World) -> ImportRun:
    """An import that is done, of a file that is gone."""
    run = ImportRun(kind="catalogue", state=RunState.DONE, files=[], asked_at=world.now, by_id=world.staff.id)
    world.session.add(run)
    return run
