"""A product notice is issued: who holds affected units is put on record and told, and recalled stock is held."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from aftersales.affected import desk_units, good_units, holdings, picked_units
from aftersales.drafting_notices import Verb, draft_of
from aftersales.recalls import (
    NOTICE_MOVES,
    NoticeIdentity,
    NoticeKind,
    NoticeRecipient,
    NoticeState,
    ProductNotice,
)
from aftersales.windows import binding, recalled_among
from inventory.causes import take_from_desk
from inventory.identities import Identity, Keeping
from inventory.ledger import Place, stock_rows
from inventory.lifeline import Step
from inventory.picks import among_picked
from inventory.quarantine import hold
from inventory.stock import Movement, MovementKind
from inventory.stopping import stop
from inventory.tracing import Shift, Spot, shift
from orders.unpicking import unpick
from portal import audit, outbox
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.jobs import for_each
from portal.refusal import Refused


def path_of(notice_no: str) -> str:
    """Where a customer reads a product notice."""
    return f"/my/product-notices/{notice_no}"


def issue(session: Session, notice: ProductNotice, *, by: User, now: datetime) -> ProductNotice:
    """Issue a draft: every company that holds affected units now is put on record, and its people are told once each.

    A recall also puts our own stock of them into quarantine, and stops what comes in later from being sold; what of it
    is picked and has not left is taken out of its shipment, and stays owed to its line. Refused when it is no draft any
    more, and when the person who drafted a recall wants to issue it.
    """
    fresh = draft_of(session, notice)
    if fresh.kind == NoticeKind.RECALL and fresh.drafted_by_id == by.id:
        raise Refused(N_("A recall is issued by somebody else than the person who drafted it."))
    fresh.issued_at, fresh.issued_by_id = now, by.id
    NOTICE_MOVES.make(fresh, NoticeState.ISSUED)
    session.flush()  # what follows reads and writes the tables themselves
    held = 0
    if fresh.kind == NoticeKind.RECALL:
        # Orders are locked before stock.
        unpick(session, picked_units(session, [fresh.id]).get(fresh.id, ()), fresh.number, by=by, now=now)
        held = hold_stock(session, [fresh], by=by, now=now)
        stop(session, session.scalars(_named_by(fresh.id)), now=now)
    put_on_record(session, fresh)
    told = tell(session, fresh, now)
    facts = {"kind": fresh.kind, "people_told": told, "units_held": held}
    audit.record(session, Verb.ISSUED, "product_notice", fresh.number, by=by, now=now, after=facts)
    session.expire(fresh, ["recipients"])
    return fresh


def hold_stock(session: Session, notices: Sequence[ProductNotice], *, by: User | None, now: datetime) -> int:
    """Hold what these recalls name and lies fit for sale, or in quarantine for the stock desk; says how many units."""
    numbers = {notice.id: notice.number for notice in notices}
    ids = sorted(numbers)
    places = {
        Place(identity.product_id, warehouse_id)
        for _, identity, warehouse_id, _ in good_units(session, ids) + desk_units(session, ids)
    }
    if not places:
        return 0
    stock_rows(session, sorted(places, key=lambda one: (one.product_id, one.warehouse_id)))  # all at once
    return _hold_at(session, numbers, places, by=by, now=now)


def _hold_at(
    session: Session,
    numbers: Mapping[int, str],
    places: Collection[Place],
    identity_ids: Collection[int] | None = None,
    *,
    by: User | None,
    now: datetime,
) -> int:
    """Hold what recalls (numbers by id) name at locked places, all of it or only some lots and serials."""
    held, ids = 0, sorted(numbers)
    # Read anew under the locks; what comes in elsewhere meanwhile is held by the job.
    for found, act in ((good_units(session, ids), _hold), (desk_units(session, ids), _take_over)):
        meant = [one for one in found if identity_ids is None or one[1].id in identity_ids]
        for (notice_id, place), units in _by_place(meant, places).items():
            held += act(session, numbers[notice_id], place, units, by=by, now=now)
    return held


def hold_again(
    session: Session,
    identity_ids: Collection[int],
    places: Collection[Place],
    *,
    by: User | None,
    now: datetime,
) -> int:
    """Hold those of some lots and serials at locked places that a recall in force names; says how many units."""
    if not recalled_among(session, identity_ids):
        return 0
    query = (
        select(ProductNotice.id, ProductNotice.number)
        .join(NoticeIdentity, NoticeIdentity.notice_id == ProductNotice.id)
        .where(binding(), NoticeIdentity.identity_id.in_(identity_ids))
        .distinct()
    )
    numbers = dict(session.execute(query).all())
    return _hold_at(session, numbers, places, identity_ids, by=by, now=now)


def hold_recalled(session: Session, now: datetime) -> int:
    """Job: hold what came into stock after its recall was issued, from wherever; says how many units.

    What was picked of it meanwhile is taken out of its shipment. Each recall is a transaction of its own.
    """

    def hold_one(notice_id: int) -> int:
        (notice,) = lock(session, ProductNotice, [notice_id])
        if notice.state != NoticeState.ISSUED:
            return 0
        picked = picked_units(session, [notice_id]).get(notice_id, ())
        unpick(session, picked, notice.number, by=None, now=now)
        units = hold_stock(session, [notice], by=None, now=now)
        if units:
            facts = {"units_held": units}
            audit.record(session, Verb.HELD, "product_notice", notice.number, by=None, now=now, after=facts)
        return units

    ids = list(session.scalars(select(ProductNotice.id).where(binding()).order_by(ProductNotice.id)))
    lying = {row[0] for row in good_units(session, ids) + desk_units(session, ids)}
    return for_each(session, sorted(lying | picked_units(session, ids).keys()), hold_one)


def _by_place(
    found: Sequence[tuple[int, Identity, int, int]], places: Collection[Place]
) -> dict[tuple[int, Place], list[tuple[int, int]]]:
    """Identity ids and units by notice and place; what two notices name goes to the first."""
    lying: dict[tuple[int, Place], list[tuple[int, int]]] = {}
    seen: set[tuple[int, Place]] = set()
    for notice_id, identity, warehouse_id, units in found:
        place = Place(identity.product_id, warehouse_id)
        if place in places and (identity.id, place) not in seen:
            seen.add((identity.id, place))
            lying.setdefault((notice_id, place), []).append((identity.id, units))
    return lying


def _hold(
    session: Session,
    notice_no: str,
    place: Place,
    found: Sequence[tuple[int, int]],
    *,
    by: User | None,
    now: datetime,
) -> int:
    units = sum(count for _, count in found)
    cause_no = next_cause(session, notice_no, place)
    picked = among_picked(session, place.warehouse_id, dict(found))
    hold(session, place, units, cause_no, picked=sum(picked.values()), by=by, now=now)
    good = Spot(Keeping.GOOD, warehouse_id=place.warehouse_id)
    aside = Spot(Keeping.QUARANTINE, warehouse_id=place.warehouse_id)
    shifts = [Shift(id_, count, good, aside) for id_, count in found]
    shift(session, shifts, Step.HOLD, cause_no, by=by, now=now)
    return units


def _take_over(
    session: Session,
    notice_no: str,
    place: Place,
    found: Sequence[tuple[int, int]],
    *,
    by: User | None,
    now: datetime,
) -> int:
    units = sum(count for _, count in found)
    take_from_desk(session, place, units, found, next_cause(session, notice_no, place), by=by, now=now)
    return units


def next_cause(session: Session, notice_no: str, place: Place) -> str:
    """What the ledger names as the cause; units that come in later are held under a number of their own."""
    query = select(func.count(Movement.cause_no.distinct())).where(
        Movement.product_id == place.product_id,
        Movement.warehouse_id == place.warehouse_id,
        Movement.kind == MovementKind.HOLD,
        or_(Movement.cause_no == notice_no, Movement.cause_no.startswith(f"{notice_no}/")),
    )
    before = session.scalar(query) or 0
    return f"{notice_no}/{before + 1}" if before else notice_no


def _named_by(notice_id: int) -> Select[int]:
    return select(NoticeIdentity.identity_id).where(NoticeIdentity.notice_id == notice_id)


def put_on_record(session: Session, notice: ProductNotice) -> int:
    """Put every company that holds affected units of a locked notice, and is not yet, on its record; says how many."""
    held = holdings(notice.id).subquery()
    known = select(NoticeRecipient.customer_id).where(NoticeRecipient.notice_id == notice.id)
    rows = select(literal(notice.id), held.c.customer_id, held.c.units).where(
        held.c.customer_id.not_in(known)
    )
    put = insert(NoticeRecipient).from_select(["notice_id", "customer_id", "units"], rows)
    return len(session.scalars(put.returning(NoticeRecipient.id)).all())


def tell(session: Session, notice: ProductNotice, now: datetime) -> int:
    """Tell the people of every recipient that was not told yet; says how many people were told."""
    product = notice.product
    query = (
        select(User.id, NoticeRecipient.units)
        .join(NoticeRecipient, NoticeRecipient.customer_id == User.customer_id)
        .where(NoticeRecipient.notice_id == notice.id, NoticeRecipient.told_at.is_(None), User.active)
        .order_by(User.id)
    )
    facts = {
        "notice": notice.number,
        "sku": product.sku,
        "product": {"name_th": product.name_th, "name_en": product.name_en},
        "title": {"name_th": notice.title_th, "name_en": notice.title_en},
        "risk": {"name_th": notice.risk_th, "name_en": notice.risk_en},
        "action": {"name_th": notice.action_th, "name_en": notice.action_en},
        "recall": notice.kind == NoticeKind.RECALL,
    }
    notices = [
        (
            user_id,
            {**facts, "units": units},
            f"product-notice:{notice.number}:{user_id}",
            path_of(notice.number),
        )
        for user_id, units in session.execute(query)
    ]
    told = outbox.post_all(session, notices, "aftersales/notices/product_notice.txt", now=now)
    reached = select(User.customer_id).where(User.customer_id.is_not(None), User.active)
    session.execute(
        update(NoticeRecipient)
        .where(
            NoticeRecipient.notice_id == notice.id,
            NoticeRecipient.told_at.is_(None),
            NoticeRecipient.customer_id.in_(reached),
        )
        .values(told_at=now)
        .execution_options(synchronize_session=False)
    )
    return told
