"""Mistakes on documents: reported by the customer or found by staff, looked into, and counted as document accuracy."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from aftersales import answering, concluding
from aftersales.complaining import LONGEST as LONGEST_COMPLAINT
from aftersales.complaints import Complaint, ComplaintKind, ComplaintState
from aftersales.document_accuracy import document_accuracy
from aftersales.document_errors import DocumentError, ErrorState, Mistake, PaperKind
from aftersales.error_lists import document_error_for, error_of, error_page
from aftersales.papers import Paper, paper_for, papers_of_order
from aftersales.reporting_errors import LONGEST, report_error
from aftersales.resolving_errors import resolve
from orders.crediting import issue_compensation
from orders.models import Order, Origin
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.recording import EVERYBODY
from portal.refusal import Refused, Unknown
from tests.makers import World, make_world
from tests.people import make_customer, make_user


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


@pytest.fixture
def order(world: World) -> Order:
    """An order that was delivered, and for which an amount was credited: three documents."""
    order = world.order({world.product("SOAP-1", stock=20): 2})
    world.delivered(order)
    issue_compensation(
        world.session, world.customer, order, 50_00, "THB", "Late", by=world.staff, now=world.now
    )
    world.session.flush()
    return order


def _paper(world: World, order: Order, kind: PaperKind = PaperKind.ACKNOWLEDGEMENT) -> Paper:
    number = next(one.number for one in papers_of_order(world.session, order) if one.kind is kind)
    return paper_for(world.session, world.buyer, kind, number)


def _report(
    world: World,
    paper: Paper,
    mistake: Mistake = Mistake.ADDRESS,
    note: str = "Gate 4, not gate 2",
    *,
    by: User | None = None,
    now: datetime | None = None,
) -> DocumentError:
    return report_error(world.session, paper, mistake, note, by=by or world.buyer, now=now or world.now)


def _rate(world: World, *customers: int, days: int = 1) -> dict[int, tuple[int, int]]:
    since, until = world.now - timedelta(days=days), world.now + timedelta(days=30)
    world.session.flush()
    found = document_accuracy(world.session, since, until, customers or None)
    return {customer_id: (rates[0].good, rates[0].cases) for customer_id, rates in found.items()}


def _count(world: World, table: Any) -> int:
    return world.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_documents_of_an_order_are_its_acknowledgement_delivery_note_and_credit_note(
    world: World, order: Order
) -> None:
    listed = papers_of_order(world.session, order)
    assert {one.kind for one in listed} == set(PaperKind)
    assert listed[0].number == order.number
    assert all(not one.errors for one in listed)


def test_what_has_not_left_has_no_delivery_note_yet(world: World) -> None:
    order = world.order({world.product("SOAP-1", stock=5): 1})
    shipment = world.picked(order)
    assert [one.kind for one in papers_of_order(world.session, order)] == [PaperKind.ACKNOWLEDGEMENT]
    with pytest.raises(Unknown):
        paper_for(world.session, world.buyer, PaperKind.DELIVERY_NOTE, shipment.number)


def test_what_was_brought_in_with_past_orders_is_no_document_of_ours(world: World, order: Order) -> None:
    order.origin = Origin.IMPORT
    world.session.flush()
    assert [one.kind for one in papers_of_order(world.session, order)] == [PaperKind.CREDIT_NOTE]
    for kind in (PaperKind.ACKNOWLEDGEMENT, "invoice"):
        with pytest.raises(Unknown):
            paper_for(world.session, world.buyer, kind, order.number)


def test_no_document_of_another_company_can_be_named(world: World, order: Order) -> None:
    stranger = make_user(
        world.session,
        Role.BUYER,
        customer=make_customer(world.session, "OTHER", now=world.now),
        now=world.now,
    )
    error = _report(world, _paper(world, order))
    for listed in papers_of_order(world.session, order):
        with pytest.raises(Unknown):
            paper_for(world.session, stranger, listed.kind, listed.number)
    with pytest.raises(Unknown):
        document_error_for(world.session, stranger, error.number)


@pytest.mark.parametrize("kind", list(PaperKind))
def test_a_customers_report_is_a_complaint_about_a_document_of_that_order(
    world: World, order: Order, kind: PaperKind
) -> None:
    error = _report(world, _paper(world, order, kind))
    complaint = error.complaint
    assert complaint is not None
    assert (complaint.kind, complaint.state, complaint.order_id) == (
        ComplaintKind.DOCUMENT,
        ComplaintState.OPEN,
        order.id,
    )
    assert error.paper_no in complaint.what
    assert "Gate 4, not gate 2" in complaint.what
    assert error.owner is None
    answering.take(world.session, complaint, by=world.staff, now=world.now)
    assert error.owner is world.staff
    assert error_of(world.session, complaint) is error


def test_what_staff_find_is_theirs_and_bothers_no_customer(world: World, order: Order) -> None:
    error = _report(world, _paper(world, order), by=world.staff)
    assert (error.complaint, error.owner) == (None, world.staff)
    assert _count(world, Complaint) == 0


@pytest.mark.parametrize(("note", "field"), [("  ", "note"), ("x" * (LONGEST + 1), "note")])
def test_a_report_without_words_is_refused_and_changes_nothing(
    world: World, order: Order, note: str, field: str
) -> None:
    with pytest.raises(Refused) as no:
        _report(world, _paper(world, order), note=note)
    assert no.value.field == field
    assert _count(world, DocumentError) == _count(world, Complaint) == 0


def test_the_longest_report_fits_into_a_complaint(world: World, order: Order) -> None:
    error = _report(world, _paper(world, order), note="x" * LONGEST)
    assert error.complaint is not None
    assert len(error.complaint.what) <= LONGEST_COMPLAINT


def test_the_same_mistake_is_reported_once_while_it_is_open(world: World, order: Order) -> None:
    paper = _paper(world, order)
    first = _report(world, paper)
    with pytest.raises(Refused) as no:
        _report(world, paper, by=world.staff)
    assert no.value.params["number"] == first.number
    _report(world, paper, Mistake.PRICE)
    assert _count(world, DocumentError) == 2
    resolve(world.session, first, ErrorState.CORRECTED, "Sent again", by=world.staff, now=world.now)
    _report(world, paper)
    assert _count(world, DocumentError) == 3


def test_to_resolve_it_answers_the_customer_who_may_still_ask_for_more(world: World, order: Order) -> None:
    error = _report(world, _paper(world, order))
    later = world.now + timedelta(hours=1)
    resolve(world.session, error, ErrorState.CORRECTED, "Sent again", by=world.staff, now=later)
    assert (error.state, error.resolved_at, error.resolved_by) == (ErrorState.CORRECTED, later, world.staff)
    assert error.complaint is not None
    assert (error.complaint.state, error.complaint.owner) == (ComplaintState.ANSWERED, world.staff)
    concluding.reopen(world.session, error.complaint, "Still wrong", by=world.buyer, now=later)
    assert error.state == ErrorState.CORRECTED


def test_it_is_resolved_once_and_not_without_words(world: World, order: Order) -> None:
    error = _report(world, _paper(world, order))
    with pytest.raises(Refused, match="Say what was done"):
        resolve(world.session, error, ErrorState.CORRECTED, " ", by=world.staff, now=world.now)
    assert error.state == ErrorState.OPEN
    resolve(world.session, error, ErrorState.UNFOUNDED, "It is gate 2", by=world.staff, now=world.now)
    with pytest.raises(Refused, match="already"):
        resolve(world.session, error, ErrorState.CORRECTED, "Sent again", by=world.staff, now=world.now)
    assert (error.state, error.resolution) == (ErrorState.UNFOUNDED, "It is gate 2")


def test_an_answer_given_before_leaves_the_mistake_to_be_resolved(world: World, order: Order) -> None:
    error = _report(world, _paper(world, order))
    assert error.complaint is not None
    answering.answer(world.session, error.complaint, "We look into it", by=world.staff, now=world.now)
    resolve(world.session, error, ErrorState.CORRECTED, "Sent again", by=world.staff, now=world.now)
    assert error.complaint.state == ComplaintState.ANSWERED
    assert [entry.text for entry in error.complaint.entries][-1] == "We look into it"


def test_accuracy_counts_each_document_once_and_leaves_out_those_with_a_mistake(
    world: World, order: Order
) -> None:
    other = world.order({world.product("RICE-1", stock=5): 1})
    assert _rate(world) == {EVERYBODY: (4, 4)}
    paper = _paper(world, order)
    errors = [_report(world, paper, one) for one in (Mistake.ADDRESS, Mistake.PRICE)]
    assert _rate(world) == {EVERYBODY: (3, 4)}, "two mistakes on one document are one wrong document"
    assert _rate(world, world.customer.id) == {world.customer.id: (3, 4)}
    assert _rate(world, world.customer.id + 1000) == {}
    for error in errors:
        resolve(world.session, error, ErrorState.CORRECTED, "Sent again", by=world.staff, now=world.now)
    assert _rate(world) == {EVERYBODY: (3, 4)}, "corrected, it was wrong all the same"
    found = _report(world, _paper(world, other), by=world.staff)
    assert _rate(world) == {EVERYBODY: (2, 4)}
    resolve(world.session, found, ErrorState.UNFOUNDED, "It is right", by=world.staff, now=world.now)
    assert _rate(world) == {EVERYBODY: (3, 4)}, "what was right after all counts as right"


def test_a_document_counts_in_the_month_of_its_issue_whenever_the_mistake_is_found(
    world: World, order: Order
) -> None:
    before = document_accuracy(world.session, world.now - timedelta(days=40), world.now, None)
    assert before == {}
    _report(world, _paper(world, order), now=world.now + timedelta(days=60))
    world.session.flush()
    (rate,) = document_accuracy(world.session, world.now, world.now + timedelta(days=1), None)[EVERYBODY]
    assert dict(rate.months) == {f"{world.now:%Y-%m}": (3, 2)}


def test_the_list_is_found_by_number_document_and_company(world: World, order: Order) -> None:
    error = _report(world, _paper(world, order))
    for text in (error.number, order.number, world.customer.code):
        assert error_page(world.session, text=text).rows == [error]
    assert error_page(world.session, text="none-such").rows == []
    assert error_page(world.session, state=ErrorState.CORRECTED).rows == []
    assert error_page(world.session, customer_id=world.customer.id + 1000).rows == []


def test_both_acts_are_on_record(world: World, order: Order) -> None:
    error = _report(world, _paper(world, order))
    resolve(world.session, error, ErrorState.CORRECTED, "Sent again", by=world.staff, now=world.now)
    world.session.flush()
    query = select(AuditEntry.verb).where(AuditEntry.subject_no == error.number).order_by(AuditEntry.id)
    assert list(world.session.scalars(query)) == ["document_error.reported", "document_error.resolved"]


def test_the_database_keeps_an_open_mistake_once_on_a_document(world: World, order: Order) -> None:
    error = _report(world, _paper(world, order), by=world.staff)
    facts = {
        name: getattr(error, name)
        for name in ("paper", "paper_no", "issued_at", "customer_id", "mistake", "note", "reported_at")
    }
    world.session.add(DocumentError(**facts, number="DE-1", reported_by_id=world.staff.id))
    with pytest.raises(IntegrityError):
        world.session.flush()
