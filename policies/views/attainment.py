"""Attainment for managers: each standard against its target, its trend by month, and who suffered most."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import attaining
from policies.book import levels_for_everybody
from policies.kinds import KINDS, Kind
from policies.permissions import Policies
from policies.promises import STATE_TITLES
from policies.queries import due_soonest, owed
from portal import clock
from portal.i18n import N_
from portal.web.access import staff
from portal.web.session import db

bp = Blueprint("attainment", __name__, url_prefix="/manage/attainment", template_folder="../templates")

PERIODS = {3: N_("3 months"), 6: N_("6 months"), 12: N_("12 months"), 24: N_("24 months")}
USUAL_PERIOD = 12


@bp.get("")
@staff(Policies.ATTAINMENT)
def show() -> ResponseReturnValue:
    """How many promises of each kind were kept, counted from the promises themselves."""
    asked = request.args.get("months", str(USUAL_PERIOD))
    if asked not in {str(period) for period in PERIODS}:
        abort(404)
    now = clock.now()
    since, until = attaining.period(now, int(asked))
    rows = {row.kind: row for row in attaining.attainment(db(), since=since, until=until)}
    levels = levels_for_everybody(db(), clock.business_day(now))
    shown = [kind for kind in Kind if kind in rows or (kind in levels and kind is not Kind.LINE_FILL)]
    return render_template(
        "policies/manager/attainment.html",
        rows=[rows.get(kind, attaining.Row(kind)) for kind in shown],
        trend=attaining.trend(db(), since=since, until=until),
        worst=attaining.worst_customers(db(), since=since, until=until),
        targets={kind: level.target_bp / 10_000 for kind, level in levels.items()},
        owed=owed(db()),
        due=due_soonest(db()),
        kinds=KINDS,
        states=STATE_TITLES,
        since=since,
        periods=[
            (title, url_for(".show", months=period), str(period) == asked)
            for period, title in PERIODS.items()
        ],
    )
