"""Somebody looks at what came back and says, unit by unit and in as many acts as it takes, what becomes of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from aftersales.identifying import Units, split_units
from aftersales.issuing_notices import hold_again
from aftersales.models import (
    Disposition,
    OutcomeIdentity,
    Return,
    ReturnLine,
    ReturnOutcome,
    ReturnState,
)
from aftersales.registering import end_warranties
from aftersales.return_steps import (
    inspected,
    locked_return,
    numbers_to_inspect,
    refuse_unless_next,
    to_inspect,
)
from aftersales.windows import recalled_among
from inventory import quarantine
from inventory.causes import leave_to_desk
from inventory.identities import Identity, Keeping
from inventory.ledger import Place, stock_rows
from inventory.lifeline import Step
from inventory.tracing import Shift, Spot, shift
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_, NN_
from portal.refusal import Refused

GRADES = ("a", "b", "c", "d")
STEPS = {
    Disposition.RESTOCK: Step.RELEASE,
    Disposition.SCRAP: Step.SCRAP,
    Disposition.RETURN_TO_SUPPLIER: Step.SEND_OFF,
    Disposition.RETURN_TO_CUSTOMER: Step.SEND_BACK,
}
"""What the life of a serial or lot calls each way out of quarantine; to be refurbished, it stays there."""
FITTING = {
    Disposition.RESTOCK: ("a", "b"),
    Disposition.REFURBISH: ("b", "c"),
    Disposition.SCRAP: ("b", "c", "d"),
    Disposition.RETURN_TO_SUPPLIER: ("a", "b", "c"),
    Disposition.RETURN_TO_CUSTOMER: ("a", "b", "c"),
}
"""The grades whose goods can go each way: a is as new, b can be sold as it is, c needs work, d can only be scrapped."""
WHY_NOT = {
    Disposition.RESTOCK: N_("Only goods of grade A or B go back into stock."),
    Disposition.REFURBISH: N_("Only goods of grade B or C are refurbished."),
    Disposition.SCRAP: N_("Goods of grade A are as new, so they are not scrapped."),
    Disposition.RETURN_TO_SUPPLIER: N_("Goods of grade D can only be scrapped."),
    Disposition.RETURN_TO_CUSTOMER: N_("Goods of grade D can only be scrapped."),
}


class Verb(StrEnum):
    """Acts of inspecting, for the audit trail."""

    INSPECTED = "return.inspected"


def fits(way: Disposition, grade: str | None) -> bool:
    """Whether goods of a grade can go this way; what nobody graded can go any."""
    return grade is None or grade in FITTING[way]


@dataclass(frozen=True)
class Finding:
    """Units of a return's line and what becomes of them; their condition is graded from a, as new, to d."""

    line_id: int
    disposition: Disposition
    quantity: int
    grade: str | None = None
    note: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def field(self) -> str:
        """The field of a form that a refusal of it names."""
        return f"quantity_{self.line_id}_{self.disposition}"


def inspect(session: Session, found: Return, findings: Sequence[Finding], *, by: User, now: datetime) -> None:
    """Put on record what was found of some of what came, or of all of it, and have these goods go their ways.

    The rest waits for another act. Refused, changing nothing, when nothing was found, more of a line than is still to
    be inspected, or a serial that was inspected before; when goods would go a way that does not fit their grade; and
    when units that were called back would go into stock. Units that go back to the customer count as never returned;
    the warranties of serials that stay with us end.
    """
    found = locked_return(session, found)
    refuse_unless_next(found, ReturnState.SETTLED)
    if inspected(found):
        raise Refused(N_("Somebody else has already done this step."))
    if not any(one.quantity for one in findings):
        raise Refused(N_("Say what becomes of at least one unit."))
    judge(session, found, findings, by=by, now=now)
    outcomes = Counter[str]()
    for one in findings:
        outcomes[one.disposition] += one.quantity
    after: dict[str, int] = {name: count for name, count in outcomes.items() if count}
    after["left"] = sum(to_inspect(line) for line in found.lines)
    audit.record(session, Verb.INSPECTED, "return", found.number, by=by, now=now, after=after)


def judge(session: Session, found: Return, findings: Sequence[Finding], *, by: User, now: datetime) -> None:
    """Write outcomes of a return whose goods lie in quarantine, and move stock, serials and lots along."""
    cause_no = _cause(found)
    findings = [one for one in findings if one.quantity]
    ways: dict[Disposition, Counter[Place]] = {way: Counter() for way in STEPS}
    shifts: dict[Disposition, list[Shift]] = {way: [] for way in STEPS}
    mending, to_mend = Counter[Place](), Counter[tuple[Place, int]]()
    kept = set[int]()
    by_line: dict[int, list[Finding]] = {}
    for one in findings:
        by_line.setdefault(one.line_id, []).append(one)
    for line in found.lines:
        of_line = by_line.pop(line.id, [])
        _refuse_unfit(line, of_line)
        for one, units in _named(line, of_line):
            line.outcomes.append(_outcome(one, units, by=by, now=now))
            if one.disposition is Disposition.RETURN_TO_CUSTOMER:
                line.order_line.returned -= one.quantity
            else:
                kept |= units.keys()
            place = Place(line.order_line.product_id, found.order.warehouse_id)
            if one.disposition is Disposition.REFURBISH:
                mending[place] += one.quantity
                to_mend.update({(place, id_): count for id_, count in units.items()})
            if one.disposition in STEPS:
                ways[one.disposition][place] += one.quantity
                shifts[one.disposition] += _shifts(found, one.disposition, units)
    _refuse_recalled(session, shifts[Disposition.RESTOCK])
    if by_line:
        raise Refused(N_("A line that was inspected is not part of this return."))
    session.flush()  # the ledger and the deal read what was written so far
    _move(session, cause_no, ways, mending, by=by, now=now)
    for way, moved in shifts.items():
        if moved:
            shift(session, moved, STEPS[way], found.number, by=by, now=now)
    for place, units_there in mending.items():
        named = [(id_, count) for (at, id_), count in to_mend.items() if at == place]
        leave_to_desk(session, place, units_there, named, cause_no, by=by, now=now)
    end_warranties(session, found.order.customer_id, kept, now=now)
    hold_again(session, {id_ for _, id_ in to_mend}, mending.keys(), by=by, now=now)


def _cause(found: Return) -> str:
    """What the ledger names as the cause; each act has its own, told apart by the units that were judged before it."""
    before = sum(one.quantity for line in found.lines for one in line.outcomes)
    return f"{found.number}/{before + 1}" if before else found.number


def _refuse_unfit(line: ReturnLine, findings: Sequence[Finding]) -> None:
    for one in findings:
        if one.quantity < 0:
            raise Refused(N_("The quantity must be at least 1."), field=one.field)
        graded = f"grade_{one.line_id}_{one.disposition}"
        if one.grade not in (None, *GRADES):
            raise Refused(N_("The grade is one of a, b, c and d."), field=graded)
        if not fits(one.disposition, one.grade):
            raise Refused(WHY_NOT[one.disposition], field=graded)
    left = to_inspect(line)
    if sum(one.quantity for one in findings) > left:
        raise Refused(
            NN_(
                "Only %(left)s unit of %(sku)s is still to be inspected.",
                "Only %(left)s units of %(sku)s are still to be inspected.",
                "left",
            ),
            field=findings[0].field,
            left=left,
            sku=line.order_line.sku,
        )


def _refuse_recalled(session: Session, shifts: Sequence[Shift]) -> None:
    recalled = recalled_among(session, {one.identity_id for one in shifts})
    if recalled:
        raise Refused(
            N_("%(number)s was called back and cannot go back into stock."),
            number=session.get_one(Identity, min(recalled)).number,
        )


def _named(line: ReturnLine, findings: Sequence[Finding]) -> list[tuple[Finding, Units]]:
    """Each finding with the serials and lots it is about; none twice."""
    left = numbers_to_inspect(line)
    unnamed = to_inspect(line) - sum(count for _, count in left.values())
    pairs = []
    # Findings that name their units choose first; the last one gets what is left.
    for one in sorted(findings, key=lambda finding: not finding.numbers):
        where = f"numbers_{line.id}_{one.disposition}"
        quantity = one.quantity
        if not one.numbers and unnamed:
            quantity -= min(unnamed, quantity)
            unnamed -= one.quantity - quantity
        units = split_units(line.order_line.sku, left, one.numbers, quantity, field=where) if quantity else {}
        for identity_id, count in units.items():
            number, there = left.pop(identity_id)
            if there > count:
                left[identity_id] = (number, there - count)
        pairs.append((one, units))
    return pairs


def _outcome(one: Finding, units: Units, *, by: User, now: datetime) -> ReturnOutcome:
    return ReturnOutcome(
        disposition=one.disposition,
        quantity=one.quantity,
        grade=one.grade,
        note=one.note.strip(),
        inspected_at=now,
        inspected_by_id=by.id,
        identities=[OutcomeIdentity(identity_id=id_, quantity=count) for id_, count in units.items()],
    )


def _shifts(found: Return, way: Disposition, units: Units) -> list[Shift]:
    here = Spot(Keeping.QUARANTINE, warehouse_id=found.order.warehouse_id)
    targets = {
        Disposition.RESTOCK: Spot(Keeping.GOOD, warehouse_id=found.order.warehouse_id),
        Disposition.RETURN_TO_CUSTOMER: Spot(Keeping.OWNED, customer_id=found.order.customer_id),
    }
    return [Shift(identity_id, count, here, targets.get(way)) for identity_id, count in units.items()]


def _move(
    session: Session,
    cause_no: str,
    ways: Mapping[Disposition, Mapping[Place, int]],
    staying: Mapping[Place, int],
    *,
    by: User,
    now: datetime,
) -> None:
    places = sorted(
        {*staying, *(place for units in ways.values() for place in units)},
        key=lambda p: (p.product_id, p.warehouse_id),
    )
    if not places:
        return
    stock_rows(session, places)  # all of them locked at once, in their order
    for place in places:
        gone = ways[Disposition.RETURN_TO_SUPPLIER][place] + ways[Disposition.RETURN_TO_CUSTOMER][place]
        if gone:
            quarantine.send_off(session, place, gone, cause_no, by=by, now=now)
        if scrapped := ways[Disposition.SCRAP][place]:
            quarantine.scrap(session, place, scrapped, cause_no, by=by, now=now)
        if fit := ways[Disposition.RESTOCK][place]:
            quarantine.release(session, place, fit, cause_no, by=by, now=now)
