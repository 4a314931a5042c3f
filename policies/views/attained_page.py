"""What the pages of attainment are asked for, by their address, and how each number leads to its cases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import abort, request, url_for
from sqlalchemy import select

from policies import attaining
from policies.attained_cases import Case, Outcome, promised_under
from policies.attained_wording import (
    definition,
    level_text,
    rate_definition,
    source_text,
    window_text,
)
from policies.attaining import NO_LEVEL, Asked, Attained, Row
from policies.kinds import KINDS, Kind
from policies.models import Policy, PolicyVersion, ServiceLevel, VersionState
from policies.promises import CAUSE_TITLES, STATE_TITLES
from policies.queries import find_customer
from portal.customers.models import Customer
from portal.i18n import N_, _, gettext, money_text
from portal.keyset import Keyset
from portal.recording import subject_pages
from portal.web.reading import LARGEST
from portal.web.session import db, me

PERIODS = {3: N_("3 months"), 6: N_("6 months"), 12: N_("12 months"), 24: N_("24 months")}
USUAL_PERIOD = 12
BROUGHT_IN = "none"
"""Stands in an address for the promises that no level stands behind."""


@dataclass(frozen=True)
class View:
    """What a page shows: the promises asked for, and the words of its address that ask for them."""

    asked: Asked
    kept: dict[str, Any]
    policy: Policy | None = None

    def cases_url(
        self,
        endpoint: str,
        outcome: Outcome,
        kind: Kind,
        level_id: int | None = None,
        month: date | None = None,
    ) -> str:
        """Where the cases stand that a number counts."""
        said: dict[str, Any] = {**self.kept, "kind": kind.value}
        if outcome is not Outcome.ALL:
            said["outcome"] = outcome.value
        if level_id is not None:
            said["level"] = BROUGHT_IN if level_id == NO_LEVEL else level_id
        if month is not None:
            said.pop("months", None)
            said["month"] = f"{month:%Y-%m}"
        return url_for(endpoint, **said)


def read_view(now: datetime, company: Customer | None = None) -> View:
    """What the address asks for; of one company only if it is given. 404 for what there is not."""
    kept: dict[str, Any] = {}
    since, until = _period(now, kept)
    kind = _kind(kept)
    policy, version = (None, None) if company else _policy(kept)
    customer = company or _customer(kept)
    asked = Asked(
        since,
        until,
        customer,
        kind,
        policy.id if policy else None,
        version.id if version else None,
        _level(kept, company),
    )
    return View(asked, kept, policy)


def words(view: View, endpoint: str) -> dict[str, Any]:
    """How templates name and open what they count."""

    def opens(outcome: str, kind: Kind, level_id: int | None = None, month: date | None = None) -> str:
        return view.cases_url(endpoint, Outcome(outcome), kind, level_id, month)

    return {
        "opens": opens,
        "level_id_of": level_id_of,
        "source_text": source_text,
        "level_text": level_text,
        "money_of": money_of,
        "definition": definition,
        "rate_definition": rate_definition,
    }


def view_of(asked: Asked, months: int) -> View:
    """The view of what is asked for, over so many months to this one."""
    return View(asked, {"months": str(months)})


def asked_outcome() -> Outcome:
    """Which of the cases are shown; 404 for a word that is none."""
    try:
        return Outcome(request.args.get("outcome", Outcome.ALL))
    except ValueError:
        abort(404)


def cases_facts(found: Keyset[Case], view: View) -> dict[str, Any]:
    """What the list of cases shows, however it is framed."""
    numbers = [one.promise.subject_no for one in found.rows]
    return {
        "cases": found.rows,
        "pages": subject_pages(db(), me(), numbers) if numbers else {},
        "kinds": KINDS,
        "states": STATE_TITLES,
        "causes": CAUSE_TITLES,
        "asked": view.asked,
        "window": window_text(view.asked.since, view.asked.until),
    }


def policy_options() -> list[Policy]:
    """The policies of which any version was ever published, by their code."""
    published = select(PolicyVersion.policy_id).where(PolicyVersion.state == VersionState.PUBLISHED)
    return list(db().scalars(select(Policy).where(Policy.id.in_(published)).order_by(Policy.code).limit(200)))


def version_numbers(policy: Policy | None) -> list[int]:
    """The numbers of the published versions of a policy, the newest first."""
    if policy is None:
        return []
    query = select(PolicyVersion.number).where(
        PolicyVersion.policy_id == policy.id, PolicyVersion.state == VersionState.PUBLISHED
    )
    return list(db().scalars(query.order_by(PolicyVersion.number.desc())))


def level_id_of(one: Attained) -> int:
    """The level as an address names it."""
    level = one.level or one.settles
    return level.id if level else NO_LEVEL


def money_of(amounts: dict[str, int]) -> str:
    """Amounts of several currencies, with a plus between; a dash for none."""
    return " + ".join(money_text(minor, currency) for currency, minor in amounts.items()) or "–"


def as_rows(clauses: list[Attained]) -> Iterator[list[object]]:
    """The table of clauses as it is exported; shares are percent, amounts are written with their currency."""
    heads = (
        N_("Standard"),
        N_("Policy"),
        N_("Target, %"),
        N_("Kept, %"),
        N_("On time as first promised, %"),
        N_("Cases"),
        N_("Kept"),
        N_("Missed"),
        N_("Exempt"),
        N_("Open"),
        N_("Date was moved"),
        N_("Compensation owed"),
        N_("Compensation credited"),
    )
    yield [gettext(head) for head in heads]
    for one in clauses:
        yield _cells(one, one.row)


def _cells(one: Attained, row: Row) -> list[object]:
    return [
        gettext(KINDS[row.kind].title),
        source_text(one),
        _percent(one.target),
        _percent(row.of_one),
        _percent(row.first_of_one),
        row.cases,
        row.kept,
        row.missed,
        row.exempt,
        row.open,
        row.moved,
        money_of(row.owed),
        money_of(row.paid),
    ]


def _percent(share: float | None) -> str:
    return f"{share * 100:.1f}" if share is not None else ""


def _period(now: datetime, kept: dict[str, str]) -> tuple[datetime, datetime]:
    if month := request.args.get("month"):
        try:
            first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month, no instant
        except ValueError:
            abort(404)
        if not 2000 <= first.year <= 2200:
            abort(404)
        kept["month"] = f"{first:%Y-%m}"
        return attaining.month_of(first)
    months = request.args.get("months", str(USUAL_PERIOD))
    if months not in {str(period) for period in PERIODS}:
        abort(404)
    kept["months"] = months
    return attaining.period(now, int(months))


def _kind(kept: dict[str, str]) -> Kind | None:
    said = request.args.get("kind")
    if not said:
        return None
    if said not in set(Kind):
        abort(404)
    kept["kind"] = said
    return Kind(said)


def _policy(kept: dict[str, str]) -> tuple[Policy | None, PolicyVersion | None]:
    code, number = request.args.get("policy"), request.args.get("version")
    if not code:
        return None, None
    policy = db().scalars(select(Policy).where(Policy.code == code)).one_or_none() or abort(404)
    kept["policy"] = code
    if not number:
        return policy, None
    if not number.isascii() or not number.isdigit() or int(number) > LARGEST:
        abort(404)
    query = select(PolicyVersion).where(
        PolicyVersion.policy_id == policy.id, PolicyVersion.number == int(number)
    )
    version = db().scalars(query).one_or_none() or abort(404)
    kept["version"] = number
    return policy, version


def _customer(kept: dict[str, str]) -> Customer | None:
    code = request.args.get("customer", "").strip()
    if not code:
        return None
    kept["customer"] = code
    return find_customer(db(), code) or abort(404)


def _level(kept: dict[str, str], company: Customer | None) -> int | None:
    said = request.args.get("level")
    if not said:
        return None
    kept["level"] = said
    if said == BROUGHT_IN:
        return NO_LEVEL
    if not said.isascii() or not said.isdigit() or not 0 < int(said) <= LARGEST:
        abort(404)
    level = db().get(ServiceLevel, int(said)) or abort(404)
    if company is not None and not promised_under(db(), level, company):
        abort(404)
    return level.id


def heading_of(view: View, outcome_title: str) -> str:
    """What the list of cases is a list of."""
    kind = gettext(KINDS[view.asked.kind].title) if view.asked.kind else _("Every standard")
    return f"{kind}: {gettext(outcome_title)}"
