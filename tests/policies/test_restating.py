"""A reported period whose figures changed since is stated again, beside what was stated first."""

import pytest
from sqlalchemy import select

from policies import restating, settling
from policies.kinds import Kind
from policies.models import PolicyVersion
from policies.promises import Promise
from policies.reporting import make_due
from policies.reports import ServiceReport
from policies.sweeping import mark
from portal.audit import AuditEntry
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.policies.makers import House, make_company
from tests.policies.report_makers import A_WEEK, REPORTED, all_reports, answer_line, case_of, made, published


@pytest.fixture
def version(house: House) -> PolicyVersion:
    """The policy for everybody, reported on every month to a manager, an outsider and the customers."""
    return published(house)


def test_a_report_of_which_nothing_has_changed_differs_in_nothing_and_is_not_stated_again(
    house: House, version: PolicyVersion
) -> None:
    case_of(house, 1, late=False)
    _house_own, own = made(house)
    assert restating.differences(house.session, own) == []
    with pytest.raises(Refused, match="still those of the report"):
        _restated(house, own)
    assert len(all_reports(house.session)) == 2


def test_what_was_recorded_later_is_seen_as_a_difference_by_line_and_amount(
    house: House, version: PolicyVersion
) -> None:
    case_of(house, 1, late=False)
    open_one = case_of(house, 2)
    _house_own, own = made(house)
    _miss(house, open_one)
    (difference,) = restating.differences(house.session, own)
    changes = {str(change.title): (change.before, change.after, change.by) for change in difference.changes}
    assert changes == {
        "Missed": ("0", "1", "+1"),
        "Open": ("1", "0", "-1"),
        "Compensation owed": ("–", "฿150.00", "฿150.00"),
    }
    assert difference.line.clause.kind is Kind.COMPLAINT_ANSWER


def test_a_period_stated_again_stands_beside_the_first_and_goes_to_the_same_readers(
    house: House, version: PolicyVersion
) -> None:
    open_one = case_of(house, 2)
    house_own, own = made(house)
    first = dict(own.figures)
    _miss(house, open_one)
    again = _restated(house, own)
    assert (again.statement, again.why, again.number) == (2, "A late claim came in", "SR-2026-00003")
    assert (again.made_by_id, again.first_day, again.customer_id) == (
        house.manager.id,
        own.first_day,
        own.customer_id,
    )
    assert [one.id for one in restating.statements(house.session, again)] == [own.id, again.id]
    house.reread_all()
    assert own.figures == first
    assert (answer_line(own).missed, answer_line(again).missed) == (0, 1)
    told = house.session.scalars(select(Notice).where(Notice.paper == f"service_report:{again.number}")).all()
    assert [(one.user_id, one.facts["statement"], one.facts["why"]) for one in told] == [
        (house.buyer.id, 2, "A late claim came in")
    ]
    entry = house.session.scalars(select(AuditEntry).where(AuditEntry.subject_no == again.number)).one()
    assert (entry.verb, entry.by_id) == ("report.restated", house.manager.id)
    assert restating.differences(house.session, again) == []
    assert len(restating.differences(house.session, house_own)) == 1


def test_the_policy_s_own_report_names_the_customers_whose_reports_would_differ_too(
    house: House, version: PolicyVersion
) -> None:
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    case_of(house, 1, late=False, customer=other)
    open_one = case_of(house, 2)
    house_own, own = made(house)
    assert restating.others_differing(house.session, house_own) == []
    _miss(house, open_one)
    assert restating.others_differing(house.session, house_own) == [own]
    assert restating.others_differing(house.session, own) == []
    _restated(house, own)
    assert restating.others_differing(house.session, house_own) == []


def test_the_job_does_not_state_anything_again_by_itself(house: House, version: PolicyVersion) -> None:
    open_one = case_of(house, 2)
    made(house)
    _miss(house, open_one)
    assert make_due(house.session, REPORTED + A_WEEK) == 0
    assert {report.statement for report in all_reports(house.session)} == {1}


def test_only_the_latest_statement_is_stated_again_and_only_for_a_reason(
    house: House, version: PolicyVersion
) -> None:
    open_one = case_of(house, 2)
    _house_own, own = made(house)
    _miss(house, open_one)
    with pytest.raises(Refused) as no:
        _restated(house, own, why="  ")
    assert no.value.field == "why"
    _restated(house, own)
    assert restating.differences(house.session, own) == []
    with pytest.raises(Refused, match="already"):
        _restated(house, own)
    assert len(all_reports(house.session)) == 3


def _miss(house: House, promise: Promise) -> None:
    """It turns out late: the check marks it, and a claim is worth three days."""
    with transaction(house.session):
        mark(house.session, REPORTED)
        settling.owe(house.session, promise, 150_00, "THB", by=house.staff, now=REPORTED)


def _restated(house: House, report: ServiceReport, why: str = "A late claim came in") -> ServiceReport:
    with transaction(house.session):
        return restating.restate(house.session, report, why, by=house.manager, now=REPORTED + A_WEEK)


def test_of_a_customer_whose_report_was_stated_again_only_the_latest_statement_is_compared(
    house: House, version: PolicyVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restating, "MOST_OTHERS", 2)
    others = [make_company(house.session, f"D{n}", tier="gold", now=house.now) for n in range(2)]
    for no, customer in enumerate([house.customer, *others]):
        case_of(house, no, customer=customer)
    house_own, own = made(house)
    _miss(house, house.session.scalars(select(Promise).where(Promise.subject_no == "CP-0")).one())
    with transaction(house.session):
        restating.restate(house.session, own, "A late claim", by=house.manager, now=REPORTED)
    differing = restating.others_differing(house.session, house_own)
    assert [one.customer_id for one in differing] == [other.id for other in others]
