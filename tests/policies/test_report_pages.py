"""Reports on screen and on paper: for managers all of them, for a customer their own."""

from dataclasses import replace
from datetime import date, time
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from policies import promising, restating
from policies.kinds import Convention, Every, Kind
from policies.models import PolicyVersion
from policies.report_papers import report_pdf
from policies.report_sheets import sheet_of
from policies.reporting import make_due
from policies.reports import ServiceReport
from policies.sweeping import mark
from policies.terms import Clause
from portal.clock import at
from portal.db import transaction
from portal.mailing import deliver_due
from portal.outbox import Notice
from tests.conftest import settings_for
from tests.papers import text_of
from tests.policies.makers import LEAD_TIME, LINE_FILL, House, make_company, only
from tests.policies.visiting import Visitor

ANSWER = Clause(Kind.COMPLAINT_ANSWER, 2, Convention.WORKING, 9000, 50_00, 500_00)
REPORTED = at(date(2026, 5, 5), time(9))
OUTSIDER = "quality@partner.example.com"


@pytest.fixture
def version(house: House) -> PolicyVersion:
    terms = only(
        LEAD_TIME,
        LINE_FILL,
        ANSWER,
        replace(ANSWER, days=3, provinces=("TH-50",)),
        report_every=Every.MONTH,
        report_to=(OUTSIDER,),
        report_to_customers=True,
    )
    version = house.published(terms)
    house.session.commit()
    return version


def _made(house: House, *, open_cases: int = 1) -> ServiceReport:
    """The customer's report of April, with a case that is answered in time and some that are open."""
    for no in range(open_cases + 1):
        promise = house.case(subject=f"CP-{no}", start=at(date(2026, 4, 7 + no), time(10)))
        if no == 0:
            promising.fulfil(house.session, [promise], promise.due_at, by=house.staff, now=promise.due_at)
    house.session.commit()
    make_due(house.session, REPORTED)
    return house.session.scalars(select(ServiceReport).where(ServiceReport.customer_id.is_not(None))).one()


def _changed(house: House) -> None:
    """What was open in April is found missed."""
    with transaction(house.session):
        mark(house.session, REPORTED)


def test_managers_find_a_report_by_policy_customer_and_day(
    house: House, version: PolicyVersion, manager: Visitor
) -> None:
    own = _made(house)
    page = manager.reads("/manage/reports")
    assert own.number in page
    code, customer = version.policy.code, house.customer.code
    for words in (
        f"policy={code}",
        f"customer={customer}",
        "day=2026-04-15",
        f"policy={code}&day=2026-04-30",
    ):
        assert f"/manage/reports/{own.number}" in manager.reads(f"/manage/reports?{words}"), words
    for words in ("policy=SP-NONE", "customer=NOBODY", "day=2026-05-01", "customer=all"):
        assert f"/manage/reports/{own.number}" not in manager.reads(f"/manage/reports?{words}"), words
    assert "No report fits" in manager.reads("/manage/reports?customer=NOBODY")


def test_without_reports_the_archive_says_what_to_do(house: House, manager: Visitor, buyer: Visitor) -> None:
    assert "Say in the draft of a policy how often a report is made" in manager.reads("/manage/reports")
    assert "each appears here on the first working day" in buyer.reads("/my/reports")


def test_a_policy_that_reports_says_when_its_first_report_comes(
    house: House, version: PolicyVersion, manager: Visitor
) -> None:
    assert "The first comes on the first working day" in manager.reads("/manage/reports")


def test_a_report_shows_each_standard_with_its_target_its_cases_and_how_it_is_counted(
    house: House, version: PolicyVersion, manager: Visitor
) -> None:
    own = _made(house)
    page = manager.reads(f"/manage/reports/{own.number}")
    for words in (
        "Answer to a complaint",
        "Answer to a complaint in Chiang Mai",
        "90 %",
        "100.0 %",
        "Apr 2026",
        "Complaints answered by the due time, of complaints answered or due.",
        "cases = kept + missed + exempt + open".capitalize(),
    ):
        assert words in page, words
    assert "The figures would now differ" not in page


def test_a_customer_reads_their_own_reports_and_no_other_s(
    house: House, version: PolicyVersion, buyer: Visitor
) -> None:
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    _made_for_both(house)
    reports = {one.customer_id: one.number for one in house.session.scalars(select(ServiceReport))}
    listed = buyer.reads("/my/reports")
    assert reports[house.customer.id] in listed
    assert reports[other.id] not in listed
    assert "Answer to a complaint" in buyer.reads(f"/my/reports/{reports[house.customer.id]}")
    for foreign in (reports[other.id], reports[None], "SR-2026-99999"):
        buyer.reads(f"/my/reports/{foreign}", 404)
        buyer.reads(f"/my/reports/{foreign}.en.pdf", 404)
        buyer.reads(f"/manage/reports/{foreign}", 404)


def _made_for_both(house: House) -> None:
    house.session.commit()
    make_due(house.session, REPORTED)


def test_a_manager_sees_what_would_differ_and_states_the_period_again(
    house: House, version: PolicyVersion, manager: Visitor, buyer: Visitor
) -> None:
    own = _made(house)
    _changed(house)
    page = manager.reads(f"/manage/reports/{own.number}")
    assert "The figures would now differ" in page
    assert "+1" in page
    refused = manager.sends(f"/manage/reports/{own.number}/restate", 422, why="")
    assert "This field is required." in refused
    place = manager.sends(f"/manage/reports/{own.number}/restate", 303, why="Two answers were recorded late")
    assert place.endswith("/manage/reports/SR-2026-00003")
    again = manager.reads(place)
    assert "Two answers were recorded late" in again
    assert "This is statement 2" in again
    assert "A later statement takes the place of this one" in manager.reads(f"/manage/reports/{own.number}")
    assert "Two answers were recorded late" in buyer.reads("/my/reports/SR-2026-00003")
    assert "A later statement takes the place of this one" in buyer.reads(f"/my/reports/{own.number}")
    assert "Replaced" in buyer.reads("/my/reports")
    twice = manager.sends(f"/manage/reports/{own.number}/restate", 422, why="Once more")
    assert "stated again already" in twice


def test_people_who_only_serve_customers_have_no_reports(
    house: House, version: PolicyVersion, staff: Visitor
) -> None:
    own = _made(house)
    staff.reads("/manage/reports", 403)
    staff.reads(f"/manage/reports/{own.number}", 403)
    staff.sends(f"/manage/reports/{own.number}/restate", 403, why="x")
    assert own.number not in staff.reads(f"/desk/customers/{house.customer.code}")


def test_the_page_of_a_customer_shows_a_manager_their_latest_reports(
    house: House, version: PolicyVersion, manager: Visitor
) -> None:
    assert "No report has been made for this customer" in manager.reads(
        f"/desk/customers/{house.customer.code}"
    )
    own = _made(house)
    assert f"/manage/reports/{own.number}" in manager.reads(f"/desk/customers/{house.customer.code}")


def test_the_paper_says_the_same_in_both_languages_in_the_years_of_each(
    house: House, version: PolicyVersion
) -> None:
    sheet = sheet_of(_made(house))
    seller = settings_for("sqlite://", Path("var")).seller
    english, thai = (text_of(report_pdf(sheet, seller, language)) for language in ("en", "th"))
    for words in (sheet.number, "Apr 2026", "Answer to a complaint", "100.0 %", "Statement"):
        assert words in english, words
    assert "2569" in thai
    assert "2026" not in thai.replace(sheet.number, "").replace(sheet.code, "")
    assert "Complaints answered by the due time" in " ".join(english.split())


def test_the_paper_of_a_second_statement_is_marked_and_says_why(
    house: House, version: PolicyVersion, tmp_path: Path
) -> None:
    own = _made(house)
    _changed(house)
    with transaction(house.session):
        again = restating.restate(house.session, own, "Recorded late", by=house.manager, now=REPORTED)
    text = text_of(report_pdf(sheet_of(again), settings_for("sqlite://", tmp_path).seller, "en"))
    assert "Corrected" in text
    assert "Recorded late" in text


def test_the_report_goes_out_as_a_pdf_to_people_and_to_addresses_outside(
    house: House, version: PolicyVersion, tmp_path: Path
) -> None:
    own = _made(house)
    sent: list[EmailMessage] = []
    settings = settings_for(str(house.session.get_bind().url), tmp_path)
    house.session.execute(Notice.__table__.delete().where(Notice.paper.is_(None)))  # type: ignore[attr-defined]
    house.session.commit()
    assert deliver_due(house.session, sent.append, settings, now=REPORTED) == 2
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in sent}
    files = {to: [part.get_filename() for part in mail.iter_attachments()] for to, mail in mails.items()}
    assert files[house.buyer.email] == [f"service-report-{own.number}-en.pdf"]
    assert len(files[OUTSIDER]) == 2
    (paper,) = mails[house.buyer.email].iter_attachments()
    assert own.number in text_of(paper.get_content())
    said = {to: mail.get_body(("plain",)) for to, mail in mails.items()}
    assert f"/my/reports/{own.number}" in str(said[house.buyer.email])
    assert "/manage/reports" not in str(said[OUTSIDER])
    assert deliver_due(house.session, sent.append, settings, now=REPORTED) == 0
