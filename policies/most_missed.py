"""To whom most was missed: of each kind of promise, and of all of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from policies.attaining import Asked, Row, count_of, counted, row_of
from policies.kinds import Kind
from policies.promises import Promise, PromiseState
from portal.customers.models import Customer

WORST = 5


@dataclass(frozen=True)
class Sufferer:
    """A customer to whom promises of a kind were missed."""

    customer: Customer
    row: Row


def worst_customers(session: Session, asked: Asked) -> dict[Kind, list[Sufferer]]:
    """By kind the customers with the most promises missed, at most five each; of equals those with fewer kept first."""
    missed, kept = count_of(PromiseState.MISSED), count_of(PromiseState.KEPT)
    key = (Promise.kind, Promise.customer_id)
    place = (
        func.row_number()
        .over(partition_by=Promise.kind, order_by=(missed.desc(), kept, Promise.customer_id))
        .label("place")
    )
    counting = counted(select(*key), asked, money=False).add_columns(place)
    ranked = counting.group_by(*key).having(missed > 0).subquery()
    query = (
        select(Customer, ranked)
        .join(ranked, ranked.c.customer_id == Customer.id)
        .where(ranked.c.place <= WORST)
        .order_by(ranked.c.place)
    )
    found: dict[Kind, list[Sufferer]] = {}
    for row in session.execute(query):
        found.setdefault(Kind(row.kind), []).append(Sufferer(row[0], row_of(row, money=False)))
    return found


def missed_most(
    session: Session, *, since: datetime, until: datetime, limit: int = WORST
) -> list[tuple[Customer, int, int]]:
    """The customers with the most promises missed of any kind: how many, of how many kept or missed."""
    counting = counted(select(Promise.customer_id), Asked(since, until), money=False)
    missed, kept = count_of(PromiseState.MISSED), count_of(PromiseState.KEPT)
    grouped = counting.group_by(Promise.customer_id).having(missed > 0)
    worst = grouped.order_by(missed.desc(), kept, Promise.customer_id).limit(limit).subquery()
    query = (
        select(Customer, worst.c.missed, worst.c.missed + worst.c.kept)
        .join(worst, worst.c.customer_id == Customer.id)
        .order_by(worst.c.missed.desc(), worst.c.kept, Customer.id)
    )
    return [(customer, count, cases) for customer, count, cases in session.execute(query)]
