"""The watch over alerts: they begin and end with what they tell of, and staff hear of the new ones once a day."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import case, exists, func, literal, select, update
from sqlalchemy.orm import Session

from inventory.alert_states import places_of
from inventory.alerts import ALERT_TITLES, AlertKind, StockAlert
from inventory.models import Product, Warehouse
from inventory.permissions import Inventory, roles_with
from portal import outbox
from portal.accounts.models import User
from portal.clock import business_day, local
from portal.db import Instant, transaction, upsert
from portal.outbox import Notice

PATH = "/desk/stock-alerts"
TOLD_FROM = time(7)
"""From when on the day's digest is sent, in Bangkok."""
MOST_OF_A_KIND = 20


def watch_alerts(session: Session, now: datetime) -> int:
    """The scheduled watch: begins and ends alerts, kind by kind, then sends the day's digest; says how much changed.

    Each kind and the digest is an act of its own, whole or not at all.
    """
    changed = 0
    for kind in reversed(AlertKind):  # the newest come first on the board, so what is out stands on top
        with transaction(session):
            changed += mark_alerts(session, kind, now)
    with transaction(session):
        return changed + tell_staff(session, now)


def mark_alerts(session: Session, kind: AlertKind, now: datetime) -> int:
    """End the alerts of a kind that hold no more, bring the units of the others up to date, and begin what is new.

    Three statements, whatever the number of products. Says how many began or ended.
    """
    state = places_of(session, kind, business_day(now)).subquery("state")
    here = (state.c.product_id == StockAlert.product_id, state.c.warehouse_id == StockAlert.warehouse_id)
    still_open = (StockAlert.kind == kind, StockAlert.ended_at.is_(None))
    over = update(StockAlert).where(*still_open, ~exists().where(*here)).values(ended_at=now)
    other = update(StockAlert).where(*still_open, *here, StockAlert.units != state.c.units)
    as_they_are = {"synchronize_session": False}
    ended = session.execute(over.returning(StockAlert.id).execution_options(**as_they_are)).all()
    session.execute(other.values(units=state.c.units).execution_options(**as_they_are))
    new = (
        select(
            state.c.product_id,
            state.c.warehouse_id,
            literal(kind.value),
            state.c.units,
            literal(now, Instant()),
        )
        .where(~exists().where(*still_open, *here))
        .order_by(state.c.product_id, state.c.warehouse_id)
    )
    columns = ["product_id", "warehouse_id", "kind", "units", "since"]
    # Two watches at once may both see the same state; one of them puts it on record.
    put = upsert(session, StockAlert).from_select(columns, new).on_conflict_do_nothing()
    begun = session.execute(put.returning(StockAlert.id)).all()
    return len(ended) + len(begun)


def tell_staff(session: Session, now: datetime) -> int:
    """Send what is new to everybody who may order from suppliers, in one notice; says to how many.

    Once a day, from seven in the morning on, and nothing where nothing is new. What was told is put on record with the
    notices, so that a run that was killed has told nobody, and a second one has nothing more to say.
    """
    if local(now).time() < TOLD_FROM:
        return 0
    readers = _readers(session)
    keys = {id_: _key(business_day(now), id_) for id_ in readers}
    if not readers or session.scalar(select(Notice.id).where(Notice.key.in_(keys.values())).limit(1)):
        return 0
    new = update(StockAlert).where(StockAlert.told_at.is_(None), StockAlert.ended_at.is_(None))
    told = new.values(told_at=now).returning(StockAlert.id).execution_options(synchronize_session=False)
    if session.execute(told).first() is None:
        return 0
    facts = _digest(session, now)
    notices = [(id_, facts, key, PATH) for id_, key in keys.items()]
    return outbox.post_all(session, notices, "inventory/notices/stock_alerts.txt", now=now)


def _readers(session: Session) -> Sequence[int]:
    """Who gets the digest: there is no choice of what one is mailed, so everybody who can do something about it."""
    may_order = User.role.in_(roles_with(Inventory.BUY))
    return session.scalars(select(User.id).where(User.active, may_order).order_by(User.id)).all()


def _key(day: date, user_id: int) -> str:
    return f"stock-alerts/{day}/{user_id}"


def _digest(session: Session, now: datetime) -> dict[str, Any]:
    """What is told now: how many alerts of each kind, and the first of them, those that weigh most."""
    counted = select(StockAlert.kind, func.count()).where(StockAlert.told_at == now).group_by(StockAlert.kind)
    counts = dict(session.execute(counted).all())
    weight = case((StockAlert.kind == AlertKind.LOW, -StockAlert.units), else_=StockAlert.units).desc()
    nth = func.row_number().over(partition_by=StockAlert.kind, order_by=(weight, StockAlert.id))
    ranked = (
        select(
            StockAlert.kind,
            StockAlert.units,
            Product.sku,
            Product.name_th,
            Product.name_en,
            Warehouse.code.label("warehouse"),
            nth.label("nth"),
        )
        .join(StockAlert.product)
        .join(StockAlert.warehouse)
        .where(StockAlert.told_at == now)
        .subquery()
    )
    first = select(ranked).where(ranked.c.nth <= MOST_OF_A_KIND).order_by(ranked.c.nth)
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in session.execute(first).mappings():
        told = {name: row[name] for name in ("sku", "name_th", "name_en", "warehouse", "units")}
        rows.setdefault(row["kind"], []).append(told)
    kinds = [
        {"kind": kind.value, "title": title, "count": counts[kind], "rows": rows.get(kind, [])}
        for kind, title in ALERT_TITLES.items()
        if kind in counts
    ]
    return {"count": sum(counts.values()), "kinds": kinds}
