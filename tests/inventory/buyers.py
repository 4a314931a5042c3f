"""A buyer in a process of their own."""

import os
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.pool import NullPool

from inventory.reserving import Supply, reserve
from portal.clock import business_day
from portal.db import make_engine, make_sessions, transaction
from portal.i18n import N_
from portal.refusal import Refused

_gate: Any = None


def wait_at(gate: Any) -> None:
    """Remember the gate at which all buyers of this test wait for each other."""
    global _gate  # noqa: PLW0603 - a process of the pool is told it once, at its start
    _gate = gate


def buy(task: tuple[str, int, list[int], int, int, datetime]) -> str:
    """Ask for units of each product out of stock only; says `bought`, or `told` that they are gone."""
    url, buyer, product_ids, warehouse_id, quantity, now = task
    engine = make_engine(url, poolclass=NullPool)
    _gate.wait()
    try:
        with make_sessions(engine)() as session, transaction(session):
            supply = Supply(session, product_ids, warehouse_id, business_day(now))
            parts = [part for id_ in product_ids for part in supply.split(id_, quantity)]
            if not all(part.held for part in parts):
                raise Refused(N_("Sold out."))
            due_at = now + timedelta(days=1)
            wanted = [(f"buyer-{buyer}/{os.getpid()}/{n}", part, due_at) for n, part in enumerate(parts)]
            reserve(session, wanted, now=now)
        return "bought"
    except Refused:
        return "told"
    finally:
        engine.dispose()
