"""The whole life of a lot or serial: its moves, warranty, repairs, loans, returns and notices in one timeline."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.covering import last_day
from aftersales.loaner_boards import loans_with
from aftersales.models import RETURN_TITLES, Return, ReturnIdentity, ReturnLine, ReturnState
from aftersales.notice_boards import notices_about
from aftersales.owning import Unit, warranties_of
from aftersales.recalls import NOTICE_KIND_TITLES, NoticeKind, ProductNotice
from aftersales.repair_boards import repairs_with
from aftersales.repair_story import TONES, WHAT
from aftersales.repairs import Loan, Repair, RepairState, Warranty
from inventory.identities import Identity, IdentityMove
from inventory.lifeline import STEP_TITLES, LifeEvent, Step, life_of
from orders.models import Order
from portal.accounts.models import User
from portal.clock import end_of
from portal.i18n import N_, _, day_text, name_of, ngettext, quantity_text
from portal.story import Entry, who_acted

MOVED = (RepairState.RECEIVED, RepairState.RETURNED)
"""Stages of a repair that the unit's own moves tell already."""

STEP_TONES = {
    Step.HOLD: "risk",
    Step.SCRAP: "bad",
    Step.RETURN: "risk",
    Step.ISSUE: "ok",
    Step.REPAIR_OUT: "ok",
    Step.RELEASE: "ok",
}

COMPANY_STEPS = {
    Step.ISSUE: N_("Shipped to you"),
    Step.RETURN: N_("Came back to us"),
    Step.SEND_BACK: N_("Sent back to you"),
    Step.REPAIR_IN: N_("Came in for repair"),
    Step.REPAIR_OUT: N_("Went back from repair"),
    Step.LEND: N_("Lent to you"),
    Step.LEND_BACK: N_("Came back from the loan"),
}
"""What happened to a company's units, in words to the company."""


@dataclass(frozen=True)
class Life:
    """A unit's timeline, newest first, and the cases it was part of."""

    entries: list[Entry]
    warranties: list[Warranty]
    repairs: list[Repair]
    loans: list[Loan]
    returns: list[Return]
    notices: list[ProductNotice]


def whole_life(session: Session, identity: Identity, reader: User) -> Life:
    """Everything on record of a lot or serial, for the distributor's people."""
    ids = [identity.id]
    life = Life(
        [],
        warranties_of(session, ids),
        _with_events(session, repairs_with(session, ids)),
        loans_with(session, ids),
        _returns(session, identity),
        notices_about(session, ids),
    )
    life.entries.extend(_move(event) for event in life_of(session, identity))
    life.entries.extend(_cases(life, reader))
    _newest_first(life.entries)
    return life


def own_life(session: Session, unit: Unit, reader: User) -> Life:
    """The part of a unit's life in which it was with the reader's company."""
    company, ids = reader.company, [unit.identity.id]
    life = Life(
        [],
        [one for one in warranties_of(session, ids) if one.customer_id == company.id],
        _with_events(session, repairs_with(session, ids, customer_id=company.id)),
        [one for one in loans_with(session, ids) if one.customer_id == company.id],
        [one for one in _returns(session, unit.identity) if one.order.customer_id == company.id],
        notices_about(session, ids, customer_id=company.id),
    )
    moves = (
        select(IdentityMove)
        .where(IdentityMove.identity_id.in_(ids), IdentityMove.customer_id == company.id)
        .order_by(IdentityMove.id)
    )
    for move in session.scalars(moves):
        title = COMPANY_STEPS.get(Step(move.what)) if move.what in set(Step) else None
        what = _(title or N_("Moved"))
        units = _units(abs(move.quantity)) if unit.identity.kind == "lot" else ""
        tone = STEP_TONES.get(Step(move.what), "info") if move.what in set(Step) else "info"
        life.entries.append(Entry(move.at, what, "", " · ".join(filter(None, (units, move.cause_no))), tone))
    life.entries.extend(_cases(life, reader))
    _newest_first(life.entries)
    return life


def _cases(life: Life, reader: User) -> Iterator[Entry]:
    """What is on record beside the moves."""
    for warranty in life.warranties:
        what = _("Warranty registered, last day %(day)s", day=day_text(last_day(warranty.ends_on)))
        yield Entry(min(warranty.registered_at, end_of(warranty.starts_on)), what, "", "", "ok")
        if warranty.voided_at is not None:
            yield Entry(warranty.voided_at, _("Warranty ended"), "", _(warranty.void_reason), "neutral")
    for repair in life.repairs:
        for event in repair.events:
            if event.state in MOVED:
                continue
            state = RepairState(event.state)
            why = " · ".join(filter(None, (repair.number, event.note)))
            yield Entry(event.at, _(WHAT[state]), who_acted(event.by, reader), why, TONES[state])
    for found in life.returns:
        why = f"{found.number} · {_(RETURN_TITLES[ReturnState(found.state)])}"
        yield Entry(found.requested_at, _("Return asked for"), "", why, "info")
    for notice in life.notices:
        if notice.issued_at is None:
            continue
        title = name_of({"name_th": notice.title_th, "name_en": notice.title_en})
        kind = _(NOTICE_KIND_TITLES[NoticeKind(notice.kind)])
        yield Entry(notice.issued_at, kind, "", f"{notice.number} · {title}", "bad")


def _move(event: LifeEvent) -> Entry:
    where = event.warehouse or event.customer
    parts = [name_of(where) if where is not None else "", event.cause_no]
    if event.quantity > 1:
        parts.insert(0, _units(event.quantity))
    tone = STEP_TONES.get(Step(event.what), "info") if event.what in STEP_TITLES else "info"
    who = event.by.name if event.by else ""
    return Entry(event.at, _(event.title), who, " · ".join(filter(None, parts)), tone)


def _units(quantity: int) -> str:
    return ngettext("%(units)s unit", "%(units)s units", quantity, units=quantity_text(quantity))


def _returns(session: Session, identity: Identity) -> list[Return]:
    """The returns that name a lot or serial, first to last."""
    named = (
        select(ReturnLine.return_id)
        .join(ReturnIdentity, ReturnIdentity.line_id == ReturnLine.id)
        .where(ReturnIdentity.identity_id == identity.id)
    )
    query = (
        select(Return)
        .where(Return.id.in_(named))
        .options(joinedload(Return.order).joinedload(Order.customer))
        .order_by(Return.id)
    )
    return list(session.scalars(query))


def _with_events(session: Session, repairs: list[Repair]) -> list[Repair]:
    """The same repairs with their events, read at once."""
    ids = [repair.id for repair in repairs]
    if ids:
        session.scalars(select(Repair).where(Repair.id.in_(ids)).options(selectinload(Repair.events))).all()
    return repairs


def _newest_first(entries: list[Entry]) -> None:
    """Sorted in place; what happened at one moment stays in the order in which it was told, turned round."""
    entries.sort(key=lambda entry: entry.at)
    entries.reverse()
