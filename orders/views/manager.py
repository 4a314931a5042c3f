"""The measures: how often promises are kept, how many lines leave whole, what is in danger now."""

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory.accuracy import stock_accuracy
from orders import boards, measures
from orders.measures import Month, Share
from orders.permissions import Orders
from policies.kinds import KINDS, Kind
from policies.models import Scope
from policies.promises import CAUSE_TITLES, Cause
from policies.queries import general_rows
from portal import clock
from portal.i18n import N_
from portal.recording import EVERYBODY
from portal.web.access import staff
from portal.web.session import db

bp = Blueprint("measures", __name__, url_prefix="/manage/measures", template_folder="../templates")

PERIODS = {3: N_("3 months"), 6: N_("6 months"), 12: N_("12 months"), 24: N_("24 months")}
USUAL_PERIOD = 12
SHORT_CAUSES = {
    Cause.NO_SUPPLY: N_("No supply"),
    Cause.SUPPLIER_LATE: N_("Supplier late"),
    Cause.NOT_SHIPPED: N_("Not shipped"),
    Cause.IN_TRANSIT: N_("With the carrier"),
    Cause.NOT_ANSWERED: N_("Being worked on"),
    Cause.CUSTOMER_ANSWER: N_("With the customer"),
    Cause.CALENDAR: N_("Calendar changed"),
    Cause.DISRUPTION: N_("Disruption"),
    Cause.DISRUPTION_OVER: N_("Disruption over"),
    Cause.EXPEDITED: N_("Expedited"),
    Cause.SUBSTITUTED: N_("Substituted"),
}
"""The causes in a word or two, for beneath a bar."""


@dataclass(frozen=True)
class Bar:
    """A cause of risk: how many promises, and the running share of all from the commonest on."""

    cause: str
    short: str
    count: int
    so_far: float


@bp.get("")
@staff(Orders.MEASURES)
def figures() -> ResponseReturnValue:
    """The service figures of the last months and the open risks."""
    asked = request.args.get("months", str(USUAL_PERIOD))
    if asked not in {str(period) for period in PERIODS}:
        abort(404)
    now = clock.now()
    today = clock.business_day(now)
    first = measures.first_month(now, int(asked))
    months = measures.monthly(db(), first, today, now)
    risky, late = boards.count_in_danger(db())
    causes = {cause.value: title for cause, title in CAUSE_TITLES.items()}
    return render_template(
        "orders/manager/measures.html",
        months=months,
        total=in_all(months),
        targets=targets(),
        tone=_tone,
        kinds=KINDS,
        bars=_pareto(measures.risks_by_cause(db())),
        risks=measures.open_risks(db(), limit=25),
        risky=risky,
        accuracy=next(iter(stock_accuracy(db(), clock.at(first), now, None).get(EVERYBODY, ())), None),
        overdue=late,
        causes=causes,
        periods=[
            (title, url_for(".figures", months=period), str(period) == asked)
            for period, title in PERIODS.items()
        ],
    )


def in_all(months: list[Month]) -> Month:
    """The figures of several months together."""
    none = Share(0, 0)
    return Month(
        months[0].first_day,
        sum((month.on_time for month in months), none),
        sum((month.on_time_original for month in months), none),
        sum((month.line_fill for month in months), none),
    )


def targets() -> dict[str, float]:
    """By kind, what the policy for everybody aims at today, as a fraction of one; only the kinds it sets."""
    today = clock.business_day(clock.now())
    row = next((row for row in general_rows(db(), today) if row.policy.scope == Scope.DEFAULT), None)
    levels = row.in_force.levels if row and row.in_force else []
    return {Kind(level.kind).value: level.target_bp / 10_000 for level in levels}


def _tone(share: Share, target: float | None) -> str | None:
    """How a share stands against its target; silent without either."""
    if target is None or share.of_one is None:
        return None
    return "ok" if share.of_one >= target else "bad"


def _pareto(counts: dict[str, int]) -> list[Bar]:
    every, so_far = sum(counts.values()), 0
    bars = []
    for cause, count in counts.items():
        so_far += count
        bars.append(Bar(CAUSE_TITLES[Cause(cause)], SHORT_CAUSES[Cause(cause)], count, so_far / every))
    return bars
