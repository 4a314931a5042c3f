"""A customer reads how we kept what we promised them: beside each standard, by month, and every case behind it."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from policies import attained_cases, attaining, judging
from policies.attained_cases import OUTCOME_TITLES
from policies.attaining import Asked
from policies.book import Standing
from policies.views.attained_page import (
    asked_outcome,
    cases_facts,
    heading_of,
    read_view,
    view_of,
    words,
)
from portal import clock
from portal.customers.models import Customer
from portal.money import BASIS_POINTS
from portal.recording import rates
from portal.web.access import customer
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_attainment", __name__, url_prefix="/my/policy", template_folder="../templates")

MONTHS_SHOWN = 12
"""Over how many months, this one included, a customer is shown how we did."""


@bp.get("/cases")
@customer
def cases() -> ResponseReturnValue:
    """The customer's own cases that a number counts, the latest due first."""
    view, outcome = read_view(clock.now(), me().company), asked_outcome()
    found = attained_cases.cases(db(), view.asked, outcome, **places())
    kept = {**view.kept, "outcome": outcome.value}
    return render_template(
        "policies/customer/cases.html",
        heading=heading_of(view, OUTCOME_TITLES[outcome]),
        page=links(found, ".cases", **kept),
        **cases_facts(found, view),
    )


def attained_facts(company: Customer, holds: Standing, now: datetime) -> dict[str, Any]:
    """What the page of the policy shows a company of how it was kept: by clause, by kind, by month, and the rates."""
    since, until = attaining.period(now, MONTHS_SHOWN)
    asked = Asked(since, until, company)
    clauses = attaining.by_clause(db(), asked)
    rows = attaining.together(one.row for one in clauses)
    counted = rates(db(), since, until, company)
    return {
        "attained": {row.kind: row for row in rows},
        "attained_rows": rows,
        "clauses": clauses,
        "attained_trend": attaining.trend_of(db(), asked),
        "rates": counted,
        "verdicts": judging.verdicts(db(), clauses, asked, now=now),
        "rate_verdicts": judging.rate_verdicts(
            db(), holds.levels, [rate.kind for rate in counted], company, now=now
        ),
        "targets": {kind: level.target_bp / BASIS_POINTS for kind, level in holds.levels.items()},
        "since": since,
        "until": until,
        "cases_url": url_for("my_attainment.cases"),
        **words(view_of(asked, MONTHS_SHOWN), "my_attainment.cases"),
    }
