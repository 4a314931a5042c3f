"""Attainment for managers: each clause against its target, its trend, who suffered most, and every case behind it."""

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from policies import attained_cases, attaining, judging, most_missed
from policies.attained_cases import OUTCOME_TITLES, Outcome
from policies.book import levels_for_everybody
from policies.kinds import KINDS, RATE_KINDS, Kind
from policies.permissions import Policies
from policies.promises import STATE_TITLES
from policies.queries import due_soonest, owed
from policies.views.attained_page import (
    PERIODS,
    View,
    as_rows,
    asked_outcome,
    cases_facts,
    heading_of,
    policy_options,
    read_view,
    version_numbers,
    words,
)
from portal import clock
from portal.feature import Rate
from portal.importing.sheets_out import as_csv
from portal.money import BASIS_POINTS
from portal.recording import rates
from portal.web.access import may, staff
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("attainment", __name__, url_prefix="/manage/attainment", template_folder="../templates")


@bp.get("")
@staff(Policies.ATTAINMENT)
def show() -> ResponseReturnValue:
    """How many promises of each clause were kept, counted from the promises themselves."""
    now = clock.now()
    view = read_view(now)
    clauses, counted = attaining.by_clause(db(), view.asked), _rates(view)
    rows = {row.kind: row for row in attaining.together(one.row for one in clauses)}
    levels = levels_for_everybody(db(), clock.business_day(now))
    narrowed = bool(set(view.kept) - {"months", "month"})
    return render_template(
        "policies/manager/attainment.html",
        view=view,
        clauses=clauses,
        rows=list(rows.values()),
        unmeasured=[] if narrowed else [kind for kind in levels if kind not in (*rows, *RATE_KINDS)],
        rates=counted,
        verdicts=judging.verdicts(db(), clauses, view.asked, now=now),
        rate_verdicts=judging.rate_verdicts(
            db(), levels, [rate.kind for rate in counted], view.asked.customer, now=now
        ),
        trend=attaining.trend_of(db(), view.asked),
        worst=most_missed.worst_customers(db(), view.asked),
        targets={kind: level.target_bp / BASIS_POINTS for kind, level in levels.items()},
        owed=owed(db()),
        due=due_soonest(db()),
        kinds=KINDS,
        every_kind=[kind for kind in Kind if kind not in RATE_KINDS],
        states=STATE_TITLES,
        since=view.asked.since,
        until=view.asked.until,
        periods=PERIODS,
        policies=policy_options(),
        versions=version_numbers(view.policy),
        missed_of=lambda customer, kind: url_for(
            ".cases", **{**view.kept, "customer": customer.code, "kind": kind, "outcome": Outcome.MISSED}
        ),
        csv_url=url_for(".export", **view.kept),
        **words(view, ".cases"),
    )


@bp.get("/attainment.csv")
@staff(Policies.ATTAINMENT)
def export() -> ResponseReturnValue:
    """The table of clauses for a spreadsheet."""
    clauses = attaining.by_clause(db(), read_view(clock.now()).asked)
    headers = {"Content-Disposition": 'attachment; filename="attainment.csv"'}
    text = "".join(as_csv(as_rows(clauses)))
    return Response(text.encode(), content_type="text/csv; charset=utf-8", headers=headers)


@bp.get("/cases")
@staff(Policies.ATTAINMENT)
def cases() -> ResponseReturnValue:
    """The cases that a number counts, the latest due first."""
    view, outcome = read_view(clock.now()), asked_outcome()
    found = attained_cases.cases(db(), view.asked, outcome, **places())
    kept = {**view.kept, "outcome": outcome.value}
    return render_template(
        "policies/manager/cases.html",
        heading=heading_of(view, OUTCOME_TITLES[outcome]),
        may_exempt=may(me(), Policies.EXEMPT),
        page=links(found, ".cases", **kept),
        back_url=url_for(".show", **{name: said for name, said in view.kept.items() if name != "level"}),
        **cases_facts(found, view),
    )


def _rates(view: View) -> list[Rate]:
    """The figures that are no promises; those of one version or another kind are not asked for."""
    asked = view.asked
    if asked.policy_id is not None or asked.level_id is not None:
        return []
    found = rates(db(), asked.since, asked.until, asked.customer)
    return [rate for rate in found if asked.kind in (None, rate.kind)]
