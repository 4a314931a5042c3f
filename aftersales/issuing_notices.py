"""A product notice is issued: who holds affected units is put on record and told, and recalled stock is held."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from aftersales.affected import good_units, holdings
from aftersales.drafting_notices import Verb, draft_of
from aftersales.recalls import NoticeKind, NoticeRecipient, NoticeState, ProductNotice
from inventory.identities import Identity, Keeping
from inventory.ledger import Place
from inventory.quarantine import hold
from inventory.stock import Movement, MovementKind
from inventory.tracing import Shift, Spot, shift
from portal import audit, outbox
from portal.accounts.models import User
from portal.db import lock, transaction
from portal.i18n import N_
from portal.refusal import Refused


def path_of(notice_no: str) -> str:
    """Where a customer reads a product notice."""
    return f"/my/product-notices/{notice_no}"


def issue(session: Session, notice: ProductNotice, *, by: User, now: datetime) -> ProductNotice:
    """Issue a draft: every company that holds affected units now is put on record, and its people are told once each.

    A recall also puts our own stock of them into quarantine. Refused when it is no draft any more, and when the person
    who drafted a recall wants to issue it.
    """
    fresh = draft_of(session, notice)
    if fresh.kind == NoticeKind.RECALL and fresh.drafted_by_id == by.id:
        raise Refused(N_("A recall is issued by somebody else than the person who drafted it."))
    fresh.state, fresh.issued_at, fresh.issued_by_id = NoticeState.ISSUED, now, by.id
    session.flush()  # what follows reads and writes the tables themselves
    held = hold_stock(session, [fresh], by=by, now=now) if fresh.kind == NoticeKind.RECALL else 0
    _put_on_record(session, fresh, now)
    told = _tell(session, fresh, now)
    facts = {"kind": fresh.kind, "people_told": told, "units_held": held}
    audit.record(session, Verb.ISSUED, "product_notice", fresh.number, by=by, now=now, after=facts)
    session.expire(fresh, ["recipients"])
    return fresh


def hold_stock(session: Session, notices: Sequence[ProductNotice], *, by: User | None, now: datetime) -> int:
    """Put what these recalls name and lies fit for sale into quarantine; says how many units."""
    numbers = {notice.id: notice.number for notice in notices}
    lying: dict[tuple[int, Place], list[tuple[Identity, int]]] = {}
    for notice_id, identity, warehouse_id, units in good_units(session, sorted(numbers)):
        place = Place(identity.product_id, warehouse_id)
        lying.setdefault((notice_id, place), []).append((identity, units))
    seen: set[tuple[int, Place]] = set()
    held = 0
    for (notice_id, place), found in lying.items():
        fresh = [(identity, units) for identity, units in found if (identity.id, place) not in seen]
        seen |= {(identity.id, place) for identity, _ in fresh}
        if fresh:
            held += _hold(session, numbers[notice_id], place, fresh, by=by, now=now)
    return held


def hold_recalled(session: Session, now: datetime) -> int:
    """Job: hold what came into stock after its recall was issued, from wherever; says how many units."""
    query = select(ProductNotice.id).where(
        ProductNotice.kind == NoticeKind.RECALL, ProductNotice.state == NoticeState.ISSUED
    )
    ids = list(session.scalars(query.order_by(ProductNotice.id)))
    held = 0
    for notice_id in sorted({row[0] for row in good_units(session, ids)}):
        with transaction(session):
            (notice,) = lock(session, ProductNotice, [notice_id])
            if notice.state != NoticeState.ISSUED:
                continue
            units = hold_stock(session, [notice], by=None, now=now)
            if units:
                facts = {"units_held": units}
                audit.record(
                    session, Verb.HELD, "product_notice", notice.number, by=None, now=now, after=facts
                )
            held += units
    return held


def _hold(
    session: Session,
    notice_no: str,
    place: Place,
    found: Sequence[tuple[Identity, int]],
    *,
    by: User | None,
    now: datetime,
) -> int:
    units = sum(count for _, count in found)
    cause_no = _cause(session, notice_no, place)
    hold(session, place, units, cause_no, by=by, now=now)
    good = Spot(Keeping.GOOD, warehouse_id=place.warehouse_id)
    aside = Spot(Keeping.QUARANTINE, warehouse_id=place.warehouse_id)
    shifts = [Shift(identity.id, count, good, aside) for identity, count in found]
    shift(session, shifts, "hold", cause_no, by=by, now=now)
    return units


def _cause(session: Session, notice_no: str, place: Place) -> str:
    """What the ledger names as the cause; units that come in later are held under a number of their own."""
    query = select(func.count(Movement.cause_no.distinct())).where(
        Movement.product_id == place.product_id,
        Movement.warehouse_id == place.warehouse_id,
        Movement.kind == MovementKind.HOLD,
        or_(Movement.cause_no == notice_no, Movement.cause_no.startswith(f"{notice_no}/")),
    )
    before = session.scalar(query) or 0
    return f"{notice_no}/{before + 1}" if before else notice_no


def _put_on_record(session: Session, notice: ProductNotice, now: datetime) -> None:
    held = holdings(notice.id).subquery()
    rows = select(literal(notice.id), held.c.customer_id, held.c.units)
    session.execute(insert(NoticeRecipient).from_select(["notice_id", "customer_id", "units"], rows))


def _tell(session: Session, notice: ProductNotice, now: datetime) -> int:
    """Tell the people of every recipient; says how many people were told."""
    product = notice.product
    query = (
        select(User.id, NoticeRecipient.units)
        .join(NoticeRecipient, NoticeRecipient.customer_id == User.customer_id)
        .where(NoticeRecipient.notice_id == notice.id, User.active)
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
        .where(NoticeRecipient.notice_id == notice.id, NoticeRecipient.customer_id.in_(reached))
        .values(told_at=now)
        .execution_options(synchronize_session=False)
    )
    return told
