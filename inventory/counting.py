"""What people count in the aisle, without seeing what the books say, and what follows when a sheet is handed in."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from inventory import adjusting
from inventory.adjusting import Correction
from inventory.adjusting_numbers import good_at
from inventory.counts import (
    SHEET_TITLES,
    TAKES_COUNTS,
    AdjustmentReason,
    AdjustmentState,
    CountLine,
    CountSheet,
    SheetState,
)
from inventory.identifying import LONGEST
from inventory.identities import IdentityBalance, Keeping
from inventory.ledger import Place, stock_rows
from inventory.models import Tracking
from inventory.tracing import tidy
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import STAFF_ROLES
from portal.db import lock
from portal.i18n import N_, NN_, gettext, quantity_text
from portal.money import BASIS_POINTS
from portal.refusal import Refused

MOST_COUNTED = 10**7 - 1
"""More units do not lie in one place: what has eight digits or more was scanned."""
MOST_SERIALS = 5000


class Verb(StrEnum):
    """Acts on count sheets, for the audit trail."""

    HANDED_IN = "count.handed_in"
    CALLED_OFF = "count.called_off"


def enter(
    session: Session, line: CountLine, counted: int, serials: Sequence[str] = (), *, by: User, now: datetime
) -> None:
    """What somebody counted of a line; what the books say at this moment is kept beside it.

    It may be entered anew until the sheet is handed in. Of a serial-numbered product the serials found may be given
    instead of the number of units. Refused for a sheet that takes no counts, less than none, a serial that is given
    twice, and a line that is to be counted again by somebody else or not at all.
    """
    sheet = _locked(session, line.sheet)
    found = _checked(line, counted, serials)
    units = len(found) if found else counted
    (line,) = lock(session, CountLine, [line.id])
    books = books_say(session, sheet, line, found)
    if sheet.state == SheetState.RECOUNT:
        if line.accurate is not False:
            raise Refused(N_("This line was counted well enough; it is not counted again."))
        if line.counted_by_id == by.id:
            raise Refused(N_("You counted this line first; somebody else counts it again."))
        line.recounted, line.recounted_by = units, by
    else:
        line.counted, line.counted_at, line.counted_by = units, now, by
        sheet.counter = sheet.counter or by
    line.expected, line.serials, line.numbers = books


def hand_in(session: Session, sheet: CountSheet, *, by: User, now: datetime) -> SheetState:
    """Everything is counted: what differs too much is counted again by another person, where there is one.

    What then still differs is booked at once where it is worth little, and waits for approval otherwise; with nothing
    left to decide the sheet is closed. Refused while a line is not counted.
    """
    sheet = _locked(session, sheet)
    lines, recount = _lines(session, sheet), False
    if sheet.state == SheetState.COUNTING:
        _refuse_open(sum(line.counted is None for line in lines))
        for line in lines:
            line.accurate = _within(line, line.counted or 0)
        again = {line.counted_by_id for line in lines if not line.accurate}
        recount = bool(again) and _somebody_else(session, again)
    else:
        _refuse_open(sum(line.accurate is False and line.recounted is None for line in lines))
    if recount:
        sheet.state = SheetState.RECOUNT
    else:
        _settle(session, sheet, lines, by=by, now=now)
    after = {
        "lines": len(lines),
        "within": sum(line.accurate is True for line in lines),
        "state": sheet.state,
    }
    audit.record(session, Verb.HANDED_IN, "count_sheet", sheet.number, by=by, now=now, after=after)
    return SheetState(sheet.state)


def call_off(session: Session, sheet: CountSheet, *, by: User, now: datetime) -> None:
    """A sheet is not counted after all. Refused once it was handed in: then its differences are decided on."""
    sheet = _locked(session, sheet)
    if sheet.state != SheetState.COUNTING:
        raise Refused(N_("It was handed in already: its differences are decided on."))
    sheet.state, sheet.closed_at = SheetState.CANCELLED, now
    audit.record(session, Verb.CALLED_OFF, "count_sheet", sheet.number, by=by, now=now)


def _locked(session: Session, sheet: CountSheet) -> CountSheet:
    (found,) = lock(session, CountSheet, [sheet.id])
    if found.state not in TAKES_COUNTS:
        title = gettext(SHEET_TITLES[SheetState(found.state)])
        raise Refused(
            N_("Sheet %(number)s takes no counts any more: %(state)s."), number=found.number, state=title
        )
    return found


def _lines(session: Session, sheet: CountSheet) -> list[CountLine]:
    query = (
        select(CountLine)
        .where(CountLine.sheet_id == sheet.id)
        .options(joinedload(CountLine.product), joinedload(CountLine.identity))
        .order_by(CountLine.n)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _checked(line: CountLine, counted: int, serials: Sequence[str]) -> list[str]:
    """The serials found, tidied."""
    if counted > MOST_COUNTED:
        raise Refused(
            N_("More than %(most)s units are no count. Was a barcode scanned into it?"),
            field="counted",
            most=quantity_text(MOST_COUNTED),
        )
    if counted < 0:
        raise Refused(N_("A count is 0 or more, in whole units."), field="counted")
    found = [tidy(number) for number in serials if tidy(number)]
    if found and line.product.tracking != Tracking.SERIAL:
        raise Refused(N_("%(sku)s has no serial numbers."), field="serials", sku=line.product.sku)
    if len(found) > MOST_SERIALS:
        raise Refused(N_("At most %(most)s serials at once."), field="serials", most=MOST_SERIALS)
    number, times = next(iter(Counter(found).most_common(1)), ("", 0))
    if times > 1:
        raise Refused(N_("Serial %(number)s is counted twice."), field="serials", number=number)
    if any(len(number) > LONGEST for number in found):
        raise Refused(
            N_("A lot or serial number has 1 to %(most)s characters."), field="serials", most=LONGEST
        )
    return found


def books_say(
    session: Session, sheet: CountSheet, line: CountLine, found: Sequence[str] = ()
) -> tuple[int, list[str], dict[str, int]]:
    """What the books say of a line now, the serials found, and how these differ from the books."""
    place = Place(line.product_id, sheet.warehouse_id)
    on_hand = stock_rows(session, [place])[place].on_hand
    if line.identity_id is not None:
        query = select(func.sum(IdentityBalance.quantity)).where(
            IdentityBalance.identity_id == line.identity_id,
            IdentityBalance.warehouse_id == sheet.warehouse_id,
            IdentityBalance.keeping == Keeping.GOOD,
        )
        return int(session.scalar(query) or 0), [], {}
    if line.product.tracking == Tracking.LOT:
        return on_hand - sum(good_at(session, line.product, sheet.warehouse).values()), [], {}
    if not found:
        return on_hand, [], {}
    known = good_at(session, line.product, sheet.warehouse)
    missing = dict.fromkeys(sorted(known.keys() - set(found)), -1)
    return on_hand, list(found), missing | dict.fromkeys(sorted(set(found) - known.keys()), 1)


def _within(line: CountLine, counted: int) -> bool:
    """Whether a count is close enough to the books; it is not when a serial they have there is missing.

    One that they do not know may be a unit whose number was never noted.
    """
    expected, missing = line.expected or 0, any(units < 0 for units in line.numbers.values())
    return abs(counted - expected) * BASIS_POINTS <= line.tolerance_bp * expected and not missing


def _refuse_open(count: int) -> None:
    if count:
        raise Refused(
            NN_("%(lines)s line is not counted yet.", "%(lines)s lines are not counted yet.", "lines"),
            lines=count,
        )


def _somebody_else(session: Session, counters: set[int | None]) -> bool:
    """Whether anybody of the distributor counted none of these lines, or not all."""
    people = set(session.scalars(select(User.id).where(User.active, User.role.in_(STAFF_ROLES))))
    return all(people - {counter} for counter in counters)


def _settle(
    session: Session, sheet: CountSheet, lines: Sequence[CountLine], *, by: User, now: datetime
) -> None:
    """Put what differs on record; the sheet is closed when nothing of it waits for approval."""
    differing = [line for line in lines if _difference(line) or line.numbers]
    stock_rows(session, [Place(line.product_id, sheet.warehouse_id) for line in differing])
    waiting = False
    for line in differing:
        units = _difference(line)
        named = {line.identity.number: units} if line.identity else line.numbers
        facts = Correction(
            line.product, sheet.warehouse, units, AdjustmentReason.COUNTED, sheet.number, named
        )
        counter = line.recounted_by or line.counted_by
        line.adjustment = adjusting.record(session, facts, proposed_by=counter, by=by, now=now)
        waiting = waiting or line.adjustment.state == AdjustmentState.PROPOSED
    sheet.state = SheetState.REVIEW if waiting else SheetState.CLOSED
    sheet.closed_at = None if waiting else now


def _difference(line: CountLine) -> int:
    """Units found more (or less) than the books had when the count that stands was entered."""
    stands = line.counted if line.recounted is None else line.recounted
    return (stands or 0) - (line.expected or 0)
