"""Reports of what became of a policy's promises: made when due, each once, and sent once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from policies import promising, reporting, settling
from policies.attained_cases import cases
from policies.attained_wording import level_text, source_text
from policies.attaining import Asked, by_clause
from policies.kinds import Every, Kind
from policies.models import Policy, PolicyVersion
from policies.periods import Due, Period, period_with
from policies.report_sheets import sheet_of
from policies.reporting import make_due, make_report
from policies.reports import ServiceReport
from portal.accounts.roles import Role
from portal.clock import at, end_of
from portal.db import transaction
from portal.i18n import speaking
from portal.outbox import Notice
from portal.refusal import Refused
from tests.people import make_user
from tests.policies.makers import LEAD_TIME, House, make_company, make_person, only
from tests.policies.report_makers import (
    A_WEEK,
    ANSWER,
    OUTSIDER,
    REPORTED,
    all_reports,
    answer_line,
    case_of,
    made,
    published,
)

APRIL, MAY = period_with(Every.MONTH, date(2026, 4, 1)), period_with(Every.MONTH, date(2026, 5, 1))


@pytest.fixture
def version(house: House) -> PolicyVersion:
    """The policy for everybody, reported on every month to a manager, an outsider and the customers."""
    return published(house)


def _count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _act(house: House, act: Callable[[], ServiceReport]) -> ServiceReport:
    with transaction(house.session):
        return act()


def test_the_report_of_a_month_counts_what_fell_due_in_it(house: House, version: PolicyVersion) -> None:
    for no, late in enumerate([False, False, False, True]):
        case_of(house, no, late=late)
    case_of(house, 8, on=date(2026, 4, 28))
    case_of(house, 9, late=True, on=date(2026, 4, 30))  # due in May
    house_own, own = made(house)
    assert house_own.customer_id is None
    assert own.customer_id == house.customer.id
    for report in (house_own, own):
        line = answer_line(report)
        assert (line.cases, line.kept, line.missed, line.exempt, line.open) == (5, 3, 1, 0, 1)
        assert line.cases == line.kept + line.missed + line.exempt + line.open
        assert (line.of_one, line.target, line.met) == (0.75, 0.9, False)
    assert (own.first_day, own.last_day, own.statement, own.every) == (
        date(2026, 4, 1),
        date(2026, 4, 30),
        1,
        "monthly",
    )
    assert {report.number for report in (house_own, own)} == {"SR-2026-00001", "SR-2026-00002"}


def test_a_report_shows_how_the_standard_was_kept_in_the_periods_before(
    house: House, version: PolicyVersion
) -> None:
    case_of(house, 1, late=True)
    case_of(house, 2, late=False, on=date(2026, 5, 12))
    report = _act(
        house,
        lambda: make_report(
            house.session, version.policy, MAY, house.customer, by=None, now=at(date(2026, 6, 1), time(9))
        ),
    )
    trend = [(point.period.first, point.kept, point.judged) for point in answer_line(report).trend]
    assert len(trend) == 6
    assert trend[-2:] == [(date(2026, 4, 1), 0, 1), (date(2026, 5, 1), 1, 1)]


def test_a_standard_without_a_case_stands_in_the_report_all_the_same(
    house: House, version: PolicyVersion
) -> None:
    house_own, _own = made(house)
    assert (answer_line(house_own).cases, answer_line(house_own).of_one, answer_line(house_own).met) == (
        0,
        None,
        None,
    )


def test_a_customer_s_report_has_nothing_of_others(house: House, version: PolicyVersion) -> None:
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    case_of(house, 1, late=False)
    case_of(house, 2, late=True, customer=other)
    make_due(house.session, REPORTED)
    lines = {report.reader: answer_line(report) for report in all_reports(house.session)}
    assert (lines["all"].kept, lines["all"].missed) == (1, 1)
    assert (lines[str(house.customer.id)].kept, lines[str(house.customer.id)].missed) == (1, 0)
    assert (lines[str(other.id)].kept, lines[str(other.id)].missed) == (0, 1)


def test_nothing_is_made_before_the_first_working_day_after_the_period(
    house: House, version: PolicyVersion
) -> None:
    assert make_due(house.session, REPORTED - timedelta(days=1)) == 0
    assert make_due(house.session, REPORTED) == 2
    assert make_due(house.session, REPORTED + timedelta(hours=1)) == 0
    assert len(all_reports(house.session)) == 2


def test_weeks_that_were_missed_are_caught_up_each_once(house: House) -> None:
    published(house, Every.WEEK, to_customers=False)
    assert make_due(house.session, house.now + A_WEEK * 4) == 3
    assert [report.first_day for report in all_reports(house.session)] == [
        date(2026, 4, 6),
        date(2026, 4, 13),
        date(2026, 4, 20),
    ]
    assert make_due(house.session, house.now + A_WEEK * 4) == 0
    assert make_due(house.session, house.now + A_WEEK * 5) == 1


def test_who_became_a_customer_later_gets_no_reports_of_the_time_before(
    house: House, version: PolicyVersion
) -> None:
    make_due(house.session, REPORTED)
    make_company(house.session, "LATER", tier="gold", now=REPORTED)
    house.session.commit()
    assert make_due(house.session, REPORTED + timedelta(days=1)) == 0


def test_whom_a_closer_policy_covers_in_everything_gets_the_report_of_that_one(
    house: House, version: PolicyVersion
) -> None:
    gold = house.published(
        only(LEAD_TIME, ANSWER, report_every=Every.MONTH, report_to_customers=True), tier="gold"
    )
    house.session.commit()
    make_due(house.session, REPORTED)
    to_customers = [report for report in all_reports(house.session) if report.customer_id]
    assert [(report.policy_code, report.customer_id) for report in to_customers] == [
        (gold.policy.code, house.customer.id)
    ]


def test_a_report_goes_once_to_whom_the_version_names_and_to_the_customer_s_people(
    house: House, version: PolicyVersion
) -> None:
    second = make_user(
        house.session, Role.BUYER, customer=house.customer, now=house.now, email="second@example.com"
    )
    gone = make_user(
        house.session, Role.BUYER, customer=house.customer, now=house.now, email="gone@example.com"
    )
    gone.active = False
    house.session.commit()
    house_own, own = made(house)
    make_due(house.session, REPORTED)
    sent = house.session.scalars(select(Notice).where(Notice.template.contains("service_report"))).all()
    assert {(one.user_id, one.address, one.path) for one in sent} == {
        (house.manager.id, None, f"/manage/reports/{house_own.number}"),
        (None, OUTSIDER, None),
        (house.buyer.id, None, f"/my/reports/{own.number}"),
        (second.id, None, f"/my/reports/{own.number}"),
    }
    assert len(sent) == 4
    assert {one.paper for one in sent} == {
        f"service_report:{house_own.number}",
        f"service_report:{own.number}",
    }


@pytest.mark.parametrize("killed_before", [1, 2, 3])
def test_a_job_killed_midway_goes_on_where_it_stopped_and_makes_and_sends_nothing_twice(
    house: House, monkeypatch: pytest.MonkeyPatch, killed_before: int
) -> None:
    monkeypatch.setattr(reporting, "BATCH", 1)
    published(house)
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    make_person(house.session, Role.BUYER, customer=other, now=house.now)
    house.session.commit()
    commits = 0

    def die(_session: Session) -> None:
        nonlocal commits
        commits += 1
        if commits == killed_before:
            raise KeyboardInterrupt

    event.listen(house.session, "before_commit", die)
    with pytest.raises(KeyboardInterrupt):
        make_due(house.session, REPORTED)
    event.remove(house.session, "before_commit", die)
    assert len(all_reports(house.session)) == killed_before - 1
    assert make_due(house.session, REPORTED) == 4 - killed_before
    assert {report.reader for report in all_reports(house.session)} == {
        "all",
        str(house.customer.id),
        str(other.id),
    }
    assert _count(house.session, ServiceReport) == 3
    sent = house.session.scalars(select(Notice.key).where(Notice.template.contains("service_report"))).all()
    assert len(sent) == len(set(sent)) == 4
    assert len({report.number for report in all_reports(house.session)}) == 3


def test_the_database_takes_the_same_statement_once_and_lets_none_be_changed(
    house: House, version: PolicyVersion
) -> None:
    _house_own, own = made(house)
    facts = {column.name: getattr(own, column.name) for column in ServiceReport.__table__.columns}
    del facts["id"]
    for act in (
        lambda: house.session.add(ServiceReport(**{**facts, "number": "SR-2026-09999"})),
        lambda: setattr(own, "why", "No reason"),
        lambda: house.session.delete(own),
    ):
        act()
        with pytest.raises(IntegrityError):
            house.session.flush()
        house.reread()
    assert _count(house.session, ServiceReport) == 2


@pytest.mark.parametrize(
    ("period", "now"),
    [
        (APRIL, at(date(2026, 4, 30), time(23, 59))),
        (period_with(Every.WEEK, date(2026, 4, 6)), REPORTED),
        (period_with(Every.MONTH, date(2026, 3, 1)), REPORTED),
    ],
    ids=["not over yet", "reported otherwise", "before the version"],
)
def test_a_period_that_is_not_over_or_not_on_the_schedule_is_refused(
    house: House, version: PolicyVersion, period: Period, now: datetime
) -> None:
    with pytest.raises(Refused):
        _act(
            house, lambda: make_report(house.session, version.policy, period, None, by=house.manager, now=now)
        )
    assert all_reports(house.session) == []
    assert _count(house.session, Notice) == 0 or all(
        "service_report" not in one.template for one in house.session.scalars(select(Notice))
    )


def test_a_report_that_is_there_already_is_not_made_again(house: House, version: PolicyVersion) -> None:
    made(house)
    with pytest.raises(Refused, match="already"):
        _act(
            house,
            lambda: make_report(
                house.session, version.policy, APRIL, house.customer, by=house.manager, now=REPORTED
            ),
        )
    assert len(all_reports(house.session)) == 2


def test_each_clause_is_judged_by_the_version_it_was_promised_under(
    house: House, version: PolicyVersion
) -> None:
    case_of(house, 1, late=False)
    stricter = only(
        LEAD_TIME, replace(ANSWER, target_bp=9900), report_every=Every.MONTH, report_to=(OUTSIDER,)
    )
    second = house.revised(version.policy, stricter, valid_from=date(2026, 4, 15))
    house.session.commit()
    case_of(house, 2, late=True, on=date(2026, 4, 20))
    make_due(house.session, REPORTED)
    (report,) = all_reports(house.session)
    assert report.version_id == second.id
    lines = sheet_of(report).lines[1:]
    assert [(line.version, line.target, line.kept, line.missed) for line in lines] == [
        (2, 0.99, 0, 1),
        (1, 0.9, 1, 0),
    ]


def test_a_policy_whose_reports_fail_keeps_no_other_from_being_reported_on(
    house: House, version: PolicyVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.published(only(ANSWER, report_every=Every.MONTH, report_to=(OUTSIDER,)), tier="gold")
    house.session.commit()
    usual = reporting.left_to_report

    def failing(session: Session, policy: Policy, *more: Any) -> list[Due]:
        if policy.id == version.policy_id:
            raise LookupError("broken")
        return usual(session, policy, *more)

    monkeypatch.setattr(reporting, "left_to_report", failing)
    with pytest.raises(ExceptionGroup, match="reports of 1 policies failed"):
        make_due(house.session, REPORTED)
    assert {one.policy_code for one in all_reports(house.session)} == {"SP-2026-00002"}
    monkeypatch.setattr(reporting, "left_to_report", usual)
    make_due(house.session, REPORTED)
    assert {one.policy_code for one in all_reports(house.session)} == {"SP-2026-00001", "SP-2026-00002"}


def test_crediting_in_time_what_a_miss_is_worth_is_counted_under_the_version_of_the_missed_promise(
    house: House,
) -> None:
    clause = replace(ANSWER, settle_days=1)
    version = house.published(only(LEAD_TIME, clause, report_every=Every.MONTH, report_to=(OUTSIDER,)))
    missed = case_of(house, 1, late=True, on=date(2026, 4, 1))
    saturday = at(date(2026, 4, 4), time(10))
    with transaction(house.session):
        promise = settling.promise_settlement(
            house.session, missed, "CM-1", start=saturday, by=house.staff, now=saturday
        )
    assert promise is not None
    assert promise.due_at == end_of(date(2026, 4, 8))  # Monday is a holiday, so it counts from Tuesday
    level = version.level(Kind.COMPLAINT_ANSWER)
    assert level is not None
    assert (promise.service_level_id, promise.settles_level_id, promise.version_id) == (
        None,
        level.id,
        version.id,
    )
    promising.fulfil(house.session, [promise], saturday, by=house.staff, now=saturday)
    house.session.commit()
    asked = Asked(APRIL.since, APRIL.until, policy_id=version.policy_id)
    found = {one.kind: one for one in by_clause(house.session, asked)}
    settled = found[Kind.SETTLEMENT]
    assert (settled.level, settled.settles, settled.row.kept) == (None, level, 1)
    with speaking("en"):
        assert "version 1" in source_text(settled)
        assert "credited within 1 working day" in level_text(settled)
    opened = replace(asked, kind=Kind.SETTLEMENT, level_id=level.id)
    assert [case.promise.id for case in cases(house.session, opened).rows] == [promise.id]
    assert [
        case.promise.id for case in cases(house.session, replace(opened, kind=Kind(missed.kind))).rows
    ] == [missed.id]
    make_due(house.session, REPORTED)
    (report,) = all_reports(house.session)
    lines = {line.clause.kind: line for line in sheet_of(report).lines}
    line = lines[Kind.SETTLEMENT]
    assert (line.kept, line.cases, line.target, line.clause.days) == (1, 1, 1.0, 1)
    assert lines[Kind.COMPLAINT_ANSWER].missed == 1
