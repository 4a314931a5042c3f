"""Which lots and serials travel with a transfer between warehouses, and where they lie when it arrives."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory.identifying import require_named
from inventory.identities import Identity, IdentityBalance, Keeping, TransferIdentity
from inventory.inbound import Transfer
from inventory.last_days import has_passed
from inventory.ledger import Place
from inventory.models import Product, Tracking
from inventory.picks import among_picked
from inventory.stock import MovementKind
from inventory.tracing import Shift, Spot, chunks, shift
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_
from portal.refusal import Refused


def take_along(
    session: Session,
    transfer: Transfer,
    product: Product,
    identities: Sequence[tuple[int, int]],
    *,
    by: User | None,
    now: datetime,
) -> None:
    """The lots and serials that travel leave the source's shelf."""
    if product.tracking == Tracking.NONE:
        if identities:
            raise Refused(N_("%(sku)s has no lots or serials."), field="identities", sku=product.sku)
        return
    going = list(identities) or _last_to_expire(session, transfer)
    if sum(units for _, units in going) > transfer.quantity:
        raise Refused(N_("More lots or serials are named than units are moved."), field="identities")
    _refuse_picked(session, transfer, dict(going))
    _refuse_unfit(session, dict(going), business_day(now))
    session.add_all(
        TransferIdentity(transfer_id=transfer.id, identity_id=id_, quantity=units) for id_, units in going
    )
    shelf = Spot(Keeping.GOOD, warehouse_id=transfer.from_warehouse_id)
    leaving = [Shift(id_, units, shelf, None) for id_, units in going]
    if leaving:
        shift(session, leaving, MovementKind.TRANSFER_OUT, transfer.number, by=by, now=now)
    require_named(session, [Place(product.id, transfer.from_warehouse_id)])


def put_down(session: Session, transfer: Transfer, *, by: User | None, now: datetime) -> list[int]:
    """The lots and serials that travelled lie on the destination's shelf; gives their ids."""
    query = (
        select(TransferIdentity)
        .where(TransferIdentity.transfer_id == transfer.id)
        .order_by(TransferIdentity.identity_id)
    )
    shelf = Spot(Keeping.GOOD, warehouse_id=transfer.to_warehouse_id)
    arriving = [Shift(one.identity_id, one.quantity, None, shelf) for one in session.scalars(query)]
    if arriving:
        shift(session, arriving, MovementKind.TRANSFER_IN, transfer.number, by=by, now=now)
    return [one.identity_id for one in arriving]


def _refuse_picked(session: Session, transfer: Transfer, going: dict[int, int]) -> None:
    """Refuse to move what lies picked; asked while the stock row is locked, as picking locks it too."""
    for id_ in among_picked(session, transfer.from_warehouse_id, going):
        raise Refused(
            N_("%(number)s lies picked for a shipment and cannot be moved."),
            field="identities",
            number=session.get_one(Identity, id_).number,
        )


def _refuse_unfit(session: Session, going: dict[int, int], today: date) -> None:
    """Refuse to move what may be sold nowhere."""
    for some in chunks(sorted(going)):
        for one in session.scalars(select(Identity).where(Identity.id.in_(some)).order_by(Identity.id)):
            if has_passed(one.expires_on, today):
                raise Refused(N_("Lot %(number)s has expired."), field="identities", number=one.number)
            if one.stopped:
                message = N_("%(number)s is called back and cannot be moved.")
                raise Refused(message, field="identities", number=one.number)


def _last_to_expire(session: Session, transfer: Transfer) -> list[tuple[int, int]]:
    """What of the source's lots and serials goes when nobody chose: those last to expire, then those last in.

    What lies picked for a shipment stays, as does what is stopped or past its last day of use.
    """
    query = (
        select(IdentityBalance.identity_id, IdentityBalance.quantity - IdentityBalance.picked)
        .join(IdentityBalance.identity)
        .where(
            Identity.product_id == transfer.product_id,
            IdentityBalance.warehouse_id == transfer.from_warehouse_id,
            IdentityBalance.keeping == Keeping.GOOD,
            IdentityBalance.quantity > IdentityBalance.picked,
            Identity.stopped.is_(False),
            or_(Identity.expires_on.is_(None), Identity.expires_on >= business_day(transfer.left_at)),
        )
        .order_by(Identity.expires_on.is_not(None), Identity.expires_on.desc(), Identity.id.desc())
    )
    going, rest = [], transfer.quantity
    for identity_id, there in session.execute(query):
        if not rest:
            break
        units = min(there, rest)
        going.append((identity_id, units))
        rest -= units
    return going
