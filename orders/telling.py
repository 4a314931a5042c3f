"""What an order's state and promises mean to the reader, in words of the language being spoken."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from orders.dating import sentences
from orders.models import Order, OrderLine, ScheduleLine
from orders.owed import cause_now
from orders.shipments import Shipment
from orders.states import LineState
from policies.promises import CAUSE_TITLES, Cause, Promise, PromiseState
from portal.clock import business_day
from portal.i18n import _, day_text, moment_text, ngettext, percent_text, quantity_text
from portal.money import BASIS_POINTS


@dataclass(frozen=True)
class PartTold:
    """A dated part of a line as a page shows it; `why` is how its date was found, `cause` what threatens it.

    `quantity` is what is still wanted of it; of a part of which nothing is, what its state tells of. It `waits` while
    units of it are not in stock for the buyer.
    """

    quantity: int
    day: date | None
    first_day: date | None
    tone: str
    state: str
    cause: str
    why: list[str]
    picked: int
    shipped: int
    delivered: int
    waits: bool = False


@dataclass(frozen=True)
class Stage:
    """A step on the way of an order: `state` is done, now or next."""

    title: str
    when: str
    state: str


def parts_told(
    line: OrderLine, substituted: Mapping[int, int], moves: Mapping[int, Sequence[str]]
) -> list[PartTold]:
    """Every dated part of a line; a first promised day is named only where it was another.

    `substituted` says of how many units of a part (by id) another product was accepted, `moves` why its day is
    not the first one.
    """
    return [_part_told(part, substituted.get(part.id, 0), moves.get(part.id, ())) for part in line.parts]


def headline(order: Order) -> str:
    """The one promise of an order that matters now; empty when nothing was promised."""
    parts = [part for line in order.lines for part in line.parts]
    if order.state is LineState.CANCELLED:
        return _("Cancelled; nothing of it will be delivered.")
    owed = sorted(
        ((part, part.promise) for part in parts if part.open > 0 and part.promise is not None),
        key=lambda pair: pair[1].due_at,
    )
    if not owed:
        return _delivered([part.promise for part in parts if part.promise is not None])
    late = [pair for pair in owed if pair[1].state == PromiseState.MISSED]
    if late:
        return _late(late)
    return _coming(owed)


def stages_told(order: Order, shipments: list[Shipment]) -> list[Stage]:
    """How far an order has come: ordered, picked, shipped, delivered, each with a day or a share."""
    lines = [line.quantities for line in order.lines]
    wanted = sum(line.wanted for line in order.lines)
    left = [s.shipped_at for s in shipments if s.shipped_at]
    here = [s.delivered_at for s in shipments if s.delivered_at]
    steps = (
        (_("Picked"), sum(q.picked for q in lines), max((s.picked_at for s in shipments), default=None)),
        (_("Shipped"), sum(q.shipped for q in lines), max(left, default=None)),
        (_("Delivered"), sum(q.delivered for q in lines), max(here, default=None)),
    )
    told = [Stage(_("Ordered"), moment_text(order.placed_at), "done")]
    for title, units, last in steps:
        if wanted and units >= wanted:
            told.append(Stage(title, day_text(last) if last else "", "done"))
        elif units:
            share = _("%(done)s of %(all)s", done=quantity_text(units), all=quantity_text(wanted))
            told.append(Stage(title, share, "now"))
        else:
            told.append(Stage(title, "", "now" if wanted and told[-1].state == "done" else "next"))
    return told


def vat_title(rates_bp: AbstractSet[int]) -> str:
    """What the tax of a document is called: with its rate (given in basis points) where all lines share one."""
    if len(rates_bp) != 1:
        return _("VAT")
    (rate,) = rates_bp
    return _("VAT %(rate)s", rate=percent_text(Decimal(rate) / BASIS_POINTS, 2 if rate % 100 else 0))


def cause_told(cause: str | None) -> str:
    """A cause of delay in words, empty when there is none."""
    return _(CAUSE_TITLES[Cause(cause)]) if cause else ""


def _part_told(part: ScheduleLine, substituted: int, moves: Sequence[str]) -> PartTold:
    promise = part.promise
    called_off = part.cancelled - substituted
    tone, state = _standing(part, _("Cancelled") if called_off else _("Replaced by another product"))
    day = business_day(promise.due_at) if promise else None
    first = business_day(promise.original_due_at) if promise else None
    done_late = promise is not None and promise.state == PromiseState.MISSED and promise.fulfilled_at
    cause = promise.cause if promise is not None and done_late else cause_now(part)
    return PartTold(
        quantity=part.quantity - part.cancelled or called_off or part.quantity,
        day=day,
        first_day=first if first != day else None,
        tone=tone,
        state=state,
        cause=_cause_of(part, cause),
        why=[*moves, *_found(part, first if first != day else None)],
        picked=part.picked,
        shipped=part.shipped,
        delivered=part.delivered,
        waits=part.reservation is not None and part.reservation.held < part.reservation.quantity,
    )


def _found(part: ScheduleLine, first_day: date | None) -> list[str]:
    """How the day of a part was found; when it is another by now, how the first one was."""
    steps = sentences(part.found)
    if first_day is None or not steps:
        return steps
    return [_("The first promised day, %(day)s, was found like this:", day=day_text(first_day)), *steps]


def _cause_of(part: ScheduleLine, cause: str | None) -> str:
    """What delays a part, with the day the carrier names for goods that are on their way."""
    expected = part.arrives_on
    if cause == Cause.IN_TRANSIT and expected is not None and part.delivered < part.quantity - part.cancelled:
        return _(
            "%(cause)s; the carrier expects to arrive on %(day)s",
            cause=cause_told(cause),
            day=day_text(expected),
        )
    return cause_told(cause)


def _standing(part: ScheduleLine, gone: str) -> tuple[str, str]:
    promise = part.promise
    state = PromiseState(promise.state) if promise else None
    if part.cancelled >= part.quantity:
        return "neutral", gone
    if promise is not None and promise.fulfilled_at is not None:
        day = day_text(promise.fulfilled_at)
        if state is PromiseState.KEPT:
            return "ok", _("Arrived %(day)s, as promised", day=day)
        return "bad", _("Arrived %(day)s, late", day=day)
    if state is PromiseState.MISSED:
        return "bad", _("Late")
    if state is PromiseState.AT_RISK:
        return "risk", _("At risk")
    return _progress(part)


def _progress(part: ScheduleLine) -> tuple[str, str]:
    owed = part.quantity - part.cancelled
    if part.delivered >= owed:
        return "ok", _("Delivered")
    if part.delivered:
        return "info", _("Partly delivered")
    if part.shipped:
        return "info", _("On its way") if part.shipped >= owed else _("Partly on its way")
    if part.picked:
        return "info", _("Being packed")
    if part.held >= owed:
        return "info", _("In stock for you")
    return "neutral", _("Waiting for stock")


def _delivered(promises: list[Promise]) -> str:
    done = [promise.fulfilled_at for promise in promises if promise.fulfilled_at is not None]
    if not done:
        return ""
    day = day_text(max(done))
    if any(promise.state == PromiseState.MISSED for promise in promises):
        return _("Delivered %(day)s; not everything came on the promised day.", day=day)
    return _("Delivered %(day)s, as promised.", day=day)


def _late(late: list[tuple[ScheduleLine, Promise]]) -> str:
    first = late[0][1]
    units = sum(part.open for part, _promise in late)
    text = ngettext(
        "%(count)s unit promised for %(day)s has not arrived yet.",
        "%(count)s units promised for %(day)s have not arrived yet.",
        units,
        count=quantity_text(units),
        day=day_text(first.due_at),
    )
    return f"{text} {_reason(late[0][0])}".strip()


def _coming(owed: list[tuple[ScheduleLine, Promise]]) -> str:
    days: dict[datetime, int] = {}
    for part, promise in owed:
        days[promise.due_at] = days.get(promise.due_at, 0) + part.open
    endangered = next((part for part, promise in owed if promise.state == PromiseState.AT_RISK), None)
    risky = endangered.promise if endangered else None
    if len(days) > 1:
        text = _spread(days)
        if risky is not None:
            text += " " + _("What is promised for %(day)s is at risk.", day=day_text(risky.due_at))
    elif risky is not None:
        text = _("Promised for %(day)s, but at risk.", day=day_text(risky.due_at))
    else:
        text = _("Arrives %(day)s.", day=day_text(owed[0][1].due_at))
    return f"{text} {_reason(endangered)}".strip()


def _spread(days: dict[datetime, int]) -> str:
    """What arrives first, and when the rest follows."""
    (first, units), *later = days.items()
    facts = {
        "count": quantity_text(units),
        "day": day_text(first),
        "more": quantity_text(sum(count for _day, count in later)),
        "last": day_text(later[-1][0]),
    }
    if len(later) == 1:
        return ngettext(
            "%(count)s unit arrives %(day)s, %(more)s more %(last)s.",
            "%(count)s units arrive %(day)s, %(more)s more %(last)s.",
            units,
            **facts,
        )
    return ngettext(
        "%(count)s unit arrives %(day)s, %(more)s more by %(last)s.",
        "%(count)s units arrive %(day)s, %(more)s more by %(last)s.",
        units,
        **facts,
    )


def _reason(part: ScheduleLine | None) -> str:
    """What delays a part now, as a sentence of its own."""
    cause = _cause_of(part, cause_now(part)) if part else ""
    return _("The reason: %(cause)s.", cause=cause) if cause else ""
